using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Billing;

/// <summary>What a line sells and for how much.</summary>
/// <param name="Net">Quantity x unit price, rounded: what is printed multiplies out.</param>
/// <param name="Variance">
/// Of time: net less the exact amount before any rounding of quantity or money, in major units. Zero for an expense: its net is rounded once from
/// the source's amount and is itself the price that is printed.
/// </param>
public sealed record LineAmount(Quantity Quantity, Money Net, Rational Variance);

/// <summary>Billed time and expenses to a line's net. Source: money rules, section 4.</summary>
public static class LineNet
{
    private const int SecondsPerHour = 3600;

    /// <summary>Hours to <paramref name="quantityDecimals"/> (half-up, whatever the money mode), times the price, rounded to the minor unit.</summary>
    /// <param name="entries">Billed seconds of either sign, each with the part of it that is billed.</param>
    /// <param name="price">Major units per hour.</param>
    /// <param name="quantityDecimals">0 to 28; already lowered to what the destination stores.</param>
    /// <param name="mode">The money mode.</param>
    /// <exception cref="OverflowException">The seconds or the net pass 64 bits.</exception>
    public static LineAmount OfTime(IReadOnlyList<(long BilledSeconds, Fraction Billable)> entries, UnitPrice price, int quantityDecimals, RoundingMode mode)
    {
        var hours = SecondsOf(entries) / SecondsPerHour;
        var quantity = hours.Round(quantityDecimals, RoundingMode.HalfUp);
        var net = Money.Round((Rational)quantity * price.Amount, price.Currency, mode);
        return new(new Quantity(quantity), net, net.Exact - hours * price.Amount);
    }

    /// <summary>
    /// An expense with its markup: the amount x (1 + markup), rounded once. The quantity is -1 for a negative amount, else 1, and the price
    /// carries the size.
    /// </summary>
    /// <param name="amount">Exact major units of <paramref name="currency"/>, negative for a refund; a foreign expense comes here multiplied by its rate, not rounded.</param>
    /// <param name="markup">As a fraction of the amount, -1 or more.</param>
    /// <param name="currency">The currency of the line.</param>
    /// <param name="mode">The money mode.</param>
    /// <exception cref="OverflowException">The net passes 64 bits of minor units.</exception>
    public static (LineAmount Amount, UnitPrice Price) OfExpense(Rational amount, Fraction markup, Currency currency, RoundingMode mode)
    {
        Invariant.Holds(markup.Value >= -1, "A markup takes away no more than the whole amount: it is -1 or more.");
        var net = Money.Round(amount * (Rational.One + markup.Value), currency, mode);
        var quantity = new Quantity(amount.Sign < 0 ? -1 : 1);
        return (new(quantity, net, Rational.Zero), new UnitPrice(Math.Abs(net.Amount), currency));
    }

    // A line has few fractions and many entries: whole seconds are summed by fraction first.
    private static Rational SecondsOf(IReadOnlyList<(long BilledSeconds, Fraction Billable)> entries) =>
        entries.GroupBy(e => e.Billable, e => e.BilledSeconds)
            .Aggregate(Rational.Zero, (sum, same) => sum + (Rational)same.Sum() * same.Key.Value);
}
