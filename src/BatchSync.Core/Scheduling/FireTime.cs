namespace BatchSync.Core.Scheduling;

/// <summary>One time at which a schedule fires.</summary>
/// <param name="Date">The local date on which the schedule says so: with the job it is the identity of an occurrence.</param>
/// <param name="At">The instant, in UTC.</param>
public readonly record struct FireTime(DateOnly Date, DateTimeOffset At)
{
    /// <summary>
    /// When clocks in the zone show a reading. One that they skip is taken at the next instant that they show, and belongs to its own date even where
    /// that instant is on the next one; one that they show twice is taken at the first.
    /// </summary>
    public static FireTime Of(DateTime reading, TimeZoneInfo zone)
    {
        var shown = reading;
        while (zone.IsInvalidTime(shown)) shown = new DateTime(shown.Ticks - shown.Ticks % TimeSpan.TicksPerMinute, shown.Kind).AddMinutes(1);
        var offset = zone.IsAmbiguousTime(shown) ? zone.GetAmbiguousTimeOffsets(shown).Max() : zone.GetUtcOffset(shown);
        return new FireTime(DateOnly.FromDateTime(reading), new DateTimeOffset(shown, offset).ToUniversalTime());
    }
}
