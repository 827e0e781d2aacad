using BatchSync.Core.Alerting;
using BatchSync.Core.Scheduling;
using NUnit.Framework;

namespace BatchSync.Tests.Alerting;

[Parallelizable(ParallelScope.All)]
public sealed class MissedRunsTests
{
    private static readonly TimeSpan After = TimeSpan.FromHours(2);

    [TestCase("2026-11-05 04:29", "")]
    [TestCase("2026-11-05 04:30", "05")]
    [TestCase("2026-11-06 04:29", "05")]
    [TestCase("2026-11-08 12:00", "05 06 08")]
    public void Of_DatesThatWereDueForLongEnough_LeavesHolidaysOut(string now, string missed) =>
        Assert.That(string.Join(' ', MissedRuns.Of(Nightly, [new Holiday(new DateOnly(2026, 11, 7), "Founder's day")], After, At(now)).Select(f => f.Date.ToString("dd", null))), Is.EqualTo(missed));

    [TestCase(null, null, null, Description = "nobody has begun to run the job")]
    [TestCase("2026-11-01 12:00", null, "2026-11-01 12:00")]
    [TestCase(null, "2026-11-05 02:30", "2026-11-05 02:35")]
    [TestCase("2026-11-01 12:00", "2026-11-05 02:30", "2026-11-05 02:35")]
    [TestCase("2026-11-05 12:00", "2026-11-05 02:30", "2026-11-05 12:00", Description = "a changed schedule has no past")]
    public void Since_TheScheduleIsKeptOrARunBegan_IsTheLaterOfTheTwo(string? kept, string? answered, string? since) =>
        Assert.That(MissedRuns.Since(AtOrNull(kept), AtOrNull(answered)), Is.EqualTo(AtOrNull(since)));

    private static IEnumerable<FireTime> Nightly => Enumerable.Range(5, 20).Select(day => new FireTime(new DateOnly(2026, 11, day), new DateTimeOffset(2026, 11, day, 2, 30, 0, TimeSpan.Zero)));

    private static DateTimeOffset? AtOrNull(string? utc) => utc is null ? null : At(utc);

    private static DateTimeOffset At(string utc) => DateTimeOffset.ParseExact(utc, "yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);
}
