using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>What a store verifies of itself, and the raw pages that it keeps.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreEvidenceTests(string kind)
{
    [Test]
    public async Task Verify_OfAWholeStore_CountsWhatItLookedAt()
    {
        await using var bench = await WholeAsync();
        var checks = await bench.Store.VerifyAsync(CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(checks.SelectMany(c => c.Problems), Is.Empty);
            Assert.That(checks.Where(c => !c.What.StartsWith("pages of", StringComparison.Ordinal) && !c.What.StartsWith("references", StringComparison.Ordinal)).Select(c => $"{c.Count} {c.What}"), Is.EqualTo(new[]
            {
                "0 configuration files against their hashes", "2 raw pages against their hashes", "3 versions of records against their hashes", "2 lines against the shares of records", "1 documents against their lines",
                "1 documents against the outbox", "3 records in one bucket each", "0 assessments against the buckets", "2 billed records on documents", "1 events of the audit trail",
            }));
        });
    }

    [Test]
    public async Task Verify_OfRecordsThatWereAssessedAndAreInNoBucket_SaysSo()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        await bench.AssessAsync();
        await bench.Store.SaveAssessmentAsync(bench.Lease, "rules", CancellationToken.None);
        Assert.That((await bench.Store.VerifyAsync(CancellationToken.None)).SelectMany(c => c.Problems), Is.Empty);
        bench.File.Execute("DELETE FROM buckets WHERE record_no = 1");
        Assert.That((await bench.Store.VerifyAsync(CancellationToken.None)).Where(c => c.Problems.Count > 0).Select(c => $"{c.What}: {c.Problems.Single()}"), Is.EqualTo(new[]
        {
            "assessments against the buckets: T time_entries: records that were assessed are in no bucket any more",
        }));
    }

    [TestCase("UPDATE line_shares SET net = net + 1 WHERE line_no = 1", "lines against the shares of records")]
    [TestCase("UPDATE document_lines SET tax = tax - 1 WHERE line_no = 1", "documents against their lines")]
    [TestCase("UPDATE documents SET total = total + 1", "documents against their lines")]
    [TestCase("DELETE FROM outbox", "documents against the outbox")]
    [TestCase("DELETE FROM buckets WHERE bucket = 'superseded'", "records in one bucket each")]
    [TestCase("DELETE FROM buckets WHERE bucket = 'billed'", "records in one bucket each")]
    [TestCase("DELETE FROM line_shares", "billed records on documents")]
    [TestCase("UPDATE records SET seconds = seconds + 60 WHERE source_id = '1'", "versions of records against their hashes")]
    [TestCase("UPDATE raw_pages SET body = (SELECT body FROM raw_pages WHERE content_hash = (SELECT MAX(content_hash) FROM raw_pages))", "raw pages against their hashes")]
    [TestCase("UPDATE raw_pages SET body = x'00112233445566'", "raw pages against their hashes")]
    [TestCase("DELETE FROM raw_pages", "references between tables")]
    [TestCase("UPDATE audit_events SET author = 'mallory'", "events of the audit trail")]
    public async Task Verify_OfADamagedStore_NamesWhatIsWrong(string damage, string what)
    {
        await using var bench = await WholeAsync();
        if (damage == "DELETE FROM raw_pages") bench.File.SkipOnBabelfish("checks no reference between texts of a collation of their own");
        bench.File.ExecuteUnguarded(damage);
        var wrong = (await bench.Store.VerifyAsync(CancellationToken.None)).Where(c => c.Problems.Count > 0).ToList();
        Assert.That(wrong.Select(c => c.What), Has.Some.EqualTo(what));
    }

    [Test]
    public async Task Prune_TakesTheBytesOfOldPages_AndKeepsThatTheyWereThere()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"));
        bench.Time.Advance(TimeSpan.FromDays(40));
        var between = bench.Time.GetUtcNow();
        bench.Time.Advance(TimeSpan.FromDays(1));
        await bench.StageAsync(Some.TimeEntry("2"));
        var (first, second) = (await PruneAsync(bench, between), await PruneAsync(bench, between));
        var pages = await bench.Store.ReadPagesAsync(Some.Series, CancellationToken.None).ToListAsync();
        var versions = await bench.Store.ReadVersionsAsync(Some.Series, CancellationToken.None).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That((first.Pages, first.Bytes > 0, second.Pages), Is.EqualTo((1, true, 0)));
            Assert.That(pages.Select(p => (p.SetNo, p.IsLast, p.Body is null)), Is.EqualTo(new[] { (1L, true, true), (2L, true, false) }));
            Assert.That(versions.Select(v => (v.SourceId, v.HasPage)), Is.EqualTo(new[] { ("1", false), ("2", true) }));
            Assert.That(bench.File.Rows("SELECT author_kind, action FROM audit_events"), Is.EqualTo(new[] { "run|prune raw pages" }));
        });
        Assert.That((await bench.Store.VerifyAsync(CancellationToken.None)).SelectMany(c => c.Problems), Is.Empty);
    }

    [Test]
    public async Task Prune_LeavesWhatWasReadAgainAndWhatAnotherSeriesRead()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await StageAsync(bench, "seen again");
        await StageAsync(bench, "of both");
        var other = (await bench.Store.AcquireLeaseAsync("U", StoreBench.LeaseLength, CancellationToken.None))!;
        var set = await bench.Store.BeginPageSetAsync(other, bench.SetStart() with { Series = "U" }, CancellationToken.None);
        await bench.Store.StagePageAsync(other, set, StoreBench.Page([], body: "of both"), CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromDays(40));
        await StageAsync(bench, "seen again");
        Assert.That((await PruneAsync(bench, bench.Time.GetUtcNow())).Pages, Is.Zero);
    }

    [Test]
    public async Task Page_ThatComesAgainAfterItWasPruned_IsKeptAgain()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await StageAsync(bench, "the same");
        bench.Time.Advance(TimeSpan.FromDays(40));
        await PruneAsync(bench, bench.Time.GetUtcNow());
        await StageAsync(bench, "the same");
        var pages = await bench.Store.ReadPagesAsync(Some.Series, CancellationToken.None).ToListAsync();
        Assert.That(pages.Select(p => System.Text.Encoding.UTF8.GetString(p.Body!)), Is.EqualTo(new[] { "the same", "the same" }));
    }

    // Two records on two lines of one document; the first was changed before it was billed.
    private async Task<StoreBench> WholeAsync()
    {
        var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1", hours: 2m));
        bench.Time.Advance(TimeSpan.FromHours(1));
        await bench.StageAsync(Some.TimeEntry("1"), Some.TimeEntry("2", task: "Design"));
        await bench.CreateAsync(Some.Mapping(), [.. (await bench.AssessAsync()).Select(r => new AssessedRecord(r.Stored.Record, r.Stored.Version, r.Found))]);
        return bench;
    }

    private static Task<StageCounts> StageAsync(StoreBench bench, string body) => StageAsync(bench, body, []);

    private static async Task<StageCounts> StageAsync(StoreBench bench, string body, IReadOnlyList<SourceRecord> records) =>
        await bench.Store.StagePageAsync(bench.Lease, await bench.BeginAsync(), StoreBench.Page(records, body: body), CancellationToken.None);

    private static Task<PrunedPages> PruneAsync(StoreBench bench, DateTimeOffset before) => bench.Store.PruneRawPagesAsync(bench.Lease, before, CancellationToken.None);
}
