using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Fx;

/// <summary>A line's net and each of its taxes, in the document's currency or, once valued, in the currency of the entity's books.</summary>
public sealed record FxLine(Money Net, IReadOnlyList<Money> Taxes);

/// <summary>A document in the currency of the entity's books.</summary>
/// <param name="Lines">Each net and each tax rounded by itself, in the order of the document's lines and their taxes.</param>
/// <param name="Total">The document's total (net and tax) x rate, rounded once.</param>
/// <param name="RoundingDifference">The total less all amounts of the lines: a row of its own in the reconciliation, of either sign.</param>
public sealed record FxValuation(FxRate Rate, IReadOnlyList<FxLine> Lines, Money Total, Money RoundingDifference);

/// <summary>Turns amounts of one currency into another. Source: money rules, section 8.</summary>
public static class FxConversion
{
    /// <summary>The amount x rate, rounded once to the minor units of the rate's target.</summary>
    /// <param name="amount">Major units of the rate's own currency, exact: a markup is multiplied in before, so that nothing is rounded twice.</param>
    /// <exception cref="OverflowException">More than 64 bits of minor units.</exception>
    public static Money Convert(Rational amount, FxRate rate, RoundingMode mode) => Money.Round(amount * rate.Rate, rate.To, mode);

    /// <summary>The amount x rate, rounded once.</summary>
    public static Money Convert(Money amount, FxRate rate, RoundingMode mode)
    {
        Invariant.Holds(amount.Currency == rate.From, "An amount is converted by a rate of its own currency.");
        return Convert(amount.Exact, rate, mode);
    }

    /// <summary>The lines of a document in the rate's target currency, and what rounding them one by one leaves of the total.</summary>
    /// <param name="lines">All lines of one document, in the rate's own currency; on a credit note with the signs that it prints.</param>
    /// <param name="rate">Of the document date.</param>
    public static FxValuation Value(IReadOnlyList<FxLine> lines, FxRate rate, RoundingMode mode)
    {
        List<FxLine> valued = [.. lines.Select(l => new FxLine(Convert(l.Net, rate, mode), [.. l.Taxes.Select(t => Convert(t, rate, mode))]))];
        var total = Convert(Sum(lines, rate.From), rate, mode);
        return new FxValuation(rate, valued, total, total - Sum(valued, rate.To));
    }

    private static Money Sum(IEnumerable<FxLine> lines, Currency currency) => Money.Sum(lines.SelectMany(l => l.Taxes.Prepend(l.Net)), currency);
}
