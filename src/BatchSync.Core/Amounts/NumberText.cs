using System.Globalization;

namespace BatchSync.Core.Amounts;

/// <summary>
/// Numbers as they stand in JSON, YAML and CSV, read from their text into decimals. What the store could not keep exactly
/// (more than 18 digits before the point or 10 after it) is refused, not rounded.
/// </summary>
public static class NumberText
{
    public const int WholeDigits = 18;
    public const int FractionDigits = 10;

    /// <summary>
    /// Reads <c>-12.50</c>, <c>+3</c>, <c>.5</c>, <c>1.5e3</c>, with white space around it; a NaN, an infinity, an empty text, grouping
    /// and texts of more than 64 characters are refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out decimal value)
    {
        value = 0;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent
            | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        if (text.Length > 64 || !decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var parsed)) return false;
        if (!Fits(parsed) || !HasFewPlaces(text)) return false;
        value = parsed;
        return true;
    }

    /// <summary>The shortest text of the value: no trailing zeros, a dot, no exponent (<c>180.00</c> is <c>180</c>).</summary>
    public static string Canonical(decimal value)
    {
        if (value == 0) return "0";
        var text = value.ToString(CultureInfo.InvariantCulture);
        return value.Scale == 0 ? text : text.TrimEnd('0').TrimEnd('.');
    }

    /// <summary>Whether the store keeps the value exactly: at most 18 whole and 10 fraction digits.</summary>
    public static bool Fits(decimal value)
    {
        if (Math.Abs(value) >= 1_000_000_000_000_000_000m) return false;
        return decimal.Truncate(value * 10_000_000_000m) == value * 10_000_000_000m;
    }

    // decimal.TryParse rounds silently past its 28 digits. A value of at most 18 digits before the point and 10 after it is
    // never rounded; so the place of the last digit written, not zero, is looked up in the text itself.
    private static bool HasFewPlaces(ReadOnlySpan<char> text)
    {
        var mark = text.IndexOfAny('e', 'E');
        var mantissa = (mark < 0 ? text : text[..mark]).TrimEnd();
        var last = mantissa.LastIndexOfAnyInRange('1', '9');
        if (last < 0) return true;
        var point = mantissa.IndexOf('.') is var dot and >= 0 ? dot : mantissa.Length;
        var place = last > point ? last - point : last - point + 1;
        return TryReadExponent(mark < 0 ? [] : text[(mark + 1)..], out var exponent) && place - exponent <= FractionDigits;
    }

    private static bool TryReadExponent(ReadOnlySpan<char> text, out long exponent)
    {
        exponent = 0;
        if (text.IsEmpty) return true;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite;
        return text.Length < 10 && long.TryParse(text, Style, CultureInfo.InvariantCulture, out exponent);
    }
}
