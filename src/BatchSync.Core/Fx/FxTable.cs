using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Fx;

/// <summary>
/// The rates that a run may use: the sources of the rules in their order, each with its content. Immutable, so the same question has the
/// same answer throughout a run, whatever is imported meanwhile.
/// </summary>
public sealed class FxTable
{
    private readonly List<(FxSource Source, FxQuotes? Quotes, FxContracts? Contracts)> _sources;

    /// <param name="rules">The sources in their order. One for which there is no content finds nothing.</param>
    /// <param name="quotes">At most one of each provider and kind.</param>
    /// <param name="contracts">At most one of each provider.</param>
    public FxTable(FxRules rules, IReadOnlyList<FxQuotes> quotes, IReadOnlyList<FxContracts> contracts)
    {
        Invariant.Holds(quotes.DistinctBy(q => (q.Provider, q.Kind)).Count() == quotes.Count, "A provider has one set of quotes of a kind.");
        Invariant.Holds(contracts.DistinctBy(c => c.Provider).Count() == contracts.Count, "A provider has one set of agreements.");
        _sources =
        [
            .. rules.Sources.Select(source => source.Kind == FxRateKind.Contract
                ? (source, null, contracts.FirstOrDefault(c => c.Provider == source.Provider))
                : (source, quotes.FirstOrDefault(q => q.Provider == source.Provider && q.Kind == source.Kind), (FxContracts?)null)),
        ];
    }

    /// <summary>A table without sources: it knows that a currency is itself, and nothing else.</summary>
    public static FxTable None { get; } = new(new FxRules([]), [], []);

    /// <summary>The rate by which amounts of one currency become another on a date: of the first source that has one. Null: <c>no FX rate</c>.</summary>
    public FxRate? Find(Currency from, Currency to, DateOnly date)
    {
        if (from == to) return FxRate.Same(from, date);
        foreach (var (source, quotes, contracts) in _sources)
        {
            var found = quotes?.Find(from, to, date, source.MaxAgeDays) ?? contracts?.Find(from, to, date);
            if (found is not null) return found;
        }

        return null;
    }
}
