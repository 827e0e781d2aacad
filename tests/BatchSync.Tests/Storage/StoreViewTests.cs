using BatchSync.Core.Reconciliation;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>What BI tools read.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreViewTests(string kind)
{
    [Test]
    public async Task OpenDifferences_OfOneAcceptedAsItStands_LeaveItOutUntilItChanges()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ProveAsync(bench, Open("a", "1"), Open("b", "2"));
        await bench.Store.AcceptDifferenceAsync(1, "eve", "known", CancellationToken.None);
        Assert.That(Subjects(bench), Is.EqualTo(new[] { "b" }));
        await ProveAsync(bench, Open("a", "3"), Open("b", "2"));
        Assert.That(Subjects(bench), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task PostedDocuments_BeforeAndAfterPosting_ShowWhatIsAtTheDestination()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry(hours: 1m));
        Assert.That(Posted(bench), Is.Empty);
        bench.File.Execute("UPDATE outbox SET state = 'Posted', destination_id = 'INV-1'");
        Assert.That(Posted(bench), Is.EqualTo(new[] { FormattableString.Invariant($"{document.Reference}|INV-1|{document.Total.MinorUnits}") }));
    }

    [Test]
    public async Task ReconciliationSummary_OfAPeriodProvenTwice_ShowsTheNewestProof()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ProveAsync(bench);
        var first = bench.Run.RunNo;
        Assert.That(Runs(bench), Is.EqualTo(new[] { FormattableString.Invariant($"{first}|10") }));
        var next = await bench.OpenRunAsync();
        await bench.Store.SaveReconciliationAsync(bench.Lease, next, [], [Row(20)], [], CancellationToken.None);
        Assert.That(Runs(bench), Is.EqualTo(new[] { FormattableString.Invariant($"{next.RunNo}|20") }));
    }

    private static Task ProveAsync(StoreBench bench, params Difference[] differences) =>
        bench.Store.SaveReconciliationAsync(bench.Lease, bench.Run, [], bench.File.Rows("SELECT run_no FROM reconciliation_rows").Count > 0 ? [] : [Row(10)], differences, CancellationToken.None);

    private static ReconciliationRow Row(long records) => new(null, "revenue", "us", "ACME", "USD", default, "", records, null, null);

    private static Difference Open(string subject, string actual) => new("pending", subject, null, "ACME", "USD", "0", actual, null, "");

    private static IReadOnlyList<string> Subjects(StoreBench bench) => bench.File.Rows("SELECT subject FROM open_differences ORDER BY subject");

    private static IReadOnlyList<string> Posted(StoreBench bench) => bench.File.Rows("SELECT reference, destination_id, total_minor_units FROM posted_documents");

    private static IReadOnlyList<string> Runs(StoreBench bench) => bench.File.Rows("SELECT run_no, records FROM reconciliation_summary");
}
