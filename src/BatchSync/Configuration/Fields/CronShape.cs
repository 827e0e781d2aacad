using System.Text.RegularExpressions;
using Quartz;

namespace BatchSync.Configuration.Fields;

/// <summary>What can be said of a Quartz cron expression without a clock.</summary>
internal static partial class CronShape
{
    /// <summary>Where the search for the first days of an expression begins: before anything that is billed, after which every kind of leap year comes.</summary>
    private static readonly DateTimeOffset Beginning = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What is wrong, or null.</summary>
    public static string? FaultOf(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length == 5) return "it has 5 fields; Quartz expressions begin with the seconds, so put '0 ' in front and make one of the day fields '?'";
        if (fields.Length is < 6 or > 7) return FormattableString.Invariant($"it has {fields.Length} fields, not 6 or 7");
        if (fields.FirstOrDefault(f => !Field().IsMatch(f)) is { } odd) return $"'{odd}' is no cron field";
        if ((fields[3] == "?") == (fields[5] == "?")) return "exactly one of day of month (the fourth field) and day of week (the sixth) is '?'";
        if (fields.Where((f, i) => f.Contains('?') && (f != "?" || i is not (3 or 5))).Any()) return "'?' stands alone, for a day field only";
        if (!CronExpression.TryParse(text, out var cron)) return "one of its fields is not understood";
        return FirstReading(cron) is null ? "it names no day that ever comes" : null;
    }

    /// <summary>Whether an expression without fault fires more than once on a local date; each date is one occurrence.</summary>
    public static bool IsOftenerThanDaily(string text)
    {
        var cron = CronExpression.Parse(text).WithTimeZone(TimeZoneInfo.Utc);
        var first = FirstReading(cron)!.Value;
        return cron.GetNextValidTimeAfter(first)?.Date == first.Date;
    }

    private static DateTimeOffset? FirstReading(CronExpression cron) => cron.WithTimeZone(TimeZoneInfo.Utc).GetNextValidTimeAfter(Beginning);

    [GeneratedRegex(@"^[0-9A-Za-z*/,?#-]+\z")]
    private static partial Regex Field();
}
