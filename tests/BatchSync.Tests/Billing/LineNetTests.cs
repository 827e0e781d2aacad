using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
public sealed class LineNetTests
{
    private static readonly Currency Eur = Currency.Of("EUR");
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();

    // Amount, markup, mode | quantity, unit price, net.
    [TestCase("119.95", "0.10", RoundingMode.HalfUp, "1", "131.95", "131.95")]
    [TestCase("-119.95", "0.10", RoundingMode.HalfUp, "-1", "131.95", "-131.95", Description = "the quantity carries the sign")]
    [TestCase("119.95", "0.10", RoundingMode.Down, "1", "131.94", "131.94")]
    [TestCase("0", "0.10", RoundingMode.Up, "1", "0", "0.00", Description = "an amount of zero")]
    [TestCase("-0.004", "0", RoundingMode.HalfUp, "-1", "0", "0.00", Description = "a refund that rounds to nothing")]
    [TestCase("10", "-1", RoundingMode.HalfUp, "1", "0", "0.00", Description = "given away")]
    [TestCase("10", "1.5", RoundingMode.HalfUp, "1", "25", "25.00", Description = "more than doubled")]
    public void OfExpense_Amount_IsRoundedOnceWithItsMarkup(string amount, string markup, RoundingMode mode, string quantity, string price, string net)
    {
        var (line, unit) = LineNet.OfExpense(Number(amount), new Fraction(Number(markup)), Eur, mode);
        Assert.That(
            (line.Quantity.ToString(), unit.ToString(), line.Net.ToAmountString(), line.Variance),
            Is.EqualTo((quantity, $"{price} EUR", net, Rational.Zero)), "what an expense costs is rounded, not found by rounding: it has no variance");
    }

    [Test]
    public void OfExpense_MarkupBelowMinusOne_IsADefect() =>
        Assert.That(() => LineNet.OfExpense(10m, new Fraction(-1.01m), Eur, RoundingMode.HalfUp), Throws.TypeOf<InvariantException>());

    [Test]
    public void OfTime_NoSeconds_IsALineOfZero()
    {
        var line = LineNet.OfTime([(0, Fraction.One)], new UnitPrice(100m, Eur), 4, RoundingMode.Up);
        Assert.That(line, Is.EqualTo(new LineAmount(new Quantity(0m), Money.Zero(Eur), Rational.Zero)));
    }

    [Test]
    public void OfTime_SecondsPast64Bits_Overflows() =>
        Assert.That(() => LineNet.OfTime([(long.MaxValue, Fraction.One), (1, Fraction.One)], new UnitPrice(1m, Eur), 4, RoundingMode.Up), Throws.TypeOf<OverflowException>());

    [Test]
    public void OfTime_RandomEntries_MultipliesOutAndKeepsTheVariance()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var entries = Enumerable.Range(0, random.Next(1, 7))
                .Select(_ => ((long)random.Next(-3600, 40_000), new Fraction(random.Pick([1m, 1m, 0.5m, 0.25m, 0.333m])))).ToList();
            var price = new UnitPrice(random.Next(0, 30_000) / 100m, Eur);
            var (decimals, mode) = (random.Next(0, 7), random.Pick(Modes));
            var line = LineNet.OfTime(entries, price, decimals, mode);

            // Seconds times fraction times price are a decimal of few digits, so only the division by 3600 is left to compare.
            var seconds = entries.Sum(e => e.Item1 * e.Item2.Value);
            var quantity = Math.Round(seconds / 3600m, decimals, MidpointRounding.AwayFromZero);
            var holds = line.Quantity.Value == quantity
                && line.Net == Money.Round((Rational)line.Quantity.Value * price.Amount, Eur, mode)
                && (line.Net.Exact - line.Variance) * 3600 == (Rational)(seconds * price.Amount);
            Assert.That(holds, Is.True, () => $"case {number}: {seconds} s at {price}, {decimals} decimals, {mode}");
        }
    }

    [Test]
    public void OfExpense_RandomAmounts_MultipliesOutAndMirrors()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var amount = random.Next(1, 10_000_000) / 1000m;
            var markup = new Fraction(random.Next(-100, 300) / 1000m);
            var mode = random.Pick(Modes);
            var (line, price) = LineNet.OfExpense(amount, markup, Eur, mode);
            var (refund, samePrice) = LineNet.OfExpense(-amount, markup, Eur, mode);
            var holds = line.Quantity.Value * price.Amount == line.Net.Amount
                && line.Net == Money.Round(amount * (1 + markup.Value), Eur, mode)
                && refund.Net == -line.Net && refund.Quantity == -line.Quantity && samePrice == price;
            Assert.That(holds, Is.True, () => $"case {number}: {amount} with {markup} {mode}");
        }
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
