using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Tax;

/// <summary>A line before tax.</summary>
/// <param name="Amount">After discounts, of either sign: net, or gross where prices hold the tax already.</param>
/// <param name="Code">The tax code; its components all have a rate on the tax date.</param>
/// <param name="TaxDate">The date that chooses the rates.</param>
public sealed record TaxableLine(Money Amount, TaxCode Code, DateOnly TaxDate);

/// <summary>How tax is found.</summary>
/// <param name="Inclusive">Whether the amounts of the lines hold the tax already; no code may then have a compound component.</param>
/// <param name="Per">Where tax is rounded.</param>
/// <param name="Mode">The money mode.</param>
public sealed record TaxMethod(bool Inclusive, TaxPer Per, RoundingMode Mode);

/// <summary>A line with its taxes, one a component of its code and in their order; none where the code has a treatment.</summary>
/// <param name="Net">Without tax.</param>
public sealed record TaxedLine(Money Net, IReadOnlyList<LineTax> Taxes)
{
    /// <summary>Net and taxes; where prices hold the tax, the amount that was given.</summary>
    public Money Total => Net + Money.Sum(Taxes.Select(t => t.Amount), Net.Currency);
}

/// <summary>The lines of a document with their taxes, and the sums; net + tax = total.</summary>
/// <param name="Lines">In the order given.</param>
/// <param name="Taxes">By tax code (ordinal), place of the component, rate. Taxes of zero are kept.</param>
/// <param name="Net">The sum of the lines' nets.</param>
/// <param name="Tax">The sum of the taxes shown, never rounded again.</param>
/// <param name="Total">Net and tax.</param>
public sealed record TaxedDocument(IReadOnlyList<TaxedLine> Lines, IReadOnlyList<DocumentTax> Taxes, Money Net, Money Tax, Money Total);

/// <summary>
/// The taxes of a document's lines. Source: money rules, section 6. A tax is rounded on a sum and then shared over the lines of that
/// sum by largest remainder (ties: the earlier line); tax per line is the same with every line a sum of its own.
/// </summary>
public static class TaxCalculation
{
    /// <summary>The taxes of lines in document order.</summary>
    /// <exception cref="InvariantException">A component has no rate on the tax date (such records are rejected before), or is compound while prices hold the tax.</exception>
    public static TaxedDocument Of(IReadOnlyList<TaxableLine> lines, TaxMethod method, Currency currency)
    {
        var rated = lines.Select((line, i) => new RatedLine(i, line)).ToList();
        if (method.Inclusive) TakeOut(rated, method, currency);
        else PutOnTop(rated, method, currency);

        var taxed = rated.ConvertAll(line => line.Taxed(method.Inclusive));
        var net = Money.Sum(taxed.Select(line => line.Net), currency);
        var ofDocument = OfDocument(rated, currency);
        var tax = Money.Sum(ofDocument.Select(t => t.Amount), currency);
        return new(taxed, ofDocument, net, tax, net + tax);
    }

    /// <summary>What the client keeps back of a document and pays to the tax office: a part of its net, rounded once.</summary>
    public static Money Withholding(Money net, TaxRate rate, RoundingMode mode) => Money.Round(net.Exact * rate.Value, net.Currency, mode);

    // Place by place, since the base of a compound component holds each line's shares of the taxes before it.
    private static void PutOnTop(List<RatedLine> lines, TaxMethod method, Currency currency)
    {
        for (var place = 0; lines.Exists(line => place < line.Rates.Length); place++)
        {
            var at = place;
            foreach (var sum in lines.Where(line => at < line.Rates.Length).GroupBy(line => (line.SumOf(method.Per), line.Code, Rate: line.Rates[at])))
            {
                var bases = sum.Select(line => line.BaseAt(at)).ToList();
                var tax = Money.Round(Money.Sum(bases, currency).Exact * sum.Key.Rate.Value, currency, method.Mode);
                Write(sum, at, Share(tax, bases.ConvertAll(b => (Rational)b.MinorUnits)));
            }
        }
    }

