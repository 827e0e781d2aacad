using System.CommandLine;
using System.Globalization;
using BatchSync.Reports;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>runs</c> and <c>runs show NO</c>: what happened, and the proof that each run left.</summary>
internal static class RunsCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var which = HistoryOptions.OfRuns(options);
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("runs", "What ran, the newest first") { json };
        which.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var runs = await (await workspace.ExistingStoreAsync(cancel)).ListRunsAsync(which.Runs(parsed), which.Last(parsed), cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(runs.Select(RunView.Of));
            else if (runs.Count == 0) screen.Line("No runs.");
            else Show(screen, runs);
            return ExitCodes.Done;
        });
        command.Subcommands.Add(CreateShow(options, time));
        command.Subcommands.Add(OccurrencesCommand.Create(options, time));
        return command;
    }

    private static readonly ReportNumbers Numbers = new('.');

    /// <summary>A state or a kind as people write it.</summary>
    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>An instant to the minute, in UTC.</summary>
    public static string Minute(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "";

    private static void Show(Screen screen, IReadOnlyList<RunRow> runs) => screen.Table(
        [Column.Name("run"), Column.Name("kind"), Column.Name("job"), "occurrence", "started", "ended", "status", Column.Number("exit"), "message"],
        runs.Select(r => (IReadOnlyList<string>)
        [
            r.RunNo.ToString(CultureInfo.InvariantCulture), Word(r.Kind), r.Job, DateOf(r), Minute(r.StartedAt), Minute(r.EndedAt), Word(r.Status), r.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "", r.Message,
        ]));

    /// <summary>The scheduled date that a run was made for; empty: somebody called it.</summary>
    private static string DateOf(RunRow run) => run.Occurrence?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static Command CreateShow(GlobalOptions options, TimeProvider time)
    {
        var no = new Argument<long>("run") { Description = "Number of the run" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("show", "One run: its steps and its reconciliation") { no, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var store = await workspace.ExistingStoreAsync(cancel);
            var runNo = parsed.GetValue(no);
            var run = await store.FindRunAsync(runNo, cancel) ?? throw new UsageException(FormattableString.Invariant($"There is no run {runNo}. See: batchsync runs"));
            await workspace.NoteViewAsync("show run", FormattableString.Invariant($"run {runNo}"), cancel);
            var (steps, partitions, rows) = (await store.ListStepsAsync(runNo, cancel), await store.ListPartitionsAsync(runNo, cancel), await store.ListReconciliationAsync(runNo, cancel));
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(new { Run = RunView.Of(run), Steps = steps, Partitions = partitions.Select(PartitionText.View), Rows = rows.Select(RunView.Of) });
            else ShowOne(screen, run, steps, partitions, rows);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void ShowOne(Screen screen, RunRow run, IReadOnlyList<RunStep> steps, IReadOnlyList<PartitionRow> partitions, Core.Reconciliation.ReconciliationRows rows)
    {
        screen.Say(FormattableString.Invariant($"{Word(run.Kind)} {run.RunNo} of {run.Job}{(run.Occurrence is { } date ? FormattableString.Invariant($", occurrence {date:yyyy-MM-dd},") : "")} on {run.Host}, as of {Minute(run.AsOf)}: {Word(run.Status)}. {run.Message}"));
        screen.Table([Column.Name("step"), "started", Column.Number("seconds"), "did"], steps.Select(s => (IReadOnlyList<string>)
            [s.Step, Minute(s.StartedAt), (s.EndedAt - s.StartedAt).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture), s.Message]));
        foreach (var partition in partitions) screen.Say(PartitionText.Sentence(partition));
        if (rows.Count == 0) return;
        screen.Table(
            [
                Column.Name("period"), Column.Name("entity"), Column.Name("client"), Column.Name("currency"), Column.Name("step"), Column.Name("item"),
                Column.Number("records"), Column.Number("seconds"), Column.Number("amount"),
            ],
            rows.Select(r => (IReadOnlyList<string>)
            [
                r.Period?.ToString() ?? "", r.Entity, r.Client, r.Currency, Word(r.Step), r.Item, r.Records?.ToString(CultureInfo.InvariantCulture) ?? "",
                r.Seconds?.ToString(CultureInfo.InvariantCulture) ?? "", r.Amount is { } amount ? Numbers.Amount(amount, r.Currency) : "",
            ]));
    }
}
