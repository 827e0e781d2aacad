using System.Collections.Concurrent;
using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using Serilog;

namespace BatchSync.Scheduling;

/// <summary>Makes the run of an occurrence, as <c>run</c> makes one.</summary>
/// <returns>Null where another run of the job is under way, or somebody else has performed the occurrence.</returns>
internal delegate Task<RunResult?> OccurrenceRun(JobDefinition job, OccurrenceClaim claim, CancellationToken cancel);

/// <summary>A job whose schedule is kept.</summary>
/// <param name="KeptSince">What came due before is nobody's to perform.</param>
internal sealed record KeptSchedule(JobDefinition Job, Timetable Times, DateTimeOffset KeptSince)
{
    public ScheduleDefinition Schedule => Job.Schedule!;
}

/// <summary>What came of looking at a schedule.</summary>
/// <param name="Again">When to look again, if not when the schedule fires next; null: then is enough.</param>
/// <param name="Changed">Whether an occurrence has changed, for which others may wait.</param>
internal sealed record Looked(DateTimeOffset? Again, bool Changed);

/// <summary>
/// Keeps the schedules of all jobs: at each look it reads what the store knows, has <see cref="OccurrenceRules"/> decide, and does that. What has been performed is
/// known by the store alone, so that looking too often, from several hosts, or after a crash does nothing twice.
/// </summary>
internal sealed class ScheduleKeeper
{
    /// <summary>When it is looked again where another run holds the lease, or the store cannot be used.</summary>
    public static readonly TimeSpan BusyDelay = TimeSpan.FromMinutes(1);

    /// <summary>The newest occurrences hold all that a decision needs; this many are more than the holidays that follow each other anywhere.</summary>
    private const int KnownOccurrences = 30;

    private readonly IStore _store;
    private readonly TimeProvider _time;
    private readonly OccurrenceRun _run;
    private readonly ILogger _log;
    private readonly DateTimeOffset _since;
    private readonly Dictionary<string, KeptSchedule> _schedules;
    private readonly ConcurrentDictionary<string, string> _waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateOnly> _underWay = new(StringComparer.Ordinal);

    private ScheduleKeeper(IStore store, TimeProvider time, OccurrenceRun run, ILogger log, IEnumerable<KeptSchedule> schedules)
    {
        (_store, _time, _run, _log, _since) = (store, time, run, log, time.GetUtcNow());
        _schedules = schedules.ToDictionary(s => s.Job.Name, StringComparer.Ordinal);
    }

    /// <summary>Notes that the schedules are kept from now on.</summary>
    /// <param name="jobs">Those without a schedule are left out.</param>
    public static async Task<ScheduleKeeper> OpenAsync(IStore store, IEnumerable<JobDefinition> jobs, TimeProvider time, OccurrenceRun run, ILogger log, CancellationToken cancel)
    {
        var schedules = new List<KeptSchedule>();
        foreach (var job in jobs)
        {
            if (job.Schedule is not { } schedule) continue;
            var since = await store.KeepScheduleAsync(new ScheduleRow(job.Series, job.Name, schedule.Cron, schedule.Zone.Id), cancel);
            schedules.Add(new KeptSchedule(job, Timetable.Of(schedule), since));
        }

        return new ScheduleKeeper(store, time, run, log, schedules);
    }

    public IReadOnlyCollection<KeptSchedule> Schedules => _schedules.Values;

    /// <summary>Why jobs wait, by name; those that wait for nothing but their time are left out.</summary>
    public IReadOnlyDictionary<string, string> Waiting => _waiting;

    /// <summary>The jobs of which a run of this process is under way.</summary>
    public IEnumerable<string> UnderWay => _underWay.Keys.Order(StringComparer.Ordinal);

    /// <summary>The jobs that wait for a job.</summary>
    public IEnumerable<string> After(string job) => _schedules.Values.Where(s => s.Schedule.After == job).Select(s => s.Job.Name);

    /// <summary>Does what is due for a job, and all that this makes due.</summary>
    /// <param name="notBefore">The clock stands here at least: an alarm may go off a moment early.</param>
    /// <param name="cancel">Ends a run between two calls; its occurrence is parked.</param>
    public async Task<Looked> LookAsync(string job, DateTimeOffset notBefore, CancellationToken cancel)
    {
        var (schedule, changed, performed) = (_schedules[job], false, new HashSet<DateOnly>());
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                var now = Later(_time.GetUtcNow(), notBefore);
                var step = OccurrenceRules.Next(await ViewAsync(schedule, now, cancel), now);
                Note(job, step as ScheduleStep.Wait);
                if (step is ScheduleStep.Idle) return new Looked(null, changed);
                if (step is ScheduleStep.Wait wait) return new Looked(wait.Until, changed);

                // What was just performed and is to be performed at once again did not come to be noted: not before a while has passed.
                if (step is ScheduleStep.Perform again && !performed.Add(again.Claim.Fire.Date)) break;
                if (!await DoAsync(schedule, step, cancel)) break;
                changed = true;
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new Looked(null, changed);
        }
        catch (Exception e) when (e is StoreException or LeaseLostException)
        {
            _log.Error("Job {Job}: looked at again in a minute: {Reason}", job, e.Message);
        }
        catch (Exception e)
        {
            // Whatever it was, a schedule that nobody looks at any more would be worse.
            _log.Error(e, "Job {Job}: bug in BatchSync; looked at again in a minute", job);
        }

