using System.CommandLine;
using System.CommandLine.Parsing;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>fx show</c>: what rates there are, which they are, or what a document of a date would use and why.</summary>
internal sealed class FxShowCommand
{
    private sealed record CurrencyPair(Currency From, Currency To);

    private readonly Option<string?> _provider = new("--provider") { Description = "Only rates of this provider", HelpName = "name" };
    private readonly Option<FxRateKind?> _kind = FxCommand.Kind("Only rates of this kind: spot, contract or month-average");
    private readonly Option<DateOnly?> _from = new("--from") { Description = "First date on which a rate is of use (inclusive, yyyy-mm-dd)", HelpName = "date", CustomParser = RunDates.Date };
    private readonly Option<DateOnly?> _to = new("--to") { Description = "Last date (inclusive)", HelpName = "date", CustomParser = RunDates.Date };
    private readonly Option<string[]?> _currency = new("--currency") { Description = "Only rates of these currencies, such as EUR,USD", HelpName = "currencies", CustomParser = Currencies };
    private readonly Option<bool> _replaced = new("--replaced") { Description = "Also rates that others have replaced" };
    private readonly Option<CurrencyPair?> _pair = new("--pair") { Description = "The rate by which a document would turn the first currency into the second, such as EUR/USD; with --date", HelpName = "pair", CustomParser = Pair };
    private readonly Option<DateOnly?> _date = new("--date") { Description = "The date of that document", HelpName = "date", CustomParser = RunDates.Date };
    private readonly Option<string?> _mapping = new("--mapping") { Description = "With --pair: the mapping whose sources are asked (default: --provider, or the mappings' own where they agree)", HelpName = "name" };
    private readonly Option<bool> _json = new("--json") { Description = "As JSON" };

    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var show = new FxShowCommand();
        var command = new Command("show", "What rates there are, or with --pair the one that a document would use")
        {
            show._provider, show._kind, show._from, show._to, show._currency, show._replaced, show._pair, show._date, show._mapping, show._json,
        };
        command.SetAction((parsed, cancel) => show.RunAsync(options, parsed, time, cancel));
        return command;
    }

    private async Task<int> RunAsync(GlobalOptions options, ParseResult parsed, TimeProvider time, CancellationToken cancel)
    {
        var (pair, date, mapping) = (parsed.GetValue(_pair), parsed.GetValue(_date), parsed.GetValue(_mapping));
        if ((pair is null) != (date is null)) throw new UsageException("--pair and --date go together: --pair EUR/USD --date 2026-03-31.");
        if (mapping is not null && pair is null) throw new UsageException("--mapping says whose sources --pair asks: give --pair and --date too.");
        await using var workspace = Workspace.Of(options, parsed, time);
        var store = await workspace.ExistingStoreAsync(cancel);
        var (screen, isJson) = (options.Screen(parsed), parsed.GetValue(_json));
        if (pair is not null) return await ShowPairAsync(screen, isJson, store, await SourcesAsync(workspace, parsed, store, cancel), pair, date!.Value, cancel);
        if (IsNarrowed(parsed)) await ShowRatesAsync(screen, isJson, store, parsed, cancel);
        else await ShowStockAsync(screen, isJson, store, parsed, cancel);
        return ExitCodes.Done;
    }

    // Provider and kind alone name a stock of rates, not rates: the whole history would be thousands of lines.
    private bool IsNarrowed(ParseResult parsed) =>
        parsed.GetValue(_from) is not null || parsed.GetValue(_to) is not null || parsed.GetValue(_currency) is { Length: > 0 } || parsed.GetValue(_replaced);

    private async Task ShowStockAsync(Screen screen, bool isJson, IStore store, ParseResult parsed, CancellationToken cancel)
    {
        var (provider, kind) = (parsed.GetValue(_provider), parsed.GetValue(_kind));
        var stock = (await store.ListFxStockAsync(cancel)).Where(s => (provider is null || s.Provider == provider) && (kind is null || s.Kind == kind)).ToList();
        if (isJson) screen.Write(stock.Select(FxView.Of));
        else if (stock.Count == 0) screen.Line("No rates. Import some with: batchsync fx import FILE --provider NAME");
        else FxView.Show(screen, stock);
    }

    private async Task ShowRatesAsync(Screen screen, bool isJson, IStore store, ParseResult parsed, CancellationToken cancel)
    {
        var filter = new FxFilter(parsed.GetValue(_provider), parsed.GetValue(_kind), parsed.GetValue(_from), parsed.GetValue(_to), parsed.GetValue(_currency) ?? [], parsed.GetValue(_replaced));
        if (filter.From > filter.To) throw new UsageException($"--from {FxView.Iso(filter.From.Value)} is after --to {FxView.Iso(filter.To.Value)}.");
        var rates = await store.ListFxRatesAsync(filter, cancel);
        if (isJson) screen.Write(rates.Select(FxView.Of));
        else if (rates.Count == 0) screen.Line("No rates.");
        else FxView.Show(screen, rates);
    }

    private static async Task<int> ShowPairAsync(Screen screen, bool isJson, IStore store, IReadOnlyList<FxSource> sources, CurrencyPair pair, DateOnly date, CancellationToken cancel)
    {
        var content = await store.LoadFxAsync(sources, [pair.From, pair.To], date, cancel);
        var answer = FxAnswer.Of(sources, content, await store.ListFxStockAsync(cancel), pair.From, pair.To, date);
        if (isJson) screen.Write(answer.Json());
        else foreach (var line in answer.Lines()) screen.Line(line);
        return answer.Rate is null ? ExitCodes.Differences : ExitCodes.Done;
    }

    private async Task<IReadOnlyList<FxSource>> SourcesAsync(Workspace workspace, ParseResult parsed, IStore store, CancellationToken cancel)
    {
        if (parsed.GetValue(_mapping) is { } name) return SourcesOf(workspace, name);
        if (parsed.GetValue(_provider) is { } provider) return [new FxSource(provider, parsed.GetValue(_kind) ?? FxRateKind.Spot)];
        var lists = workspace.HasConfiguration ? workspace.Load().Mappings.Values.Select(m => m.Fx).OfType<FxRules>().Select(r => r.Sources).ToList() : [];
        if (lists.Count > 0)
            return lists.TrueForAll(l => l.SequenceEqual(lists[0])) ? lists[0] : throw new UsageException("The mappings have different sources under 'fx:': say which one is meant with --mapping NAME.");
        return await store.ListFxStockAsync(cancel) is [var only]
            ? [new FxSource(only.Provider, only.Kind)]
            : throw new UsageException("No mapping names sources under 'fx:', so no document would be converted: name a provider with --provider to look at its rates.");
    }

    private static IReadOnlyList<FxSource> SourcesOf(Workspace workspace, string name)
    {
        var mappings = workspace.Load().Mappings;
        if (!mappings.TryGetValue(name, out var mapping)) throw new UsageException($"There is no mapping '{name}'. Mappings: {string.Join(", ", mappings.Keys.Order(StringComparer.Ordinal))}");
        return mapping.Fx?.Sources ?? throw new UsageException($"The mapping '{name}' has no sources under 'fx:', so its documents are not converted. Add them, or name a provider with --provider.");
    }

    private static string[]? Currencies(ArgumentResult result)
    {
        var codes = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
        return codes.All(c => FxCommand.CurrencyOf(c, result) is not null) ? codes : null;
    }

    private static CurrencyPair? Pair(ArgumentResult result)
    {
        var codes = result.Tokens[0].Value.Split('/');
        if (codes.Length == 2) return FxCommand.CurrencyOf(codes[0], result) is { } from && FxCommand.CurrencyOf(codes[1], result) is { } to ? new CurrencyPair(from, to) : null;
        result.AddError($"'{result.Tokens[0].Value}' is no pair; write two currencies as in EUR/USD.");
        return null;
    }
}
