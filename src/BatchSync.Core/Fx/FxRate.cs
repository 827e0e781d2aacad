using BatchSync.Core.Amounts;

namespace BatchSync.Core.Fx;

/// <summary>What sort of rate it is.</summary>
public enum FxRateKind
{
    /// <summary>Published for a day.</summary>
    Spot,

    /// <summary>Agreed for a pair of currencies over a time.</summary>
    Contract,

    /// <summary>The average of a month.</summary>
    MonthAverage,
}

/// <summary>An exchange rate that was found for a date, with where it comes from.</summary>
/// <param name="Rate">Units of <paramref name="To"/> for one unit of <paramref name="From"/>, exact and above zero.</param>
/// <param name="RateDate">The day for which it was published: not later than the date asked for.</param>
/// <param name="Provider">Who published it, as imports name it (<c>ecb</c>).</param>
/// <param name="RetrievedAt">When it was imported, in UTC.</param>
public sealed record FxRate(Currency From, Currency To, Rational Rate, DateOnly RateDate, FxRateKind Kind, string Provider, DateTimeOffset RetrievedAt);
