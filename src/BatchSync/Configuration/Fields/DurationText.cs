using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BatchSync.Configuration.Fields;

/// <summary>Durations as configuration writes them: <c>2d</c>, <c>15m</c>, <c>1h30m</c>, <c>0s</c>. A day has 24 hours.</summary>
internal static partial class DurationText
{
    /// <summary>Null where the text is none; a unit at a time, largest first, at most five digits each.</summary>
    public static TimeSpan? Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success || text.Length == 0) return null;
        return new TimeSpan(Part(match, 1), Part(match, 2), Part(match, 3), Part(match, 4));
    }

    /// <summary>The shortest text of a duration of whole seconds.</summary>
    public static string Write(TimeSpan value)
    {
        var text = new StringBuilder();
        foreach (var (count, unit) in new[] { (value.Days, 'd'), (value.Hours, 'h'), (value.Minutes, 'm'), (value.Seconds, 's') })
        {
            if (count > 0) text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static int Part(Match match, int group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?:([0-9]{1,5})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,5})s)?\z")]
    private static partial Regex Pattern();
}
