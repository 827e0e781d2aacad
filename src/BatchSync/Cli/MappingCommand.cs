using System.CommandLine;
using System.Globalization;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Core.Matching;
using BatchSync.Matching;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>mapping suggest</c>: what records carry and the mapping does not know, what may be meant, and the YAML to paste. No network.</summary>
internal static class MappingCommand
{
    private const int DefaultMinScore = 60;

    private static readonly string[] Lists = [.. Enum.GetNames<MappingList>().Select(n => n.ToLowerInvariant())];

    public static Command Create(GlobalOptions options, TimeProvider time) => new("mapping", "The rules of a job, and what is missing in them") { CreateSuggest(options, time) };

    private static Command CreateSuggest(GlobalOptions options, TimeProvider time)
    {
        var job = JobNames.Argument(options);
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var stream = new Option<string?>("--stream") { Description = $"Only one list: {string.Join(", ", Lists)}", HelpName = "list" };
        var minScore = new Option<int>("--min-score") { Description = "Candidates below this are not named, 0 to 100", HelpName = "score", DefaultValueFactory = _ => DefaultMinScore };
        stream.AcceptOnlyFromAmong(Lists);
        minScore.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 100) result.AddError("--min-score is from 0 to 100.");
        });
        var command = new Command("suggest", "Names what stored records carry and the job's mapping does not know, with what may be meant and the YAML to paste; changes nothing") { job, stream, minScore, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var set = workspace.Load();
            var definition = Workspace.Job(set, parsed.GetValue(job)!);
            var store = await workspace.ExistingStoreAsync(cancel);
            MappingList? only = parsed.GetValue(stream) is { } list ? Enum.Parse<MappingList>(list, ignoreCase: true) : null;
            var found = await MappingSuggestions.FindAsync(store, definition.Series, set.Mappings[definition.Mapping], set.Files, only, parsed.GetValue(minScore), cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(View(definition.Name, definition.Mapping, found));
            else Show(screen, definition.Mapping, found);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Show(Screen screen, string mapping, MappingSuggestions found)
    {
        if (found.Proposals.Count == 0) screen.Outcome(ExitCodes.Done, $"The mapping '{mapping}' knows all that the stored records carry.");
        foreach (var list in found.Proposals.GroupBy(p => p.Suggestion.Thing.List)) ShowUnknown(screen, mapping, list.Key, [.. list]);
        if (found.Duplicates.Count > 0) ShowDuplicates(screen, found.Duplicates);
        if (found.Changes.Count > 0) ShowChanges(screen, found);
    }

    private static void ShowUnknown(Screen screen, string mapping, MappingList list, IReadOnlyList<Proposal> proposals)
    {
        screen.Say($"Not known to the mapping '{mapping}': {Name(list)}");
        screen.Table(
            [Column.Name("id"), Column.Name("name"), Column.Number("records"), Column.Number("rejected"), Column.Number("hours"), Column.Number("expenses"), "may be", Column.Number("score"), "why"],
            proposals.SelectMany(Rows));
        screen.Line();
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(Proposal proposal)
    {
        var (thing, candidates) = (proposal.Suggestion.Thing, proposal.Suggestion.Candidates);
        var stake = thing.Stake;
        string[] start = [thing.Id, string.Join(" / ", thing.Names), Number(stake.Records), Number(stake.Rejected), Hours(stake.Seconds), Amounts(stake)];
        if (candidates.Count == 0) yield return [.. start, "", "", "new: no entry is like it"];
        foreach (var (candidate, i) in candidates.Select((c, i) => (c, i)))
            yield return [.. i == 0 ? start : ["", "", "", "", "", ""], candidate.Code, Number(candidate.Match.Score), candidate.Match.Why];
    }

    private static void ShowDuplicates(Screen screen, IReadOnlyList<PossibleDuplicate> duplicates)
    {
        screen.Line("possible duplicates");
        screen.Table(
            [Column.Name("list"), Column.Name("of the"), Column.Name("one"), "name", Column.Name("other"), "name", Column.Number("score"), "why"],
            duplicates.Select(d => (IReadOnlyList<string>)[Name(d.List), d.InMapping ? "mapping" : "source", d.First, d.FirstName, d.Second, d.SecondName, Number(d.Match.Score), d.Match.Why]));
        screen.Line();
    }

    private static void ShowChanges(Screen screen, MappingSuggestions found)
    {
        screen.Say("To paste, where the likeliest candidate is the right one and what is like none is new:");
        foreach (var change in found.Changes)
        {
            screen.Line(Heading(found.File, change));
            foreach (var line in change.Added) screen.Line(line);
        }
    }

    private static string Heading(string file, LineChange change) => change.Removed.Count switch
    {
        0 => FormattableString.Invariant($"{file}, below line {change.Line - 1}:"),
        1 => FormattableString.Invariant($"{file}, in place of line {change.Line}:"),
        var count => FormattableString.Invariant($"{file}, in place of lines {change.Line} to {change.Line + count - 1}:"),
    };

    private static object View(string job, string mapping, MappingSuggestions found) => new
    {
        Job = job,
        Mapping = mapping,
        found.File,
        Unknown = found.Proposals.Select(p => new
        {
            p.Suggestion.Thing.List,
            p.Suggestion.Thing.Id,
            p.Suggestion.Thing.Names,
            p.Suggestion.Thing.Stake.Records,
            p.Suggestion.Thing.Stake.Rejected,
            p.Suggestion.Thing.Stake.Seconds,
            p.Suggestion.Thing.Stake.Amounts,
            Candidates = p.Suggestion.Candidates.Select(c => new { c.Code, c.Name, c.Match.Score, c.Match.Why }),
            Proposed = p.Code,
            p.IsNew,
        }),
        PossibleDuplicates = found.Duplicates.Select(d => new { d.List, Of = d.InMapping ? "mapping" : "source", d.First, d.FirstName, d.Second, d.SecondName, d.Match.Score, d.Match.Why }),
        Changes = found.Changes.Select(c => new { c.Line, Remove = c.Removed.Count, Add = c.Added }),
    };

    private static string Name(MappingList list) => list.ToString().ToLowerInvariant();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Hours(long seconds) => ((Rational)seconds / 3600).Round(2, RoundingMode.HalfUp).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Amounts(Stake stake) => string.Join(", ", stake.Amounts.Select(a => $"{a.Key} {NumberText.Canonical(a.Value)}".TrimStart()));
}
