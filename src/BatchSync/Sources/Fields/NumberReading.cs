using System.Globalization;
using BatchSync.Core.Amounts;

namespace BatchSync.Sources.Fields;

/// <summary>
/// Numbers as a culture writes them: <c>1.234,50</c> in de-DE is 1234.50. Groups must be of three digits, so that a file read in
/// the wrong culture is caught (<c>1,5</c> in en-US is no number) rather than misread. The invariant culture has no groups.
/// </summary>
internal sealed class NumberReading(CultureInfo culture)
{
    // Files write these for one another, whatever the culture's own table says.
    private const string Spaces = " \u00A0\u202F";
    private const string Apostrophes = "'\u2019";

    private readonly bool _isInvariant = culture.Equals(CultureInfo.InvariantCulture);
    private readonly string _groups = Alike(culture.NumberFormat.NumberGroupSeparator);
    private readonly string _point = culture.NumberFormat.NumberDecimalSeparator;
    private readonly string _minus = culture.NumberFormat.NegativeSign;

    // All that a decimal holds without loss.
    private const int FineDigits = 28;

    /// <summary>A number that is kept: one that the store cannot keep exactly is refused.</summary>
    public bool TryParse(string text, out decimal value)
    {
        value = 0;
        return Plain(text) is { } plain && NumberText.TryParse(plain, out value);
    }

    /// <summary>
    /// A number that is rounded as soon as it is read, so that more decimals than the store keeps do no harm: sources that count in
    /// binary write 0.3 hours as <c>0.30000000000000004</c>.
    /// </summary>
    public bool TryParseFine(string text, out decimal value)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        value = 0;
        return Plain(text) is { } plain && plain.Count(char.IsAsciiDigit) <= FineDigits
            && decimal.TryParse(plain, Style, CultureInfo.InvariantCulture, out value);
    }

    private static string Alike(string separator) =>
        Spaces.Contains(separator, StringComparison.Ordinal) ? Spaces : Apostrophes.Contains(separator, StringComparison.Ordinal) ? Apostrophes : separator;

    private string? Plain(string text) => _isInvariant ? text.Trim() : Invariant(text.Trim());

    private string? Invariant(string text)
    {
        var sign = text.StartsWith('-') || text.StartsWith(_minus, StringComparison.Ordinal) ? "-" : "";
        var unsigned = sign.Length > 0 ? text[(text.StartsWith('-') ? 1 : _minus.Length)..] : text.StartsWith('+') ? text[1..] : text;
        var point = unsigned.IndexOf(_point, StringComparison.Ordinal);
        var whole = Ungrouped(point < 0 ? unsigned : unsigned[..point]);
        var fraction = point < 0 ? "" : unsigned[(point + _point.Length)..];
        var isNumber = whole is not null && fraction.All(char.IsAsciiDigit) && (point < 0 || fraction.Length > 0);
        if (!isNumber) return null;
        return fraction.Length > 0 ? $"{sign}{whole}.{fraction}" : sign + whole;
    }

    // 1.234.567 with its groups taken out; null where a group is not of three digits or a character is neither.
    private string? Ungrouped(string whole)
    {
        var parts = whole.Split(_groups.ToCharArray());
        var groupsFit = parts.Length == 1 || (parts[0].Length is >= 1 and <= 3 && parts.Skip(1).All(p => p.Length == 3));
        return groupsFit && parts[0].Length > 0 && parts.All(p => p.All(char.IsAsciiDigit)) ? string.Concat(parts) : null;
    }
}
