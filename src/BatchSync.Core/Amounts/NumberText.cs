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

    /// <summary>Reads <c>-12.50</c>, <c>+3</c>, <c>1.5e3</c>; a NaN, an infinity, an empty text or grouping are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out decimal value)
    {
        value = 0;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent
            | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        if (text.Length > 64 || !decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var parsed)) return false;
        if (!Fits(parsed) || LosesDigits(text, parsed)) return false;
        value = parsed;
        return true;
    }

    /// <summary>The shortest text of the value: no trailing zeros, a dot, no exponent (<c>180.00</c> is <c>180</c>).</summary>
    public static string Canonical(decimal value)
    {
        var text = value.ToString("0.############################", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    /// <summary>Whether the store keeps the value exactly: at most 18 whole and 10 fraction digits.</summary>
    public static bool Fits(decimal value)
    {
        if (Math.Abs(value) >= 1_000_000_000_000_000_000m) return false;
        return decimal.Truncate(value * 10_000_000_000m) == value * 10_000_000_000m;
    }

    // decimal.Parse rounds silently past 28 digits, so the digits that were written are compared with those that were kept.
    private static bool LosesDigits(ReadOnlySpan<char> text, decimal parsed)
    {
        var significant = 0;
        var seen = false;
        var trailingZeros = 0;
        foreach (var c in text)
        {
            if (c is 'e' or 'E') break;
            if (!char.IsAsciiDigit(c)) continue;
            seen |= c != '0';
            if (!seen) continue;
            significant++;
            trailingZeros = c == '0' ? trailingZeros + 1 : 0;
        }

        return significant - trailingZeros > 28 || (seen && significant > trailingZeros && parsed == 0);
    }
}
