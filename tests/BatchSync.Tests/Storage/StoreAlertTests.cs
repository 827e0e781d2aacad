using BatchSync.Core.Alerting;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>What is wrong with a job is stored before anybody is told, and who was told what after it.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreAlertTests(string kind)
{
    [Test]
    public async Task SaveAlert_OfANewOneAndWhatBecomesOfIt_IsReadAsItWas()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var (lease, now) = (await LeaseAsync(bench), bench.Time.GetUtcNow());
        var raised = new AlertRow(0, Some.Series, "nightly", new Alert(AlertKind.DeadLetters, 2, now.AddHours(-1), now, 1, now, null), new AlertWords("2 documents refused", "What: …\nNext: …"), bench.Run.RunNo);
        var no = await bench.Store.SaveAlertAsync(lease, raised, CancellationToken.None);
        var read = await OnlyAsync(bench);
        Assert.That(read, Is.EqualTo(raised with { AlertNo = no, Told = read.Told }));

        var resolved = raised with { AlertNo = no, Alert = raised.Alert with { Count = 0, Newest = null, Notice = 2, NoticeAt = now.AddDays(1), ResolvedAt = now.AddDays(1) }, Words = new AlertWords("none any more", ""), RunNo = null };
        Assert.That(await bench.Store.SaveAlertAsync(lease, resolved, CancellationToken.None), Is.EqualTo(no));
        read = await OnlyAsync(bench);
        Assert.That(read, Is.EqualTo(resolved with { Told = read.Told }));
    }

    [Test]
    public async Task ListAlerts_OfASeriesSinceAnInstant_LeavesOthersAndOlderOnesOut()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var (lease, now) = (await LeaseAsync(bench), bench.Time.GetUtcNow());
        var open = await SaveAsync(bench, lease, AlertKind.Failure, null);
        var well = await SaveAsync(bench, lease, AlertKind.Missed, now);
        await SaveAsync(bench, lease, AlertKind.Missed, now.AddDays(-9));
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await NosAsync(Some.Series, now.AddDays(-1)), Is.EqualTo(new[] { open, well }));
            Assert.That(await NosAsync(null, null), Is.EqualTo(new[] { open }));
            Assert.That(await NosAsync("OTHER", now.AddDays(-1)), Is.Empty);
        });

        async Task<IEnumerable<long>> NosAsync(string? series, DateTimeOffset? since) => (await bench.Store.ListAlertsAsync(series, since, CancellationToken.None)).Select(a => a.AlertNo);
    }

    [Test]
    public async Task SaveAlertDelivery_OnceMore_KeepsTheNewestOfEachReceiver()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var lease = await LeaseAsync(bench);
        var no = await SaveAsync(bench, lease, AlertKind.Failure, null);
        foreach (var (route, notice) in new[] { ("webhook env:HOOK", 1), ("e-mail to a@example.com", 1), ("webhook env:HOOK", 2), ("webhook env:HOOK", 2) }) await bench.Store.SaveAlertDeliveryAsync(lease, no, route, notice, CancellationToken.None);
        Assert.That((await OnlyAsync(bench)).Told, Is.EquivalentTo(new Dictionary<string, int> { ["webhook env:HOOK"] = 2, ["e-mail to a@example.com"] = 1 }));
    }

    [Test]
    public async Task ListWholeRuns_OfASeries_LeavesOutThoseWithDatesAndOtherKinds()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.OpenRunAsync(bench.Lease, bench.Start() with { From = Some.Day("2026-10-01") }, CancellationToken.None);
        await bench.Store.OpenRunAsync(bench.Lease, bench.Start() with { Kind = RunKind.Plan }, CancellationToken.None);
        var last = await bench.OpenRunAsync();
        var runs = await bench.Store.ListWholeRunsAsync(Some.Series, 10, CancellationToken.None);
        Assert.That(runs.Select(r => (r.RunNo, r.Status)), Is.EqualTo(new[] { (last.RunNo, RunStatus.Running), (bench.Run.RunNo, RunStatus.Abandoned) }));
    }

    [Test]
    public async Task FindKeptSince_OfAScheduleThatIsKeptOtherwise_IsNothing()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var nightly = new ScheduleRow(Some.Series, "nightly", "0 30 2 ? * *", "UTC");
        await bench.Store.KeepScheduleAsync(nightly, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await bench.Store.FindKeptSinceAsync(nightly with { Job = "renamed" }, CancellationToken.None), Is.EqualTo(bench.Time.GetUtcNow()));
            Assert.That(await bench.Store.FindKeptSinceAsync(nightly with { TimeZone = "Europe/Berlin" }, CancellationToken.None), Is.Null);
            Assert.That(await bench.Store.FindKeptSinceAsync(nightly with { Series = "OTHER" }, CancellationToken.None), Is.Null);
        });
    }

    private static async Task<Lease> LeaseAsync(StoreBench bench) => (await bench.Store.AcquireLeaseAsync(AlertRow.LeaseOf(Some.Series), StoreBench.LeaseLength, CancellationToken.None))!;

    private static Task<long> SaveAsync(StoreBench bench, Lease lease, AlertKind of, DateTimeOffset? resolved)
    {
        var now = bench.Time.GetUtcNow();
        return bench.Store.SaveAlertAsync(lease, new AlertRow(0, Some.Series, "nightly", new Alert(of, 1, null, now, 1, now, resolved), new AlertWords("wrong", ""), null), CancellationToken.None);
    }

    private static async Task<AlertRow> OnlyAsync(StoreBench bench) => (await bench.Store.ListAlertsAsync(Some.Series, DateTimeOffset.MinValue, CancellationToken.None)).Single();
}
