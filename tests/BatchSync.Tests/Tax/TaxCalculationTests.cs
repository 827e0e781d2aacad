using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Tax;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Tax;

[TestFixture]
public sealed class TaxCalculationTests
{
    private static readonly Currency Usd = Currency.Of("USD");
    private static readonly DateOnly Day = new(2026, 3, 31);
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();

    private static readonly TaxCode[] Codes =
    [
        Code("b", ("VAT", 0.20m)),
        Code("B", ("VAT", 0.20m)),
        Code("IN", ("CGST", 0.09m), ("SGST", 0.09m)),
        Code("US", ("state", 0.0725m), ("city", 0.00375m)),
        new("EX", "EX", [], TaxTreatment.Exempt, "services"),
    ];

    [Test]
    public void Exclusive_Taxes_StandByCodeThenPlaceThenRate()
    {
        TaxComponent changing = new("VAT", [new(new TaxRate(0.19m), null, Day), new(new TaxRate(0.16m), Day, null)]);
        TaxCode code = new("V", "V", [new("zeta", [new(new TaxRate(0.01m), null, null)]), changing]);
        var document = TaxCalculation.Exclusive(
            [Line(100, code, Day.AddDays(-1)), Line(100, code, Day), Line(100, Codes[0], Day), Line(100, Codes[1], Day), Line(100, Codes[4], Day)],
            TaxPer.Line,
            RoundingMode.HalfUp,
            Usd);
        var printed = document.Taxes.Select(t => $"{t.TaxCode} {t.Component} {t.Rate} {t.Amount.MinorUnits}");
        Assert.That(printed, Is.EqualTo(new[] { "B VAT 0.2 20", "V zeta 0.01 2", "V VAT 0.16 16", "V VAT 0.19 19", "b VAT 0.2 20" }));
    }

    [Test]
    public void Exclusive_TreatmentWithoutTax_HasNoTaxRows()
    {
        var document = TaxCalculation.Exclusive([Line(100, Codes[4], Day)], TaxPer.Document, RoundingMode.Up, Usd);
        Assert.That((document.Taxes.Count, document.Lines[0].Taxes.Count, document.Total.MinorUnits), Is.EqualTo((0, 0, 100L)));
    }

    [Test]
    public void Exclusive_NoLines_IsZero([Values] TaxPer per)
    {
        var document = TaxCalculation.Exclusive([], per, RoundingMode.HalfUp, Usd);
        Assert.That((document.Lines.Count, document.Taxes.Count, document.Total), Is.EqualTo((0, 0, Money.Zero(Usd))));
    }

    [Test]
    public void Exclusive_BasesThatCancelOut_HaveNoTaxPerDocument([Values] RoundingMode mode)
    {
        var document = TaxCalculation.Exclusive([Line(1003, Codes[0], Day), Line(-1003, Codes[0], Day)], TaxPer.Document, mode, Usd);
        Assert.That(document.Lines.Select(l => l.Total.MinorUnits), Is.EqualTo(new long[] { 1003, -1003 }));
    }

    [Test]
    public void Exclusive_ComponentWithoutRateOnTheDate_IsADefectThatNamesIt()
    {
        TaxCode code = new("V", "V", [new("VAT", [new(new TaxRate(0.2m), Day, null)])]);
        Assert.Multiple(() =>
        {
            Assert.That(code.HasRatesOn(Day), Is.True);
            Assert.That(code.HasRatesOn(Day.AddDays(-1)), Is.False);
            Assert.That(
                () => TaxCalculation.Exclusive([Line(100, code, Day.AddDays(-1))], TaxPer.Line, RoundingMode.HalfUp, Usd),
                Throws.TypeOf<InvariantException>().With.Message.Contains("'VAT' has a rate on 2026-03-30"));
        });
    }

    [Test]
    public void Exclusive_LineOfAnotherCurrency_IsRefused([Values] TaxPer per)
    {
        TaxableLine[] lines = [new(Money.OfMinorUnits(100, Currency.Of("EUR")), Codes[4], Day)];
        Assert.That(() => TaxCalculation.Exclusive(lines, per, RoundingMode.HalfUp, Usd), Throws.InvalidOperationException);
    }