        return new Looked(cancel.IsCancellationRequested ? null : _time.GetUtcNow() + BusyDelay, changed);
    }

    private async Task<ScheduleView> ViewAsync(KeptSchedule schedule, DateTimeOffset now, CancellationToken cancel)
    {
        var known = await KnownAsync(schedule, cancel);
        var newest = known.Count == 0 ? (FireTime?)null : known[0].Fire;
        var from = newest is { } fire ? Later(fire.At, schedule.KeptSince) : schedule.KeptSince;
        var earlier = schedule.Schedule.After is { } after ? await EarlierAsync(_schedules[after], cancel) : null;
        return new ScheduleView
        {
            Due = [.. schedule.Times.After(from).TakeWhile(f => f.At <= now).Where(f => newest is null || f.Date > newest.Value.Date)],
            Holidays = schedule.Schedule.Holidays,
            Latest = known.FirstOrDefault(o => o.State != OccurrenceState.Skipped),
            Since = _since,
            WaitsFor = date => earlier?.HoldOf(date, _schedules[schedule.Schedule.After!].Times.On(date)),
        };
    }

    private async Task<EarlierJob> EarlierAsync(KeptSchedule earlier, CancellationToken cancel) =>
        new(earlier.Job.Name, earlier.KeptSince, earlier.Schedule.Holidays, await KnownAsync(earlier, cancel));

    // The newest first.
    private async Task<IReadOnlyList<Occurrence>> KnownAsync(KeptSchedule schedule, CancellationToken cancel) =>
        [.. (await _store.ListOccurrencesAsync(schedule.Job.Series, KnownOccurrences, cancel)).Select(o => o.Occurrence)];

    /// <returns>False where another run holds the lease.</returns>
    private async Task<bool> DoAsync(KeptSchedule schedule, ScheduleStep step, CancellationToken cancel) => step switch
    {
        ScheduleStep.Perform perform => await PerformAsync(schedule.Job, perform.Claim, cancel),
        ScheduleStep.Skip skip => await SkipAsync(schedule.Job, skip.Skipped, cancel),
        ScheduleStep.GiveUp given => await FailAsync(schedule.Job, given.Fire, null, given.Reason, cancel),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "There is nothing to do."),
    };

    private async Task<bool> PerformAsync(JobDefinition job, OccurrenceClaim claim, CancellationToken cancel)
    {
        var began = _time.GetUtcNow();
        _underWay[job.Name] = claim.Fire.Date;
        try
        {
            if (await _run(job, claim, cancel) is not { } result) return false;
            _log.Information("Job {Job} of {Date:yyyy-MM-dd}: run {RunNo} ended with {ExitCode}. {Message}", job.Name, claim.Fire.Date, result.RunNo, result.ExitCode, result.Message);
            return true;
        }
        catch (SettingException e)
        {
            return await FailAsync(job, claim.Fire, ExitCodes.Configuration, e.Message, cancel);
        }
        catch (Exception e) when (e is not (OperationCanceledException or StoreException))
        {
            _log.Error(e, "Job {Job} of {Date:yyyy-MM-dd}: bug in BatchSync", job.Name, claim.Fire.Date);
            return await IsNotedAsync(job, claim, began, cancel) || await FailAsync(job, claim.Fire, ExitCodes.Defect, $"Bug in BatchSync: {e.Message}", cancel);
        }
        finally
        {
            _underWay.TryRemove(job.Name, out _);
        }
    }

    // A run that met a defect has noted so itself, if it came to be one.
    private async Task<bool> IsNotedAsync(JobDefinition job, OccurrenceClaim claim, DateTimeOffset began, CancellationToken cancel) =>
        (await _store.ListOccurrencesAsync(job.Series, KnownOccurrences, cancel)).Any(o => o.Occurrence is { State: OccurrenceState.Failed } failed && failed.Date == claim.Fire.Date && failed.ChangedAt >= began);

    private async Task<bool> SkipAsync(JobDefinition job, IReadOnlyList<SkippedOccurrence> skipped, CancellationToken cancel)
    {
        if (!await UnderLeaseAsync(job, lease => _store.SkipOccurrencesAsync(lease, job.Name, skipped, cancel), cancel)) return false;
        foreach (var (fire, reason) in skipped) _log.Information("Job {Job} of {Date:yyyy-MM-dd}: skipped, {Reason}", job.Name, fire.Date, reason);
        return true;
    }

    private async Task<bool> FailAsync(JobDefinition job, FireTime fire, int? exitCode, string reason, CancellationToken cancel)
    {
        if (!await UnderLeaseAsync(job, lease => _store.FailOccurrenceAsync(lease, job.Name, fire, exitCode, reason, cancel), cancel)) return false;
        _log.Error("Job {Job} of {Date:yyyy-MM-dd}: failed, {Reason}", job.Name, fire.Date, reason);
        return true;
    }

    private async Task<bool> UnderLeaseAsync(JobDefinition job, Func<Lease, Task> write, CancellationToken cancel)
    {
        if (await _store.AcquireLeaseAsync(job.Series, LeaseKeeper.Length, cancel) is not { } lease) return false;
        await write(lease);
        await _store.ReleaseLeaseAsync(lease, cancel);
        return true;
    }

    private void Note(string job, ScheduleStep.Wait? wait)
    {
        if (wait is null) _waiting.TryRemove(job, out _);
        else if (!_waiting.TryGetValue(job, out var before) || before != wait.Reason) _log.Information("Job {Job}: looked at again at {Until:u}: {Reason}", job, wait.Until, _waiting[job] = wait.Reason);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
