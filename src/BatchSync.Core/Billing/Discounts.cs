using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Billing;

/// <summary>A line before discounts.</summary>
/// <param name="Amount">Quantity x unit price, rounded; of either sign.</param>
/// <param name="Percent">What its own discount takes, 0 to 1; 0: it has none.</param>
public sealed record DiscountableLine(Money Amount, Fraction Percent);

/// <summary>A line with what its own discount and its part of the document's discount take off; both have the sign of what they lower.</summary>
public sealed record DiscountedLine(Money Amount, Money LineDiscount, Money DocumentDiscount)
{
    /// <summary>After both discounts; with tax where prices hold it already.</summary>
    public Money Net => Amount - LineDiscount - DocumentDiscount;
}

/// <summary>The lines of a document after discounts.</summary>
/// <param name="Lines">In the order given.</param>
/// <param name="DocumentDiscount">What the document's discount takes off all lines together.</param>
/// <param name="Cut">What a fixed discount lost because the net was smaller; not negative.</param>
public sealed record DiscountedLines(IReadOnlyList<DiscountedLine> Lines, Money DocumentDiscount, Money Cut);

/// <summary>A discount on a document as a whole: a part of its net, or a fixed amount.</summary>
public abstract record DocumentReduction
{
    private DocumentReduction()
    {
    }

    /// <param name="Percent">0 to 1.</param>
    public sealed record Part(Fraction Percent) : DocumentReduction;

    /// <param name="Amount">Not negative.</param>
    public sealed record Fixed(Money Amount) : DocumentReduction;

    public T Match<T>(Func<Part, T> part, Func<Fixed, T> @fixed) => this switch
    {
        Part p => part(p),
        Fixed f => @fixed(f),
        _ => throw new InvariantException("A document's discount is a part or a fixed amount."),
    };
}

/// <summary>Discounts of lines and documents. Source: money rules, section 5.</summary>
public static class Discounts
{
    /// <summary>
    /// Each line's own discount is rounded for itself. The document's is taken of what they leave of all lines, rounded once and spread over the lines
    /// by largest remainder (weights: what is left of each; ties: the earlier line). A fixed one takes no more than there is, and nothing of a net of zero or below.
    /// </summary>
    /// <param name="lines">In document order.</param>
    /// <param name="ofDocument">Null: none.</param>
    /// <param name="mode">The money mode.</param>
    /// <param name="currency">Of all amounts.</param>
    public static DiscountedLines Of(IReadOnlyList<DiscountableLine> lines, DocumentReduction? ofDocument, RoundingMode mode, Currency currency)
    {
        var own = lines.Select(line => PartOf(line.Amount, line.Percent, mode)).ToList();
        var left = lines.Select((line, i) => line.Amount - own[i]).ToList();
        var net = Money.Sum(left, currency);
        var nothing = Money.Zero(currency);
        var (taken, cut) = ofDocument?.Match(part => (PartOf(net, part.Percent, mode), nothing), whole => Cut(whole.Amount, net)) ?? (nothing, nothing);
        var shares = Spread(taken, left);
        return new([.. lines.Select((line, i) => new DiscountedLine(line.Amount, own[i], shares[i]))], taken, cut);
    }

    private static Money PartOf(Money amount, Fraction percent, RoundingMode mode)
    {
        Invariant.Holds(percent.Value is >= 0 and <= 1, "A discount takes nothing, all, or a part between.");
        return Money.Round(amount.Exact * percent.Value, amount.Currency, mode);
    }

    private static (Money Taken, Money Cut) Cut(Money wanted, Money net)
    {
        Invariant.Holds(wanted.Sign >= 0, "A fixed discount is not negative.");
        var most = net.Sign > 0 ? net : Money.Zero(net.Currency);
        var taken = wanted < most ? wanted : most;
        return (taken, wanted - taken);
    }

    private static List<Money> Spread(Money discount, List<Money> nets)
    {
        var shares = LargestRemainder.Share(discount.MinorUnits, nets.ConvertAll(net => (Rational)net.MinorUnits));
        Invariant.Holds(shares is not null, "A net of zero has no discount to spread.");
        return [.. shares!.Select(units => Money.OfMinorUnits(units, discount.Currency))];
    }
}
