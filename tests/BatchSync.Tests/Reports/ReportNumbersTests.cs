using System.Globalization;
using BatchSync.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

internal sealed class ReportNumbersTests
{
    [TestCase("180", "USD", "180.00")]
    [TestCase("-180.5", "USD", "-180.50")]
    [TestCase("0.0048765433", "USD", "0.0048765433")]
    [TestCase("-0.00", "USD", "0.00")]
    [TestCase("2500", "JPY", "2500")]
    [TestCase("1.5", "KWD", "1.500")]
    [TestCase("1.50", "", "1.5")]
    [TestCase("1234567890123456.78", "EUR", "1234567890123456.78")]
    [TestCase("7", "bitcoin", "7")]
    public void Amount_OfACurrency_HasAtLeastItsDecimals(string value, string currency, string expected) =>
        Assert.That(new ReportNumbers('.').Amount(decimal.Parse(value, CultureInfo.InvariantCulture), currency), Is.EqualTo(expected));

    [TestCase(0, "0.0000")]
    [TestCase(4500, "1.2500")]
    [TestCase(1, "0.0003")]
    [TestCase(-1, "-0.0003")]
    [TestCase(18, "0.0050")]
    [TestCase(9, "0.0025")]
    [TestCase(20, "0.0056")]
    [TestCase(3600000000, "1000000.0000")]
    public void Hours_OfSeconds_HaveFourDecimalsHalfUp(long seconds, string expected) => Assert.That(new ReportNumbers('.').Hours(seconds), Is.EqualTo(expected));

    [Test]
    public void Amount_WithADecimalComma_HasNoGrouping() => Assert.That(new ReportNumbers(',').Amount(-1234567.5m, "EUR"), Is.EqualTo("-1234567,50"));

    [TestCase("-12.50", "-12,50")]
    [TestCase("0.10", "0,10")]
    [TestCase("12", "12")]
    [TestCase("0058", null)]
    [TestCase("2026-10-01", null)]
    [TestCase("1e3", null)]
    [TestCase("+1", null)]
    [TestCase("--1", null)]
    [TestCase("-1+1", null)]
    [TestCase("12.50 EUR", null)]
    [TestCase("1.", null)]
    [TestCase("12\n", null)]
    [TestCase("", null)]
    public void Figure_OfText_IsAPlainNumberOrNone(string text, string? expected) => Assert.That(new ReportNumbers(',').Figure(text), Is.EqualTo(expected));
}
