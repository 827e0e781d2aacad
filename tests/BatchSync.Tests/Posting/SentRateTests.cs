using BatchSync.Core.Amounts;
using BatchSync.Core.Posting;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Posting;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class SentRateTests
{
    // A third of 1.25, and decimals: the rate half-up; nothing left is no rate.
    [TestCase(5, 12, 6, "0.416667")]
    [TestCase(5, 12, 4, "0.4167")]
    [TestCase(1, 8, 2, "0.13")]
    [TestCase(1136, 1000, 6, "1.136")]
    [TestCase(1, 200, 2, "0.01")]
    [TestCase(1, 201, 2, null)]
    [TestCase(3, 2, 0, "2")]
    public void Of_Rate_IsRoundedHalfUpAndNeverZero(int numerator, int denominator, int decimals, string? expected)
    {
        var rate = Some.FxRate(Currency.Of("EUR"), Currency.Of("USD"), new Rational(numerator, denominator));
        Assert.That(SentRate.Of(rate, decimals) is { } sent ? NumberText.Canonical(sent) : null, Is.EqualTo(expected));
    }
}
