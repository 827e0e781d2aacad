using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;

namespace BatchSync.Storage;

/// <summary>A rate of a file: one unit of <paramref name="From"/> is worth <paramref name="Rate"/> units of <paramref name="To"/>.</summary>
/// <param name="From">The provider's base, but of contracts.</param>
/// <param name="ValidFrom">The day of a spot rate, the first day of an average's month, the first day of a contract.</param>
/// <param name="ValidUntil">Of contracts: the first day on which it no longer holds; null: open.</param>
/// <param name="Line">Where it stands in the file, from 1.</param>
internal sealed record NewFxRate(Currency From, Currency To, DateOnly ValidFrom, DateOnly? ValidUntil, decimal Rate, int Line);

/// <summary>A file of rates that has no fault.</summary>
/// <param name="FileHash">SHA-256 of its bytes, hexadecimal.</param>
/// <param name="RetrievedAt">When the provider was read.</param>
/// <param name="Replaces">Whether rates that differ from stored ones take their place.</param>
/// <param name="Author">Who answers for a replacement.</param>
/// <param name="Reason">Why; kept for the auditor.</param>
internal sealed record FxImport(
    string Provider, FxRateKind Kind, string FileName, string FileHash, DateTimeOffset RetrievedAt, IReadOnlyList<NewFxRate> Rates, bool Replaces, string Author, string Reason);

/// <summary>A rate that holds, as stored.</summary>
internal sealed record StoredFxRate(long RateNo, Currency From, Currency To, DateOnly ValidFrom, DateOnly? ValidUntil, decimal Rate, DateTimeOffset RetrievedAt);

/// <summary>Why a rate of a file does not go with the stored ones.</summary>
internal enum FxConflictKind
{
    /// <summary>The same provider, kind, pair and day is stored with another value or another end.</summary>
    Differs,

    /// <summary>A day between stored ones: dates from it on have found the older rate so far.</summary>
    FillsGap,

    /// <summary>A contract that holds on days of another contract of the pair. Replacing does not help: it would leave days without a rate.</summary>
    Overlaps,

    /// <summary>The provider's stored rates are per unit of another currency. Replacing does not help: the two would stand beside each other.</summary>
    OtherUnit,
}

/// <param name="Stored">What the new rate meets: of a gap the older rate that has held until now.</param>
internal sealed record FxConflict(FxConflictKind Kind, NewFxRate New, StoredFxRate Stored);

/// <summary>What an import did; with conflicts it did nothing.</summary>
/// <param name="Added">Rates that were not there, gaps filled among them.</param>
/// <param name="Unchanged">Rates that were stored just so.</param>
internal sealed record FxOutcome(int Added, int Unchanged, int Replaced, IReadOnlyList<FxConflict> Conflicts);

/// <summary>What the store has of some providers, as a table of rates takes it.</summary>
internal sealed record FxContent(IReadOnlyList<FxQuotes> Quotes, IReadOnlyList<FxContracts> Contracts);

/// <summary>Which stored rates to list; nulls and empty lists do not narrow.</summary>
/// <param name="From">First date on which a rate is of use, inclusive.</param>
/// <param name="To">Last date, inclusive.</param>
/// <param name="Currencies">Rates of which either currency is one of these.</param>
/// <param name="WithReplaced">Also rates that were replaced.</param>
internal sealed record FxFilter(string? Provider, FxRateKind? Kind, DateOnly? From, DateOnly? To, IReadOnlyList<string> Currencies, bool WithReplaced);

/// <param name="ReplacedAt">When an import took its place; null: it holds.</param>
internal sealed record FxRateRow(
    string Provider, FxRateKind Kind, string From, string To, DateOnly ValidFrom, DateOnly? ValidUntil, decimal Rate, DateTimeOffset RetrievedAt, string FileName, string FileHash, DateTimeOffset? ReplacedAt);

/// <summary>What there is of one provider and kind.</summary>
/// <param name="PerUnitOf">The provider's base; empty for contracts.</param>
/// <param name="First">The earliest day on which a rate begins.</param>
/// <param name="Last">The latest such day.</param>
/// <param name="RetrievedAt">The newest retrieval.</param>
internal sealed record FxStock(string Provider, FxRateKind Kind, string PerUnitOf, int Currencies, int Rates, DateOnly First, DateOnly Last, DateTimeOffset RetrievedAt);
