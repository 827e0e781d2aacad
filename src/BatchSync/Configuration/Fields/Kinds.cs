using System.Globalization;
using System.Net.Mail;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Fields;

/// <summary>The kinds of single values that configuration knows.</summary>
internal static partial class Kinds
{
    public const int MaxTextLength = 1000;

    /// <summary>Any text of one line, not empty.</summary>
    public static Kind<string> Text { get; } = TextOf("text", 1);

    /// <summary>Any text of one line.</summary>
    public static Kind<string> TextOrEmpty { get; } = TextOf("text", 0);

    /// <summary>A name that stands in file names, keys and on the command line.</summary>
    public static Kind<string> Name { get; } = Pattern("name", NamePattern(), "letters, digits, '.', '_' and '-', at most 64, the first a letter or digit");

    public static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>The mapping's own code of a client, project, task, category, person or tax. An asterisk would be a wildcard in conditions.</summary>
    public static Kind<string> Code { get; } = Pattern("code", CodePattern(), "at most 64 characters without '*', control characters, and spaces at its ends");

    public static Kind<bool> Boolean { get; } = new ScalarKind<bool>("true or false", ParseBoolean, () => new JsonObject { ["type"] = "boolean" });

    public static Kind<DateOnly> Date { get; } = new ScalarKind<DateOnly>("date", ParseDate, () => Texts(@"^\d{4}-\d{2}-\d{2}$"));

    public static Kind<Currency> Currency { get; } = new ScalarKind<Currency>("currency", ParseCurrency, () => Enumeration(Core.Amounts.Currency.Codes));

    public static Kind<TimeZoneInfo> TimeZone { get; } = new ScalarKind<TimeZoneInfo>("time zone", ParseTimeZone, () => Texts(null));

    public static Kind<string> Cron { get; } = new ScalarKind<string>("Quartz cron expression", ParseCron, () => Texts(null));

    public static Kind<string> Address { get; } = new ScalarKind<string>("e-mail address", ParseAddress, () => Texts(null));

