using System.Globalization;
using BatchSync.Core.Retry;
using NUnit.Framework;

namespace BatchSync.Tests.Retry;

public sealed class RetryDelayTests
{
    private static readonly DateTimeOffset Now = new(2026, 10, 21, 7, 27, 30, TimeSpan.Zero);

    [TestCase(null, null)]
    [TestCase("", null)]
    [TestCase("soon", null)]
    [TestCase("-5", null)]
    [TestCase("1.5", null)]
    [TestCase("0", 0)]
    [TestCase(" 120 ", 120)]
    [TestCase("99999999999999999999", 366 * 24 * 3600)]
    [TestCase("Wed, 21 Oct 2026 07:28:00 GMT", 30)]
    [TestCase("Wed, 21 Oct 2026 07:00:00 GMT", 0)]
    public void Asked_ReadsSecondsAndDates(string? header, int? seconds) =>
        Assert.That(RetryDelay.Asked(header, Now)?.TotalSeconds, Is.EqualTo(seconds));

    // asked, longest, random part (0 none, 1 all), expected
    [TestCase(0, null, 30000, 1, 500)]
    [TestCase(1, null, 30000, 1, 1000)]
    [TestCase(5, null, 30000, 1, 16000)]
    [TestCase(6, null, 30000, 1, 30000)]
    [TestCase(60, null, 30000, 1, 30000)]
    [TestCase(3, null, 30000, 0, 0)]
    [TestCase(0, null, 0, 1, 0)]
    [TestCase(0, 7000, 30000, 0, 7000)]
    [TestCase(0, 90000, 30000, 0, 30000)]
    public void Before_IsAskedOrJitter_NeverAboveLongest(int retry, int? askedMs, int longestMs, int part, int expectedMs)
    {
        var asked = askedMs is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;
        var wait = RetryDelay.Before(retry, asked, TimeSpan.FromMilliseconds(longestMs), bound => part == 0 ? 0 : bound - 1);
        Assert.That(wait.TotalMilliseconds, Is.EqualTo(expectedMs));
    }

    [TestCase("200 201 204 299", HttpStatusKind.Success)]
    [TestCase("301 302 307 308 304", HttpStatusKind.Redirect)]
    [TestCase("401 403 407", HttpStatusKind.NotAllowed)]
    [TestCase("429", HttpStatusKind.Busy)]
    [TestCase("408 500 502 503 504 599", HttpStatusKind.Failing)]
    [TestCase("400 409 413 422", HttpStatusKind.BadContent)]
    [TestCase("100 404 410 423 451 600", HttpStatusKind.Refused)]
    public void StatusTable_GivesOneKindForEachStatus(string statuses, HttpStatusKind kind)
    {
        var kinds = statuses.Split(' ').Select(s => HttpStatusTable.KindOf(int.Parse(s, CultureInfo.InvariantCulture)));
        Assert.That(kinds, Is.All.EqualTo(kind));
    }
}
