using BatchSync.Core.Amounts;

namespace BatchSync.Core.Fx;

/// <summary>A rate that was found: one unit of <see cref="From"/> is worth <see cref="Rate"/> units of <see cref="To"/>.</summary>
public sealed record FxRate
{
    public required Currency From { get; init; }
    public required Currency To { get; init; }

    /// <summary>Exact and above zero; a cross rate may have no end as a decimal.</summary>
    public required Rational Rate { get; init; }

    /// <summary>The published day of a spot rate, the first day of an agreement, the first day of an average's month.</summary>
    public required DateOnly RateDate { get; init; }
    public required FxRateKind Kind { get; init; }

    /// <summary>Empty for a currency to itself, which needs no provider.</summary>
    public required string Provider { get; init; }

    /// <summary>When the provider was read; of two quotes the later time. Null for a currency to itself.</summary>
    public required DateTimeOffset? RetrievedAt { get; init; }

    /// <summary>The quotes that the rate is made of; null where it was not made of quotes, or is known from a store only.</summary>
    public FxCross? Cross { get; init; }

    /// <summary>A currency to itself: 1 on every date.</summary>
    public static FxRate Same(Currency currency, DateOnly date) => new()
    {
        From = currency,
        To = currency,
        Rate = Rational.One,
        RateDate = date,
        Kind = FxRateKind.Spot,
        Provider = "",
        RetrievedAt = null,
    };
}

/// <summary>The two quotes of a cross rate, each in units for one unit of the provider's base: the rate is <c>ToQuote / FromQuote</c>.</summary>
/// <param name="PerUnitOf">The provider's base, which is itself quoted at 1.</param>
public sealed record FxCross(Currency PerUnitOf, decimal FromQuote, decimal ToQuote);
