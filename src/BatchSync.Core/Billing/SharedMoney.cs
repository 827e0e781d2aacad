using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Billing;

/// <summary>What a record weighs where an amount of its line is shared.</summary>
/// <param name="Seconds">As worked; settles ties. 0 for an expense.</param>
/// <param name="Weight">Billed seconds x billable part; 1 for an expense.</param>
public readonly record struct RecordWeight(long Seconds, Rational Weight);

/// <summary>Amounts of a line handed to its records. Source: money rules, section 4.</summary>
public static class SharedMoney
{
    /// <summary>By largest remainder, ties: more seconds first, then the earlier record; in the order of the records.</summary>
    /// <param name="amount">Of either sign.</param>
    /// <param name="records">In the ordinal order of their ids.</param>
    /// <exception cref="InvariantException">An amount other than zero meets weights that sum to zero.</exception>
    public static Money[] Of(Money amount, IReadOnlyList<RecordWeight> records)
    {
        var shares = LargestRemainder.Share(amount.MinorUnits, [.. records.Select(r => r.Weight)], TieOrder(records));
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
