using System.Globalization;
using BatchSync.Core.Scheduling;

namespace BatchSync.Cli;

/// <summary>When a schedule fires next, as people say it: <c>tomorrow 02:30 (America/New_York), in 9 h</c>.</summary>
internal static class FireTimeText
{
    public static string Of(FireTime fire, DateTimeOffset now, TimeZoneInfo zone) => Of(fire, now, zone, $" ({zone.Id})");

    /// <summary>The same where its zone stands beside it.</summary>
    public static string WithoutZone(FireTime fire, DateTimeOffset now, TimeZoneInfo zone) => Of(fire, now, zone, "");

    private static string Of(FireTime fire, DateTimeOffset now, TimeZoneInfo zone, string named)
    {
        var (at, today) = (TimeZoneInfo.ConvertTime(fire.At, zone), DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime));
        return string.Create(CultureInfo.InvariantCulture, $"{Day(DateOnly.FromDateTime(at.DateTime), today)} {at:HH:mm}{named}, {In(fire.At - now)}");
    }

    private static string Day(DateOnly date, DateOnly today) => (date.DayNumber - today.DayNumber) switch
    {
        0 => "today",
        1 => "tomorrow",
        < 7 => date.DayOfWeek.ToString(),
        _ => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    private static string In(TimeSpan span) => FormattableString.Invariant(span switch
    {
        { TotalHours: >= 48 } => $"in {(int)span.TotalDays} d",
        { TotalMinutes: >= 60 } => $"in {(int)span.TotalHours} h",
        { TotalMinutes: >= 1 } => $"in {(int)span.TotalMinutes} min",
        _ => $"in less than a minute",
    });
}
