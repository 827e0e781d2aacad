using BatchSync.Core.Amounts;

namespace BatchSync.Core.Time;

/// <summary>A billed record of time, as far as rounding needs to know it.</summary>
/// <param name="RecordId">The source's id; settles ties, ordinal.</param>
/// <param name="DayKey">Client, project, task, person and local date in one text: what scope <c>day</c> sums over.</param>
/// <param name="LineKey">The document line: what scope <c>line</c> sums over.</param>
/// <param name="Seconds">
/// Whole seconds worked, negative for a correction. Of a posted entry those it was posted with: else its neighbours would be billed for its edit.
/// </param>
/// <param name="PostedSeconds">What a posted document billed for it; null where it is not posted.</param>
public readonly record struct TimedEntry(string RecordId, string DayKey, string LineKey, long Seconds, long? PostedSeconds);

/// <summary>Seconds worked to seconds billed. Source: money rules, section 2.</summary>
public static class BilledTime
{
    /// <summary>
    /// The billed seconds of each entry, in the order of the entries. A posted entry keeps what it was posted with; the others of its day or
    /// line share the rounded sum of all, less what is posted, by their seconds (ties: more seconds first, then the smaller id).
    /// </summary>
    /// <exception cref="OverflowException">A sum passes 64 bits.</exception>
    public static long[] Of(TimeRounding rounding, IReadOnlyList<TimedEntry> entries)
    {
        var billed = entries.Select(e => e.PostedSeconds ?? Bill(rounding, e.Seconds)).ToArray();
        if (SummedBy(rounding) is not { } key) return billed;
        foreach (var group in Enumerable.Range(0, entries.Count).GroupBy(i => key(entries[i]), StringComparer.Ordinal))
        {
            HandOut(rounding, entries, [.. group], billed);
        }

        return billed;
    }

    // Where nothing is rounded nothing is handed back either: entries whose sum is zero keep the seconds that they have.
    private static Func<TimedEntry, string>? SummedBy(TimeRounding rounding) => rounding switch
    {
        { Scope: RoundingScope.Entry } or { IncrementSeconds: 0, MinimumSeconds: 0 } => null,
        { Scope: RoundingScope.Day } => entry => entry.DayKey,
        { Scope: RoundingScope.Line } => entry => entry.LineKey,
        _ => throw new ArgumentOutOfRangeException(nameof(rounding), rounding.Scope, "Time is rounded by entry, day or line."),
    };

    private static void HandOut(TimeRounding rounding, IReadOnlyList<TimedEntry> entries, List<int> group, long[] billed)
    {
        var total = Bill(rounding, group.Sum(i => entries[i].Seconds)) - group.Sum(i => entries[i].PostedSeconds ?? 0);
        var open = group.Where(i => entries[i].PostedSeconds is null)
            .OrderByDescending(i => entries[i].Seconds)
            .ThenBy(i => entries[i].RecordId, StringComparer.Ordinal)
            .ToList();
        var shares = SharesOf(total, [.. open.Select(i => (Rational)entries[i].Seconds)]);
        for (var place = 0; place < shares.Length; place++) billed[open[place]] = shares[place];
    }

    private static long Bill(TimeRounding rounding, long seconds) =>
        seconds > 0 ? Math.Max(rounding.Round(seconds), rounding.MinimumSeconds) : rounding.Round(seconds);

    // Seconds that cancel out cannot weigh a share. What a posted neighbour leaves for them still has to be billed once: the first carries it.
    private static long[] SharesOf(long total, Rational[] seconds)
    {
        if (LargestRemainder.Share(total, seconds) is { } shares) return shares;
        var all = new long[seconds.Length];
        if (all.Length > 0) all[0] = total;
        return all;
    }
}
