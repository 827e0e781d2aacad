using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Billing;

/// <summary>What a record weighs where an amount of its line is shared.</summary>
/// <param name="Seconds">As worked; settles ties. 0 for an expense.</param>
/// <param name="Weight">Billed seconds x billable part; 1 for an expense.</param>
public readonly record struct RecordWeight(long Seconds, Rational Weight);

/// <summary>Hands amounts of a line to its records by largest remainder (ties: more seconds first, then the earlier record). Source: money rules, section 4.</summary>
/// <param name="records">In the ordinal order of their ids.</param>
public sealed class SharedMoney(IReadOnlyList<RecordWeight> records)
{
    private readonly List<Rational> _weights = [.. records.Select(r => r.Weight)];
    private readonly int[] _ties = TieOrder(records);

    /// <summary>The shares in the order of the records.</summary>
    /// <param name="amount">Of either sign.</param>
    /// <exception cref="InvariantException">An amount other than zero meets weights that sum to zero.</exception>
    public Money[] Of(Money amount)
    {
        var shares = LargestRemainder.Share(amount.MinorUnits, _weights, _ties);
        Invariant.Holds(shares is not null, "A line without billed time has no money to share.");
        return [.. shares!.Select(units => Money.OfMinorUnits(units, amount.Currency))];
    }

    private static int[] TieOrder(IReadOnlyList<RecordWeight> records)
    {
        var order = new int[records.Count];
        var place = 0;
        foreach (var i in Enumerable.Range(0, records.Count).OrderByDescending(i => records[i].Seconds)) order[i] = place++;
        return order;
    }
}
