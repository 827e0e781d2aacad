using System.Globalization;
using BatchSync.Core.Time;
using NUnit.Framework;

namespace BatchSync.Tests.Time;

[TestFixture]
public sealed class PeriodTests
{
    // The date | the period that holds it, by kind: name, first day, last day.
    [TestCase("2026-10-07", PeriodKind.Day, "2026-10-07", "2026-10-07", "2026-10-07")]
    [TestCase("2026-12-31", PeriodKind.Day, "2026-12-31", "2026-12-31", "2026-12-31")]
    [TestCase("2026-10-01", PeriodKind.Month, "2026-10", "2026-10-01", "2026-10-31")]
    [TestCase("2026-10-31", PeriodKind.Month, "2026-10", "2026-10-01", "2026-10-31")]
    [TestCase("2026-12-31", PeriodKind.Month, "2026-12", "2026-12-01", "2026-12-31")]
    [TestCase("2028-02-29", PeriodKind.Month, "2028-02", "2028-02-01", "2028-02-29")]
    [TestCase("2026-10-05", PeriodKind.Week, "2026-W41", "2026-10-05", "2026-10-11", Description = "a Monday")]
    [TestCase("2026-10-11", PeriodKind.Week, "2026-W41", "2026-10-05", "2026-10-11", Description = "a Sunday")]
    [TestCase("2026-01-01", PeriodKind.Week, "2026-W01", "2025-12-29", "2026-01-04", Description = "week 1 begins in the old year")]
    [TestCase("2025-12-29", PeriodKind.Week, "2026-W01", "2025-12-29", "2026-01-04")]
    [TestCase("2025-12-28", PeriodKind.Week, "2025-W52", "2025-12-22", "2025-12-28")]
    [TestCase("2027-01-03", PeriodKind.Week, "2026-W53", "2026-12-28", "2027-01-03", Description = "a year of 53 weeks ends in the new year")]
    [TestCase("2027-01-04", PeriodKind.Week, "2027-W01", "2027-01-04", "2027-01-10")]
    [TestCase("2023-01-01", PeriodKind.Week, "2022-W52", "2022-12-26", "2023-01-01")]
    [TestCase("2024-12-30", PeriodKind.Week, "2025-W01", "2024-12-30", "2025-01-05")]
    public void Of_Date_IsThePeriodThatHoldsIt(string date, PeriodKind kind, string name, string first, string last)
    {
        var period = Period.Of(kind, Date(date));
        Assert.That((period.ToString(), Text(period.From), Text(period.LastDay)), Is.EqualTo((name, first, last)));
    }

    // A closed period's last day | delay on the local clock | zone | the instant, and why it is that one.
    [TestCase("2026-03-07", "00:00", "America/New_York", "2026-03-08T05:00Z", Description = "the last midnight of winter time")]
    [TestCase("2026-03-08", "00:00", "America/New_York", "2026-03-09T04:00Z", Description = "the first midnight of summer time")]
    [TestCase("2026-03-07", "02:30", "America/New_York", "2026-03-08T07:00Z", Description = "02:30 is skipped: 03:00 summer time")]
    [TestCase("2026-03-07", "03:00", "America/New_York", "2026-03-08T07:00Z")]
    [TestCase("2026-10-31", "01:30", "America/New_York", "2026-11-01T06:30Z", Description = "01:30 comes twice: the second")]
    [TestCase("2026-10-31", "3.00:00", "America/New_York", "2026-11-04T05:00Z", Description = "three days on the local clock, over the change: 73 hours")]
    [TestCase("2026-02-28", "10.00:00", "America/New_York", "2026-03-11T04:00Z", Description = "ten days over the change: 239 hours")]
    [TestCase("2026-03-28", "02:00", "Europe/Berlin", "2026-03-29T01:00Z", Description = "02:00 is skipped: 03:00 summer time")]
    [TestCase("2026-03-28", "02:59", "Europe/Berlin", "2026-03-29T01:00Z")]
    [TestCase("2026-03-31", "00:00", "Europe/Berlin", "2026-03-31T22:00Z")]
    [TestCase("2026-10-24", "02:30", "Europe/Berlin", "2026-10-25T01:30Z", Description = "02:30 comes twice: the second")]
    [TestCase("2026-10-31", "00:00", "Europe/Berlin", "2026-10-31T23:00Z")]
    [TestCase("2026-04-04", "02:30", "Pacific/Auckland", "2026-04-04T14:30Z", Description = "autumn in the south: 02:30 comes twice, the second")]
    [TestCase("2026-04-30", "00:00", "Pacific/Auckland", "2026-04-30T12:00Z")]
    [TestCase("2026-09-26", "02:15", "Pacific/Auckland", "2026-09-26T14:00Z", Description = "spring in the south: 02:15 is skipped, 03:00")]
    [TestCase("2026-09-30", "00:00", "Pacific/Auckland", "2026-09-30T11:00Z")]
    [TestCase("2026-04-23", "00:00", "Africa/Cairo", "2026-04-23T22:00Z", Description = "a midnight that is skipped: 01:00")]
    public void ClosesAt_OverChangesOfTheClock_GoesByTheLocalClock(string lastDay, string delay, string zone, string instant)
    {
        var period = Period.Of(PeriodKind.Day, Date(lastDay));
        var closes = period.ClosesAt(TimeSpan.Parse(delay, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.That((closes, closes.Offset), Is.EqualTo((DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture), TimeSpan.Zero)));
    }

    [Test]
    public void ClosesAt_OfMonth_CountsFromItsEnd()
    {
        var closes = Period.Of(PeriodKind.Month, new DateOnly(2026, 2, 10)).ClosesAt(TimeSpan.FromDays(3), TimeZoneInfo.Utc);
        Assert.That(closes, Is.EqualTo(new DateTimeOffset(2026, 3, 4, 0, 0, 0, TimeSpan.Zero)));
    }

    [Test]
    public void Of_PeriodPastTheCalendar_IsRefused() =>
        Assert.That(() => Period.Of(PeriodKind.Month, DateOnly.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
