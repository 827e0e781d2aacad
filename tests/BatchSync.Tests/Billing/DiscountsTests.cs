using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
public sealed class DiscountsTests
{
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();

    [TestCase("1.01")]
    [TestCase("-0.01")]
    public void Of_PercentOutsideItsRange_IsADefect(string percent)
    {
        var part = new Fraction(VectorValues.DecimalOf(percent));
        Assert.Multiple(() =>
        {
            Assert.That(() => Discounts.Of([new(Some.Money("10.00"), part)], null, RoundingMode.HalfUp, Some.Usd), Throws.TypeOf<InvariantException>());
            Assert.That(() => Discounts.Of([], new DocumentReduction.Part(part), RoundingMode.HalfUp, Some.Usd), Throws.TypeOf<InvariantException>());
        });
    }

    [Test]
    public void Of_NegativeFixedDiscount_IsADefect() =>
        Assert.That(() => Discounts.Of([], new DocumentReduction.Fixed(Some.Money("-0.01")), RoundingMode.HalfUp, Some.Usd), Throws.TypeOf<InvariantException>());

    [Test]
    public void Of_LinesThatCancelOut_TakeNothing()
    {
        var result = Discounts.Of([Line(1003, 0), Line(-1003, 0)], new DocumentReduction.Part(new Fraction(0.1m)), RoundingMode.Up, Some.Usd);
        Assert.That(result.Lines.Select(l => l.Net.MinorUnits), Is.EqualTo(new long[] { 1003, -1003 }));
    }

    [Test]
    public void Of_RandomDocuments_AddUpAndTakeNoMoreThanThereIs()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (lines, reduction, mode) = DocumentOf(random);
            var result = Discounts.Of(lines, reduction, mode, Some.Usd);
            var left = lines.Zip(result.Lines).Sum(p => p.First.Amount.MinorUnits - p.Second.LineDiscount.MinorUnits);
            var (taken, cut) = (result.DocumentDiscount.MinorUnits, result.Cut.MinorUnits);
            var holds = result.Lines.Sum(l => l.DocumentDiscount.MinorUnits) == taken
                && result.Lines.Sum(l => l.Net.MinorUnits) == left - taken
                && lines.Zip(result.Lines).All(p => p.Second.LineDiscount == Money.Round(p.First.Amount.Exact * p.First.Percent.Value, Some.Usd, mode))
                && reduction switch
                {
                    DocumentReduction.Fixed wanted => wanted.Amount.MinorUnits == taken + cut && taken >= 0 && cut >= 0 && (cut == 0 || taken == Math.Max(left, 0)),
                    DocumentReduction.Part part => cut == 0 && taken == Money.Round(Money.OfMinorUnits(left, Some.Usd).Exact * part.Percent.Value, Some.Usd, mode).MinorUnits,
                    _ => taken == 0 && cut == 0,
                };
            Assert.That(holds, Is.True, () => $"case {number}: {reduction} {mode}");
        }
    }

    [Test]
    public void Of_LinesInAnotherOrder_GivesTheSameSumsAndLineDiscounts()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (lines, reduction, mode) = DocumentOf(random);
            var order = Enumerable.Range(0, lines.Count).ToArray();
            random.Shuffle(order);
            var result = Discounts.Of(lines, reduction, mode, Some.Usd);
            var shuffled = Discounts.Of([.. order.Select(i => lines[i])], reduction, mode, Some.Usd);
            Assert.That((shuffled.DocumentDiscount, shuffled.Cut), Is.EqualTo((result.DocumentDiscount, result.Cut)), () => $"case {number}");
            Assert.That(shuffled.Lines.Select(l => l.LineDiscount), Is.EqualTo(order.Select(i => result.Lines[i].LineDiscount)), () => $"case {number}");
        }
    }

    [Test]
    public void Of_DiscountAndTaxOfRandomDocuments_ShareOutToTheirTotals()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (lines, reduction, mode) = DocumentOf(random);
            var result = Discounts.Of(lines, reduction, mode, Some.Usd);
            var code = Some.Tax("VAT", ("state", 0.0725m), ("city", 0.00375m));
            var method = new Core.Tax.TaxMethod(random.Next(2) == 0, Core.Tax.TaxPer.Document, mode);
            var taxed = Core.Tax.TaxCalculation.Of([.. result.Lines.Select(l => new Core.Tax.TaxableLine(l.Net, code, Some.October.LastDay))], method, Some.Usd);
            var amount = lines.Sum(l => l.Amount.MinorUnits) - result.Lines.Sum(l => l.LineDiscount.MinorUnits) - result.DocumentDiscount.MinorUnits;
            var holds = amount == (method.Inclusive ? taxed.Total : taxed.Net).MinorUnits
                && taxed.Net + taxed.Tax == taxed.Total
                && taxed.Lines.Sum(l => l.Taxes.Sum(t => t.Amount.MinorUnits)) == taxed.Tax.MinorUnits;
            Assert.That(holds, Is.True, () => $"case {number}: {reduction} {method}");
        }
    }

    private static (List<DiscountableLine> Lines, DocumentReduction? Reduction, RoundingMode Mode) DocumentOf(Random random)
    {
        var lines = Enumerable.Range(0, random.Next(0, 8)).Select(_ => Line(random.Next(-5_000, 50_000), random.Pick([0m, 0m, 0.04m, 0.125m, 0.333m, 1m]))).ToList();
        DocumentReduction? reduction = random.Next(3) switch
        {
            0 => null,
            1 => new DocumentReduction.Part(new Fraction(random.Next(0, 1001) / 1000m)),
            _ => new DocumentReduction.Fixed(Money.OfMinorUnits(random.Next(0, 100_000), Some.Usd)),
        };
        return (lines, reduction, random.Pick(Modes));
    }

    private static DiscountableLine Line(long units, decimal percent) => new(Money.OfMinorUnits(units, Some.Usd), new Fraction(percent));
}
