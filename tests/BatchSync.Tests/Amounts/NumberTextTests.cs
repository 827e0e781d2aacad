using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class NumberTextTests
{
    [TestCase("0", "0")]
    [TestCase("-0", "0")]
    [TestCase("-0.00", "0")]
    [TestCase("12.50", "12.5")]
    [TestCase("-12.50", "-12.5")]
    [TestCase("+3", "3")]
    [TestCase(".5", "0.5")]
    [TestCase("5.", "5")]
    [TestCase("007", "7")]
    [TestCase(" 7 ", "7")]
    [TestCase("1.5e3", "1500")]
    [TestCase("15E-1", "1.5")]
    [TestCase("1e-10", "0.0000000001")]
    [TestCase("1000000000000e-22", "0.0000000001", Description = "the exponent moves the digits inside")]
    [TestCase("0e-99", "0")]
    [TestCase("0.00000000000000000000000000000000000000", "0", Description = "zeros are no digits")]
    [TestCase("1.00000000000000000000000000000000000000", "1", Description = "40 places, all but zeros")]
    [TestCase("999999999999999999.9999999999", "999999999999999999.9999999999", Description = "the largest")]
    [TestCase("-999999999999999999.9999999999", "-999999999999999999.9999999999")]
    public void TryParse_NumberThatFits_IsReadExactly(string text, string canonical)
    {
        var read = NumberText.TryParse(text, out var value);
        Assert.That((read, NumberText.Canonical(value)), Is.EqualTo((true, canonical)));
    }

    [TestCase("", Description = "empty")]
    [TestCase(" ", Description = "blank")]
    [TestCase("NaN")]
    [TestCase("Infinity")]
    [TestCase("-Infinity")]
    [TestCase("∞")]
    [TestCase("1,000", Description = "grouping")]
    [TestCase("1 000", Description = "grouping")]
    [TestCase("1_000", Description = "grouping")]
    [TestCase("1,5", Description = "another decimal sign")]
    [TestCase("1.2.3")]
    [TestCase("0x10")]
    [TestCase("--1")]
    [TestCase("1-")]
    [TestCase("(1)")]
    [TestCase("$1")]
    [TestCase("1e")]
    [TestCase("e5")]
    [TestCase("1e1.5")]
    [TestCase("٣", Description = "a digit of another script")]
    [TestCase("1000000000000000000", Description = "19 digits before the point")]
    [TestCase("1e18")]
    [TestCase("1e99999999999")]
    [TestCase("0.00000000001", Description = "11 digits after the point")]
    [TestCase("1e-11")]
    [TestCase("1e-30", Description = "a decimal would make it zero")]
    [TestCase("1e-99999999999")]
    [TestCase("1234567890123456789012345678901234567890", Description = "40 digits")]
    [TestCase("0.1234567890123456789012345678901234567890", Description = "40 digits after the point")]
    [TestCase("1.00000000000000000000000000000000000001", Description = "a decimal would make it 1")]
    [TestCase("0.0000000001000000000000000000001", Description = "a decimal would make it 1e-10, and it has few digits")]
    [TestCase("0.000000000099999999999999999999", Description = "a decimal would round it up to 1e-10")]
    [TestCase("00000000000000000000000000000000000000000000000000000000000000001", Description = "65 characters")]
    public void TryParse_AnythingElse_IsRefused(string text)
    {
        var read = NumberText.TryParse(text, out var value);
        Assert.That((read, value), Is.EqualTo((false, 0m)));
    }

    [Test]
    public void Canonical_OfRandomValues_IsWhatThePatternGives()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var value = new decimal(random.Next(int.MinValue, int.MaxValue), random.Next(2) * random.Next(), random.Next(2) * random.Next(), random.Next(2) == 0, (byte)random.Next(29));
            Assert.That(NumberText.Canonical(value), Is.EqualTo(value.ToString("0.############################", CultureInfo.InvariantCulture)), $"case {number}");
        }
    }

    [TestCase("180.00", "180")]
    [TestCase("-1.50", "-1.5")]
    [TestCase("-0.0", "0")]
    [TestCase("1000", "1000")]
    [TestCase("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    public void Canonical_OfValue_HasNoTrailingZeros(string value, string text) =>
        Assert.That(NumberText.Canonical(decimal.Parse(value, CultureInfo.InvariantCulture)), Is.EqualTo(text));

    [TestCase("999999999999999999.9999999999", true)]
    [TestCase("1000000000000000000", false)]
    [TestCase("-1000000000000000000", false)]
    [TestCase("0.0000000001", true)]
    [TestCase("0.10000000000000000000", true)]
    [TestCase("0.00000000001", false)]
    [TestCase("79228162514264337593543950335", false)]
    public void Fits_OfValue_IsWhetherTheStoreKeepsIt(string value, bool fits) =>
        Assert.That(NumberText.Fits(decimal.Parse(value, CultureInfo.InvariantCulture)), Is.EqualTo(fits));
}
