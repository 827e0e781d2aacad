using BatchSync.Core.Amounts;

namespace BatchSync.Core.Billing;

/// <summary>An entry that a cap may leave out: it is on no document yet.</summary>
public readonly record struct CappedEntry(string RecordId, DateOnly Date);

/// <summary>The most that a project's time may cost in a period. Source: money rules, section 5.</summary>
public static class Cap
{
    /// <summary>
    /// The ids of the entries that are left out: the latest first (by local date, then by record id, ordinal), whole, one by one, until what is left fits.
    /// All of them, where even nothing is above the limit because of what documents hold already.
    /// </summary>
    /// <param name="entries">In any order.</param>
    /// <param name="limit">What still may be billed: the cap less what documents hold of it.</param>
    /// <param name="netWithout">The net after discounts of what is left when these ids are out: computed anew from billed time on, since rounding and discounts change with every entry.</param>
    public static IReadOnlySet<string> LeftOut(IEnumerable<CappedEntry> entries, Money limit, Func<IReadOnlySet<string>, Money> netWithout)
    {
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        foreach (var latest in entries.OrderByDescending(e => e.Date).ThenByDescending(e => e.RecordId, StringComparer.Ordinal))
        {
            if (netWithout(leftOut) <= limit) break;
            leftOut.Add(latest.RecordId);
        }

        return leftOut;
    }
}
