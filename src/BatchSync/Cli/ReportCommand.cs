using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>report RUN</c>: the proof of a run once more, from what the store holds, and whether it is what was first sent.</summary>
internal static class ReportCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var no = new Argument<long>("run") { Description = "Number of the run" };
        var noMail = new Option<bool>("--no-mail") { Description = "Write the files and send nothing" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("report", "Writes and mails the proof of a run once more, and says whether it is to the byte what was first sent") { no, noMail, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var store = await workspace.ExistingStoreAsync(cancel);
            var run = await ProvenRunAsync(store, parsed.GetValue(no), cancel);
            var job = Workspace.Job(workspace.Load(), run.Job);
            await workspace.NoteViewAsync("send report again", FormattableString.Invariant($"run {run.RunNo}"), cancel);
            var again = await (await workspace.ReporterAsync(cancel)).ReportAgainAsync(run, job, !parsed.GetValue(noMail), Environment.UserName, cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(new { Run = RunView.Of(run), again.Folder, again.Files, again.Verdict, again.Sent });
            else Show(screen, run, again);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<RunRow> ProvenRunAsync(IStore store, long runNo, CancellationToken cancel)
    {
        var run = await store.FindRunAsync(runNo, cancel) ?? throw new UsageException(FormattableString.Invariant($"There is no run {runNo}. See: batchsync runs"));
        if (run.Status == RunStatus.Running) throw new UsageException(FormattableString.Invariant($"Run {runNo} is under way: it sends its proof itself."));
        var hasProof = await store.FindReportAsync(runNo, cancel) is not null || (await store.ListReconciliationAsync(runNo, cancel)).Count > 0;
        return hasProof ? run : throw new UsageException(FormattableString.Invariant($"Run {runNo} left no proof: {RunsCommand.Word(run.Kind)} {RunsCommand.Word(run.Status)} before a reconciliation. See: batchsync runs show {runNo}"));
    }

    private static void Show(Screen screen, RunRow run, ReportAgain again)
    {
        screen.Say(FormattableString.Invariant($"Proof of run {run.RunNo} of {run.Job}, as of {RunsCommand.Minute(run.AsOf)}, written to {again.Folder}; {again.Sent}."));
        screen.Table([Column.Name("file"), Column.Name("as first sent"), "content"], again.Files.Select(f => (IReadOnlyList<string>)
            [f.Name, f.IsAsFirstSent switch { true => "yes", false => "no", null => "not known" }, f.ContentHash]));
        screen.Outcome(again.Files.All(f => f.IsAsFirstSent == true) ? ExitCodes.Done : ExitCodes.Differences, again.Verdict);
    }
}
