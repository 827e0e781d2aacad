using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Fx;

/// <summary>What a provider quoted for one unit of its base.</summary>
/// <param name="Date">The published day; of a month average any day of its month.</param>
/// <param name="Value">Units of the currency; above zero.</param>
/// <param name="RetrievedAt">When the provider was read.</param>
public sealed record FxQuote(DateOnly Date, Currency Currency, decimal Value, DateTimeOffset RetrievedAt);

/// <summary>
/// All quotes of one provider and kind against its base (ECB: EUR = 1), by currency and date. Immutable; a rate is found in the time of
/// two binary searches. Source: money rules, section 8.
/// </summary>
public sealed class FxQuotes
{
    private readonly Dictionary<Currency, FxQuote[]> _byCurrency;
    private readonly Currency _base;

    /// <param name="kind">Spot or month average: agreements are no quotes.</param>
    /// <param name="perUnitOf">The provider's base.</param>
    /// <param name="quotes">In any order; one of each currency on a date, none of the base.</param>
    public FxQuotes(string provider, FxRateKind kind, Currency perUnitOf, IEnumerable<FxQuote> quotes)
    {
        Invariant.Holds(kind != FxRateKind.Contract, "Agreements are made for pairs, not quoted against a base.");
        (Provider, Kind, _base) = (provider, kind, perUnitOf);
        _byCurrency = quotes.Select(Dated).GroupBy(q => q.Currency).ToDictionary(g => g.Key, g => g.OrderBy(q => q.Date).ToArray());
        Invariant.Holds(!_byCurrency.ContainsKey(perUnitOf), "A provider's base is quoted at 1 and needs no quotes.");
        Invariant.Holds(_byCurrency.Values.All(OncePerDate), "A provider quotes a currency once on a date.");
        Invariant.Holds(_byCurrency.Values.All(all => all.All(q => q.Value > 0)), "A quote is above zero.");
    }

    public string Provider { get; }
    public FxRateKind Kind { get; }

    /// <summary>
    /// The rate of the latest day on or before the date that quotes both currencies, at most so many calendar days back; of a month
    /// average, of the date's month. Null where there is none.
    /// </summary>
    public FxRate? Find(Currency from, Currency to, DateOnly date, int maxAgeDays)
    {
        var (latest, earliest) = Kind == FxRateKind.Spot ? (date, DaysBefore(date, maxAgeDays)) : (FirstOfMonth(date), FirstOfMonth(date));
        return Common(from, to, latest, earliest) is var (a, b) ? Crossed(from, to, a, b) : null;
    }

    private (FxQuote? From, FxQuote? To)? Common(Currency from, Currency to, DateOnly latest, DateOnly earliest)
    {
        if (from == _base) return Latest(to, latest, earliest) is { } quoted ? (null, quoted) : null;
        if (to == _base) return Latest(from, latest, earliest) is { } quote ? (quote, null) : null;
        var day = latest;
        while (Latest(from, day, earliest) is { } a && Latest(to, day, earliest) is { } b)
        {
            if (a.Date == b.Date) return (a, b);
            day = a.Date < b.Date ? a.Date : b.Date;
        }

        return null;
    }

    private FxQuote? Latest(Currency currency, DateOnly latest, DateOnly earliest)
    {
        if (!_byCurrency.TryGetValue(currency, out var quotes)) return null;
        var (low, high) = (0, quotes.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (quotes[middle].Date <= latest) low = middle + 1;
            else high = middle;
        }

        return low > 0 && quotes[low - 1].Date >= earliest ? quotes[low - 1] : null;
    }

    private FxRate Crossed(Currency from, Currency to, FxQuote? a, FxQuote? b)
    {
        var cross = new FxCross(_base, a?.Value ?? 1m, b?.Value ?? 1m);
        return new FxRate
        {
            From = from,
            To = to,
            Rate = (Rational)cross.ToQuote / cross.FromQuote,
            RateDate = (a ?? b)!.Date,
            Kind = Kind,
            Provider = Provider,
            RetrievedAt = a is not null && b is not null && b.RetrievedAt < a.RetrievedAt ? a.RetrievedAt : (b ?? a)!.RetrievedAt,
            Cross = cross,
        };
    }

    private FxQuote Dated(FxQuote quote) => Kind == FxRateKind.MonthAverage ? quote with { Date = FirstOfMonth(quote.Date) } : quote;

    private static bool OncePerDate(FxQuote[] ordered)
    {
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Date == ordered[i - 1].Date) return false;
        }

        return true;
    }

    private static DateOnly FirstOfMonth(DateOnly date) => new(date.Year, date.Month, 1);

    private static DateOnly DaysBefore(DateOnly date, int days) => days >= date.DayNumber ? DateOnly.MinValue : date.AddDays(-days);
}