    // The tax of a sum goes to its components first (weights: the rates) and from each component to the lines (weights: the gross amounts).
    private static void TakeOut(List<RatedLine> lines, TaxMethod method, Currency currency)
    {
        foreach (var sum in lines.GroupBy(line => (line.SumOf(method.Per), line.Code, string.Join(' ', line.Rates))))
        {
            var weights = sum.Select(line => (Rational)line.Amount.MinorUnits).ToList();
            var rates = sum.First().Rates.Select(rate => (Rational)rate.Value).ToList();
            var gross = Money.Sum(sum.Select(line => line.Amount), currency);
            var tax = gross - Money.Round(gross.Exact / rates.Aggregate(Rational.One, (a, b) => a + b), currency, method.Mode);
            var ofComponents = Share(tax, rates);
            for (var place = 0; place < ofComponents.Count; place++) Write(sum, place, Share(ofComponents[place], weights));
        }
    }

    private static void Write(IEnumerable<RatedLine> lines, int place, List<Money> amounts)
    {
        foreach (var (line, amount) in lines.Zip(amounts)) line.Taxes[place] = amount;
    }

    // Bases and gross amounts that sum to zero have no tax in any mode, nor have rates that do; so a tax that cannot be shared never comes up.
    private static List<Money> Share(Money tax, List<Rational> weights)
    {
        var shares = LargestRemainder.Share(tax.MinorUnits, weights);
        Invariant.Holds(shares is not null, "What sums to zero has no tax to share.");
        return [.. shares!.Select(units => Money.OfMinorUnits(units, tax.Currency))];
    }

    private static List<DocumentTax> OfDocument(List<RatedLine> lines, Currency currency)
    {
        var taxes =
            from line in lines
            from place in Enumerable.Range(0, line.Rates.Length)
            group line.Taxes[place] by (line.Code, Place: place, line.Components[place].Name, Rate: line.Rates[place]) into same
            orderby same.Key.Place, same.Key.Rate
            select (same.Key.Code, Tax: new DocumentTax(same.Key.Code, same.Key.Name, same.Key.Rate, Money.Sum(same, currency)));
        return [.. taxes.OrderBy(t => t.Code, StringComparer.Ordinal).Select(t => t.Tax)];
    }

    /// <summary>A line with its rates; its taxes come one by one.</summary>
    private sealed class RatedLine
    {
        private readonly int _index;
        private readonly TaxableLine _line;

        public RatedLine(int index, TaxableLine line)
        {
            _index = index;
            _line = line;
            Rates = [.. line.Code.Components.Select(RateOf)];
            Taxes = new Money[Rates.Length];
        }

        public Money Amount => _line.Amount;
        public string Code => _line.Code.Code;
        public IReadOnlyList<TaxComponent> Components => _line.Code.Components;
        public TaxRate[] Rates { get; }
        public Money[] Taxes { get; }

        /// <summary>What tells apart the sums on which tax is rounded: nothing per document, the line itself per line.</summary>
        public int SumOf(TaxPer per) => per == TaxPer.Line ? _index : 0;

        public Money BaseAt(int place) => Components[place].Compound ? Amount + Money.Sum(Taxes.Take(place), Amount.Currency) : Amount;

        public TaxedLine Taxed(bool inclusive)
        {
            Invariant.Holds(!inclusive || !_line.Code.HasCompound, $"Tax code '{Code}' has a compound component, and prices hold the tax already: such a mapping is refused.");
            var net = inclusive ? Amount - Money.Sum(Taxes, Amount.Currency) : Amount;
            return new(net, [.. Components.Select((component, place) => new LineTax(component.Name, Rates[place], Taxes[place]))]);
        }

        private TaxRate RateOf(TaxComponent component)
        {
            var rate = component.RateOn(_line.TaxDate);
            Invariant.Holds(rate is not null, $"Tax code '{Code}', component '{component.Name}' has a rate on {_line.TaxDate:yyyy-MM-dd}.");
            return rate.GetValueOrDefault();
        }
    }
}
