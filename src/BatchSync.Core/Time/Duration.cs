using BatchSync.Core.Amounts;

namespace BatchSync.Core.Time;

/// <summary>What a source did to its hours before it gave them out.</summary>
public enum HoursRepair
{
    /// <summary>Nothing: the hours are those worked.</summary>
    None,

    /// <summary>It rounds whole minutes to two decimals of an hour (Redmine gives 20 minutes as 0.33), so the minutes are restored.</summary>
    Minute,
}

/// <summary>Lengths of time are whole seconds from the moment they are read.</summary>
public static class Duration
{
    /// <summary>
    /// Decimal hours as whole seconds: the nearest second, or with <see cref="HoursRepair.Minute"/> the nearest whole minute, half-up.
    /// <c>0.33</c> is 1188 seconds, repaired 1200. Negative hours mirror.
    /// </summary>
    /// <exception cref="OverflowException">The seconds pass 64 bits.</exception>
    public static long SecondsOf(decimal hours, HoursRepair repair)
    {
        var unit = repair switch
        {
            HoursRepair.None => 1,
            HoursRepair.Minute => 60,
            _ => throw new ArgumentOutOfRangeException(nameof(repair), repair, "Hours are repaired to the minute or not at all."),
        };
        return (long)((hours * new Rational(3600, unit)).Round(RoundingMode.HalfUp) * unit);
    }
}
