using System.Numerics;
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

    /// <summary>A tax on the tax before it, as in Quebec until 2012.</summary>
    private static readonly TaxCode Quebec = new("QC", "QC", [Component("GST", 0.05m), Component("QST", 0.095m) with { Compound = true }]);

    private static readonly TaxCode Chain = new("CH", "CH", [Component("A", 0.0333m), Component("B", 0.07m) with { Compound = true }, Component("C", 0.01m), Component("D", 0.125m) with { Compound = true }]);

    [Test]
    public void Of_Taxes_StandByCodeThenPlaceThenRate()
    {
        TaxComponent changing = new("VAT", [new(new TaxRate(0.19m), null, Day), new(new TaxRate(0.16m), Day, null)]);
        TaxCode code = new("V", "V", [new("zeta", [new(new TaxRate(0.01m), null, null)]), changing]);
        var document = Exclusive(
            [Line(100, code, Day.AddDays(-1)), Line(100, code, Day), Line(100, Codes[0], Day), Line(100, Codes[1], Day), Line(100, Codes[4], Day)],
            TaxPer.Line,
            RoundingMode.HalfUp);
        var printed = document.Taxes.Select(t => $"{t.TaxCode} {t.Component} {t.Rate} {t.Amount.MinorUnits}");
        Assert.That(printed, Is.EqualTo(new[] { "B VAT 0.2 20", "V zeta 0.01 2", "V VAT 0.16 16", "V VAT 0.19 19", "b VAT 0.2 20" }));
    }

    [Test]
    public void Of_TreatmentWithoutTax_HasNoTaxRows()
    {
        var document = Exclusive([Line(100, Codes[4], Day)], TaxPer.Document, RoundingMode.Up);
        Assert.That((document.Taxes.Count, document.Lines[0].Taxes.Count, document.Total.MinorUnits), Is.EqualTo((0, 0, 100L)));
    }

    [Test]
    public void Of_NoLines_IsZero([Values] TaxPer per)
    {
        var document = Exclusive([], per, RoundingMode.HalfUp);
        Assert.That((document.Lines.Count, document.Taxes.Count, document.Total), Is.EqualTo((0, 0, Money.Zero(Usd))));
    }

    [Test]
    public void Of_BasesThatCancelOut_HaveNoTaxPerDocument([Values] RoundingMode mode)
    {
        var document = Exclusive([Line(1003, Codes[0], Day), Line(-1003, Codes[0], Day)], TaxPer.Document, mode);
        Assert.That(document.Lines.Select(l => l.Total.MinorUnits), Is.EqualTo(new long[] { 1003, -1003 }));
    }

    [Test]
    public void Of_ComponentWithoutRateOnTheDate_IsADefectThatNamesIt()
    {
        TaxCode code = new("V", "V", [new("VAT", [new(new TaxRate(0.2m), Day, null)])]);
        Assert.Multiple(() =>
        {
            Assert.That(code.HasRatesOn(Day), Is.True);
            Assert.That(code.HasRatesOn(Day.AddDays(-1)), Is.False);
            Assert.That(
                () => Exclusive([Line(100, code, Day.AddDays(-1))], TaxPer.Line, RoundingMode.HalfUp),
                Throws.TypeOf<InvariantException>().With.Message.Contains("'VAT' has a rate on 2026-03-30"));
        });
    }

    [Test]
    public void Of_LineOfAnotherCurrency_IsRefused([Values] TaxPer per)
    {
        TaxableLine[] lines = [new(Money.OfMinorUnits(100, Currency.Of("EUR")), Codes[4], Day)];
        Assert.That(() => Exclusive(lines, per, RoundingMode.HalfUp), Throws.InvalidOperationException);
    }

    [Test]
    public void Of_CompoundWherePricesHoldTheTax_IsADefect() =>
        Assert.That(() => TaxCalculation.Of([Line(100, Quebec, Day)], new TaxMethod(true, TaxPer.Line, RoundingMode.HalfUp), Usd), Throws.TypeOf<InvariantException>().With.Message.Contains("'QC'"));

    [Test]
    public void Of_InclusiveTreatmentWithoutTax_LeavesTheAmount([Values] TaxPer per)
    {
        var document = TaxCalculation.Of([Line(100, Codes[4], Day)], new TaxMethod(true, per, RoundingMode.Up), Usd);
        Assert.That((document.Taxes.Count, document.Net.MinorUnits, document.Total.MinorUnits), Is.EqualTo((0, 100L, 100L)));
    }

    [TestCase("125.01", "0.20", RoundingMode.HalfUp, "25.00")]
    [TestCase("-100.03", "0.10", RoundingMode.Up, "-10.01")]
    [TestCase("0.00", "0.10", RoundingMode.Up, "0.00")]
    public void Withholding_OfANet_IsRoundedOnce(string net, string rate, RoundingMode mode, string expected) =>
        Assert.That(TaxCalculation.Withholding(Some.Money(net), new TaxRate(VectorValues.DecimalOf(rate)), mode), Is.EqualTo(Some.Money(expected)));

    [Test]
    public void Of_RandomDocuments_AddUpInEveryDirection()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (lines, method) = DocumentOf(random);
            var document = TaxCalculation.Of(lines, method, Usd);
            var holds = document.Net + document.Tax == document.Total
                && document.Net.MinorUnits == document.Lines.Sum(l => l.Net.MinorUnits)
                && document.Tax.MinorUnits == document.Taxes.Sum(t => t.Amount.MinorUnits)
                && document.Tax.MinorUnits == document.Lines.Sum(l => l.Taxes.Sum(t => t.Amount.MinorUnits))
                && document.Total.MinorUnits == document.Lines.Sum(l => l.Total.MinorUnits)
                && document.Taxes.All(t => t.Amount.MinorUnits == TaxOfLines(document, lines, t))
                && document.Lines.Zip(lines).All(p => (method.Inclusive ? p.First.Total : p.First.Net) == p.Second.Amount);
            Assert.That(holds, Is.True, () => $"case {number}: {method}");
        }
    }

    [Test]
    public void Of_LinesInAnotherOrder_GivesTheSameSumsAndPerLineTheSameTaxes()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (lines, method) = DocumentOf(random);
            var order = Enumerable.Range(0, lines.Count).ToArray();
            random.Shuffle(order);
            var document = TaxCalculation.Of(lines, method, Usd);
            var shuffled = TaxCalculation.Of([.. order.Select(i => lines[i])], method, Usd);
            Assert.That(Sums(shuffled), Is.EqualTo(Sums(document)), () => $"case {number}: {method}");
            if (method.Per == TaxPer.Line) Assert.That(shuffled.Lines.Select(Shown), Is.EqualTo(order.Select(i => Shown(document.Lines[i]))), () => $"case {number}: {method}");
        }
    }

    [Test]
    public void Of_RandomDocuments_AgreeWithTheSlowVersion()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (lines, method) = DocumentOf(random);
            var document = TaxCalculation.Of(lines, method, Usd);
            Assert.That(document.Lines.Select(l => string.Join(' ', l.Taxes.Select(t => t.Amount.MinorUnits))), Is.EqualTo(SlowTax.Of(lines, method)), () => $"case {number}: {method}");
        }
    }

    [Test]
    public void Of_RandomDocumentsWithTaxOnTop_RoundEachTaxOnceOnLineOrSum()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var lines = LinesOf(random);
            var (per, mode) = (random.Pick([TaxPer.Line, TaxPer.Document]), random.Pick(Modes));
            var document = Exclusive(lines, per, mode);
            foreach (var tax in document.Taxes)
            {
                var ofCode = lines.Where(l => l.Code.Code == tax.TaxCode).Select(l => l.Amount.Amount).ToList();
                var expected = per == TaxPer.Line ? ofCode.Sum(b => Rounded(b * tax.Rate.Value, mode)) : Rounded(ofCode.Sum() * tax.Rate.Value, mode);
                Assert.That(tax.Amount.Amount, Is.EqualTo(expected), () => $"case {number}: {tax.TaxCode} {tax.Component} per {per} {mode}");
            }
        }
    }

    [Test]
    public void Of_TaxOnTopOfOneSign_SharesWithinACentOfTheExactShare()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var lines = Enumerable.Range(0, random.Next(1, 12)).Select(_ => Line(random.Next(1, 100_000), Codes[0], Day)).ToList();
            var document = Exclusive(lines, TaxPer.Document, random.Pick(Modes));
            var exact = lines.Select(l => document.Tax.Exact * l.Amount.MinorUnits / document.Net.MinorUnits);
            var near = document.Lines.Zip(exact).All(p => Rational.Abs(p.First.Taxes[0].Amount.Exact - p.Second) < 0.01m);
            Assert.That(near, Is.True, () => $"case {number}");
        }
    }

    private static TaxedDocument Exclusive(IReadOnlyList<TaxableLine> lines, TaxPer per, RoundingMode mode) => TaxCalculation.Of(lines, new TaxMethod(Inclusive: false, per, mode), Usd);

    private static (List<TaxableLine> Lines, TaxMethod Method) DocumentOf(Random random)
    {
        var method = new TaxMethod(random.Next(2) == 0, random.Pick([TaxPer.Line, TaxPer.Document]), random.Pick(Modes));
        TaxCode[] codes = method.Inclusive ? Codes : [.. Codes, Quebec, Chain];
        var most = random.Pick([100, 10_000, 100_000]);
        return ([.. Enumerable.Range(0, random.Next(0, 9)).Select(_ => Line(random.Next(-most / 4, most), random.Pick(codes), Day))], method);
    }

    private static string Sums(TaxedDocument document) => $"{document.Net} {document.Tax} {document.Total} {string.Join(", ", document.Taxes)}";

    private static string Shown(TaxedLine line) => $"{line.Net} {string.Join(", ", line.Taxes)}";

    private static long TaxOfLines(TaxedDocument document, List<TaxableLine> lines, DocumentTax tax) =>
        document.Lines.Zip(lines).Where(p => p.Second.Code.Code == tax.TaxCode)
            .Sum(p => p.First.Taxes.Where(t => t.Component == tax.Component && t.Rate == tax.Rate).Sum(t => t.Amount.MinorUnits));

    private static List<TaxableLine> LinesOf(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Line(random.Next(-5_000, 50_000), random.Pick(Codes), Day))];

    private static TaxableLine Line(long units, TaxCode code, DateOnly date) => new(Money.OfMinorUnits(units, Usd), code, date);

    private static TaxCode Code(string code, params (string Name, decimal Rate)[] components) =>
        new(code, code, [.. components.Select(c => Component(c.Name, c.Rate))]);

    private static TaxComponent Component(string name, decimal rate) => new(name, [new(new TaxRate(rate), null, null)]);

    private static decimal Rounded(decimal value, RoundingMode mode) => mode switch
    {
        RoundingMode.HalfUp => Math.Round(value, 2, MidpointRounding.AwayFromZero),
        RoundingMode.HalfEven => Math.Round(value, 2, MidpointRounding.ToEven),
        RoundingMode.Down => Math.Round(value, 2, MidpointRounding.ToZero),
        _ => Math.Round(value, 2, value < 0 ? MidpointRounding.ToNegativeInfinity : MidpointRounding.ToPositiveInfinity),
    };

    /// <summary>The taxes of each line in whole units, with loops and whole numbers, sharing no code with the real calculation.</summary>
    private static class SlowTax
    {
        private const long Scale = 100_000;

        public static IEnumerable<string> Of(List<TaxableLine> lines, TaxMethod method)
        {
            var taxes = lines.ConvertAll(l => new BigInteger[l.Code.Components.Count]);
            if (method.Per == TaxPer.Line)
            {
                for (var i = 0; i < lines.Count; i++) Add(lines, [i], taxes, method);
            }
            else
            {
                foreach (var code in lines.Select(l => l.Code).Distinct()) Add(lines, [.. Enumerable.Range(0, lines.Count).Where(i => lines[i].Code == code)], taxes, method);
            }

            return taxes.Select(ofLine => string.Join(' ', ofLine));
        }

        private static void Add(List<TaxableLine> lines, List<int> members, List<BigInteger[]> taxes, TaxMethod method)
        {
            var components = lines[members[0]].Code.Components;
            var rates = components.Select(c => (BigInteger)(c.Rates[0].Rate.Value * Scale)).ToList();
            var amounts = members.ConvertAll(i => (BigInteger)lines[i].Amount.MinorUnits);
            var gross = Sum(amounts);
            var inside = Share(gross - Rounded(gross * Scale, Sum(rates) + Scale, method.Mode), rates);
            for (var place = 0; place < components.Count; place++)
            {
                var bases = new List<BigInteger>();
                foreach (var i in members)
                {
                    BigInteger amount = lines[i].Amount.MinorUnits;
                    for (var before = 0; components[place].Compound && before < place; before++) amount += taxes[i][before];
                    bases.Add(amount);
                }

                var shares = method.Inclusive ? Share(inside[place], amounts) : Share(Rounded(Sum(bases) * rates[place], Scale, method.Mode), bases);
                for (var m = 0; m < members.Count; m++) taxes[members[m]][place] = shares[m];
            }
        }

        private static BigInteger Sum(IEnumerable<BigInteger> values) => values.Aggregate(BigInteger.Zero, (a, b) => a + b);

        // One unit at a time to whoever is furthest below the exact share; the earlier one where two are equally far.
        private static BigInteger[] Share(BigInteger total, List<BigInteger> weights)
        {
            var (size, sum) = (BigInteger.Abs(total), Sum(weights));
            if (size.IsZero) return [.. weights.Select(_ => BigInteger.Zero)];
            var shares = weights.Select(w => Below(size * w * sum.Sign, BigInteger.Abs(sum))).ToArray();
            while (Sum(shares) < size)
            {
                var best = 0;
                for (var i = 1; i < shares.Length; i++)
                {
                    if (Gap(i) > Gap(best)) best = i;
                }

                shares[best] += 1;
            }

            return total.Sign < 0 ? [.. shares.Select(s => -s)] : shares;

            BigInteger Gap(int i) => size * weights[i] * sum.Sign - shares[i] * BigInteger.Abs(sum);
        }

        private static BigInteger Below(BigInteger a, BigInteger b) => a.Sign >= 0 ? a / b : -((b - 1 - a) / b);

        private static BigInteger Rounded(BigInteger a, BigInteger b, RoundingMode mode)
        {
            var (whole, rest) = (BigInteger.Abs(a) / b, BigInteger.Abs(a) % b);
            var up = mode switch
            {
                RoundingMode.Up => !rest.IsZero,
                RoundingMode.Down => false,
                RoundingMode.HalfUp => 2 * rest >= b,
                _ => 2 * rest > b || (2 * rest == b && !whole.IsEven),
            };
            return a.Sign * (up ? whole + 1 : whole);
        }
    }
}
