using BatchSync.Core.Scheduling;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>An occurrence is claimed with its run, ends with it, and is performed once.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreOccurrenceTests(string kind)
{
    private static readonly FireTime First = Fire(3), Second = Fire(4), Third = Fire(5);

    private static readonly ScheduleRow Nightly = new(Some.Series, "nightly", "0 30 2 ? * *", "UTC");

    [Test]
    public async Task KeepSchedule_AgainAsItIs_StaysKeptSinceThen()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var start = bench.Time.GetUtcNow();
        Assert.That(await bench.Store.KeepScheduleAsync(Nightly, CancellationToken.None), Is.EqualTo(start));
        bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(await bench.Store.KeepScheduleAsync(Nightly, CancellationToken.None), Is.EqualTo(start));
    }

    [TestCase("0 30 3 ? * *", "UTC")]
    [TestCase("0 30 2 ? * *", "Europe/Berlin")]
    public async Task KeepSchedule_ThatHasChanged_IsKeptFromNowOn(string cron, string zone)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.KeepScheduleAsync(Nightly, CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromDays(1));
        Assert.That(await bench.Store.KeepScheduleAsync(Nightly with { Cron = cron, TimeZone = zone }, CancellationToken.None), Is.EqualTo(bench.Time.GetUtcNow()));
    }

    [TestCase("Succeeded", OccurrenceState.Done, 0)]
    [TestCase("Differences", OccurrenceState.Done, 0)]
    [TestCase("Failed", OccurrenceState.Failed, 1)]
    [TestCase("Cancelled", OccurrenceState.Parked, 0)]
    public async Task CloseRun_OfAnOccurrence_EndsItAsTheRunEnded(string status, OccurrenceState state, int failures)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var runNo = (await ClaimAsync(bench, First))!.Value;
        Assert.That(await ShownAsync(bench), Is.EqualTo(new[] { $"2026-11-03 Running 0 run {runNo}" }));
        await bench.Store.CloseRunAsync(bench.Lease, runNo, Enum.Parse<RunStatus>(status), 1, "what came of it", CancellationToken.None);
        var row = (await bench.Store.ListOccurrencesAsync(Some.Series, 10, CancellationToken.None)).Single();
        Assert.Multiple(() =>
        {
            Assert.That((row.Occurrence.State, row.Occurrence.Failures, row.ExitCode, row.Occurrence.Reason), Is.EqualTo((state, failures, (int?)1, "what came of it")));
            Assert.That((row.Occurrence.Fire, row.Job, row.Occurrence.ChangedAt), Is.EqualTo((First, "nightly", bench.Time.GetUtcNow())));
        });
    }

    [Test]
    public async Task ListOccurrences_ThatAreAskedFor_AreThoseAlone()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.SkipOccurrencesAsync(bench.Lease, "nightly", [new SkippedOccurrence(First, "holiday"), new SkippedOccurrence(Second, "holiday")], CancellationToken.None);
        await bench.Store.FailOccurrenceAsync(bench.Lease, "nightly", Third, 2, "no settings", CancellationToken.None);
        async Task<DateOnly[]> Dates(OccurrenceFilter filter) => [.. (await bench.Store.ListOccurrencesAsync(filter, 10, CancellationToken.None)).Select(o => o.Occurrence.Date)];
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Dates(default), Is.EqualTo(new[] { Third.Date, Second.Date, First.Date }));
            Assert.That(await Dates(new OccurrenceFilter(Since: Second.Date, Until: Second.Date)), Is.EqualTo(new[] { Second.Date }));
            Assert.That(await Dates(new OccurrenceFilter(State: OccurrenceState.Failed)), Is.EqualTo(new[] { Third.Date }));
            Assert.That(await Dates(new OccurrenceFilter(ExitCode: 2)), Is.EqualTo(new[] { Third.Date }));
            Assert.That(await Dates(new OccurrenceFilter("another")), Is.Empty);
        });
    }

    [Test]
    public async Task CloseRun_ThatSomebodyCalled_LeavesOccurrencesAlone()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ClaimAsync(bench, First);
        var byHand = await bench.OpenRunAsync();
        await bench.Store.CloseRunAsync(bench.Lease, byHand.RunNo, RunStatus.Succeeded, 0, "", CancellationToken.None);
        Assert.That((await ShownAsync(bench)).Single(), Does.StartWith("2026-11-03 Running"));
        Assert.That((await bench.Store.ListRunsAsync(null, 10, CancellationToken.None)).Select(r => r.Occurrence), Is.EqualTo(new DateOnly?[] { null, First.Date, null }));
    }

    [TestCase("Succeeded", 0, false, Description = "done")]
    [TestCase("Failed", 1, true)]
    [TestCase("Failed", 0, false, Description = "somebody else has tried since the claim was decided")]
    [TestCase("Cancelled", 0, true)]
    public async Task OpenOccurrence_ThatIsKnown_IsClaimedOnlyWhereItIsAsTheClaimSays(string earlier, int failures, bool claimed)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.CloseRunAsync(bench.Lease, (await ClaimAsync(bench, First))!.Value, Enum.Parse<RunStatus>(earlier), 1, "", CancellationToken.None);
        var before = bench.Everything();
        Assert.That(await ClaimAsync(bench, First, failures) is not null, Is.EqualTo(claimed));
        if (!claimed) Assert.That(bench.Everything(), Is.EqualTo(before), "no run was opened");
    }

    [Test]
    public async Task OpenOccurrence_OfWhichTheRunDied_CountsAFailure()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ClaimAsync(bench, First);
        var again = await ClaimAsync(bench, First);
        Assert.That(await ShownAsync(bench), Is.EqualTo(new[] { $"2026-11-03 Running 1 run {again}" }));
    }

    [Test]
    public async Task OpenOccurrence_AfterOneThatDied_GoesOnInItsPlaceAndNotesWhatItMakesUpFor()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ClaimAsync(bench, First);
        var third = await ClaimAsync(bench, Third, 0, new SkippedOccurrence(First, "known already"), new SkippedOccurrence(Second, "not performed in time"));
        var rows = await bench.Store.ListOccurrencesAsync(Some.Series, 10, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(r => (r.Occurrence.Date.Day, r.Occurrence.State)), Is.EqualTo(new[] { (5, OccurrenceState.Running), (4, OccurrenceState.Skipped), (3, OccurrenceState.Failed) }));
            Assert.That(rows.Select(r => r.Occurrence.Reason), Is.EqualTo(new[] { "", "not performed in time", "Its run did not come to its end; the occurrence of 2026-11-05 goes on." }));
            Assert.That(rows[0].RunNo, Is.EqualTo(third));
        });
    }

    [Test]
    public async Task FailAndSkip_OfWhatIsDone_ChangeNothing()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.CloseRunAsync(bench.Lease, (await ClaimAsync(bench, First))!.Value, RunStatus.Succeeded, 0, "", CancellationToken.None);
        var before = bench.Everything();
        await bench.Store.FailOccurrenceAsync(bench.Lease, "nightly", First, 2, "no token", CancellationToken.None);
        await bench.Store.SkipOccurrencesAsync(bench.Lease, "nightly", [new SkippedOccurrence(First, "holiday")], CancellationToken.None);
        Assert.That(bench.Everything(), Is.EqualTo(before));
    }

    [TestCase(2, FailureKind.Standing)]
    [TestCase(70, FailureKind.Standing)]
    [TestCase(1, FailureKind.Passing)]
    [TestCase(null, FailureKind.Passing, Description = "its run died")]
    public async Task FailOccurrence_WithoutARun_IsKept(int? exitCode, FailureKind expected)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.FailOccurrenceAsync(bench.Lease, "nightly", First, exitCode, "why", CancellationToken.None);
        await bench.Store.FailOccurrenceAsync(bench.Lease, "nightly", First, exitCode, "why", CancellationToken.None);
        var row = (await bench.Store.ListOccurrencesAsync(null, 10, CancellationToken.None)).Single();
        Assert.That((row.Occurrence.State, row.Occurrence.Failures, row.Occurrence.Kind, row.RunNo, row.Occurrence.Reason), Is.EqualTo((OccurrenceState.Failed, 2, expected, (long?)null, "why")));
    }

    private static Task<long?> ClaimAsync(StoreBench bench, FireTime fire, int failures = 0, params SkippedOccurrence[] skipped) =>
        bench.Store.OpenOccurrenceAsync(bench.Lease, bench.Start(), new OccurrenceClaim(fire, failures, skipped), CancellationToken.None);

    private static async Task<IReadOnlyList<string>> ShownAsync(StoreBench bench) =>
        [.. (await bench.Store.ListOccurrencesAsync(Some.Series, 10, CancellationToken.None)).Select(r => FormattableString.Invariant($"{r.Occurrence.Date:yyyy-MM-dd} {r.Occurrence.State} {r.Occurrence.Failures} run {r.RunNo}"))];

    private static FireTime Fire(int day) => new(new DateOnly(2026, 11, day), new DateTimeOffset(2026, 11, day, 7, 30, 0, TimeSpan.Zero));
}
