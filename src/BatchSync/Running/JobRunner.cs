using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Billing;
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
    /// <returns>Null where another run of the job's series holds the lease, or somebody else has performed the occurrence that this one was for.</returns>
    /// <exception cref="InvariantException">A defect; the run is closed as failed first.</exception>
    public async Task<RunResult?> RunAsync(RunRequest request, CancellationToken cancel)
    {
        RunResult? result = null;
        try
        {
            return result = await HoldAsync(request, RunKind.Run, WorkAsync, cancel);
        }
        finally
        {
            // The series is free again: whoever waits for it does not wait for a mail server as well.
            if (ports.Alerts is { } alerts) await alerts.AfterRunAsync(request, result, cancel);
        }
    }

    /// <summary>Extracts, stages and maps like a run, and shows what it would post; nothing is sent, and no document stays in the store.</summary>
    /// <returns>Null where another run of the job's series holds the lease; the plan itself is in <paramref name="show"/>'s hands.</returns>
    public Task<RunResult?> PlanAsync(RunRequest request, Func<Plan, Task> show, CancellationToken cancel) => HoldAsync(
        request,
        RunKind.Plan,
        async (run, token) =>
        {
            await ExtractAsync(run, token);
            run = run.WithRates(await FxLoader.LoadAsync(run, token));
            await StepAsync(run, "map", () => new MapStep(run).ExecuteAsync(token));
            var plan = await new PlanStep(run).ExecuteAsync(token);
            await show(plan);
            return new RunResult(run.Row.RunNo, RunStatus.Succeeded, ExitCodes.Done, plan.Headline, null);
        },
        cancel);

    /// <summary>Takes documents of a run off the books, and keeps their records off until they are released.</summary>
    /// <param name="show">Given what was found before anything is changed.</param>
    /// <returns>Null where another run of the job's series holds the lease.</returns>
    public Task<RunResult?> UnpostAsync(RunRequest request, UnpostRequest wanted, Action<Unposting> show, CancellationToken cancel) =>
        HoldAsync(request, RunKind.Unpost, (run, token) => TakeOffAsync(run, wanted, show, token), cancel);

    /// <summary>Carries out what a person decided. Asks no destination.</summary>
    /// <returns>Null where another run of the job's series holds the lease.</returns>
    public Task<RunResult?> DecideAsync(RunRequest request, Decision decision, CancellationToken cancel) => LeaseAsync(
        request,
        decision.Kind,
        async (keeper, row) => new RunResult(row.RunNo, RunStatus.Succeeded, ExitCodes.Done, await decision.ExecuteAsync(ports.Store, keeper.Lease, request.Job.Name, keeper.Lost), null),
        cancel);

    /// <summary>Posts the documents of one destination for a run of another process, under that partition's own lease.</summary>
    /// <param name="request">What that run was asked, by the configuration of this process, which is the same.</param>
    /// <returns>False where somebody else works on it, or nothing is left to do.</returns>
    public async Task<bool> PostPartitionAsync(RunRequest request, RunRow row, PartitionRow partition, CancellationToken cancel)
    {
        using var signals = RunSignals.OfPartition(row, ports.Time);
        return await PartitionWork.ExecuteAsync(
            ports.Store,
            partition,
            ports.Time,
            async keeper =>
            {
                var destinations = await TenantCheck.OpenAsync(ports, request.Job, keeper.Lease.Partition!, keeper.Lease, keeper.Lost);
                var rules = await RunRules.OfAsync(request, ports.Store, destinations, keeper.Lost);
                return new ActiveRun(request, ports, keeper, row, destinations, rules, FxTable.None, new RunCounts());
            },
            cancel);
    }

    private Task<RunResult?> HoldAsync(RunRequest request, RunKind kind, Func<ActiveRun, CancellationToken, Task<RunResult>> work, CancellationToken cancel) => LeaseAsync(
        request,
        kind,
        async (keeper, row) =>
        {
            var counts = new RunCounts();
            var destinations = await TenantCheck.OpenAsync(ports, request.Job, keeper.Lease, kind == RunKind.Run ? counts.Stops : null, keeper.Lost);
            if (request.Plan is { } plan) TenantCheck.Check(plan, destinations);
            var rules = await RunRules.OfAsync(request, ports.Store, destinations, keeper.Lost);
            var run = new ActiveRun(request, ports, keeper, row, destinations, rules, FxTable.None, counts);
            await UnformPlannedAsync(run, keeper.Lost);
            try
            {
                return await work(run, keeper.Lost);
            }
            finally
            {
                RunSignals.Count(run);
            }
        },
        cancel);

    private async Task<RunResult?> LeaseAsync(RunRequest request, RunKind kind, Func<LeaseKeeper, RunRow, Task<RunResult>> work, CancellationToken cancel)
    {
        await using var keeper = await LeaseKeeper.TakeAsync(ports.Store, request.Job.Series, ports.Time, request.LeaseWait, cancel);
        if (keeper is null || await OpenAsync(request, kind, keeper.Lease, cancel) is not { } row) return null;
        using var signals = RunSignals.OfRun(row, ports.Time);
        RunResult result;
        try
        {
            result = await CloseAsync(keeper, row, await work(keeper, row));
        }
        catch (Exception e)
        {
            result = Failure(await keeper.CauseOfAsync(e), row, request, cancel);
            await CloseIfPossibleAsync(keeper, row, result);
            if (result.ExitCode != ExitCodes.Defect) return signals.Ended(result);
            signals.Ended(result);
            throw;
        }

        return signals.Ended(result);
    }

    private async Task<RunResult> WorkAsync(ActiveRun run, CancellationToken cancel)
    {
        await StepAsync(run, "resolve", () => ResolveAsync(run, cancel));
        await ExtractAsync(run, cancel);
        run = run.WithRates(await FxLoader.LoadAsync(run, cancel));
        await StepAsync(run, "map", () => new MapStep(run).ExecuteAsync(cancel));
        var stop = await RejectionLimit.ExceededAsync(run, cancel);
        var mayForm = stop is null && !run.WaitsForPlan;
        await StepAsync(run, "changes", () => new ChangeStep(run).ExecuteAsync(mayForm, cancel));
        if (mayForm)
        {
            await StepAsync(run, "bill", () => new BillStep(run).ExecuteAsync(cancel));
            if (run.Request.Plan is { } plan) await StepAsync(run, "compare", () => new PlanComparison(run).ExecuteAsync(plan, cancel));
            stop = await CallEstimate.ExceededAsync(run, cancel);
            if (stop is null) await StepAsync(run, "post", () => new PostingRound(run).PostAsync(cancel));
        }

        if (stop is null && run.WaitsForPlan) run.Counts.KeysWaiting = (await run.Store.ListKeysAsync(run.Series, Bucket.Ready, cancel)).Count;
        var proof = await ProveAsync(run, stop, cancel);
        if (run.Request.Job.Source.KeepRawPages is { } kept) await StepAsync(run, "prune", () => PruneAsync(run, kept, cancel));
        return stop is null ? Result(run, proof, Done(run.Counts)) : new RunResult(run.Row.RunNo, RunStatus.Failed, ExitCodes.Failed, stop, proof);
    }

    // Deletions are looked for after the records are read: what was saved meanwhile, or moved to another date, is known by then.
    private async Task ExtractAsync(ActiveRun run, CancellationToken cancel)
    {
        await StepAsync(run, "extract", () => new ExtractStep(run).ExecuteAsync(cancel));
        if (run.Request.IsRange) return;
        var by = run.Request.Job.Source.Deletes.By;
        if (by == DeletesBy.Feed) await StepAsync(run, "deletes", () => new DeletionFeed(run).ExecuteAsync(cancel));
        if (by == DeletesBy.WindowDiff) await StepAsync(run, "deletes", () => new WindowDiff(run).ExecuteAsync(cancel));
    }

    private async Task<RunProof> ProveAsync(ActiveRun run, string? stop, CancellationToken cancel)
    {
        RunProof? proof = null;
        await StepAsync(run, "reconcile", async () =>
        {
            var proven = await new ReconcileStep(run).ExecuteAsync(cancel);
            return Summary(proof = proven with { Failure = stop ?? await FaultText.OfAsync(run, cancel) });
        });
        await StepAsync(run, "report", () => run.Ports.Reporter.ReportAsync(proof!, cancel));
        await run.Store.ForgetTouchedPeriodsAsync(run.Lease, [.. proof!.Periods.Except(proof.Unread)], cancel);
        await RunSignals.StandAsync(run, proof, cancel);
        return proof;
    }

    private async Task<string> PruneAsync(ActiveRun run, TimeSpan kept, CancellationToken cancel)
    {
        var before = ports.Time.GetUtcNow() - kept;
        var (pages, bytes) = (0, 0L);
        for (var more = true; more;)
        {
            var pruned = await run.Store.PruneRawPagesAsync(run.Lease, before, cancel);
            (pages, bytes, more) = (pages + pruned.Pages, bytes + pruned.Bytes, pruned.Pages > 0);
        }

        return FormattableString.Invariant($"{Counted.Of(pages, "raw page")} not read since {before.UtcDateTime:yyyy-MM-dd} given up, {bytes} bytes");
    }

    // All is looked at before anything is marked, and the marks are stored before anything is taken back: from then on no run bills the records.
    private async Task<RunResult> TakeOffAsync(ActiveRun run, UnpostRequest wanted, Action<Unposting> show, CancellationToken cancel)
    {
        var unpost = new UnpostStep(run);
        Unposting? found = null;
        await StepAsync(run, "resolve", () => new PostingRound(run).SettleAsync(cancel));
        await StepAsync(run, "look", async () => (found = await unpost.FindAsync(wanted, cancel)).Headline);
        show(found!);
        if (found!.Refusals.Count > 0) return new RunResult(run.Row.RunNo, RunStatus.Differences, ExitCodes.Differences, $"Nothing was taken back: {string.Join("; ", found.Refusals)}. Settle that at the destination, or name another document with --document.", null);
        await StepAsync(run, "take back", () => unpost.ExecuteAsync(found, cancel));
        run = run.WithRates(await FxLoader.LoadAsync(run, cancel));
        await StepAsync(run, "map", () => new MapStep(run).ExecuteAsync(cancel));
        await StepAsync(run, "changes", () => new ChangeStep(run).ExecuteAsync(mayForm: false, cancel));
        await StepAsync(run, "post", () => new PostingRound(run).PostAsync(cancel));
        return Result(run, await ProveAsync(run, stop: null, cancel), found.Done(run.Request.Job.Name));
    }

    private static async Task<string> ResolveAsync(ActiveRun run, CancellationToken cancel)
    {
        await new PostingRound(run).SettleAsync(cancel);
        var unformed = await run.Store.UnformDocumentsAsync(run.Lease, await run.NeverTakenAsync(cancel), cancel);
        var takenBack = run.Request.Plan is null ? await new PostingRound(run).FinishTakeBacksAsync(cancel) : 0;
        var (settled, adopted) = (run.Counts.DocumentsPosted, run.Counts.DocumentsAdopted);
        return settled + adopted + unformed + takenBack == 0
            ? "earlier runs left nothing open"
            : FormattableString.Invariant($"of earlier runs {Counted.Of(settled, "document")} settled, {adopted} found at the destination, {unformed} never taken there to be formed anew, {takenBack} taken back as begun");
    }

    // What a plan formed was never meant to be sent, whatever dates it was for.
    private static async Task UnformPlannedAsync(ActiveRun run, CancellationToken cancel)
    {
        var planned = new List<long>();
        foreach (var destination in run.Destinations.Values)
        {
            await foreach (var row in run.ReadOutboxAsync(destination, [OutboxState.Planned], cancel)) planned.Add(row.DocumentNo);
        }

        if (planned.Count > 0) await run.Store.UnformDocumentsAsync(run.Lease, planned, cancel);
    }

    private async Task StepAsync(ActiveRun run, string step, Func<Task<string>> work)
    {
        var started = ports.Time.GetUtcNow();
        ports.Progress.Step(step);
        var message = await RunSignals.StepAsync(run, step, work);
        await ports.Store.SaveStepAsync(run.Lease, run.Row.RunNo, new RunStep(step, started, ports.Time.GetUtcNow(), message), run.Keeper.Lost);
        HeapBound.Keep();
        ports.Progress.Done(step, message);
        ports.Log.Information("Run {RunNo} step {Step}: {Message}", run.Row.RunNo, step, message);
    }

    private async Task<RunRow?> OpenAsync(RunRequest request, RunKind kind, Lease lease, CancellationToken cancel)
    {
        var start = new RunStart(kind, request.Job.Name, request.Job.Series, Environment.MachineName, request.AsOf, request.From, request.To, request.Files);
        var opened = request.Occurrence is { } claim ? await ports.Store.OpenOccurrenceAsync(lease, start, claim, cancel) : await ports.Store.OpenRunAsync(lease, start, cancel);
        if (opened is not { } runNo) return null;
        ports.Log.Information("Run {RunNo} of job {Job} as of {AsOf:u}", runNo, request.Job.Name, request.AsOf);
        return await ports.Store.FindRunAsync(runNo, cancel);
    }

    private async Task<RunResult> CloseAsync(LeaseKeeper keeper, RunRow row, RunResult result)
    {
        await ports.Store.CloseRunAsync(keeper.Lease, row.RunNo, result.Status, result.ExitCode, result.Message, CancellationToken.None);
        ports.Log.Information("Run {RunNo} ended: {Status:G}, exit {ExitCode}. {Message}", row.RunNo, result.Status, result.ExitCode, result.Message);
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

    private static RunResult Result(ActiveRun run, RunProof proof, string done)
    {
        var (counts, request) = (run.Counts, run.Request);
        var open = proof.Differences.Count(d => d.Judged.IsOpen);
        var rejected = proof.Rejections.Sum(r => r.Records);
        if (counts.Stops.Faults.Count > 0) return new RunResult(run.Row.RunNo, RunStatus.Failed, ExitCodes.Failed, $"{done}; {proof.Failure}", proof);
        if (counts.DocumentsPending > 0)
        {
            var message = FormattableString.Invariant($"{done}, {counts.DocumentsPending} pending at a destination. {string.Concat(counts.GivenUp.Select(Sentence))}Run again to continue: {request.Again}");
            return new RunResult(run.Row.RunNo, RunStatus.Failed, ExitCodes.Failed, message, proof);
        }

        List<string> said = [.. Person(run)];
        if (said.Count == 0 && open == 0 && rejected == 0) return new RunResult(run.Row.RunNo, RunStatus.Succeeded, ExitCodes.Done, $"{done}; {Proven(proof)}.{Configuration(run)}", proof);
        if (said.Count == 0) said.Add(FormattableString.Invariant($"{Counted.Of(open, "open difference")} and {Counted.Of(rejected, "rejected record")} to be looked at"));
        return new RunResult(run.Row.RunNo, RunStatus.Differences, ExitCodes.Differences, $"{done}; {string.Join("; ", said)}.{Configuration(run)}", proof);
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}. ";

    /// <summary>What this run left to a person, with the next step.</summary>
    private static IEnumerable<string> Person(ActiveRun run)
    {
        var (counts, request) = (run.Counts, run.Request);
        foreach (var pause in counts.Pauses) yield return PauseText.Of(pause, request.Job.Name);
        if (counts.DocumentsPaused > 0) yield return $"{Counted.Of(counts.DocumentsPaused, "document")} held by that";
        if (StoreBehind.TextOf(run) is { } behind) yield return behind;
        foreach (var held in counts.DeletesHeld) yield return held;
        if (counts.StalePlan.Count > 0)
            yield return FormattableString.Invariant($"stale plan: {Counted.Of(counts.StalePlan.Count, "document")} not as in {request.Plan!.Name} and not posted: {string.Join(", ", counts.StalePlan)}. Plan again: batchsync plan {request.Job.Name} --out FILE");
        if (counts.KeysWaiting + counts.ChangesWaiting > 0)
            yield return FormattableString.Invariant($"{Counted.Of(counts.KeysWaiting, "document")} and {Counted.Of(counts.ChangesWaiting, "changed record")} wait for an approved plan (posting.approval: plan): {run.HowToPlan}");
        if (counts.TakeBacksHeld.Count > 0)
            yield return $"taking back was begun and cannot be finished: {string.Join(", ", counts.TakeBacksHeld)}. Settle that at the destination, or let what was unposted stand: batchsync release {request.Job.Name} RECORD --reason TEXT";
    }

    // The content of the documents decides what is stale; a reader wants to know why.
    private static string Configuration(ActiveRun run) =>
        run.Request.Plan is { ChangedFiles.Count: > 0 } plan ? $" The configuration is not as it was when {plan.Name} was made: {string.Join(", ", plan.ChangedFiles)}." : "";

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

    private static RunResult Failure(Exception e, RunRow row, RunRequest request, CancellationToken cancel) => e switch
    {
        OperationCanceledException when cancel.IsCancellationRequested => Failed(row, ExitCodes.Cancelled, $"Cancelled. {Continue(row, request)}") with { Status = RunStatus.Cancelled },
        OperationCanceledException or LeaseLostException => Failed(row, ExitCodes.Failed, new LeaseLostException(row.Series).Message),
        OutsideException or StoreException => Failed(row, ExitCodes.Failed, $"{e.Message} {Continue(row, request)}"),
        SettingException or TenantException => Failed(row, ExitCodes.Configuration, e.Message),
        _ => Failed(row, ExitCodes.Defect, FormattableString.Invariant($"Bug in BatchSync (run {row.RunNo}): {e.Message}")),
    };

    private static RunResult Failed(RunRow row, int exitCode, string message) => new(row.RunNo, RunStatus.Failed, exitCode, message, null);

    private static string Continue(RunRow row, RunRequest request) => row.Kind == RunKind.Plan ? $"Nothing was sent; plan again: batchsync plan {row.Job}" : $"What was committed stands; continue with: {request.Again}";
}
