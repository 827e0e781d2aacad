using System.Globalization;

namespace BatchSync.Core.Time;

public enum PeriodKind
{
    Day,

    /// <summary>Monday to Sunday (ISO 8601).</summary>
    Week,
    Month,
}

/// <summary>The local dates [from, to) that one document covers.</summary>
public readonly record struct Period(PeriodKind Kind, DateOnly From, DateOnly To)
{
    /// <summary>The last local date inside.</summary>
    public DateOnly LastDay => To.AddDays(-1);

    /// <summary>The period of a kind that holds a date.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The period would end after 9999-12-31.</exception>
    public static Period Of(PeriodKind kind, DateOnly date)
    {
        switch (kind)
        {
            case PeriodKind.Day: return new(kind, date, date.AddDays(1));
            case PeriodKind.Week:
                var monday = date.AddDays(-(((int)date.DayOfWeek + 6) % 7));
                return new(kind, monday, monday.AddDays(7));
            case PeriodKind.Month:
                var first = new DateOnly(date.Year, date.Month, 1);
                return new(kind, first, first.AddMonths(1));
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "A period is a day, a week or a month.");
        }
    }

    /// <summary>
    /// The instant, in UTC, from which documents of the period may be formed: its end at local midnight plus a delay on the local
    /// clock. A local time that the clock skips becomes the next one that it shows; one that it shows twice is the second.
    /// </summary>
    public DateTimeOffset ClosesAt(TimeSpan closeAfter, TimeZoneInfo zone)
    {
        var local = To.ToDateTime(TimeOnly.MinValue) + closeAfter;
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(1);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary><c>2026-10</c>, <c>2026-W41</c> or <c>2026-10-07</c>.</summary>
    public override string ToString() => Kind switch
    {
        PeriodKind.Month => From.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        PeriodKind.Week => $"{ISOWeek.GetYear(From.ToDateTime(default)):D4}-W{ISOWeek.GetWeekOfYear(From.ToDateTime(default)):D2}",
        _ => From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };
}
