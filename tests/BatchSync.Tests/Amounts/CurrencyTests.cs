using BatchSync.Core.Amounts;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class CurrencyTests
{
    [TestCase("JPY", 0)]
    [TestCase("KRW", 0)]
    [TestCase("ISK", 0)]
    [TestCase("UGX", 0)]
    [TestCase("UYI", 0)]
    [TestCase("XPF", 0)]
    [TestCase("USD", 2)]
    [TestCase("EUR", 2)]
    [TestCase("HUF", 2)]
    [TestCase("IDR", 2)]
    [TestCase("MGA", 2)]
    [TestCase("MRU", 2)]
    [TestCase("BOV", 2)]
    [TestCase("CHE", 2)]
    [TestCase("CHW", 2)]
    [TestCase("COU", 2)]
    [TestCase("MXV", 2)]
    [TestCase("USN", 2)]
    [TestCase("UYU", 2)]
    [TestCase("XAD", 2)]
    [TestCase("XCG", 2)]
    [TestCase("ZWG", 2)]
    [TestCase("KWD", 3)]
    [TestCase("BHD", 3)]
    [TestCase("IQD", 3)]
    [TestCase("LYD", 3)]
    [TestCase("TND", 3)]
    [TestCase("CLF", 4)]
    [TestCase("UYW", 4)]
    public void Of_KnownCode_HasMinorUnitsOfTheStandard(string code, int decimals)
    {
        var currency = Currency.Of(code);
        Assert.That((currency.Code, (int)currency.Decimals), Is.EqualTo((code, decimals)));
    }

    [TestCase("ZZZ", Description = "no such code")]
    [TestCase("usd", Description = "small letters")]
    [TestCase("", Description = "empty")]
    [TestCase("US", Description = "too short")]
    [TestCase("XAU", Description = "gold has no minor unit")]
    [TestCase("XDR", Description = "no minor unit")]
    [TestCase("XUA", Description = "no minor unit")]
    [TestCase("XXX", Description = "no currency")]
    [TestCase("XTS", Description = "reserved for tests")]
    [TestCase("DEM", Description = "withdrawn")]
    [TestCase("HRK", Description = "withdrawn")]
    [TestCase("BGN", Description = "withdrawn")]
    [TestCase("ZWL", Description = "withdrawn")]
    public void Of_UnknownCode_IsRefused(string code)
    {
        Assert.Multiple(() =>
        {
            Assert.That(Currency.TryOf(code, out _), Is.False);
            Assert.That(() => Currency.Of(code), Throws.ArgumentException.With.Message.Contains($"'{code}'"));
        });
    }

    [Test]
    public void TryOf_Null_IsFalse() => Assert.That(Currency.TryOf(null, out _), Is.False);

    [Test]
    public void Codes_All_AreTheListOfTheStandard()
    {
        var byDecimals = Currency.Codes.GroupBy(code => Currency.Of(code).Decimals).ToDictionary(g => (int)g.Key, g => g.Count());
        Assert.Multiple(() =>
        {
            Assert.That(byDecimals, Is.EqualTo(new Dictionary<int, int> { [0] = 17, [2] = 139, [3] = 7, [4] = 2 }));
            Assert.That(Currency.Codes, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
            Assert.That(Currency.Codes, Has.All.Matches("^[A-Z]{3}$"));
        });
    }

    [Test]
    public void Default_OnUse_IsRefused()
    {
        Currency none = default;
        Assert.Multiple(() =>
        {
            Assert.That(() => none.Code, Throws.InvalidOperationException);
            Assert.That(() => none.Decimals, Throws.InvalidOperationException);
            Assert.That(() => Money.Round(1m, none, RoundingMode.HalfUp), Throws.InvalidOperationException);
            Assert.That(none.ToString(), Is.EqualTo("(none)"));
        });
    }
}
