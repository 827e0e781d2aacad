namespace BatchSync.Core.Fx;

/// <summary>What a rate is of: a day, an agreement or a month.</summary>
public enum FxRateKind
{
    /// <summary>Published for a day; holds until the next published day, as long as it is not too old.</summary>
    Spot,

    /// <summary>Agreed for one pair of currencies, in one direction, on [from, until).</summary>
    Contract,

    /// <summary>The average of a calendar month; holds on the days of that month only.</summary>
    MonthAverage,
}

/// <summary>Where rates come from.</summary>
/// <param name="Provider">The name under which they were imported, such as <c>ecb</c>.</param>
/// <param name="MaxAgeDays">How many calendar days before the date a spot rate may have been published; 0: on the date itself. Of no effect on other kinds.</param>
public sealed record FxSource(string Provider, FxRateKind Kind, int MaxAgeDays = FxSource.DefaultMaxAgeDays)
{
    /// <summary>The longest time without a published day that the European Central Bank has had since 1999 (Easter, Christmas): 5 days.</summary>
    public const int DefaultMaxAgeDays = 5;
}

/// <summary>Sources in their order: the first that has a rate for a pair and a date gives it.</summary>
public sealed record FxRules(IReadOnlyList<FxSource> Sources);
