using System.Globalization;
using System.Text.RegularExpressions;
using BatchSync.Configuration;
using BatchSync.Core.Sources;

namespace BatchSync.Sources.Fields;

/// <summary>Reads the text of one value as its field definition says. What cannot be read gives null and is never guessed.</summary>
/// <param name="culture">Of numbers and dates; invariant for JSON.</param>
internal sealed partial class ValueReading(CultureInfo culture)
{
    /// <summary>Amounts of this and more are slips, and would in sums pass what 64 bits of minor units hold.</summary>
    public const decimal AmountLimit = 1_000_000_000_000m;

    private static readonly string[] Yes = ["true", "1", "yes"];
    private static readonly string[] No = ["false", "0", "no"];

    private readonly NumberReading _numbers = new(culture);

    /// <summary>What a readable value is, for the fault of one that is not.</summary>
    public static string RuleOf(FieldDefinition field) => field.As switch
    {
        ValueKind.Boolean or ValueKind.Not => "true or false, 1 or 0, yes or no",
        ValueKind.Decimal => "a decimal number below 1,000,000,000,000 with at most 10 decimals",
        ValueKind.Hours or ValueKind.HoursRepairedToMinute => "decimal hours, at most 1,000,000",
        ValueKind.Minutes => "decimal minutes, at most 60,000,000",
        ValueKind.Seconds => "seconds, at most 3,600,000,000",
        ValueKind.Duration => "an ISO 8601 duration such as PT1H30M, at most 1,000,000 hours",
        ValueKind.Date => $"a date like {field.Format ?? "2026-10-01"}",
        ValueKind.Instant => field.Format is { } format ? $"a time like {format}" : "an ISO 8601 time with Z or an offset, such as 2026-10-01T08:30:00Z",
        _ => "a text",
    };

    public decimal? Decimal(string text) =>
        _numbers.TryParse(text, out var value) && Math.Abs(value) < AmountLimit ? value : null;

    /// <summary>Whole seconds from hours, minutes, seconds or an ISO duration.</summary>
    public long? Seconds(string text, ValueKind kind) => kind switch
    {
        ValueKind.Hours => Seconds(text, 3600, 1),
        ValueKind.HoursRepairedToMinute => Seconds(text, 3600, 60),
        ValueKind.Minutes => Seconds(text, 60, 1),
        ValueKind.Seconds => Seconds(text, 1, 1),
        _ => WorkedTime.TryIsoDuration(text.Trim(), out var seconds) ? seconds : null,
    };

    /// <summary>With named true values every other text is false; without, a text that is neither true nor false cannot be read.</summary>
    public static bool? Boolean(string text, FieldDefinition field)
    {
        var isTrue = Means(field.TrueValues.Count > 0 ? field.TrueValues : Yes, text);
        if (!isTrue && field.TrueValues.Count == 0 && !Means(No, text)) return null;
        return isTrue != (field.As == ValueKind.Not);
    }

    /// <summary>
    /// The date as written, whatever offset stands beside it. Without a format: ISO 8601, or in a file with a culture also that
    /// culture's short date.
    /// </summary>
    public DateOnly? Date(string text, string? format)
    {
        if (format is not null) return Exact(text, format) is { } written ? DateOnly.FromDateTime(written.DateTime) : null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
        if (culture.Equals(CultureInfo.InvariantCulture)) return null;
        return DateOnly.TryParseExact(text, "d", culture, DateTimeStyles.None, out date) ? date : null;
    }

    /// <summary>The instant in UTC. Without a format it must carry Z or an offset; a format without one is read as UTC.</summary>
    public DateTimeOffset? Instant(string text, string? format)
    {
        try
        {
            return (format is null ? Iso(text) : Exact(text, format))?.ToUniversalTime();
        }
        catch (ArgumentOutOfRangeException)
        {
            // In UTC it would lie before the year 1 or after 9999.
            return null;
        }
    }

    private static DateTimeOffset? Iso(string text)
    {
        // What most APIs send, at a tenth of the cost of the expression below.
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, Style, out var usual)) return usual;
        var match = IsoInstant().Match(text);
        if (!match.Success) return null;
        var seconds = match.Groups["s"].Success ? match.Groups["s"].Value : ":00";
        var zone = match.Groups["zone"].Value is "Z" or "z" ? "+00:00" : $"{match.Groups["oh"].Value}:{(match.Groups["om"].Success ? match.Groups["om"].Value : "00")}";
        return DateTimeOffset.TryParseExact(
            $"{match.Groups["date"].Value} {match.Groups["time"].Value}{seconds} {zone}",
            "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant) ? instant + Fraction(match) : null;
    }

    private static TimeSpan Fraction(Match match)
    {
        if (!match.Groups["fraction"].Success) return TimeSpan.Zero;
        var digits = match.Groups["fraction"].Value.PadRight(7, '0')[..7];
        return TimeSpan.FromTicks(long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static bool Means(IEnumerable<string> values, string text) => values.Contains(text, StringComparer.OrdinalIgnoreCase);

    private DateTimeOffset? Exact(string text, string format) =>
        DateTimeOffset.TryParseExact(text, format, culture, DateTimeStyles.AssumeUniversal, out var instant) ? instant : null;

    private long? Seconds(string text, long unit, long step) =>
        _numbers.TryParseFine(text, out var value) && WorkedTime.TryOf(value, unit, step, out var seconds) ? seconds : null;

    [GeneratedRegex(
        @"^(?<date>\d{4}-\d\d-\d\d)[Tt ](?<time>\d\d:\d\d)(?<s>:\d\d)?(?:[.,](?<fraction>\d+))?(?<zone>[Zz]|(?<oh>[+-]\d\d)(?::?(?<om>\d\d))?)\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex IsoInstant();
}
