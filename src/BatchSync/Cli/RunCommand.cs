using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>run JOB</c>: one run now, for cron, Task Scheduler and by hand.</summary>
internal static class RunCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        JobCommand.Create("run", "One run now: extract, bill, post, reconcile, report. Running again is safe.", "The result as JSON", options, time, ExecuteAsync);

    public static async Task<int> ExecuteAsync(JobCall call, CancellationToken cancel) =>
        Show(call.Screen, call.Job, await call.WithRunnerAsync((runner, request) => runner.RunAsync(request, cancel), cancel), call.Json);

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
