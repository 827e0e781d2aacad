namespace BatchSync.Core.Time;

/// <summary>The calendar date on which something happened where the books are kept.</summary>
public static class LocalDate
{
    /// <summary>The date that clocks in the zone show at the instant. The offset given with it only fixes the instant.</summary>
    public static DateOnly Of(DateTimeOffset start, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(start, zone).DateTime);
}
