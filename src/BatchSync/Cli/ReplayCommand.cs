using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>replay JOB</c>: what stored pages make when they are read and billed again, against what the store holds; asks no API and changes nothing.</summary>
internal static class ReplayCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var job = JobNames.Argument(options);
        var from = new Option<DateOnly?>("--from") { Description = "First service date whose documents are compared (inclusive, yyyy-mm-dd), whole periods; left out: all", HelpName = "date", CustomParser = RunDates.Date };
        var to = new Option<DateOnly?>("--to") { Description = "Last service date (inclusive), whole periods; left out: all", HelpName = "date", CustomParser = RunDates.Date };
        var mapping = new Option<string?>("--mapping") { Description = "Bill by this mapping instead of the job's; amounts that differ are then the answer, and exit 0", HelpName = "file" };
        var connector = new Option<PageRules>("--connector") { Description = "Read pages by the connector as it was when they came (then), or as it is (now)", DefaultValueFactory = _ => PageRules.Then };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("replay", "Rebuilds records and documents from the stored pages alone and compares; exit 3 where something differs") { job, from, to, mapping, connector, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (first, last, file) = (parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(mapping));
            if (first > last) throw new UsageException($"--from {first:yyyy-MM-dd} is after --to {last:yyyy-MM-dd}.");
            var set = workspace.Load();
            var definition = Workspace.Job(set, parsed.GetValue(job)!);
            var store = await workspace.ExistingStoreAsync(cancel);
            var archive = new PageArchive(store, set.Sources[definition.Source.Connector], definition.Limits.NoteLength, parsed.GetValue(connector));
            var rules = file is null ? set.Mappings[definition.Mapping] : PlanCommand.Mapping(file);
            var step = new ReplayStep(store, definition, rules, first ?? DateOnly.MinValue, last ?? DateOnly.MaxValue, entity => PlanCommand.QuantityDecimals(set, definition, entity), archive, time);
            var replay = await InScratchAsync(step, cancel);
            var exit = replay.Records.Differences.Count > 0 || replay.Pages.Unreadable.Count > 0 || (file is null && replay.Books.Differences.Count > 0) ? ExitCodes.Differences : ExitCodes.Done;
            if (parsed.GetValue(json)) options.Screen(parsed).Write(ReplayView.Json(definition, replay));
            else ReplayView.Show(options.Screen(parsed), definition, replay, exit);
            return exit;
        });
        return command;
    }

    private static async Task<Replay> InScratchAsync(ReplayStep step, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("batchsync-replay-");
        try
        {
            return await step.ExecuteAsync(folder.FullName, cancel);
        }
        finally
        {
            // SQLite may keep the file of a pooled connection open for a while, which Windows does not let us delete.
            try
            {
                folder.Delete(recursive: true);
            }
            catch (IOException)
            {
            }
        }
    }
}

/// <summary>A replay on the screen and as JSON.</summary>
internal static class ReplayView
{
    /// <summary>More differences of one kind are counted only; the JSON has all.</summary>
    private const int MostShown = 50;

    public static void Show(Screen screen, JobDefinition job, Replay replay, int exit)
    {
        var (pages, records, books) = (replay.Pages, replay.Records, replay.Books);
        screen.Say($"Replayed {Counted.Of(pages.Pages, "page")} of {Counted.Of(pages.Sets, "page set")} of job {job.Name}, billed by mapping {replay.Mapping.Name} {replay.Mapping.Version} as of {RunsCommand.Minute(replay.AsOf)}. Nothing was stored.");
        screen.Say(Reach(pages));
        foreach (var page in pages.Unreadable.Take(MostShown)) screen.Say(page);
        if (pages.RunsReadByNow.Count > 0) screen.Say($"The configuration of then is not known for runs {string.Join(", ", pages.RunsReadByNow)}: their pages were read by that of now.");
        screen.Say(FormattableString.Invariant($"Records: {Counted.Of(records.Same, "version")} as stored, {records.Differences.Count} different, {records.NotRebuilt} not rebuilt because their pages are not kept."));
        foreach (var difference in records.Differences.Take(MostShown)) screen.Say($"{difference.Record}: {difference.What}");
        More(screen, records.Differences.Count);
        screen.Say(FormattableString.Invariant($"Documents: {Counted.Of(books.Compared, "record")} compared by document key, {books.Differences.Count} different, {books.NotRebuilt.Count} on the books not rebuilt because their pages are not kept."));
        Table(screen, books.Differences);
        screen.Outcome(exit, exit == ExitCodes.Done ? Verdict(pages, books) : "The store and its pages do not say the same.");
    }

    private static string Verdict(ReplayedPages pages, ReplayedBooks books) =>
        books.Differences.Count > 0 ? "The pages say what the store says; the mapping bills them otherwise."
        : pages.IsWhole ? "The pages alone make what the store holds." : "What is left of the pages makes what the store holds.";

    private static string Reach(ReplayedPages pages) => pages switch
    {
        { First: null } => "No page is kept: nothing can be rebuilt.",
        { IsWhole: true, RebuildsFrom: not null } => $"Every page is kept: all can be rebuilt from {RunsCommand.Minute(pages.First)} on.",
        { RebuildsFrom: { } whole } => FormattableString.Invariant($"All can be rebuilt from {RunsCommand.Minute(whole)} on: the first full reading that is whole. {Lacking(pages)}"),
        _ => FormattableString.Invariant($"No full reading of every stream is whole: from {RunsCommand.Minute(pages.First)} on only what was read since can be rebuilt. {Lacking(pages)}"),
    };

    private static string Lacking(ReplayedPages pages) => FormattableString.Invariant($"{Counted.Of(pages.NotKept, "page")} not kept, {pages.Unreadable.Count} unreadable.");

    private static void Table(Screen screen, IReadOnlyList<RecordMoney> differences)
    {
        if (differences.Count == 0) return;
        screen.Table(
            [Column.Name("document"), Column.Name("record"), Column.Number("posted net"), Column.Number("tax"), Column.Number("replayed net"), Column.Number("tax"), Column.Number("difference"), Column.Name("currency")],
            differences.Take(MostShown).Select(d => (IReadOnlyList<string>)
            [
                d.Key.ToString(), d.Record.ToString(), d.Posted.Net.ToAmountString(), d.Posted.Tax.ToAmountString(), d.Replayed.Net.ToAmountString(), d.Replayed.Tax.ToAmountString(),
                d.Difference.Total.ToAmountString(), d.Key.Currency.Code,
            ]));
        More(screen, differences.Count);
    }

    private static void More(Screen screen, int count)
    {
        if (count > MostShown) screen.Say(FormattableString.Invariant($"... and {count - MostShown} more (--json names all)"));
    }

    public static object Json(JobDefinition job, Replay replay) => new
    {
        Job = job.Name,
        replay.Mapping,
        replay.AsOf,
        replay.Pages,
        Records = new { replay.Records.Same, replay.Records.NotRebuilt, Differences = replay.Records.Differences.Select(d => new { Record = d.Record.ToString(), d.What }) },
        Books = new { replay.Books.Compared, Differences = replay.Books.Differences.Select(Of), NotRebuilt = replay.Books.NotRebuilt.Select(Of) },
    };

    private static object Of(RecordMoney d) => new
    {
        Document = d.Key.ToString(), Record = d.Record.ToString(), Currency = d.Key.Currency.Code, Posted = PlanJson.Amounts(d.Posted), Replayed = PlanJson.Amounts(d.Replayed), Difference = PlanJson.Amounts(d.Difference),
    };
}
