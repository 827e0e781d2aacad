using BatchSync.Core.Amounts;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class MoneyTests
{
    private static readonly Currency Usd = Currency.Of("USD");
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();
    private static readonly Currency[] Currencies = [Usd, Currency.Of("JPY"), Currency.Of("KWD"), Currency.Of("CLF")];

    [TestCase(123450, "USD", "1234.50")]
    [TestCase(-5, "USD", "-0.05")]
    [TestCase(0, "USD", "0.00")]
    [TestCase(0, "JPY", "0")]
    [TestCase(-1234, "JPY", "-1234")]
    [TestCase(1, "KWD", "0.001")]
    [TestCase(12345, "CLF", "1.2345")]
    [TestCase(2147483648, "USD", "21474836.48", Description = "past 31 bits")]
    [TestCase(4294967296, "USD", "42949672.96", Description = "past 32 bits")]
    [TestCase(long.MaxValue, "USD", "92233720368547758.07")]
    [TestCase(long.MinValue, "KWD", "-9223372036854775.808")]
    public void ToAmountString_OfMinorUnits_HasDecimalsOfCurrency(long units, string code, string text)
    {
        var money = Money.OfMinorUnits(units, Currency.Of(code));
        Assert.Multiple(() =>
        {
            Assert.That(money.ToAmountString(), Is.EqualTo(text));
            Assert.That(money.ToString(), Is.EqualTo($"{text} {code}"));
            Assert.That(money.Exact, Is.EqualTo((Rational)money.Amount));
        });
    }

    [Test]
    public void Round_MoreThan64Bits_OverflowsAndNamesTheLimit()
    {
        var limit = (Rational)long.MaxValue / 100;
        Assert.Multiple(() =>
        {
            Assert.That(Money.Round(limit, Usd, RoundingMode.HalfUp).MinorUnits, Is.EqualTo(long.MaxValue));
            Assert.That(() => Money.Round(limit + 0.01m, Usd, RoundingMode.HalfUp), Throws.TypeOf<OverflowException>().With.Message.Contains("9223372036854775807"));
            Assert.That(() => Money.Round(-limit - 0.02m, Usd, RoundingMode.HalfUp), Throws.TypeOf<OverflowException>());
        });
    }

    [Test]
    public void Arithmetic_Past64Bits_Overflows()
    {
        var most = Money.OfMinorUnits(long.MaxValue, Usd);
        var least = Money.OfMinorUnits(long.MinValue, Usd);
        var cent = Money.OfMinorUnits(1, Usd);
        Assert.Multiple(() =>
        {
            Assert.That(() => most + cent, Throws.TypeOf<OverflowException>());
            Assert.That(() => least - cent, Throws.TypeOf<OverflowException>());
            Assert.That(() => -least, Throws.TypeOf<OverflowException>());
            Assert.That(() => Money.Sum([most, cent], Usd), Throws.TypeOf<OverflowException>());
        });
    }

    [Test]
    public void Arithmetic_TwoCurrencies_IsRefused()
    {
        var dollar = Money.OfMinorUnits(100, Usd);
        var euro = Money.OfMinorUnits(100, Currency.Of("EUR"));
        Assert.Multiple(() =>
        {
            Assert.That(() => dollar + euro, Throws.InvalidOperationException.With.Message.Contains("USD and EUR"));
            Assert.That(() => dollar - euro, Throws.InvalidOperationException);
            Assert.That(() => dollar < euro, Throws.InvalidOperationException);
            Assert.That(() => Money.Sum([euro], Usd), Throws.InvalidOperationException);
            Assert.That(dollar, Is.Not.EqualTo(euro));
        });
    }

    [Test]
    public void Sum_OfNone_IsZero() => Assert.That(Money.Sum([], Usd), Is.EqualTo(Money.Zero(Usd)));

    [Test]
    public void Round_RandomValues_AgreesWithDecimalRounding()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var value = new decimal(random.Next(), random.Next(1 << 16), 0, random.Next(2) == 0, (byte)random.Next(0, 12));
            var currency = random.Pick(Currencies);
            var mode = random.Pick(Modes);
            Assert.That(Money.Round(value, currency, mode).Amount, Is.EqualTo(Expected(value, currency.Decimals, mode)), () => $"case {number}: {value} {currency} {mode}");
        }
    }

    [Test]
    public void Round_RandomFractions_IsIdempotentMirrorsAndStaysWithinOneUnit()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var value = new Rational(random.Next(int.MinValue, int.MaxValue), random.Next(1, 100_000));
            var currency = random.Pick(Currencies);
            var mode = random.Pick(Modes);
            var rounded = Money.Round(value, currency, mode);
            var unit = Money.OfMinorUnits(1, currency).Exact;
            var near = mode is RoundingMode.HalfUp or RoundingMode.HalfEven ? unit / 2 : unit;
            var gap = Rational.Abs(rounded.Exact - value);
            var holds = Money.Round(rounded.Exact, currency, mode) == rounded && Money.Round(-value, currency, mode) == -rounded && gap <= near && gap < unit;
            Assert.That(holds, Is.True, () => $"case {number}: {value} {currency} {mode} gave {rounded}");
        }
    }

    private static decimal Expected(decimal value, int decimals, RoundingMode mode) => mode switch
    {
        RoundingMode.HalfUp => Math.Round(value, decimals, MidpointRounding.AwayFromZero),
        RoundingMode.HalfEven => Math.Round(value, decimals, MidpointRounding.ToEven),
        RoundingMode.Down => Math.Round(value, decimals, MidpointRounding.ToZero),
        _ => Math.Round(value, decimals, value < 0 ? MidpointRounding.ToNegativeInfinity : MidpointRounding.ToPositiveInfinity),
    };
}
