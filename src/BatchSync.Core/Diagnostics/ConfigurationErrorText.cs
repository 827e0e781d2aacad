using System.Globalization;
using System.Text;

namespace BatchSync.Core.Diagnostics;

/// <summary>
/// Configuration errors as text for people:
/// <code>
/// mapping-config/harvest.yaml:14:5: error CFG004: unknown field 'roundng'
///   14 |     roundng: { increment: 15m }
///      |     ^^^^^^^
/// Fields allowed here: from, to, round, default. Did you mean 'round'?
/// </code>
/// </summary>
public static class ConfigurationErrorText
{
    /// <summary>Longer lines are shown as a window of this many characters around the place.</summary>
    public const int ExcerptWidth = 120;

    /// <summary>All errors and warnings with a blank line between two and a last line that counts them; empty for none. Lines end in <c>\n</c>.</summary>
    public static string Render(IReadOnlyCollection<ConfigurationError> errors)
    {
        if (errors.Count == 0) return "";
        var files = errors.Select(e => e.Place.File).Distinct(StringComparer.Ordinal).Count();
        var warnings = errors.Count(e => e.Code.IsWarning);
        var counts = new[] { (Count: errors.Count - warnings, What: "error"), (Count: warnings, What: "warning") }.Where(c => c.Count > 0);
        return string.Join("\n", errors.Select(Render)) + $"\n{string.Join(" and ", counts.Select(c => Count(c.Count, c.What)))} in {Count(files, "file")}.\n";
    }

    /// <summary>One error or warning: where and what, the line with a caret, and what would be right. Every line ends in <c>\n</c>.</summary>
    public static string Render(ConfigurationError error)
    {
        var text = new StringBuilder();
        text.Append(Where(error.Place)).Append(error.Code.IsWarning ? ": warning " : ": error ").Append(error.Code.Code).Append(": ").Append(error.Message).Append('\n');
        if (error.Place.Line > 0) AppendExcerpt(text, error.Place);
        var advice = Advice(error);
        if (advice.Length > 0) text.Append(advice).Append('\n');
        return text.ToString();
    }

    /// <summary>What would be right: the allowed values, the near name as a question, the next step. One line, empty where there is nothing to say.</summary>
    public static string Advice(ConfigurationError error)
    {
        var question = error.Suggestion.Length == 0 ? "" : $"Did you mean '{Visible(error.Suggestion)}'?";
        return string.Join(' ', new[] { error.Allowed, question, error.NextStep }.Where(part => part.Length > 0));
    }

    private static string Where(TextPlace place) => place.Line == 0 ? place.File : Invariant($"{place.File}:{place.Line}:{place.Column}");

    private static void AppendExcerpt(StringBuilder text, TextPlace place)
    {
        var column = Math.Clamp(place.Column - 1, 0, place.Excerpt.Length);
        var from = place.Excerpt.Length <= ExcerptWidth ? 0 : Math.Clamp(column - ExcerptWidth / 2, 0, place.Excerpt.Length - ExcerptWidth);
        var line = Visible(Window(place.Excerpt, from));
        var number = place.Line.ToString(CultureInfo.InvariantCulture);
        text.Append("  ").Append(number).Append(" | ").Append(line).Append('\n');
        text.Append(' ', number.Length + 2).Append(" | ").Append(Padding(line, column - from));
        text.Append('^', Math.Clamp(place.Length, 1, Math.Max(1, line.Length - (column - from)))).Append('\n');
    }

    // Three dots say that the line goes on.
    private static string Window(string line, int from)
    {
        if (line.Length <= ExcerptWidth) return line;
        var shown = line.Substring(from, ExcerptWidth);
        if (from > 0) shown = "..." + shown[3..];
        return from + ExcerptWidth < line.Length ? shown[..^3] + "..." : shown;
    }

    // Tabs are repeated, so that the caret stands under its text whatever the terminal makes of a tab.
    private static string Padding(string line, int count) => string.Concat(line.Take(count).Select(c => c == '\t' ? '\t' : ' '));

    // A control or direction character of the file must not steer the terminal.
    private static string Visible(string line) => string.Concat(line.Select(c => c != '\t' && IsInvisible(c) ? '?' : c));

    private static bool IsInvisible(char c) => char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format;

    private static string Count(int count, string what) => Invariant($"{count} {what}") + (count == 1 ? "" : "s");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
