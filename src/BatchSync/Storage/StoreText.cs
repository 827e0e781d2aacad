using System.Globalization;
using System.Numerics;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Time;

namespace BatchSync.Storage;

/// <summary>How values that SQL has no exact type for stand in the store as text. Written once, read the same for ever.</summary>
internal static class StoreText
{
    // The round-trip formats are the quickest: 2026-11-22T14:03:01.1234567Z and 2026-11-22.
    private const string RoundTrip = "O";
    private const int InstantLength = 28;

    public static string Of(DateTimeOffset instant) => instant.UtcDateTime.ToString(RoundTrip, CultureInfo.InvariantCulture);

    public static string? Of(DateTimeOffset? instant) => instant is { } value ? Of(value) : null;

    public static DateTimeOffset InstantOf(string text) => text is [.., 'Z'] and { Length: InstantLength }
        ? DateTimeOffset.ParseExact(text, RoundTrip, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
        : throw new FormatException($"'{text}' is no instant as the store writes it.");

    public static DateTimeOffset? InstantOrNull(string? text) => text is null ? null : InstantOf(text);

    public static string Of(DateOnly date) => date.ToString(RoundTrip, CultureInfo.InvariantCulture);

    public static string? Of(DateOnly? date) => date is { } value ? Of(value) : null;

    public static DateOnly DateOf(string text) => DateOnly.ParseExact(text, RoundTrip, CultureInfo.InvariantCulture);

    public static DateOnly? DateOrNull(string? text) => string.IsNullOrEmpty(text) ? null : DateOf(text);

    public static string Of(PeriodKind kind) => kind switch
    {
        PeriodKind.Day => "day",
        PeriodKind.Week => "week",
        PeriodKind.Month => "month",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static PeriodKind PeriodKindOf(string text) => text switch
    {
        "day" => PeriodKind.Day,
        "week" => PeriodKind.Week,
        "month" => PeriodKind.Month,
        _ => throw new StoreException($"The store has a period of the unknown kind '{text}'."),
    };

    public static string Of(DocumentType type) => type == DocumentType.CreditNote ? "credit-note" : "invoice";

    public static DocumentType TypeOf(string text) => text == "credit-note" ? DocumentType.CreditNote : DocumentType.Invoice;

    private static readonly (DocumentPurpose Purpose, string Name)[] Purposes =
    [
        (DocumentPurpose.Original, "original"), (DocumentPurpose.Supplement, "supplement"), (DocumentPurpose.Credit, "credit"),
        (DocumentPurpose.Withdrawal, "withdrawal"), (DocumentPurpose.Rebill, "rebill"),
    ];

    public static string Of(DocumentPurpose purpose) => Purposes.Single(p => p.Purpose == purpose).Name;

    public static DocumentPurpose PurposeOf(string text) =>
        Purposes.FirstOrDefault(p => p.Name == text) is { Name: not null } found ? found.Purpose : throw new StoreException($"The store has a document of the unknown purpose '{text}'.");

    private static readonly string[] PageSetPurposes = ["records", "window", "deletions", "absence"];

    public static string Of(PageSetPurpose purpose) => PageSetPurposes[(int)purpose];

    public static PageSetPurpose PageSetPurposeOf(string text) =>
        Array.IndexOf(PageSetPurposes, text) is var index and >= 0 ? (PageSetPurpose)index : throw new StoreException($"The store has a page set of the unknown purpose '{text}'.");

    public static string Of(FxRateKind kind) => kind switch
    {
        FxRateKind.Spot => "spot",
        FxRateKind.Contract => "contract",
        FxRateKind.MonthAverage => "month-average",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static FxRateKind FxKindOf(string text) => text switch
    {
        "spot" => FxRateKind.Spot,
        "contract" => FxRateKind.Contract,
        "month-average" => FxRateKind.MonthAverage,
        _ => throw new StoreException($"The store has exchange rates of the unknown kind '{text}'."),
    };

    /// <summary>An exact fraction as <c>numerator/denominator</c> in lowest terms.</summary>
    public static string Of(Rational value)
    {
        var divisor = BigInteger.GreatestCommonDivisor(value.Numerator, value.Denominator);
        return string.Create(CultureInfo.InvariantCulture, $"{value.Numerator / divisor}/{value.Denominator / divisor}");
    }

    public static Rational RationalOf(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return new Rational(BigInteger.Parse(text.AsSpan(0, slash), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), BigInteger.Parse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    public static decimal DecimalOf(string text) => decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
