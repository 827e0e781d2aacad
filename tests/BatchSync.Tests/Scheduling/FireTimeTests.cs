using System.Globalization;
using BatchSync.Cli;
using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using BatchSync.Scheduling;
using BatchSync.Tests.Support;
using NUnit.Framework;
using Quartz;

namespace BatchSync.Tests.Scheduling;

[Parallelizable(ParallelScope.All)]
public sealed class FireTimeTests
{
    [TestCase("2026-07-01 02:30", "America/New_York", "2026-07-01 06:30")]
    [TestCase("2026-03-08 02:30", "America/New_York", "2026-03-08 07:00", Description = "skipped: the next that is shown is 03:00")]
    [TestCase("2026-03-08 03:00", "America/New_York", "2026-03-08 07:00")]
    [TestCase("2026-11-01 01:30", "America/New_York", "2026-11-01 05:30", Description = "shown twice: the first")]
    [TestCase("2026-11-01 02:00", "America/New_York", "2026-11-01 07:00")]
    [TestCase("2026-03-29 02:15", "Europe/Berlin", "2026-03-29 01:00")]
    [TestCase("2026-10-25 02:15", "Europe/Berlin", "2026-10-25 00:15")]
    [TestCase("2026-09-27 02:45", "Pacific/Auckland", "2026-09-26 14:00")]
    [TestCase("2026-04-05 02:45", "Pacific/Auckland", "2026-04-04 13:45")]
    [TestCase("2026-10-04 02:10", "Australia/Lord_Howe", "2026-10-03 15:30", Description = "half an hour is skipped")]
    public void FireTime_OfAReading_IsWhenClocksShowItFirst(string reading, string zone, string utc)
    {
        var local = DateTime.ParseExact(reading, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        Assert.That(FireTime.Of(local, TimeZoneInfo.FindSystemTimeZoneById(zone)), Is.EqualTo(new FireTime(DateOnly.FromDateTime(local), At(utc))));
    }

    [Test]
    public void Timetable_AfterAnInstant_HasOneTimeADateInOrder()
    {
        var times = Of("0 30 2 ? * TUE-SAT", "America/New_York").After(At("2026-03-06 07:30")).Take(3).ToList();
        Assert.That(times, Is.EqualTo(new[] { Fire("2026-03-07", "2026-03-07 07:30"), Fire("2026-03-10", "2026-03-10 06:30"), Fire("2026-03-11", "2026-03-11 06:30") }));
    }

    [Test]
    public void Timetable_AtMidnight_BelongsToTheDateThatBegins() =>
        Assert.That(Of("0 0 0 ? * *", "Pacific/Auckland").After(At("2026-06-10 11:59")).First(), Is.EqualTo(Fire("2026-06-11", "2026-06-10 12:00")));

    [TestCase("2026-11-03", true)]
    [TestCase("2026-11-02", false)]
    public void Timetable_OnADate_SaysWhetherItFires(string date, bool fires) => Assert.That(Of("0 30 2 ? * TUE-SAT", "America/New_York").On(Some.Day(date)) is not null, Is.EqualTo(fires));

    [Test]
    public void Timetable_OfAYearThatIsOver_FiresNeverAgain() => Assert.That(Of("0 30 2 ? * * 2025", "UTC").After(At("2026-01-01 00:00")), Is.Empty);

    // The alarms are Quartz's: where it went off at other instants, or not at all, an occurrence would be late.
    [Test]
    public void Timetable_OfAnyYear_IsThatOfQuartzItself(
        [Values("America/New_York", "Europe/Berlin", "Pacific/Auckland", "Europe/London", "America/Santiago", "Asia/Kolkata", "Australia/Lord_Howe")] string zone,
        [Values("0 30 2 ? * *", "0 30 1 ? * *", "0 0 0 ? * *", "0 59 23 ? * MON-FRI", "0 0 6 L * ?")] string cron)
    {
        var quartz = CronExpression.Parse(cron).WithTimeZone(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var start = At("2026-01-01 00:00");
        var expected = new List<DateTimeOffset>();
        for (var at = quartz.GetNextValidTimeAfter(start); at < start.AddYears(2); at = quartz.GetNextValidTimeAfter(at.Value)) expected.Add(at.Value.ToUniversalTime());
        Assert.That(Of(cron, zone).After(start).Select(f => f.At).TakeWhile(a => a < start.AddYears(2)), Is.EqualTo(expected));
    }

    [TestCase("2026-11-05 02:30", "2026-11-05 12:00", "today 12:00 (UTC), in 9 h")]
    [TestCase("2026-11-05 20:00", "2026-11-06 02:30", "tomorrow 02:30 (UTC), in 6 h")]
    [TestCase("2026-11-05 23:59", "2026-11-06 00:00", "tomorrow 00:00 (UTC), in 1 min")]
    [TestCase("2026-11-05 12:00", "2026-11-10 06:00", "Tuesday 06:00 (UTC), in 4 d")]
    [TestCase("2026-11-05 12:00", "2026-11-12 06:00", "2026-11-12 06:00 (UTC), in 6 d")]
    public void FireTimeText_OfATimeAhead_SaysItInWords(string now, string at, string expected) =>
        Assert.That(FireTimeText.Of(new FireTime(DateOnly.FromDateTime(At(at).DateTime), At(at)), At(now), TimeZoneInfo.Utc), Is.EqualTo(expected));

    private static Timetable Of(string cron, string zone) => Timetable.Of(new ScheduleDefinition(cron, TimeZoneInfo.FindSystemTimeZoneById(zone)));

    private static FireTime Fire(string date, string utc) => new(Some.Day(date), At(utc));

    private static DateTimeOffset At(string utc) => DateTimeOffset.ParseExact(utc, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
