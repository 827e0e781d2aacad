using System.Globalization;
using BatchSync.Core.Time;
using NUnit.Framework;

namespace BatchSync.Tests.Time;

[TestFixture]
public sealed class LocalDateTests
{
    [TestCase("2026-03-08T04:59:59Z", "America/New_York", "2026-03-07", Description = "23:59:59 winter time")]
    [TestCase("2026-03-08T05:00:00Z", "America/New_York", "2026-03-08")]
    [TestCase("2026-03-09T03:59:59Z", "America/New_York", "2026-03-08", Description = "23:59:59 summer time")]
    [TestCase("2026-03-09T04:00:00Z", "America/New_York", "2026-03-09")]
    [TestCase("2026-11-01T03:59:59Z", "America/New_York", "2026-10-31")]
    [TestCase("2026-11-02T04:59:59Z", "America/New_York", "2026-11-01", Description = "a day of 25 hours")]
    [TestCase("2026-11-02T05:00:00Z", "America/New_York", "2026-11-02")]
    [TestCase("2026-03-08T23:30:00-08:00", "America/New_York", "2026-03-09", Description = "the offset only fixes the instant")]
    [TestCase("2026-03-09T09:00:00+14:00", "America/New_York", "2026-03-08")]
    [TestCase("2026-03-28T23:00:00Z", "Europe/Berlin", "2026-03-29")]
    [TestCase("2026-03-29T21:59:59Z", "Europe/Berlin", "2026-03-29", Description = "a day of 23 hours")]
    [TestCase("2026-03-29T22:00:00Z", "Europe/Berlin", "2026-03-30")]
    [TestCase("2026-10-25T22:59:59Z", "Europe/Berlin", "2026-10-25")]
    [TestCase("2026-10-25T23:00:00Z", "Europe/Berlin", "2026-10-26")]
    [TestCase("2026-04-05T11:59:59Z", "Pacific/Auckland", "2026-04-05")]
    [TestCase("2026-04-05T12:00:00Z", "Pacific/Auckland", "2026-04-06")]
    [TestCase("2026-09-27T10:59:59Z", "Pacific/Auckland", "2026-09-27")]
    [TestCase("2026-09-27T11:00:00Z", "Pacific/Auckland", "2026-09-28")]
    [TestCase("2026-06-30T18:14:59Z", "Asia/Kathmandu", "2026-06-30", Description = "5 hours and 45 minutes ahead")]
    [TestCase("2026-06-30T18:15:00Z", "Asia/Kathmandu", "2026-07-01")]
    public void Of_Instant_IsTheDateThatClocksOfTheZoneShow(string start, string zone, string date)
    {
        var local = LocalDate.Of(DateTimeOffset.Parse(start, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.That(local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Is.EqualTo(date));
    }
}
