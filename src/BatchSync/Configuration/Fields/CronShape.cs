using System.Text.RegularExpressions;

namespace BatchSync.Configuration.Fields;

/// <summary>The shape of a Quartz cron expression. Whether its days ever come is Quartz's to say, when the schedule starts.</summary>
internal static partial class CronShape
{
    /// <summary>What is wrong, or null.</summary>
    public static string? FaultOf(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length == 5) return "it has 5 fields; Quartz expressions begin with the seconds, so put '0 ' in front and make one of the day fields '?'";
        if (fields.Length is < 6 or > 7) return FormattableString.Invariant($"it has {fields.Length} fields, not 6 or 7");
        if (fields.FirstOrDefault(f => !Field().IsMatch(f)) is { } odd) return $"'{odd}' is no cron field";
        if ((fields[3] == "?") == (fields[5] == "?")) return "exactly one of day of month (the fourth field) and day of week (the sixth) is '?'";
        return fields.Where((f, i) => f.Contains('?') && (f != "?" || i is not (3 or 5))).Any() ? "'?' stands alone, for a day field only" : null;
    }

    [GeneratedRegex(@"^[0-9A-Za-z*/,?#-]+\z")]
    private static partial Regex Field();
}
