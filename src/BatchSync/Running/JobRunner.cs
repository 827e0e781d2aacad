using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Configuration;
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
    /// <exception cref="InvariantException">A defect; the run is closed as failed first.</exception>
    public Task<RunResult?> RunAsync(RunRequest request, CancellationToken cancel) => HoldAsync(request, RunKind.Run, WorkAsync, cancel);

    /// <summary>Extracts, stages and maps like a run, and shows what it would post; nothing is sent and no document is stored.</summary>
    /// <returns>Null where another run of the job's series holds the lease; the plan itself is in <paramref name="show"/>'s hands.</returns>
    public Task<RunResult?> PlanAsync(RunRequest request, Func<Plan, Task> show, CancellationToken cancel) => HoldAsync(
        request,
        RunKind.Plan,
        async (run, token) =>
        {
            await StepAsync(run, "extract", () => new ExtractStep(run).ExecuteAsync(token));
            run = run.WithRates(await FxLoader.LoadAsync(run, token));
            await StepAsync(run, "map", () => new MapStep(run).ExecuteAsync(token));
            var plan = await new PlanStep(run).ExecuteAsync(token);
            await show(plan);
            return new RunResult(run.Row.RunNo, RunStatus.Succeeded, ExitCodes.Done, plan.Headline, null);
        },
        cancel);

    private async Task<RunResult?> HoldAsync(RunRequest request, RunKind kind, Func<ActiveRun, CancellationToken, Task<RunResult>> work, CancellationToken cancel)
    {
        await using var keeper = await LeaseKeeper.TakeAsync(ports.Store, request.Job.Series, ports.Time, cancel);
        if (keeper is null) return null;
        var row = await OpenAsync(request, kind, keeper.Lease, cancel);
        try
        {
            var destinations = await TenantCheck.OpenAsync(ports, request.Job, keeper.Lease, keeper.Lost);
            var rules = await RunRules.OfAsync(request, ports.Store, destinations, keeper.Lost);
            var run = new ActiveRun(request, ports, keeper, row, destinations, rules, FxTable.None, new RunCounts());
            await UnformPlannedAsync(run, keeper.Lost);
            return await CloseAsync(keeper, row, await work(run, keeper.Lost));
        }
        catch (Exception e)
        {
            var result = Failure(keeper.LostBecause ?? e, row, cancel);
            await CloseIfPossibleAsync(keeper, row, result);
            if (result.ExitCode == ExitCodes.Defect) throw;
            return result;
        }
    }

    private async Task<RunResult> WorkAsync(ActiveRun run, CancellationToken cancel)
    {
        await StepAsync(run, "resolve", () => ResolveAsync(run, cancel));
        await StepAsync(run, "extract", () => new ExtractStep(run).ExecuteAsync(cancel));
        run = run.WithRates(await FxLoader.LoadAsync(run, cancel));
        await StepAsync(run, "map", () => new MapStep(run).ExecuteAsync(cancel));
        var stop = await RejectionLimit.ExceededAsync(run, cancel);
        var mayForm = stop is null && (run.Request.Plan is not null || run.Request.Job.Posting.Approval == ApprovalRule.None);
        await StepAsync(run, "changes", () => new ChangeStep(run).ExecuteAsync(mayForm, cancel));
        if (mayForm)
        {
            await StepAsync(run, "bill", () => new BillStep(run).ExecuteAsync(cancel));
            if (run.Request.Plan is { } plan) await StepAsync(run, "compare", () => new PlanComparison(run).ExecuteAsync(plan, cancel));
            await StepAsync(run, "post", () => PostAsync(run, cancel));
        }

        RunProof? proof = null;
        await StepAsync(run, "reconcile", async () => Summary(proof = (await new ReconcileStep(run).ExecuteAsync(cancel)) with { Failure = stop }));
        await StepAsync(run, "report", () => run.Ports.Reporter.ReportAsync(proof!, cancel));
        await run.Store.ForgetTouchedPeriodsAsync(run.Lease, proof!.Periods, cancel);
        return stop is null ? Result(run, proof!) : new RunResult(run.Row.RunNo, RunStatus.Failed, ExitCodes.Failed, stop, proof);
    }

    private static async Task<string> ResolveAsync(ActiveRun run, CancellationToken cancel)
    {
        foreach (var destination in run.Destinations.Values) await new PostStep(run, destination).ResolveAsync(cancel);
        var unformed = await run.Store.UnformDocumentsAsync(run.Lease, await run.NeverTakenAsync(cancel), cancel);
        var (settled, adopted) = (run.Counts.DocumentsPosted, run.Counts.DocumentsAdopted);
        return settled + adopted + unformed == 0
            ? "earlier runs left nothing open"
            : FormattableString.Invariant($"of earlier runs {Counted.Of(settled, "document")} settled, {adopted} found at the destination, {unformed} never taken there to be formed anew");
    }

    // What a plan formed was never meant to be sent, whatever dates it was for.
    private static async Task UnformPlannedAsync(ActiveRun run, CancellationToken cancel)
    {
        var planned = new List<long>();
        foreach (var destination in run.Destinations.Values)
        {
            planned.AddRange((await run.Store.ListOutboxAsync(run.Series, destination.Name, [OutboxState.Planned], cancel)).Select(r => r.DocumentNo));
        }

        if (planned.Count > 0) await run.Store.UnformDocumentsAsync(run.Lease, planned, cancel);
    }

    private static async Task<string> PostAsync(ActiveRun run, CancellationToken cancel)
    {
        var before = run.Counts.DocumentsPosted;
        List<PostStep> destinations = [.. run.Destinations.Values.Select(destination => new PostStep(run, destination))];
        foreach (var destination in destinations) await destination.WithdrawAsync(cancel);
        var tried = new HashSet<long>();
        for (var sent = 1; sent > 0;)
        {
            sent = 0;
            foreach (var destination in destinations) sent += await destination.SendAsync(tried, cancel);
        }

        foreach (var destination in destinations) await destination.FinishAsync(cancel);
        return FormattableString.Invariant($"{Counted.Of(run.Counts.DocumentsPosted - before, "document")} posted, {run.Counts.DocumentsPending} pending");
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

    private async Task<RunRow> OpenAsync(RunRequest request, RunKind kind, Lease lease, CancellationToken cancel)
    {
        var start = new RunStart(kind, request.Job.Name, request.Job.Series, Environment.MachineName, request.AsOf, request.From, request.To, request.Files);
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

    // Who has lost the lease may not write any more, and a store that failed cannot: the next run closes this one as abandoned.
    private async Task CloseIfPossibleAsync(LeaseKeeper keeper, RunRow row, RunResult result)
    {
        try
        {
            await CloseAsync(keeper, row, result);
        }
        catch (Exception e) when (e is LeaseLostException or StoreException)
        {
            ports.Log.Warning("Run {RunNo} could not be closed: {Reason}", row.RunNo, e.Message);
        }
    }

    private static string Summary(RunProof proof) =>
        FormattableString.Invariant($"{Counted.Of(proof.Periods.Count, "period")}, {Counted.Of(proof.Differences.Count(d => d.Judged.IsOpen), "open difference")}, {Counted.Of(proof.Rejections.Sum(r => r.Records), "rejected record")}");

    private static RunResult Result(ActiveRun run, RunProof proof)
    {
        var counts = run.Counts;
        var open = proof.Differences.Count(d => d.Judged.IsOpen);
        var rejected = proof.Rejections.Sum(r => r.Records);
        var done = Done(counts);
        if (counts.DocumentsPending > 0)
        {
            var message = FormattableString.Invariant($"{done}, {counts.DocumentsPending} pending at a destination. Run again to continue: batchsync run {run.Request.Job.Name}");
            return new RunResult(run.Row.RunNo, RunStatus.Failed, ExitCodes.Failed, message, proof);
        }

        if (counts.StalePlan.Count > 0)
        {
            var message = FormattableString.Invariant(
                $"{done}; stale plan: {Counted.Of(counts.StalePlan.Count, "document")} not as in {run.Request.Plan!.Name} and not posted: {string.Join(", ", counts.StalePlan)}. Plan again: batchsync plan {run.Request.Job.Name} --out FILE");
            return new RunResult(run.Row.RunNo, RunStatus.Differences, ExitCodes.Differences, message, proof);
        }

        if (open > 0 || rejected > 0)
        {
            var message = FormattableString.Invariant($"{done}; {Counted.Of(open, "open difference")} and {Counted.Of(rejected, "rejected record")} to be looked at.");
            return new RunResult(run.Row.RunNo, RunStatus.Differences, ExitCodes.Differences, message, proof);
        }

        return new RunResult(run.Row.RunNo, RunStatus.Succeeded, ExitCodes.Done, $"{done}; {Proven(proof)}.", proof);
    }

    private static string Proven(RunProof proof)
    {
        if (proof.Periods.Count == 0) return "no period changed since its last proof";
        return proof.Differences.Count == 0 ? "the reconciliation balances" : $"the reconciliation balances but for {Counted.Of(proof.Differences.Count, "accepted difference")}";
    }

    private static string Done(RunCounts counts)
    {
        var done = counts is { DocumentsPosted: 0, DocumentsFormed: 0 } ? "Nothing new to post" : $"{Counted.Of(counts.DocumentsPosted, "document")} posted";
        return counts.DocumentsAdopted == 0 ? done : FormattableString.Invariant($"{done} ({counts.DocumentsAdopted} of them found at the destination)");
    }

    private static RunResult Failure(Exception e, RunRow row, CancellationToken cancel) => e switch
    {
        OperationCanceledException when cancel.IsCancellationRequested => Failed(row, ExitCodes.Cancelled, $"Cancelled. {Continue(row)}") with { Status = RunStatus.Cancelled },
        OperationCanceledException or LeaseLostException => Failed(row, ExitCodes.Failed, new LeaseLostException(row.Series).Message),
        OutsideException or StoreException => Failed(row, ExitCodes.Failed, $"{e.Message} {Continue(row)}"),
        SettingException or TenantException => Failed(row, ExitCodes.Configuration, e.Message),
        _ => Failed(row, ExitCodes.Defect, FormattableString.Invariant($"Bug in BatchSync (run {row.RunNo}): {e.Message}")),
    };

    private static RunResult Failed(RunRow row, int exitCode, string message) => new(row.RunNo, RunStatus.Failed, exitCode, message, null);

    private static string Continue(RunRow row) => $"What was committed stands; continue with: batchsync run {row.Job}";
}