    [Test]
    public void Exclusive_RandomDocuments_AddUpInEveryDirection()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var lines = LinesOf(random);
            var document = TaxCalculation.Exclusive(lines, random.Pick([TaxPer.Line, TaxPer.Document]), random.Pick(Modes), Usd);
            var holds = document.Net + document.Tax == document.Total
                && document.Net.MinorUnits == lines.Sum(l => l.Base.MinorUnits)
                && document.Tax.MinorUnits == document.Taxes.Sum(t => t.Amount.MinorUnits)
                && document.Tax.MinorUnits == document.Lines.Sum(l => l.Taxes.Sum(t => t.Amount.MinorUnits))
                && document.Total.MinorUnits == document.Lines.Sum(l => l.Total.MinorUnits)
                && document.Taxes.All(t => t.Amount.MinorUnits == TaxOfLines(document, lines, t));
            Assert.That(holds, Is.True, () => $"case {number}");
        }
    }

    [Test]
    public void Exclusive_RandomDocuments_RoundEachTaxOnceOnLineOrSum()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var lines = LinesOf(random);
            var (per, mode) = (random.Pick([TaxPer.Line, TaxPer.Document]), random.Pick(Modes));
            var document = TaxCalculation.Exclusive(lines, per, mode, Usd);
            foreach (var tax in document.Taxes)
            {
                var ofCode = lines.Where(l => l.Code.Code == tax.TaxCode).Select(l => l.Base.Amount).ToList();
                var expected = per == TaxPer.Line ? ofCode.Sum(b => Rounded(b * tax.Rate.Value, mode)) : Rounded(ofCode.Sum() * tax.Rate.Value, mode);
                Assert.That(tax.Amount.Amount, Is.EqualTo(expected), () => $"case {number}: {tax.TaxCode} {tax.Component} per {per} {mode}");
            }
        }
    }

    [Test]
    public void Exclusive_PerDocumentOfOneSign_SharesWithinACentOfTheExactShare()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var lines = Enumerable.Range(0, random.Next(1, 12)).Select(_ => Line(random.Next(1, 100_000), Codes[0], Day)).ToList();
            var document = TaxCalculation.Exclusive(lines, TaxPer.Document, random.Pick(Modes), Usd);
            var exact = lines.Select(l => document.Tax.Exact * l.Base.MinorUnits / document.Net.MinorUnits);
            var near = document.Lines.Zip(exact).All(p => Rational.Abs(p.First.Taxes[0].Amount.Exact - p.Second) < 0.01m);
            Assert.That(near, Is.True, () => $"case {number}");
        }
    }

    private static long TaxOfLines(TaxedDocument document, List<TaxableLine> lines, DocumentTax tax) =>
        document.Lines.Zip(lines).Where(p => p.Second.Code.Code == tax.TaxCode)
            .Sum(p => p.First.Taxes.Where(t => t.Component == tax.Component && t.Rate == tax.Rate).Sum(t => t.Amount.MinorUnits));

    private static List<TaxableLine> LinesOf(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Line(random.Next(-5_000, 50_000), random.Pick(Codes), Day))];

    private static TaxableLine Line(long units, TaxCode code, DateOnly date) => new(Money.OfMinorUnits(units, Usd), code, date);

    private static TaxCode Code(string code, params (string Name, decimal Rate)[] components) =>
        new(code, code, [.. components.Select(c => new TaxComponent(c.Name, [new(new TaxRate(c.Rate), null, null)]))]);

    private static decimal Rounded(decimal value, RoundingMode mode) => mode switch
    {
        RoundingMode.HalfUp => Math.Round(value, 2, MidpointRounding.AwayFromZero),
        RoundingMode.HalfEven => Math.Round(value, 2, MidpointRounding.ToEven),
        RoundingMode.Down => Math.Round(value, 2, MidpointRounding.ToZero),
        _ => Math.Round(value, 2, value < 0 ? MidpointRounding.ToNegativeInfinity : MidpointRounding.ToPositiveInfinity),
    };
}
