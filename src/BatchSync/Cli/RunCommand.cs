using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>run JOB</c>: one run now, for cron, Task Scheduler and by hand.</summary>
internal static class RunCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var job = new Argument<string>("job") { Description = "Name of the job" };
        var json = new Option<bool>("--json") { Description = "The result as JSON" };
        var dates = new RunDates();
        var command = new Command("run", "One run now: extract, bill, post, reconcile, report. Running again is safe.") { job, json };
        dates.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (from, to, asOf) = dates.Of(parsed, time);
            return await ExecuteAsync(workspace, options.Screen(parsed), parsed.GetValue(job)!, from, to, asOf, parsed.GetValue(json), cancel);
        });
        return command;
    }

    public static async Task<int> ExecuteAsync(Workspace workspace, Screen screen, string jobName, DateOnly? from, DateOnly? to, DateTimeOffset asOf, bool json, CancellationToken cancel)
    {
        var set = workspace.Load();
        var job = Workspace.Job(set, jobName);
        var request = new RunRequest(job, set.Mappings[job.Mapping], set.Files, from, to, asOf);
        var result = await screen.WatchAsync(json, async progress => await new JobRunner(await workspace.PortsAsync(set, job, progress, cancel)).RunAsync(request, cancel));
        return Show(screen, job.Name, result, json);
    }

    private static int Show(Screen screen, string job, RunResult? result, bool json)
    {
        if (result is null) return Busy(screen, job);
        if (json) screen.Write(RunView.Of(result));
        else ShowText(screen, result);
        return result.ExitCode;
    }

    private static void ShowText(Screen screen, RunResult result)
    {
        if (result.Proof is { } proof) ProofView.Show(screen, proof);
        var text = FormattableString.Invariant($"run {result.RunNo}: {result.Message}");
        if (result.Status is RunStatus.Failed or RunStatus.Cancelled) screen.Complain(text);
        else screen.Outcome(result.ExitCode, text);
    }

    public static int Busy(Screen screen, string job)
    {
        screen.Complain($"Another run of '{job}' is under way. See: batchsync status");
        return ExitCodes.Busy;
    }
}
