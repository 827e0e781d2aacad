using System.CommandLine;
using System.Globalization;
using BatchSync.Core.Scheduling;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>runs occurrences</c>: what became of each scheduled date, with the reason where there was no run.</summary>
internal static class OccurrencesCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var which = HistoryOptions.OfOccurrences(options);
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("occurrences", "What became of each scheduled date, and why there was no run") { json };
        which.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var rows = await (await workspace.ExistingStoreAsync(cancel)).ListOccurrencesAsync(which.Occurrences(parsed, SeriesOf(workspace, which.Job(parsed))), which.Last(parsed), cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(rows.Select(View));
            else if (rows.Count == 0) screen.Line("No occurrences: no schedule was kept yet, or none is as asked for. See: batchsync serve --help");
            else Show(screen, rows);
            return ExitCodes.Done;
        });
        return command;
    }

    public static object View(OccurrenceRow row) => new
    {
        row.Job, row.Series, row.Occurrence.Date, FiresAt = row.Occurrence.Fire.At, row.Occurrence.State, row.Occurrence.Failures, row.RunNo, row.Host, row.ExitCode, row.Occurrence.Reason, row.Occurrence.ChangedAt,
    };

    /// <summary>An occurrence in a cell: <c>2026-11-05: skipped, holiday Thanksgiving</c>.</summary>
    public static string Short(OccurrenceRow row) =>
        FormattableString.Invariant($"{row.Occurrence.Date:yyyy-MM-dd}: {RunsCommand.Word(row.Occurrence.State)}{(row.Occurrence.State == OccurrenceState.Skipped ? $", {row.Occurrence.Reason}" : "")}");

    private static string? SeriesOf(Workspace workspace, string? job) => job is null ? null : Workspace.Job(workspace.Load(), job).Series;

    private static void Show(Screen screen, IReadOnlyList<OccurrenceRow> rows) => screen.Table(
        [Column.Name("job"), "date", "due", "state", Column.Number("run"), Column.Number("failures"), "host", "reason"],
        rows.Select(r => (IReadOnlyList<string>)
        [
            r.Job, r.Occurrence.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), RunsCommand.Minute(r.Occurrence.Fire.At), RunsCommand.Word(r.Occurrence.State),
            r.RunNo?.ToString(CultureInfo.InvariantCulture) ?? "", r.Occurrence.Failures.ToString(CultureInfo.InvariantCulture), r.Host, r.Occurrence.Reason,
        ]));
}
