using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>run JOB</c>: one run now, for cron, Task Scheduler and by hand.</summary>
internal static class RunCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var plan = new Option<string?>("--plan") { Description = "Post what is still as in this file of 'plan --out', with its dates, and list the rest as stale", HelpName = "file" };
        var wait = DurationOption.Create("--lock-wait", "How long to wait where another run of the job is under way, instead of ending with 4 at once");
        var quiet = new Option<bool>("--quiet") { Description = "Print nothing where the run ends with 0, so that cron mails only where a person is needed" };
        var command = JobCommand.Create(
            "run", "One run now: extract, bill, post, reconcile, report. Running again is safe.", "The result as JSON", options, time,
            (call, parsed, cancel) =>
            {
                var waiting = call with { LeaseWait = parsed.GetValue(wait) ?? TimeSpan.Zero, Quiet = parsed.GetValue(quiet) };
                return parsed.GetValue(plan) is { } file ? ExecuteAsync(waiting, file, cancel) : ExecuteAsync(waiting, cancel);
            });
        command.Options.Add(plan);
        command.Options.Add(wait);
        command.Options.Add(quiet);
        return command;
    }

    public static async Task<int> ExecuteAsync(JobCall call, CancellationToken cancel) =>
        Show(call, await call.WithRunnerAsync((runner, request) => runner.RunAsync(request, cancel), cancel));

    private static async Task<int> ExecuteAsync(JobCall call, string file, CancellationToken cancel)
    {
        if (call.HasDates) throw new UsageException("--plan has its own dates: leave out --from, --to and --as-of.");
        var plan = await PlanFile.ReadAsync(file, cancel);
        var set = call.Workspace.Load();
        var job = Workspace.Job(set, call.Job);
        await PlanGate.CheckAsync(plan, file, job, call.Workspace, cancel);
        var postable = plan.Postable(file, set.Files);
        var result = await call.WithRunnerAsync(set, job, (runner, request) => runner.RunAsync(request with { From = plan.From, To = plan.To, AsOf = plan.AsOf, Plan = postable }, cancel), cancel);
        return Show(call, result);
    }

    /// <summary>What came of a run, on the screen or as JSON.</summary>
    /// <returns>The exit code.</returns>
    public static int Show(JobCall call, RunResult? result)
    {
        if (result is null) return Busy(call.Screen, call.Job);
        if (call.Json) call.Screen.Write(RunView.Of(result));
        else ShowText(call, result);
        return result.ExitCode;
    }

    /// <summary>A pipe is told of a run that ended well in one line, and of any other one all that a person has to know.</summary>
    public static void ShowText(JobCall call, RunResult result)
    {
        var (screen, isWell) = (call.Screen, result.ExitCode == ExitCodes.Done);
        if (call.Quiet && isWell) return;
        if (result.Proof is { } proof && (call.ShowsAll || !isWell)) ProofView.Show(screen, proof);
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
