using System.CommandLine;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Fx;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>fx import FILE</c>: stores the rates of a file whole or not at all, and never lets a stored rate become another one by itself.</summary>
internal static class FxImportCommand
{
    private const string Ecb = "ecb";

    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var file = new Argument<string>("file") { Description = "A CSV file, or a zip archive with one in it" };
        var provider = new Option<string>("--provider") { Description = "Who gives the rates, as mappings name it under 'fx:'; ecb is the European Central Bank", Required = true, HelpName = "name" };
        var kind = FxCommand.Kind("spot (default): Date,USD,JPY,... with a line a day, as in eurofxref-hist.csv; contract: from_currency,to_currency,rate,from,until; month-average: month,currency,rate");
        var unit = new Option<Currency?>("--base") { Description = "The currency of which the quotes are for one unit (default: EUR)", HelpName = "currency", CustomParser = r => FxCommand.CurrencyOf(r.Tokens[0].Value, r) };
        var retrieved = new Option<DateTimeOffset?>("--retrieved") { Description = "When the file was taken from the provider: a date (its end, in UTC) or 2026-11-05T02:30:00Z; default: now", HelpName = "instant", CustomParser = RunDates.Instant };
        var replace = new Option<bool>("--replace") { Description = "Let rates of the file take the place of stored ones that differ; audited" };
        var reason = new Option<string>("--reason") { Description = "Why rates are replaced; kept for the auditor", DefaultValueFactory = _ => "" };
        var author = new Option<string?>("--author") { Description = "Who answers for it (default: the name of the user)" };
        var json = new Option<bool>("--json") { Description = "The outcome as JSON" };
        var command = new Command("import", "Stores exchange rates of a file, with provider and time of retrieval") { file, provider, kind, unit, retrieved, replace, reason, author, json };
        command.SetAction(async (parsed, cancel) =>
        {
            var source = new FxSource(ProviderOf(parsed.GetValue(provider)!), parsed.GetValue(kind) ?? FxRateKind.Spot);
            var perUnitOf = UnitOf(source, parsed.GetValue(unit));
            var path = parsed.GetValue(file)!;
            var screen = options.Screen(parsed);
            var (content, fault) = await FxFile.ReadAsync(path, cancel);
            var reading = content is null ? new FxReading([], [], [fault!]) : FxRatesReader.Read(content, source.Kind, perUnitOf);
            if (reading.Faults.Count > 0) return Refuse(screen, path, reading.Faults);

            await using var workspace = Workspace.Of(options, parsed, time);
            var import = new FxImport(
                source.Provider, source.Kind, content!.Name, content.Hash, parsed.GetValue(retrieved) ?? time.GetUtcNow(), reading.Rates,
                parsed.GetValue(replace), parsed.GetValue(author) ?? Environment.UserName, parsed.GetValue(reason)!);
            var outcome = await (await workspace.StoreAsync(cancel)).ImportFxAsync(import, cancel);
            if (outcome.Conflicts.Count > 0) return Refuse(screen, path, source, outcome.Conflicts);
            if (parsed.GetValue(json)) screen.Write(new { source.Provider, Kind = StoreText.Of(source.Kind), import.FileHash, import.RetrievedAt, outcome.Added, outcome.Replaced, outcome.Unchanged, reading.LeftOut });
            else Show(screen, path, source, reading, outcome);
            return ExitCodes.Done;
        });
        return command;
    }

    // The same pattern as of names in the configuration: a mapping names the provider under 'fx:'.
    private static string ProviderOf(string text) => Configuration.Fields.Kinds.IsName(text)
        ? text
        : throw new UsageException($"--provider is '{text}': a name has letters, digits, '.', '_' and '-', at most 64, the first a letter or digit.");

    private static Currency UnitOf(FxSource source, Currency? given)
    {
        if (given is { } unit && source.Kind == FxRateKind.Contract) throw new UsageException($"--base {unit} has no effect on contracts, which name both currencies: leave it out.");
        if (given is { Code: not "EUR" } other && source.Provider == Ecb) throw new UsageException($"--base is {other}, and {Ecb} quotes per EUR: leave it out, or give the rates under another --provider.");
        return given ?? Currency.Of("EUR");
    }

    private static int Refuse(Screen screen, string path, IReadOnlyList<FxFault> faults)
    {
        foreach (var fault in faults) screen.Complain($"error: {fault.In(path)}");
        screen.Complain($"{Counted.Of(faults.Count, "fault")}; nothing was imported.");
        return ExitCodes.Configuration;
    }

    private static int Refuse(Screen screen, string path, FxSource source, IReadOnlyList<FxConflict> conflicts)
    {
        foreach (var conflict in conflicts) screen.Complain($"error: {path}:{FxView.Of(source, conflict)}");
        screen.Complain($"{Counted.Of(conflicts.Count, "conflict")} with stored rates; nothing was imported.");
        if (conflicts.Any(c => c.Kind is FxConflictKind.Differs or FxConflictKind.FillsGap))
            screen.Complain("Posted documents may stand on the stored rates. Where the file is right all the same, give --replace with --reason: documents keep their rates, the old rates are kept beside the new ones.");
        return ExitCodes.Configuration;
    }

    private static void Show(Screen screen, string path, FxSource source, FxReading reading, FxOutcome outcome)
    {
        var name = $"{Path.GetFileName(path)}: {source.Provider} {StoreText.Of(source.Kind)}";
        if (reading.LeftOut.Count > 0) screen.Say($"Left out, since ISO 4217 no longer has them: {string.Join(", ", reading.LeftOut)}.");
        screen.Outcome(ExitCodes.Done, outcome.Added + outcome.Replaced == 0
            ? $"{name}: nothing new, all {Counted.Of(outcome.Unchanged, "rate")} of the file are stored."
            : $"{name}: {Counted.Of(outcome.Added, "rate")} added, {Number(outcome.Replaced)} replaced, {Number(outcome.Unchanged)} stored before, from {FxView.Iso(reading.Rates.Min(r => r.ValidFrom))} to {FxView.Iso(reading.Rates.Max(r => r.ValidFrom))}.");
    }

    private static string Number(int count) => FormattableString.Invariant($"{count}");
}
