using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Reads the rates that a run may need, and no others: a history has hundreds of thousands.</summary>
internal static class FxLoader
{
    /// <summary>The table of a run. Loaded after the last page is staged, since only then are the currencies of all expenses known.</summary>
    public static Task<FxTable> LoadAsync(ActiveRun run, CancellationToken cancel) => LoadAsync(run.Store, run.Series, run.Mapping, run.Rules.BillFrom, cancel);

    /// <summary>The table of a mapping, with the currencies that it names and those of the series' expenses; without sources where it names none.</summary>
    /// <param name="billFrom">The job's first local date; clients of the mapping may begin earlier.</param>
    public static async Task<FxTable> LoadAsync(IStore store, string series, MappingRules mapping, DateOnly billFrom, CancellationToken cancel)
    {
        if (mapping.Fx is not { } rules) return FxTable.None;
        var currencies = CurrenciesOf(mapping);
        foreach (var code in await store.ListExpenseCurrenciesAsync(series, cancel))
        {
            if (Currency.TryOf(code, out var currency)) currencies.Add(currency);
        }

        var from = mapping.Clients.Select(c => c.BillFrom ?? billFrom).Append(billFrom).Min();
        var content = await store.LoadFxAsync(rules.Sources, currencies, from, cancel);
        return new FxTable(rules, content.Quotes, content.Contracts);
    }

    private static HashSet<Currency> CurrenciesOf(MappingRules mapping) =>
    [
        mapping.Defaults.Currency,
        .. mapping.Entities.Values.Select(e => e.BaseCurrency),
        .. mapping.Clients.Select(c => c.Currency).OfType<Currency>(),
        .. mapping.Rates.Rates.Select(r => r.Currency).OfType<Currency>(),
    ];
}
