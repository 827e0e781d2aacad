using System.Globalization;
using System.Text.RegularExpressions;
using BatchSync.Core.Amounts;

namespace BatchSync.Reports;

/// <summary>Numbers as reports print them: with the decimal sign of the job, no grouping, and a plain minus.</summary>
internal sealed partial class ReportNumbers(char decimalSign)
{
    private const int HourDecimals = 4;
    private const string Fraction = "############################";

    private static readonly string[] Patterns = [.. Enumerable.Range(0, HourDecimals + 1).Select(PatternOf)];
    private static readonly string[] Fixed = ["F0", "F1", "F2", "F3", "F4"];

    private readonly NumberFormatInfo _format = new()
    {
        NumberDecimalSeparator = decimalSign.ToString(),
        NumberGroupSeparator = "",
        NegativeSign = "-",
    };

    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>All digits that the value has, and at least the decimals of its currency: USD 180 is <c>180.00</c>.</summary>
    /// <param name="currency">A code; what ISO 4217 does not know adds no decimals.</param>
    public string Amount(decimal value, string currency) => Text(value, Currency.TryOf(currency, out var known) ? known.Decimals : 0);

    /// <summary>Decimal hours with four decimals, half-up: 4500 seconds are <c>1.2500</c>. For reading; <c>seconds</c> is exact.</summary>
    public string Hours(long seconds) => Text(new Rational(seconds, 3600).Round(HourDecimals, RoundingMode.HalfUp), HourDecimals);

    /// <summary>A plain number that stands in a text (<c>-12.50</c>), in the decimal sign of the job; null where the text is anything else, such as an id with leading zeros.</summary>
    public string? Figure(string text) => PlainNumber().IsMatch(text) ? text.Replace(".", _format.NumberDecimalSeparator, StringComparison.Ordinal) : null;

    // A negative zero would print its sign. What has no more digits than it must have is written without a pattern, which is much quicker.
    private string Text(decimal value, int leastDecimals)
    {
        var number = value == 0 ? 0m : value;
        if (leastDecimals >= Patterns.Length) return number.ToString(PatternOf(leastDecimals), _format);
        return number.ToString(number.Scale <= leastDecimals ? Fixed[leastDecimals] : Patterns[leastDecimals], _format);
    }

    private static string PatternOf(int leastDecimals) =>
        "0." + new string('0', Math.Min(leastDecimals, Fraction.Length)) + Fraction[Math.Min(leastDecimals, Fraction.Length)..];

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,10})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainNumber();
}
