using System.Globalization;
using BatchSync.Core.Scheduling;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Scheduling;

[Parallelizable(ParallelScope.All)]
public sealed class OccurrenceRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 8, 0, 0, TimeSpan.Zero);

    // What came due (days of November), holidays, and what is done then: p the run, s what is noted as skipped with it.
    [TestCase("", "", "idle")]
    [TestCase("5", "", "perform 5")]
    [TestCase("3 4 5", "", "perform 5, skip 3 4")]
    [TestCase("3 4 5", "4", "perform 5, skip 3 holiday 4")]
    [TestCase("3 4 5", "5", "perform 4, skip 3 holiday 5", Description = "a holiday takes its own date alone")]
    [TestCase("5", "5", "skip holiday 5")]
    [TestCase("4 5", "4 5", "skip holiday 4 holiday 5")]
    public void Next_OfWhatIsDue_PerformsTheNewestAndSkipsTheRest(string due, string holidays, string expected) =>
        Assert.That(Shown(OccurrenceRules.Next(View(due) with { Holidays = [.. Days(holidays).Select(d => new Holiday(new DateOnly(2026, 11, d), "feast"))] }, Now)), Is.EqualTo(expected));

    [TestCase(OccurrenceState.Done, 0, FailureKind.Passing, "idle")]
    [TestCase(OccurrenceState.Running, 0, FailureKind.Passing, "perform 4", Description = "its run may have died: the lease tells")]
    [TestCase(OccurrenceState.Running, 5, FailureKind.Passing, "give up 4")]
    [TestCase(OccurrenceState.Parked, 0, FailureKind.Passing, "perform 4")]
    [TestCase(OccurrenceState.Failed, 1, FailureKind.Passing, "perform 4")]
    [TestCase(OccurrenceState.Failed, 6, FailureKind.Passing, "idle", Description = "tried often enough")]
    [TestCase(OccurrenceState.Failed, 1, FailureKind.Standing, "perform 4", Description = "serve was started since")]
    public void Next_WithNothingDue_GoesOnWithTheNewest(OccurrenceState state, int failures, FailureKind kind, string expected) =>
        Assert.That(Shown(OccurrenceRules.Next(View("") with { Latest = Known(4, state, failures, Now.AddHours(-8), kind) }, Now)), Is.EqualTo(expected));

    [Test]
    public void Next_OfAStandingFailureOfThisProcess_TriesNotAgain() =>
        Assert.That(Shown(OccurrenceRules.Next(View("") with { Latest = Known(4, OccurrenceState.Failed, 1, Now.AddMinutes(-1), FailureKind.Standing), Since = Now.AddHours(-1) }, Now)), Is.EqualTo("idle"));

    [TestCase(OccurrenceState.Failed)]
    [TestCase(OccurrenceState.Running)]
    public void Next_WhereALaterOneIsDue_LeavesTheEarlierToIt(OccurrenceState state) =>
        Assert.That(Shown(OccurrenceRules.Next(View("5") with { Latest = Known(4, state, 1, Now, FailureKind.Passing) }, Now)), Is.EqualTo("perform 5"));

    [TestCase(1, "00:05")]
    [TestCase(2, "00:15")]
    [TestCase(3, "00:45")]
    [TestCase(4, "02:15")]
    [TestCase(5, "06:45")]
    [TestCase(6, null)]
    public void TriedAgainAt_AfterFailures_IsFartherEachTime(int failures, string? distance)
    {
        var failed = Known(4, OccurrenceState.Failed, failures, Now, FailureKind.Passing);
        Assert.That(OccurrenceRules.TriedAgainAt(failed) - Now, Is.EqualTo(distance is null ? (TimeSpan?)null : TimeSpan.Parse(distance, CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Next_WhereAnotherJobComesFirst_WaitsADayAndThenSkips()
    {
        var view = View("5") with { WaitsFor = _ => "waits for 'first'", Since = Now.AddHours(-1) };
        var start = view.Due[0].At > view.Since ? view.Due[0].At : view.Since;
        Assert.Multiple(() =>
        {
            Assert.That(OccurrenceRules.Next(view, Now), Is.EqualTo(new ScheduleStep.Wait(Now + OccurrenceRules.LookEvery, "waits for 'first'")));
            Assert.That(Shown(OccurrenceRules.Next(view, start.AddDays(1).AddTicks(-1))), Is.EqualTo("wait"));
            Assert.That(Shown(OccurrenceRules.Next(view, start.AddDays(1))), Is.EqualTo("skip 5"));
        });
    }

    // The other job fires on the 4th and 5th; what it did, and whether the occurrence of the 5th waits.
    [TestCase("", false, true, Description = "not yet")]
    [TestCase("5 Done", false, false)]
    [TestCase("5 Failed", false, true)]
    [TestCase("5 Running", false, true)]
    [TestCase("5 Parked", false, true)]
    [TestCase("5 Skipped", false, true)]
    [TestCase("4 Done", false, true, Description = "an earlier one")]
    [TestCase("5 Skipped, 6 Done", false, false, Description = "a later one made up for it")]
    [TestCase("5 Skipped, 6 Failed", false, true)]
    [TestCase("", true, false, Description = "a holiday of the other one")]
    public void HoldOf_ADate_WaitsForTheOtherJobsOccurrenceOrALaterOne(string known, bool isHoliday, bool waits)
    {
        var earlier = new EarlierJob("first", Now.AddDays(-30), isHoliday ? [new Holiday(new DateOnly(2026, 11, 5), "feast")] : [], [.. known.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(Known)]);
        Assert.That(earlier.HoldOf(new DateOnly(2026, 11, 5), Fire(5)) is not null, Is.EqualTo(waits));
    }

    [Test]
    public void HoldOf_ADateOnWhichTheOtherHasNothingToDo_IsNone()
    {
        var earlier = new EarlierJob("first", Now, [], []);
        Assert.Multiple(() =>
        {
            Assert.That(earlier.HoldOf(new DateOnly(2026, 11, 5), null), Is.Null, "its schedule does not fire");
            Assert.That(earlier.HoldOf(new DateOnly(2026, 11, 5), Fire(5)), Is.Null, "its schedule is kept only since after that");
            Assert.That(earlier.HoldOf(new DateOnly(2026, 11, 6), Fire(6)), Is.EqualTo("waits for 'first', which has not run yet"));
        });
    }

    private static ScheduleView View(string due) => new() { Due = [.. Days(due).Select(Fire)], Holidays = [], Latest = null, Since = Now, WaitsFor = _ => null };

    private static IEnumerable<int> Days(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(d => int.Parse(d, CultureInfo.InvariantCulture));

    private static FireTime Fire(int day) => new(new DateOnly(2026, 11, day), new DateTimeOffset(2026, 11, day, 7, 30, 0, TimeSpan.Zero));

    private static Occurrence Known(int day, OccurrenceState state, int failures, DateTimeOffset at, FailureKind kind) => new(Fire(day), state, failures, at, kind, "why");

    private static Occurrence Known(string text) => Known(int.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture), Enum.Parse<OccurrenceState>(text.Split(' ')[1]), 0, Now, FailureKind.Passing);

    private static string Shown(ScheduleStep step) => step switch
    {
        ScheduleStep.Idle => "idle",
        ScheduleStep.Wait => "wait",
        ScheduleStep.GiveUp given => $"give up {given.Fire.Date.Day}",
        ScheduleStep.Skip skip => $"skip {Shown(skip.Skipped)}",
        ScheduleStep.Perform { Claim: var claim } => $"perform {claim.Fire.Date.Day}{(claim.Skipped.Count > 0 ? ", skip " : "")}{Shown(claim.Skipped)}",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, null),
    };

    private static string Shown(IReadOnlyList<SkippedOccurrence> skipped) => string.Join(' ', skipped.Select(s => (s.Reason == "holiday feast" ? "holiday " : "") + s.Fire.Date.Day));
}
