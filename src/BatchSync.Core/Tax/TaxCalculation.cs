using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Tax;

/// <summary>A line before tax.</summary>
/// <param name="Base">The net after discounts, of either sign.</param>
/// <param name="Code">The tax code; its components all have a rate on the tax date.</param>
/// <param name="TaxDate">The date that chooses the rates.</param>
public sealed record TaxableLine(Money Base, TaxCode Code, DateOnly TaxDate);

/// <summary>A line with its taxes, one a component of its code and in their order; none where the code has a treatment.</summary>
public sealed record TaxedLine(Money Net, IReadOnlyList<LineTax> Taxes)
{
    /// <summary>Net and taxes.</summary>
    public Money Total => Net + Money.Sum(Taxes.Select(t => t.Amount), Net.Currency);
}

/// <summary>The lines of a document with their taxes, and the sums; net + tax = total.</summary>
/// <param name="Lines">In the order given.</param>
/// <param name="Taxes">By tax code (ordinal), place of the component, rate. Taxes of zero are kept.</param>
/// <param name="Net">The sum of the lines' nets.</param>
/// <param name="Tax">The sum of the taxes shown, never rounded again.</param>
/// <param name="Total">Net and tax.</param>
public sealed record TaxedDocument(IReadOnlyList<TaxedLine> Lines, IReadOnlyList<DocumentTax> Taxes, Money Net, Money Tax, Money Total);

/// <summary>Tax on top of net amounts. Source: money rules, section 6.</summary>
public static class TaxCalculation
{
    /// <summary>
    /// Each tax rounded on each line, or once on the sum of a code, component and rate and then shared over its lines by largest remainder
    /// (weights: the bases; ties: the earlier line).
    /// </summary>
    /// <exception cref="InvariantException">A component has no rate on the tax date: such records are rejected before.</exception>
    public static TaxedDocument Exclusive(IReadOnlyList<TaxableLine> lines, TaxPer per, RoundingMode mode, Currency currency)
    {
        var taxes = lines.Select(line => new LineTax[line.Code.Components.Count]).ToArray();
        var ofDocument = new List<DocumentTax>();
        foreach (var group in GroupsOf(lines))
        {
            var amounts = AmountsOf(group, lines, per, mode, currency);
            for (var i = 0; i < amounts.Length; i++) taxes[group.Lines[i]][group.Place] = new(group.Component, group.Rate, amounts[i]);
            ofDocument.Add(new(group.Code, group.Component, group.Rate, Money.Sum(amounts, currency)));
        }

        var net = Money.Sum(lines.Select(line => line.Base), currency);
        var tax = Money.Sum(ofDocument.Select(t => t.Amount), currency);
        return new([.. lines.Select((line, i) => new TaxedLine(line.Base, taxes[i]))], ofDocument, net, tax, net + tax);
    }

    private sealed record Group(string Code, int Place, string Component, TaxRate Rate, List<int> Lines);

    private static IOrderedEnumerable<Group> GroupsOf(IReadOnlyList<TaxableLine> lines)
    {
        var groups =
            from i in Enumerable.Range(0, lines.Count)
            from place in Enumerable.Range(0, lines[i].Code.Components.Count)
            group i by (lines[i].Code.Code, Place: place, lines[i].Code.Components[place].Name, Rate: RateOf(lines[i], place)) into same
            select new Group(same.Key.Code, same.Key.Place, same.Key.Name, same.Key.Rate, [.. same]);
        return groups.OrderBy(g => g.Code, StringComparer.Ordinal).ThenBy(g => g.Place).ThenBy(g => g.Rate);
    }

    private static TaxRate RateOf(TaxableLine line, int place)
    {
        var component = line.Code.Components[place];
        var rate = component.RateOn(line.TaxDate);
        Invariant.Holds(rate is not null, $"Tax code '{line.Code.Code}', component '{component.Name}' has a rate on {line.TaxDate:yyyy-MM-dd}.");
        return rate.GetValueOrDefault();
    }

    private static Money[] AmountsOf(Group group, IReadOnlyList<TaxableLine> lines, TaxPer per, RoundingMode mode, Currency currency)
    {
        var bases = group.Lines.Select(i => lines[i].Base).ToList();
        if (per == TaxPer.Line) return [.. bases.Select(b => Money.Round(b.Exact * group.Rate.Value, currency, mode))];
        var tax = Money.Round(Money.Sum(bases, currency).Exact * group.Rate.Value, currency, mode);
        return Share(tax, bases);
    }

    // Bases that sum to zero have no tax, in any mode; so a tax that cannot be shared never comes up.
    private static Money[] Share(Money tax, IReadOnlyList<Money> bases)
    {
        var shares = LargestRemainder.Share(tax.MinorUnits, [.. bases.Select(b => (Rational)b.MinorUnits)]);
        Invariant.Holds(shares is not null, "Lines whose bases sum to zero have no tax to share.");
        return [.. shares!.Select(units => Money.OfMinorUnits(units, tax.Currency))];
    }
}