    /// <summary>One character that separates fields.</summary>
    public static Kind<char> Character { get; } = new ScalarKind<char>("character", ParseCharacter, () => new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 2 });

    /// <summary><c>net-30</c>, as the number of days.</summary>
    public static Kind<int> Terms { get; } = new ScalarKind<int>("payment terms", ParseTerms, () => Texts(@"^net-\d{1,3}$")) { Range = "net-0 to net-365" };

    public static Kind<IReadOnlyList<Found<T>>> ListOf<T>(Kind<T> item, int least = 0) => new ListKind<T>(item, orOne: false, least);

    public static Kind<IReadOnlyList<Found<T>>> OneOrMany<T>(Kind<T> item) => new ListKind<T>(item, orOne: true, least: 1);

    public static Kind<IReadOnlyList<Named<T>>> MapOf<T>(Kind<string> key, Kind<T> value, int least = 0) => new MapKind<T>(key, value, least);

    public static Kind<Section> SectionOf(SectionSpec spec, FieldSpec? shortForm = null) => new SectionKind(spec, shortForm);

    /// <summary>One of the names of an enumeration, in kebab case.</summary>
    public static Kind<T> Choice<T>()
        where T : struct, Enum => Choice(Enum.GetValues<T>(), v => Kebab(v.ToString()));

    public static Kind<string> Choice(params string[] values) => Choice(values, v => v);

    /// <summary>One of these values by its name. Arrays and a loop, because queries over each enumeration would be compiled anew by every process.</summary>
    public static Kind<T> Choice<T>(T[] values, Func<T, string> nameOf)
    {
        var names = new string[values.Length];
        for (var at = 0; at < values.Length; at++) names[at] = nameOf(values[at]);
        return new ScalarKind<T>(names is [var only] ? only : "one of " + string.Join(", ", names), (text, subject) => Array.IndexOf(names, text) is >= 0 and var at
            ? values[at]
            : new Fault(ErrorCodes.NotAllowed, $"'{subject}' is '{text}'", Advice.Names("Allowed values", names, text)), () => Enumeration(names));
    }

    public static Kind<int> Whole(int least, int most, string unit = "") => new ScalarKind<int>(
        "whole number",
        (text, subject) => ParseWhole(text, subject, least, most),
        () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most })
    {
        Range = FormattableString.Invariant($"{least} to {most}"),
        Unit = unit,
    };

    /// <summary>A decimal number, exactly as written.</summary>
    public static Kind<decimal> Number(decimal least, decimal most, string unit = "") => new ScalarKind<decimal>(
        "number",
        (text, subject) => ParseNumber(text, subject, least, most),
        () => new JsonObject { ["type"] = new JsonArray("number", "string"), ["minimum"] = least, ["maximum"] = most })
    {
        Range = $"{NumberText.Canonical(least)} to {NumberText.Canonical(most)}",
        Unit = unit,
    };

    /// <summary><c>7.25%</c>, as the fraction 0.0725.</summary>
    public static Kind<decimal> Percent(decimal least, decimal most) => new ScalarKind<decimal>(
        "percentage", (text, subject) => ParsePercent(text, subject, least, most), () => Texts(@"^-?[0-9.]+\s?%$"))
    {
        Range = $"{NumberText.Canonical(least)}% to {NumberText.Canonical(most)}%",
    };

    /// <summary><c>15m</c>, <c>2d</c>, <c>1h30m</c>; both bounds are written in the same way.</summary>
    public static Kind<TimeSpan> Duration(string least, string most)
    {
        var (from, to) = (DurationText.Parse(least)!.Value, DurationText.Parse(most)!.Value);
        return new ScalarKind<TimeSpan>("duration", (text, subject) => ParseDuration(text, subject, from, to), () => Texts(@"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"))
        {
            Range = $"{least} to {most}",
        };
    }

    /// <summary><c>5MB</c>, in bytes; 1KB is 1,000 bytes.</summary>
    public static Kind<long> Size(long least, long most) => new ScalarKind<long>(
        "size", (text, subject) => ParseSize(text, subject, least, most), () => Texts(@"^\d+\s?(KB|MB|GB)$"))
    {
        Range = $"{SizeText(least)} to {SizeText(most)}",
    };

    /// <summary>A text of a fixed form.</summary>
    /// <param name="rule">What the form is, for the message.</param>
    public static Kind<string> Pattern(string title, Regex pattern, string rule) => new ScalarKind<string>(
        title,
        (text, subject) => pattern.IsMatch(text) ? text : Unreadable(subject, text, title, $"A {title} has {rule}."),
        () => Texts(Portable(pattern)));

    /// <summary>A text that a further rule accepts; the rule answers with what is wrong, or null.</summary>
    public static Kind<string> Checked(string title, Func<string, string?> rule, string example) => new ScalarKind<string>(
        title,
        (text, subject) => rule(text) is { } wrong
            ? new Fault(ErrorCodes.UnreadableValue, $"'{subject}' is '{Cut(text)}': {wrong}", Advice.Next($"Write it as in '{example}'."))
            : text,
        () => Texts(null));

    /// <summary>A schema of texts, which YAML may take for numbers where they look like some.</summary>
    public static JsonObject Texts(string? pattern)
    {
        var schema = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
        if (pattern is not null) schema["pattern"] = pattern;
        return schema;
    }

    // Editors read patterns as ECMAScript, which has neither \z nor, without a flag, \p.
    private static string? Portable(Regex pattern) => pattern.ToString().Contains(@"\p{", StringComparison.Ordinal) ? null : pattern.ToString().Replace(@"\z", "$");

    /// <summary>Long values are cut in messages; the excerpt shows the rest.</summary>
    public static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";

    /// <summary><c>PeriodEnd</c> is <c>period-end</c>.</summary>
    public static string Kebab(string name)
    {
        var kebab = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && kebab.Length > 0) kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(letter));
        }

        return kebab.ToString();
    }

    private static JsonObject Enumeration(IEnumerable<string> names) => new() { ["enum"] = new JsonArray([.. names.Select(n => (JsonNode)n)]) };

    private static ScalarKind<string> TextOf(string title, int least) => new(title, (text, subject) => ParseText(text, subject, least), () => Texts(null));

    private static Fault Unreadable(string subject, string text, string title, string next) =>
        new(ErrorCodes.UnreadableValue, $"'{subject}' is '{Cut(text)}', which is no {title}", Advice.Next(next));

    private static Fault Outside(string subject, string text, string least, string most) =>
        new(ErrorCodes.OutOfRange, $"'{subject}' is {Cut(text)}", Advice.Next($"It must be from {least} to {most}."));

    private static Parsed<string> ParseText(string text, string subject, int least)
    {
        if (text.Length < least) return new Fault(ErrorCodes.OutOfRange, $"'{subject}' is empty", Advice.Next("Write a text, or remove the field where it is optional."));
        if (text.Length > MaxTextLength) return Outside(subject, $"{text.Length} characters long", "1", "1000 characters");
        var control = text.FirstOrDefault(char.IsControl);
        return control == default ? text : Unreadable(subject, text.Replace(control, ' '), "text of one line", "Remove line breaks and control characters.");
    }

    private static Parsed<bool> ParseBoolean(string text, string subject) => text switch
    {
        "true" => true,
        "false" => false,
        _ => new Fault(ErrorCodes.NotAllowed, $"'{subject}' is '{Cut(text)}'", Advice.Names("Allowed values", ["true", "false"], text)),
    };

    private static Parsed<DateOnly> ParseDate(string text, string subject) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : Unreadable(subject, text, "date", "Write year, month and day, such as 2026-10-01.");

    private static Parsed<Currency> ParseCurrency(string text, string subject) =>
        Core.Amounts.Currency.TryOf(text, out var currency)
            ? currency
            : new Fault(ErrorCodes.UnknownCurrency, $"'{subject}' is '{Cut(text)}', which is no currency", CurrencyAdvice(text));

    // Only a spelling is corrected: the nearest of 160 three-letter codes would be a guess about money.
    private static Advice CurrencyAdvice(string text)
    {
        var capital = text.Trim().ToUpperInvariant();
        return new("", Core.Amounts.Currency.TryOf(capital, out _) ? capital : "", "Write the ISO 4217 code in three capital letters, such as USD.");
    }

    private static Parsed<TimeZoneInfo> ParseTimeZone(string text, string subject)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone) && zone.HasIanaId && zone.Id == text) return zone;
        var near = TimeZoneInfo.TryConvertWindowsIdToIanaId(text, out var iana) ? iana : NearestZone(text);
        return new Fault(
            ErrorCodes.UnknownTimeZone, $"'{subject}' is '{Cut(text)}', which is no time zone of this system", new Advice("", near ?? "", "Write an IANA id such as Europe/Berlin."));
    }

    private static string? NearestZone(string text) => NameList.Near(text, TimeZoneInfo.GetSystemTimeZones().Where(z => z.HasIanaId).Select(z => z.Id));

    private static Parsed<string> ParseCron(string text, string subject) =>
        CronShape.FaultOf(text) is { } fault
            ? new Fault(ErrorCodes.BadCron, $"'{subject}' is '{Cut(text)}': {fault}", Advice.Next("Write it as in '0 30 2 ? * TUE-SAT': at 02:30, Tuesday to Saturday."))
            : CronShape.IsOftenerThanDaily(text)
                ? new Fault(ErrorCodes.ScheduleTooOften, $"'{subject}' is '{Cut(text)}', which fires more than once a day", Advice.Next("Name one second, one minute and one hour: a job runs at most once a local date. For more, let cron call 'batchsync run JOB'."))
                : text;

    private static Parsed<string> ParseAddress(string text, string subject) =>
        MailAddress.TryCreate(text, out var address) && address.Address == text && text.Contains('@')
            ? text
            : Unreadable(subject, text, "e-mail address", "Write the address alone, such as books@example.com.");

    private static Parsed<char> ParseCharacter(string text, string subject) => text switch
    {
        "\\t" => '\t',
        { Length: 1 } when text[0] is not ('"' or '\r' or '\n') && !char.IsLetterOrDigit(text[0]) => text[0],
        _ => Unreadable(subject, text, "separating character", "Write one character such as ',' or ';', or '\\t' for a tab."),
    };

    private static Parsed<int> ParseTerms(string text, string subject)
    {
        if (!TermsPattern().IsMatch(text)) return new Fault(ErrorCodes.UnreadableValue, $"'{subject}' is '{Cut(text)}'", Advice.Next("Write the days until payment, such as net-30."));
        var days = int.Parse(text[4..], CultureInfo.InvariantCulture);
        return days <= 365 ? days : Outside(subject, text, "net-0", "net-365");
    }

    private static Parsed<int> ParseWhole(string text, string subject, int least, int most)
    {
        if (!WholePattern().IsMatch(text)) return Unreadable(subject, text, "whole number", FormattableString.Invariant($"Write a whole number from {least} to {most}."));
        var range = (FormattableString.Invariant($"{least}"), FormattableString.Invariant($"{most}"));
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : Outside(subject, text, range.Item1, range.Item2);
    }

    private static Parsed<decimal> ParseNumber(string text, string subject, decimal least, decimal most)
    {
        if (text.Trim() != text || !NumberText.TryParse(text, out var value)) return Unreadable(subject, text, "number", "Write digits with a dot, such as 12.50; at most 18 digits before and 10 after it.");
        return value >= least && value <= most ? value : Outside(subject, text, NumberText.Canonical(least), NumberText.Canonical(most));
    }

    private static Parsed<decimal> ParsePercent(string text, string subject, decimal least, decimal most)
    {
        if (!text.EndsWith('%') || !NumberText.TryParse(text[..^1].Trim(), out var value) || !NumberText.Fits(value / 100))
        {
            return Unreadable(subject, text, "percentage", "Write it with its sign and at most 8 decimals, such as 7.25%.");
        }

        return value >= least && value <= most ? value / 100 : Outside(subject, text, NumberText.Canonical(least) + "%", NumberText.Canonical(most) + "%");
    }

    private static Parsed<TimeSpan> ParseDuration(string text, string subject, TimeSpan least, TimeSpan most)
    {
        if (DurationText.Parse(text) is not { } value) return Unreadable(subject, text, "duration", "Write days, hours, minutes and seconds in this order, such as 2d, 15m or 1h30m.");
        return value >= least && value <= most ? value : Outside(subject, text, DurationText.Write(least), DurationText.Write(most));
    }

    private static Parsed<long> ParseSize(string text, string subject, long least, long most)
    {
        var match = SizePattern().Match(text);
        if (!match.Success) return Unreadable(subject, text, "size", "Write a whole number with KB, MB or GB, such as 5MB.");
        var factor = match.Groups[2].Value switch { "KB" => 1_000L, "MB" => 1_000_000L, _ => 1_000_000_000L };
        var value = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * factor;
        return value >= least && value <= most ? value : Outside(subject, text, SizeText(least), SizeText(most));
    }

    private static string SizeText(long bytes) => FormattableString.Invariant(bytes switch
    {
        >= 1_000_000_000 => $"{bytes / 1_000_000_000}GB",
        >= 1_000_000 => $"{bytes / 1_000_000}MB",
        _ => $"{bytes / 1_000}KB",
    });

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^[^\s*\p{Cc}]([^*\p{Cc}]{0,62}[^\s*\p{Cc}])?\z")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^net-[0-9]{1,3}\z")]
    private static partial Regex TermsPattern();

    [GeneratedRegex(@"^-?[0-9]{1,18}\z")]
    private static partial Regex WholePattern();

    [GeneratedRegex(@"^([0-9]{1,9})\s?(KB|MB|GB)\z")]
    private static partial Regex SizePattern();
}
