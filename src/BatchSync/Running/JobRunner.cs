using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Http;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// One run of one job, from the source to the proof. Every step commits what it did, so a run that dies anywhere is continued by
/// the next one, whoever starts it; who may run is decided by the store's lease alone.
/// </summary>
internal sealed class JobRunner(RunPorts ports)
{
    /// <returns>Null where another run of the job's series holds the lease.</returns>
    /// <exception cref="TenantException">A destination is another company than the one that the store knows.</exception>
    public async Task<RunResult?> RunAsync(RunRequest request, CancellationToken cancel)
    {
        await using var keeper = await LeaseKeeper.TakeAsync(ports.Store, request.Job.Series, ports.Time, cancel);
        if (keeper is null) return null;
        var row = await OpenAsync(request, keeper.Lease, cancel);
        var counts = new RunCounts();
        try
        {
            return await CloseAsync(keeper, row, await WorkAsync(request, keeper, row, counts, keeper.Lost));
        }
        catch (Exception e)
        {
            var result = Failure(e, row, cancel);
            if (result is not null && e is not LeaseLostException) await CloseAsync(keeper, row, result);
            if (result is null || e is TenantException or InvariantException) throw;
            return result;
        }
    }

    private async Task<RunResult> WorkAsync(RunRequest request, LeaseKeeper keeper, RunRow row, RunCounts counts, CancellationToken cancel)
    {
        var destinations = await TenantCheck.OpenAsync(ports, request.Job, keeper.Lease, cancel);
        var run = new ActiveRun(request, ports, keeper, row, destinations, counts);
        await StepAsync(run, "resolve", () => ResolveAsync(run, cancel));
        await StepAsync(run, "extract", () => new ExtractStep(run).ExecuteAsync(cancel));
        await StepAsync(run, "map", () => new MapStep(run).ExecuteAsync(cancel));
        await StepAsync(run, "bill", () => new BillStep(run).ExecuteAsync(cancel));
        await StepAsync(run, "post", () => PostAsync(run, cancel));
        RunProof? proof = null;
        await StepAsync(run, "reconcile", async () => Summary(proof = await new ReconcileStep(run).ExecuteAsync(cancel)));
        await StepAsync(run, "report", () => ports.Reporter.ReportAsync(proof!, cancel));
        return Result(run, proof!);
    }

    private static async Task<string> ResolveAsync(ActiveRun run, CancellationToken cancel)
    {
        foreach (var destination in run.Destinations.Values) await new PostStep(run, destination).ResolveAsync(cancel);
        var unformed = await run.Store.UnformDocumentsAsync(run.Lease, cancel);
        return FormattableString.Invariant($"{run.Counts.DocumentsPosted} open documents settled, {run.Counts.DocumentsAdopted} of them found at the destination, {unformed} never taken are formed anew");
    }

    private static async Task<string> PostAsync(ActiveRun run, CancellationToken cancel)
    {
        var before = run.Counts.DocumentsPosted;
        foreach (var destination in run.Destinations.Values) await new PostStep(run, destination).PostAsync(cancel);
        return FormattableString.Invariant($"{run.Counts.DocumentsPosted - before} documents posted, {run.Counts.DocumentsPending} pending");
    }

    private async Task StepAsync(ActiveRun run, string step, Func<Task<string>> work)
    {
        var started = ports.Time.GetUtcNow();
        ports.Progress.Step(step);
        var message = await work();
        await ports.Store.SaveStepAsync(run.Lease, run.Row.RunNo, new RunStep(step, started, ports.Time.GetUtcNow(), message), run.Keeper.Lost);
        ports.Progress.Done(step, message);
        ports.Log.Information("Run {RunNo} step {Step}: {Message}", run.Row.RunNo, step, message);
    }

    private async Task<RunRow> OpenAsync(RunRequest request, Lease lease, CancellationToken cancel)
    {
        var start = new RunStart(request.Job.Name, request.Job.Series, Environment.MachineName, request.AsOf, request.From, request.To, request.Files);
        var runNo = await ports.Store.OpenRunAsync(lease, start, cancel);
        ports.Log.Information("Run {RunNo} of job {Job} as of {AsOf}", runNo, request.Job.Name, request.AsOf);
        return (await ports.Store.FindRunAsync(runNo, cancel))!;
    }

    private async Task<RunResult> CloseAsync(LeaseKeeper keeper, RunRow row, RunResult result)
    {
        await ports.Store.CloseRunAsync(keeper.Lease, row.RunNo, result.Status, result.ExitCode, result.Message, CancellationToken.None);
        ports.Log.Information("Run {RunNo} ended: {Status}, exit {ExitCode}. {Message}", row.RunNo, result.Status, result.ExitCode, result.Message);
        return result;
    }

    private static string Summary(RunProof proof) =>
        FormattableString.Invariant($"{proof.Periods.Count} periods, {proof.Differences.Count(d => d.Judged.IsOpen)} open differences, {proof.Rejections.Sum(r => r.Records)} rejected records");

    private static RunResult Result(ActiveRun run, RunProof proof)
    {
        var counts = run.Counts;
        if (counts.DocumentsPending > 0)
        {
            var message = FormattableString.Invariant($"{counts.DocumentsPending} documents are pending at a destination. Run again to continue: batchsync run {run.Request.Job.Name}");
            return new RunResult(run.Row.RunNo, RunStatus.Failed, ExitCodes.Failed, message, proof);
        }

        var open = proof.Differences.Count(d => d.Judged.IsOpen);
        var rejected = proof.Rejections.Sum(r => r.Records);
        var done = counts.DocumentsFormed == 0 ? "Nothing new to post" : FormattableString.Invariant($"{counts.DocumentsFormed} documents posted");
        return open == 0 && rejected == 0
            ? new RunResult(run.Row.RunNo, RunStatus.Succeeded, ExitCodes.Done, $"{done}; the reconciliation balances.", proof)
            : new RunResult(run.Row.RunNo, RunStatus.Differences, ExitCodes.Differences, FormattableString.Invariant($"{done}; {open} open differences and {rejected} rejected records need a person."), proof);
    }

    private static RunResult? Failure(Exception e, RunRow row, CancellationToken cancel) => e switch
    {
        OperationCanceledException when cancel.IsCancellationRequested => new RunResult(row.RunNo, RunStatus.Cancelled, ExitCodes.Cancelled, $"Cancelled. What was committed stands; continue with: batchsync run {row.Job}", null),
        OperationCanceledException or LeaseLostException => new RunResult(row.RunNo, RunStatus.Failed, ExitCodes.Failed, new LeaseLostException(row.Series).Message, null),
        OutsideException or RunStoppedException or StoreException => new RunResult(row.RunNo, RunStatus.Failed, ExitCodes.Failed, $"{e.Message} What was committed stands; continue with: batchsync run {row.Job}", null),
        SettingException or TenantException => new RunResult(row.RunNo, RunStatus.Failed, ExitCodes.Configuration, e.Message, null),
        InvariantException => new RunResult(row.RunNo, RunStatus.Failed, ExitCodes.Defect, $"Bug in BatchSync (run {row.RunNo}): {e.Message}", null),
        _ => null,
    };
}
