using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>Values as explanations write them.</summary>
internal static class Shown
{
    /// <summary>All decimals; of more than ten the first ten and three dots.</summary>
    public static string Exact(Rational value)
    {
        var cut = value.Round(10, RoundingMode.Down);
        return NumberText.Canonical(cut) + (cut == value ? "" : "...");
    }

    /// <summary><c>3960 s (1.1 h)</c>.</summary>
    public static string Seconds(long seconds) => $"{Number(seconds)} s ({Exact(new Rational(seconds, 3600))} h)";

    /// <summary><c>7.5%</c>.</summary>
    public static string Percent(decimal part) => Exact((Rational)part * 100) + "%";

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Enough of a hash to tell files apart.</summary>
    public static string Hash(string hash) => hash.Length > 12 ? hash[..12] : hash;

    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Instant(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    public static string Mode(RoundingMode mode) => mode switch
    {
        RoundingMode.HalfUp => "half-up",
        RoundingMode.HalfEven => "half-even",
        RoundingMode.Up => "up",
        RoundingMode.Down => "down",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "A rounding names its mode."),
    };

    public static string Type(DocumentType type) => StoreText.Of(type).Replace('-', ' ');

    public static string Scope(RoundingScope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>An exchange rate in words: <c>1 EUR = 1.136 USD, ecb spot of 2025-04-17, retrieved 2025-04-17 15:00:00Z</c>.</summary>
    public static string Rate(FxRate rate) =>
        $"1 {rate.From} = {Exact(rate.Rate)} {rate.To}, {rate.Provider} {StoreText.Of(rate.Kind)} of {Iso(rate.RateDate)}, retrieved {Instant(rate.RetrievedAt)}";

    public static string Name(Reference reference) => (reference.Id, reference.Name) switch
    {
        ("", var name) => name,
        (var id, "") => id,
        var (id, name) => $"{id} {name}",
    };

    /// <summary>A sum as it is read: <c>1200 + 1260</c>; of many terms the first few, of one nothing, since it is the result.</summary>
    public static string Sum(IReadOnlyList<string> terms)
    {
        const int Most = 6;
        if (terms.Count == 1) return "";
        var few = terms.Count <= Most ? string.Join(" + ", terms) : $"{string.Join(" + ", terms.Take(Most - 1))} + ... ({Number(terms.Count)} in all)";
        return few.Replace("+ -", "- ", StringComparison.Ordinal);
    }
}
