namespace BatchSync.Core.Time;

/// <summary>Periods by their first day, then by their last, then by their kind; none comes before all.</summary>
public sealed class PeriodOrder : IComparer<Period?>
{
    private PeriodOrder()
    {
    }

    /// <summary>The only one there is.</summary>
    public static PeriodOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(Period? x, Period? y) => (x, y) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        var (a, b) => a.Value.From.CompareTo(b.Value.From) is var from and not 0 ? from
            : a.Value.To.CompareTo(b.Value.To) is var to and not 0 ? to
            : ((int)a.Value.Kind).CompareTo((int)b.Value.Kind),
    };
}
