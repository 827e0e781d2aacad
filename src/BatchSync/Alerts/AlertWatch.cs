using BatchSync.Configuration;
using BatchSync.Core.Alerting;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using Serilog;

namespace BatchSync.Alerts;

/// <summary>What a look left.</summary>
/// <param name="Open">The alerts of the job that stand.</param>
/// <param name="NotTold">Why receivers could not be told, a text each.</param>
internal sealed record AlertLook(IReadOnlyList<AlertRow> Open, IReadOnlyList<string> NotTold);

/// <summary>
/// Looks whether something is wrong with a job, stores what there is to tell, and tells it: in this order, so that a process that ends between two of them leaves a notice that
/// is told once more rather than never. Whoever looks next goes on. It changes nothing of any run.
/// </summary>
internal sealed class AlertWatch(IStore store, AlertPost post, TimeProvider time, ILogger log)
{
    /// <summary>How long a look that must see what is so now waits for another one: what that one has read may be older.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>That something was well again longer ago than this is no news.</summary>
    private static readonly TimeSpan NewsFor = TimeSpan.FromDays(7);

    /// <summary>Gives the sign of life of a run that did its work, and looks. What goes wrong with that is logged.</summary>
    /// <param name="result">Null: there was no run, or it met a defect.</param>
    public async Task AfterRunAsync(RunRequest request, RunResult? result, CancellationToken cancel)
    {
        var job = request.Job;
        if (job.Alerts is not { } alerts || cancel.IsCancellationRequested) return;
        if (alerts.Heartbeat is { } heartbeat && !request.IsRange && result is { ExitCode: ExitCodes.Done or ExitCodes.Differences }) await TryAsync(job, () => BeatAsync(job, heartbeat, cancel), cancel);
        await TryLookAsync(job, Patience, cancel);
    }

    /// <summary>Looks, and logs what kept it from looking.</summary>
    public Task TryLookAsync(JobDefinition job, TimeSpan patience, CancellationToken cancel) => TryAsync(job, () => LookAsync(job, patience, cancel), cancel);

    /// <summary>Looks, stores, tells.</summary>
    /// <param name="patience">How long to wait for another look at the job to end.</param>
    /// <returns>Null where another look is under way: that one tells.</returns>
    public async Task<AlertLook?> LookAsync(JobDefinition job, TimeSpan patience, CancellationToken cancel)
    {
        await using var keeper = await LeaseKeeper.TakeAsync(store, AlertRow.LeaseOf(job.Series), time, patience, cancel);
        if (keeper is null) return null;
        await JudgeAsync(job, keeper);
        var alerts = await store.ListAlertsAsync(job.Series, time.GetUtcNow() - NewsFor, keeper.Lost);
        var notTold = new List<string>();
        foreach (var alert in alerts) notTold.AddRange(await TellAsync(job, alert, keeper));
        return new AlertLook(await store.ListAlertsAsync(job.Series, resolvedSince: null, keeper.Lost), notTold);
    }

    /// <summary>Sends a test through a route.</summary>
    /// <returns>Why it could not be sent; null: it was.</returns>
    public Task<string?> TestAsync(JobDefinition job, AlertRoute route, CancellationToken cancel) => TryTellAsync(route, AlertNotice.Test(job.Name, time.GetUtcNow()), cancel);

    private async Task TryAsync(JobDefinition job, Func<Task> work, CancellationToken cancel)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Whoever looks next goes on.
        }
        catch (Exception e) when (e is StoreException or LeaseLostException or OperationCanceledException)
        {
            log.Warning("Job {Job}: whether something is wrong could not be looked at: {Reason}", job.Name, e.Message);
        }
        catch (Exception e)
        {
            // Whatever it was, the run has ended as it has ended.
            log.Error(e, "Job {Job}: bug in BatchSync while looking whether something is wrong", job.Name);
        }
    }

    private async Task JudgeAsync(JobDefinition job, LeaseKeeper keeper)
    {
        var now = time.GetUtcNow();
        var open = (await store.ListAlertsAsync(job.Series, resolvedSince: null, keeper.Lost)).ToDictionary(a => a.Alert.Kind);
        foreach (var found in await new AlertFindings(store, job, now).ReadAsync(keeper.Lost))
        {
            var before = open.GetValueOrDefault(found.Finding.Kind);
            if (AlertRules.Next(found.Finding, before?.Alert, now) is not { } next) continue;
            var row = new AlertRow(before?.AlertNo ?? 0, job.Series, job.Name, next, WordsOf(found, next, before), found.RunNo);
            await store.SaveAlertAsync(keeper.Lease, row, keeper.Lost);
            if (next.Notice != before?.Alert.Notice) log.Information("Job {Job}: alert {Kind} {State}: {Summary}", job.Name, row.KindName, next.ResolvedAt is null ? "stands" : "is well again", row.Words.Summary);
        }
    }

    // Fewer than before that count as unchanged are no news, and so the words for them stay.
    private static AlertWords WordsOf(Observation found, Alert next, AlertRow? before)
    {
        if (next.ResolvedAt is not null) return found.Well;
        return found.Finding.Count == next.Count || before is null ? found.Wrong : before.Words;
    }

    private async Task<IReadOnlyList<string>> TellAsync(JobDefinition job, AlertRow alert, LeaseKeeper keeper)
    {
        var notTold = new List<string>();
        foreach (var route in job.Alerts!.Routes.Where(r => r.On.Contains(alert.Alert.Kind)))
        {
            if (AlertRules.DueTo(alert.Alert, alert.Told.GetValueOrDefault(route.Name)) is not { } state) continue;
            if (await TryTellAsync(route, AlertNotice.Of(alert, state, time.GetUtcNow()), keeper.Lost) is { } reason)
            {
                log.Warning("Job {Job}: alert {AlertNo} could not be told by {Route}, the next look tries again: {Reason}", job.Name, alert.AlertNo, route.Name, reason);
                notTold.Add($"{route.Name}: {reason}");
                continue;
            }

            await store.SaveAlertDeliveryAsync(keeper.Lease, alert.AlertNo, route.Name, alert.Alert.Notice, keeper.Lost);
        }

        return notTold;
    }

    private async Task<string?> TryTellAsync(AlertRoute route, AlertNotice notice, CancellationToken cancel)
    {
        try
        {
            await post.TellAsync(route, notice, cancel);
            return null;
        }
        catch (Exception e) when (e is OutsideException or SettingException)
        {
            return e.Message;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One receiver must not keep the others from being told.
            log.Error(e, "Route {Route}: bug in BatchSync", route.Name);
            return $"Bug in BatchSync: {e.Message}";
        }
    }

    private async Task BeatAsync(JobDefinition job, ValueReference heartbeat, CancellationToken cancel)
    {
        try
        {
            await post.BeatAsync(heartbeat, cancel);
        }
        catch (Exception e) when (e is OutsideException or SettingException)
        {
            log.Warning("Job {Job}: the heartbeat was not taken: {Reason}", job.Name, e.Message);
        }
    }
}
