using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>What is known of the records that are in buckets already: it spares the walk over them, and must never hide one.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreAssessmentTests(string kind)
{
    [Test]
    public async Task Records_OfASeriesThatIsAssessed_AreAssessedAgainWhereTheyMayMove()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("billed"));
        await bench.StageAsync(NonBillable("settled"), Some.TimeEntry("ready"), Some.TimeEntry("rejected", client: "unknown"));
        await bench.AssessAsync();
        await SaveAsync(bench);
        Assert.That(await ToAssessAsync(bench), Is.EqualTo("ready rejected"));

        await bench.StageAsync(Some.TimeEntry("new"), NonBillable("settled", 9m));
        Assert.That(await ToAssessAsync(bench), Is.EqualTo("ready rejected new settled"));
        Assert.That(await ToAssessAsync(bench, "other rules"), Is.EqualTo("billed ready rejected new settled"));

        await bench.AssessAsync();
        await SaveAsync(bench);
        Assert.That(await ToAssessAsync(bench), Is.EqualTo("ready rejected new"));
    }

    [Test]
    public async Task Records_ThatAreToBeJudgedAnew_AreAssessedAgain()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        await SaveAsync(bench);
        Assert.That(await ToAssessAsync(bench), Is.Empty);
        await bench.Store.UnformDocumentsAsync(bench.Lease, [(await bench.OutboxAsync()).DocumentNo], CancellationToken.None);
        Assert.That(await ToAssessAsync(bench), Is.EqualTo("1"));
    }

    /// <summary>A run under other rules that dies half-way leaves records under both.</summary>
    [Test]
    public async Task Records_OfWhichSomeAreAssessedByOtherRules_AreAllLookedAt()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(NonBillable("1"), NonBillable("2"));
        var found = await bench.AssessAsync();
        await SaveAsync(bench);
        await bench.Store.SaveBucketsAsync(bench.Lease, [new BucketRow(found[0].Stored.RecordNo, Some.Series, found[0].Found, Bucket.NonBillable, "other rules")], [], CancellationToken.None);
        Assert.That(await ToAssessAsync(bench), Is.EqualTo("1"));
        Assert.That(await ToAssessAsync(bench, "other rules"), Is.EqualTo("2"));
    }

    [Test]
    public async Task Sums_OfASeriesThatIsAssessed_CountWhatCameSince()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1", hours: 1m), Some.TimeEntry("2", hours: 2m), Some.Expense("3", 30m));
        await bench.AssessAsync();
        await SaveAsync(bench);
        await bench.StageAsync(Some.TimeEntry("2", hours: 3m), Some.TimeEntry("4", hours: 4m));
        Assert.That(await SumsAsync(bench), Is.EqualTo("TimeEntries 4 36000, Expenses 1 0; TimeEntries 2 10800, Expenses 1 0"));
        await bench.AssessAsync();
        var counted = await SumsAsync(bench);
        await SaveAsync(bench);
        Assert.That((counted, await SumsAsync(bench)), Is.EqualTo(("TimeEntries 4 36000, Expenses 1 0; TimeEntries 4 36000, Expenses 1 0", counted)));
    }

    [Test]
    public async Task Assessment_WhileARecordIsInNoBucket_IsNotNoted()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(NonBillable("1"));
        await bench.AssessAsync();
        await bench.StageAsync(NonBillable("2"));
        await SaveAsync(bench);
        Assert.That(bench.File.Rows("SELECT stream FROM assessments"), Is.Empty);
        Assert.That(await ToAssessAsync(bench), Is.EqualTo("2"));
    }

    [Test]
    public async Task Pages_OfRecordsToAssess_HoldEachOnce()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync([.. Enumerable.Range(1, 7).Select(i => Some.TimeEntry($"{i}"))]);
        await bench.AssessAsync();
        await SaveAsync(bench);
        await bench.StageAsync(Some.TimeEntry("8"), Some.TimeEntry("9"));
        var seen = new List<string>();
        for (long after = 0; ;)
        {
            var some = await bench.Store.ListRecordsToAssessAsync(Some.Series, "rules", after, 2, CancellationToken.None);
            if (some.Count == 0) break;
            seen.AddRange(some.Select(r => r.Record.Id));
            after = some[^1].RecordNo;
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 9).Select(i => $"{i}")));
    }

    /// <summary>Whoever judges a change asks for what is billed beside it.</summary>
    [Test]
    public async Task RecordsOfAKey_InAnyBucket_AreFound()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("billed"));
        await bench.StageAsync(Some.TimeEntry("ready"), NonBillable("settled"));
        var key = (await bench.AssessAsync())[0].Found.Key!;
        foreach (var (bucket, id) in new[] { (Bucket.Billed, "billed"), (Bucket.Ready, "ready"), (Bucket.NonBillable, "settled") })
            Assert.That((await bench.Store.ListRecordsOfKeyAsync(Some.Series, key, bucket, CancellationToken.None)).Select(r => r.Record.Id), Is.EqualTo(new[] { id }), $"{bucket}");
    }

    private static SourceRecord NonBillable(string id, decimal hours = 1m) => Some.TimeEntry(id, hours) with { Billable = false };

    private static Task SaveAsync(StoreBench bench) => bench.Store.SaveAssessmentAsync(bench.Lease, "rules", CancellationToken.None);

    private static async Task<string> ToAssessAsync(StoreBench bench, string rules = "rules") =>
        string.Join(' ', (await bench.Store.ListRecordsToAssessAsync(Some.Series, rules, 0, 100, CancellationToken.None)).Select(r => r.Record.Id));

    private static async Task<string> SumsAsync(StoreBench bench)
    {
        var sums = await bench.Store.SumSeriesAsync(Some.Series, CancellationToken.None);
        return $"{Text(sums.Records)}; {Text(sums.Buckets)}";

        static string Text(IEnumerable<Core.Reconciliation.StreamTotal> totals) => string.Join(", ", totals.OrderBy(t => t.Stream).Select(t => $"{t.Stream} {t.Records} {t.Seconds}"));
    }
}
