using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreRunTests(string kind)
{
    [Test]
    public async Task OpenRun_WhereOneNeverEnded_ClosesThatAsAbandoned()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var second = await bench.OpenRunAsync();
        await bench.Store.CloseRunAsync(bench.Lease, second.RunNo, RunStatus.Differences, 3, "to look at", CancellationToken.None);
        var third = await bench.OpenRunAsync();
        var runs = await bench.Store.ListRunsAsync("nightly", 10, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(runs.Select(r => (r.RunNo, r.Status, r.ExitCode)), Is.EqualTo(new[] { (third.RunNo, RunStatus.Running, (int?)null), (second.RunNo, RunStatus.Differences, 3), (bench.Run.RunNo, RunStatus.Abandoned, null) }));
            Assert.That(runs[1].Message, Is.EqualTo("to look at"));
        });
    }

    [Test]
    public async Task ListRuns_ThatAreAskedFor_AreThoseAlone()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var first = bench.Run.RunNo;
        await bench.Store.CloseRunAsync(bench.Lease, first, RunStatus.Failed, 1, "the network is down", CancellationToken.None);
        var day = DateOnly.FromDateTime(bench.Time.GetUtcNow().UtcDateTime);
        bench.Time.AdvanceTo(new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        var second = (await bench.OpenRunAsync()).RunNo;
        await bench.Store.CloseRunAsync(bench.Lease, second, RunStatus.Differences, 3, "to look at", CancellationToken.None);
        async Task<long[]> Numbers(RunFilter filter) => [.. (await bench.Store.ListRunsAsync(filter, 10, CancellationToken.None)).Select(r => r.RunNo)];
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Numbers(default), Is.EqualTo(new[] { second, first }));
            Assert.That(await Numbers(new RunFilter(Since: day.AddDays(1))), Is.EqualTo(new[] { second }), "the day begins at midnight");
            Assert.That(await Numbers(new RunFilter(Until: day)), Is.EqualTo(new[] { first }));
            Assert.That(await Numbers(new RunFilter(Status: RunStatus.Failed)), Is.EqualTo(new[] { first }));
            Assert.That(await Numbers(new RunFilter(ExitCode: 3)), Is.EqualTo(new[] { second }));
            Assert.That(await Numbers(new RunFilter("nightly", day, day.AddDays(1), RunStatus.Differences, 3)), Is.EqualTo(new[] { second }));
            Assert.That(await Numbers(new RunFilter("nightly", day, day.AddDays(1), RunStatus.Failed, 3)), Is.Empty);
        });
    }

    [Test]
    public async Task ListRuns_OfAJob_GivesItsNewestFirst()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var second = await bench.OpenRunAsync();
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((await bench.Store.ListRunsAsync("nightly", 1, CancellationToken.None)).Select(r => r.RunNo), Is.EqualTo(new[] { second.RunNo }));
            Assert.That(await bench.Store.ListRunsAsync("another", 10, CancellationToken.None), Is.Empty);
            Assert.That(await bench.Store.ListRunsAsync(null, 10, CancellationToken.None), Has.Count.EqualTo(2));
            Assert.That(await bench.Store.FindRunAsync(99, CancellationToken.None), Is.Null);
        });
    }

    [Test]
    public async Task FindRun_OfAnOpenedOne_HasAllThatItWasOpenedWith()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var asOf = new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.FromHours(-5));
        var start = new RunStart(RunKind.Plan, "other", Some.Series, "host", asOf, Some.Day("2026-10-01"), Some.Day("2026-10-31"), []);
        var run = await bench.Store.FindRunAsync(await bench.Store.OpenRunAsync(bench.Lease, start, CancellationToken.None), CancellationToken.None);
        Assert.That(
            run! with { RunNo = 0 },
            Is.EqualTo(new RunRow(0, RunKind.Plan, "other", Some.Series, "host", asOf.ToUniversalTime(), start.From, start.To, bench.Time.GetUtcNow(), null, RunStatus.Running, null, "")));
    }

    [Test]
    public async Task OpenRun_WithConfiguration_KeepsEachContentOnce()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        ConfigurationFile[] files = [new("jobs/a.yaml", "h1", [1, 2]), new("jobs/b.yaml", "h2", [3])];
        await bench.Store.OpenRunAsync(bench.Lease, bench.Start() with { Files = files }, CancellationToken.None);
        await bench.Store.OpenRunAsync(bench.Lease, bench.Start() with { Files = [files[0], files[1] with { ContentHash = "h3", Content = [4] }] }, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(bench.File.Rows("SELECT content_hash FROM configuration_files ORDER BY content_hash"), Is.EqualTo(new[] { "h1", "h2", "h3" }));
            Assert.That(bench.File.Rows("SELECT path, content_hash FROM run_files ORDER BY run_no, path"), Is.EqualTo(new[] { "jobs/a.yaml|h1", "jobs/b.yaml|h2", "jobs/a.yaml|h1", "jobs/b.yaml|h3" }));
        });
    }

    [Test]
    public async Task SaveStep_OfSeveral_KeepsTheirOrder()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var (began, ended) = (bench.Time.GetUtcNow(), bench.Time.GetUtcNow().AddSeconds(3));
        RunStep[] steps = [new("resolve", began, ended, "none"), new("extract", ended, ended, "2 pages"), new("extract", ended, ended, "again")];
        foreach (var step in steps) await bench.Store.SaveStepAsync(bench.Lease, bench.Run.RunNo, step, CancellationToken.None);
        Assert.That(await bench.Store.ListStepsAsync(bench.Run.RunNo, CancellationToken.None), Is.EqualTo(steps));
    }

    [Test]
    public async Task SaveTenant_OfADestination_IsKeptBySeriesAndName()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var tenant = new TenantRow(Some.Series, "us", "books", "company-1", "production");
        await bench.Store.SaveTenantAsync(bench.Lease, tenant, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await bench.Store.FindTenantAsync(Some.Series, "us", CancellationToken.None), Is.EqualTo(tenant));
            Assert.That(await bench.Store.FindTenantAsync(Some.Series, "eu", CancellationToken.None), Is.Null);
            Assert.That(await bench.Store.FindTenantAsync("other", "us", CancellationToken.None), Is.Null);
        });
    }

    [Test]
    public async Task SaveDelivery_OfARun_IsRememberedByChannel()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        Assert.That(await bench.Store.WasDeliveredAsync(bench.Run.RunNo, "email", CancellationToken.None), Is.False);
        await bench.Store.SaveDeliveryAsync(bench.Run.RunNo, "email", null, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await bench.Store.WasDeliveredAsync(bench.Run.RunNo, "email", CancellationToken.None), Is.True);
            Assert.That(await bench.Store.WasDeliveredAsync(bench.Run.RunNo, "pager", CancellationToken.None), Is.False);
        });
    }

    [Test]
    public async Task Store_OpenedTwice_SeesWhatTheOtherWroteAndBothWrite()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await using var other = bench.File.Open(bench.Time);
        var lease = await other.AcquireLeaseAsync("U", StoreBench.LeaseLength, CancellationToken.None);
        const int Each = 25;
        var mine = Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++) await bench.Store.SaveStepAsync(bench.Lease, bench.Run.RunNo, new RunStep("mine", default, default, ""), CancellationToken.None);
        });
        var theirs = Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++) await other.OpenRunAsync(lease!, bench.Start() with { Series = "U" }, CancellationToken.None);
        });
        await Task.WhenAll(mine, theirs);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await other.ListStepsAsync(bench.Run.RunNo, CancellationToken.None), Has.Count.EqualTo(Each));
            Assert.That(await bench.Store.ListRunsAsync(null, 100, CancellationToken.None), Has.Count.EqualTo(Each + 1));
        });
    }

    [Test]
    public async Task ListWatermarks_OfSeveralStreams_GivesAll()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"), Some.Expense("1"));
        var marks = await bench.Store.ListWatermarksAsync(CancellationToken.None);
        Assert.That(marks, Is.EqualTo(new[] { new WatermarkRow(Some.Series, StreamKind.Expenses.Name(), bench.Time.GetUtcNow()), new WatermarkRow(Some.Series, StreamKind.TimeEntries.Name(), bench.Time.GetUtcNow()) }));
    }
}
