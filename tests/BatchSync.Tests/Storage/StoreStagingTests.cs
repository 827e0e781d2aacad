using System.IO.Compression;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreStagingTests(string kind)
{
    [Test]
    public async Task StagePage_OfNewUnchangedAndChangedRows_CountsEach()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        Assert.That(await bench.StageAsync(Some.TimeEntry("1"), Some.TimeEntry("2")), Is.EqualTo(new StageCounts(2, 0, 0)));
        var counts = await bench.StageAsync(Some.TimeEntry("1"), Some.TimeEntry("2", hours: 2m), Some.TimeEntry("3"));
        Assert.Multiple(() =>
        {
            Assert.That(counts, Is.EqualTo(new StageCounts(1, 1, 1)));
            Assert.That(bench.File.Rows("SELECT source_id, version, is_current, seconds FROM records ORDER BY source_id, version"), Is.EqualTo(new[] { "1|1|1|3600", "2|1|0|3600", "2|2|1|7200", "3|1|1|3600" }));
            Assert.That(bench.Buckets(), Is.EqualTo(new[] { "2 v1 superseded" }));
        });
    }

    [Test]
    public async Task StagePage_OfARowSavedAgainUnchanged_IsTheSameRecord()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1") with { ModifiedAt = bench.Time.GetUtcNow() });
        var counts = await bench.StageAsync(Some.TimeEntry("1") with { ModifiedAt = bench.Time.GetUtcNow().AddDays(1) });
        Assert.That(counts, Is.EqualTo(new StageCounts(0, 0, 1)));
    }

    [Test]
    public async Task StagePage_OfTheSamePageTwice_ChangesNoRecordAndKeepsItsBytesOnce()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var page = StoreBench.Page([Some.TimeEntry("1"), Some.TimeEntry("2")], isLast: false, cursor: "c", body: "the page");
        var set = await bench.BeginAsync();
        await bench.Store.StagePageAsync(bench.Lease, set, page, CancellationToken.None);
        var before = bench.File.Rows("SELECT * FROM records");
        var counts = await bench.Store.StagePageAsync(bench.Lease, set, page, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(counts, Is.EqualTo(new StageCounts(0, 0, 2)));
            Assert.That(bench.File.Rows("SELECT * FROM records"), Is.EqualTo(before));
            Assert.That(bench.File.Rows("SELECT length FROM raw_pages"), Is.EqualTo(new[] { "8" }));
        });
    }

    [Test]
    public async Task StagePage_OfTextsOfAnyLength_KeepsThemWhole()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        string[] notes = [new('a', 10), new('b', 4000), new('c', 4001), new('d', 100_000), "e", ""];
        await bench.StageAsync([.. notes.Select((note, i) => Some.TimeEntry(FormattableString.Invariant($"{i}"), notes: note))]);
        Assert.That(bench.File.Rows("SELECT notes FROM records ORDER BY source_id"), Is.EqualTo(notes));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(200_000)]
    public async Task StagePage_OfAnyBytes_KeepsThemToBeReadAgain(int length)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var body = new byte[length];
        new Random(length).NextBytes(body.AsSpan(0, length / 2));
        await bench.Store.StagePageAsync(bench.Lease, await bench.BeginAsync(), StoreBench.Page([]) with { Body = new PackedPage(body) }, CancellationToken.None);
        using var brotli = new BrotliStream(new MemoryStream(bench.File.Bytes("SELECT body FROM raw_pages")), CompressionMode.Decompress);
        using var read = new MemoryStream();
        await brotli.CopyToAsync(read);
        Assert.Multiple(() =>
        {
            Assert.That(read.ToArray(), Is.EqualTo(body));
            Assert.That(bench.File.Rows("SELECT content_hash FROM raw_pages").Single(), Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body))));
        });
    }

    [Test]
    public async Task StagePage_OfARecordWithEveryField_GivesThemBackUnchanged()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var record = new SourceRecord
        {
            Stream = StreamKind.Expenses,
            Id = "Ünïcode \u0001 'quoted'",
            Client = new Reference("1001", "Acme"),
            Project = new Reference("300", "Web"),
            Task = new Reference("5", "Dev"),
            Person = new Reference("17", "Dana"),
            Category = new Reference("7", "Hotel"),
            PurchaseOrder = "PO-1",
            Date = Some.Day("2026-10-31"),
            Start = new DateTimeOffset(2026, 10, 31, 23, 59, 59, 999, TimeSpan.Zero),
            Seconds = -3600,
            Amount = -123456789012.1234567891m,
            Currency = "USD",
            Billable = false,
            Approved = false,
            BilledElsewhere = true,
            Deleted = true,
            Notes = "line\nline\t日本",
            ModifiedAt = new DateTimeOffset(2026, 11, 1, 1, 2, 3, TimeSpan.Zero),
            Name = "n",
            Code = "c",
            Active = false,
            Faults = [new FieldFault("hours", "NaN", "a number")],
        };
        await bench.StageAsync(record);
        var stored = (await bench.Store.ListRecordsToAssessAsync(Some.Series, "rules", 0, 10, CancellationToken.None)).Single();
        Assert.Multiple(() =>
        {
            Assert.That(stored.Record with { Faults = [] }, Is.EqualTo(record with { Faults = [] }));
            Assert.That(stored.Record.Faults, Is.EqualTo(record.Faults));
            Assert.That((stored.Version, stored.Bucket), Is.EqualTo((1, (Core.Billing.Bucket?)null)));
        });
    }

    [Test]
    public async Task StagePage_BeforeTheLast_MovesTheCursorAndNoWatermark()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var set = await bench.BeginAsync();
        await bench.Store.StagePageAsync(bench.Lease, set, StoreBench.Page([Some.TimeEntry("1")], "cursor-2", isLast: false), CancellationToken.None);
        var open = await bench.Store.FindOpenPageSetAsync(Some.Series, StreamKind.TimeEntries, PageSetPurpose.Records, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(open, Is.EqualTo(set with { Cursor = "cursor-2", Pages = 1 }));
            Assert.That(await bench.Store.FindOpenPageSetAsync(Some.Series, StreamKind.Expenses, PageSetPurpose.Records, CancellationToken.None), Is.Null);
            Assert.That(await bench.Store.FindWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None), Is.Null);
        });
    }

    [Test]
    public async Task StagePage_OfTheLast_EndsTheSetAndMovesTheWatermarkToItsBound([Values] bool isCut)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var bound = bench.Time.GetUtcNow();
        var set = await bench.BeginAsync(from: isCut ? Some.Day("2026-10-01") : null);
        bench.Time.Advance(TimeSpan.FromMinutes(30));
        await bench.Store.StagePageAsync(bench.Lease, set, StoreBench.Page([Some.TimeEntry("1")]), CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await bench.Store.FindOpenPageSetAsync(Some.Series, StreamKind.TimeEntries, PageSetPurpose.Records, CancellationToken.None), Is.Null);
            Assert.That(await bench.Store.FindWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None), Is.EqualTo(isCut ? null : bound), "a set cut by service dates says nothing of the others");
            Assert.That(await bench.Store.FindWatermarkAsync(Some.Series, StreamKind.Expenses, CancellationToken.None), Is.Null);
        });
    }

    // What is missing would lie before the watermark for ever; what is there twice is not missing.
    [TestCase(2, 2, true)]
    [TestCase(2, 1, true)]
    [TestCase(2, 3, false)]
    public async Task StagePage_OfASetThatMissesRecords_MovesNoWatermark(int read, int stated, bool moves)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var page = StoreBench.Page([.. Enumerable.Range(1, read).Select(i => Some.TimeEntry($"{i}"))]) with { StatedTotal = stated };
        await bench.Store.StagePageAsync(bench.Lease, await bench.BeginAsync(), page, CancellationToken.None);
        Assert.That(await bench.Store.FindOpenPageSetAsync(Some.Series, StreamKind.TimeEntries, PageSetPurpose.Records, CancellationToken.None), Is.Null);
        Assert.That(await bench.Store.FindWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None), moves ? Is.Not.Null : Is.Null);
    }

    // A row that is deleted while pages are read pulls another one onto a page that was read already: the total falls with it.
    [Test]
    public async Task StagePage_OfASetWhoseStatedTotalFalls_MovesNoWatermark()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var set = await bench.BeginAsync();
        await bench.Store.StagePageAsync(bench.Lease, set, StoreBench.Page([Some.TimeEntry("1")]) with { StatedTotal = 3, IsLast = false, Cursor = "2" }, CancellationToken.None);
        await bench.Store.StagePageAsync(bench.Lease, set, StoreBench.Page([Some.TimeEntry("3")]) with { StatedTotal = 2 }, CancellationToken.None);
        Assert.That(await bench.Store.FindWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task AbandonPageSet_OfAnOpenSet_IsResumedNoMore()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var set = await bench.BeginAsync();
        await bench.Store.AbandonPageSetAsync(bench.Lease, set, CancellationToken.None);
        Assert.That(await bench.Store.FindOpenPageSetAsync(Some.Series, StreamKind.TimeEntries, PageSetPurpose.Records, CancellationToken.None), Is.Null);
        Assert.That(await bench.Store.ListSourceCountsAsync(Some.Series, CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task ListSourceCounts_OfASetThatSawARowTwice_CountsTheRecordOnce()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var set = await bench.BeginAsync();

        // The row moves from the first page to the second while the pages are read, and was edited in between.
        await bench.Store.StagePageAsync(bench.Lease, set, StoreBench.Page([Some.TimeEntry("1"), Some.TimeEntry("2")], "2", isLast: false, body: "a", stated: 3), CancellationToken.None);
        await bench.Store.StagePageAsync(bench.Lease, set, StoreBench.Page([Some.TimeEntry("2", hours: 5m), Some.TimeEntry("3")], body: "b"), CancellationToken.None);
        Assert.That(await bench.Store.ListSourceCountsAsync(Some.Series, CancellationToken.None), Is.EqualTo(new[] { new Core.Reconciliation.SourceCount(StreamKind.TimeEntries, 3, 3, 0) }));
    }

    [Test]
    public async Task ListSourceCounts_OfSeveralSets_TellsOfTheNewestThatEnded()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.StagePageAsync(bench.Lease, await bench.BeginAsync(), StoreBench.Page([Some.TimeEntry("1"), Some.TimeEntry("2")], body: "a", stated: 9) with { LeftOut = 4 }, CancellationToken.None);
        await bench.Store.StagePageAsync(bench.Lease, await bench.BeginAsync(), StoreBench.Page([Some.TimeEntry("1")], body: "b", stated: 1), CancellationToken.None);
        await bench.BeginAsync();
        Assert.That(await bench.Store.ListSourceCountsAsync(Some.Series, CancellationToken.None), Is.EqualTo(new[] { new Core.Reconciliation.SourceCount(StreamKind.TimeEntries, 1, 1, 0) }));
    }

    [Test]
    public async Task StagePage_OfAnEditedRecord_TouchesThePeriodThatItWasIn()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1", date: "2026-09-15"));
        await bench.AssessAsync();
        var periods = await bench.Store.ListTouchedPeriodsAsync(Some.Series, CancellationToken.None);
        await bench.Store.ForgetTouchedPeriodsAsync(bench.Lease, periods, CancellationToken.None);
        Assert.That(await bench.Store.ListTouchedPeriodsAsync(Some.Series, CancellationToken.None), Is.Empty);

        await bench.StageAsync(Some.TimeEntry("1", date: "2026-10-15"));
        await bench.AssessAsync();
        Assert.That((await bench.Store.ListTouchedPeriodsAsync(Some.Series, CancellationToken.None)).Select(p => p.ToString()), Is.EqualTo(new[] { "2026-09", "2026-10" }));
    }
}
