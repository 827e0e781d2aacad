using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using Quartz;
using Quartz.Extensibility;

namespace BatchSync.Tests.Scheduling;

/// <summary>
/// The process that keeps schedules, as <c>serve</c> starts it, on a clock that a test moves: Quartz with its own alarms, the keeper and the store are the real ones, and
/// only the run is a fake that claims, works for no time, and closes.
/// </summary>
internal sealed class ScheduleYear : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(30);

    private readonly TestStore _file = TestStore.Of("sqlite");
    private IStore? _store;
    private IHost? _host;
    private LoopPool _loop = null!;
    private volatile bool _isDead;

    public ScheduleYear(DateTimeOffset start, params IReadOnlyList<JobDefinition> jobs) => (Time, Jobs) = (new ManualTime(start), jobs);

    /// <summary>What the next start finds configured.</summary>
    public IReadOnlyList<JobDefinition> Jobs { get; set; }

    /// <summary>Each start has a clock of its own: what an ended process had set on its clock goes off no more.</summary>
    public ManualTime Time { get; private set; }

    /// <summary>Every run that was begun, in the order of time: <c>2026-11-01 07:30Z daily of 2026-11-01</c>.</summary>
    public List<string> Runs { get; } = [];

    /// <summary>What becomes of a run that was begun; the process may die in it.</summary>
    public Func<string, DateOnly, RunStatus> OnRun { get; set; } = (_, _) => RunStatus.Succeeded;

    /// <summary>What happens before a run comes to be one.</summary>
    public Action OnCall { get; set; } = () => { };

    public static JobDefinition Job(string name, string cron, string zone, string? after = null, params IReadOnlyList<Holiday> holidays) => Some.Job() with
    {
        Name = name,
        Series = name.ToUpperInvariant(),
        Schedule = new ScheduleDefinition(cron, TimeZoneInfo.FindSystemTimeZoneById(zone)) { Holidays = holidays, After = after },
    };

    public async Task StartAsync()
    {
        Time = new ManualTime(Time.GetUtcNow());
        _loop = new LoopPool(Time);
        _store = await _file.OpenMigratedAsync(Time);
        var keeper = await ScheduleKeeper.OpenAsync(_store, Jobs, Time, RunAsync, Serilog.Core.Logger.None, CancellationToken.None);
        _host = ScheduleHost.Build(keeper, Time, StopWithin, Serilog.Core.Logger.None, further: quartz =>
        {
            // Runs one after the other within Quartz's own loop, so that the clock stands still while anything is done.
            quartz.UseThreadPool(_loop);
            quartz.ConfigureScheduler(scheduler => scheduler.IdleWaitTime = TimeSpan.FromHours(6));
        });
        await _host.StartAsync();
        await UntilAsync(() => _loop.Looks >= Jobs.Count);

        // Before its start Quartz waits by the second; what that wait had set goes off without a sign.
        Time.Advance(TimeSpan.FromSeconds(1));
        await IdleAsync(0);
    }

    /// <summary>Ends the process; does nothing while it is down, and starts it again at an instant.</summary>
    public async Task RestartAsync(DateTimeOffset at)
    {
        await StopAsync();
        Time.AdvanceTo(at);
        await StartAsync();
    }

    /// <summary>Lets time pass until an instant.</summary>
    /// <returns>True where the process died before, at the instant that the clock shows.</returns>
    public async Task<bool> PassAsync(DateTimeOffset until)
    {
        while (!_isDead && Time.NextDue is { } due && due <= until)
        {
            var set = Time.Settings;
            Time.AdvanceTo(due);
            await IdleAsync(set);
        }

        if (!_isDead) Time.AdvanceTo(until);
        return _isDead;
    }

    public IStore Store => _store!;

    /// <summary>All that the store has of occurrences, by job and date: <c>daily 2026-11-01 Done</c>, with the reason of those that were skipped.</summary>
    public IReadOnlyList<string> Occurrences() => _file.Rows("SELECT job, local_date, state, CASE WHEN state = 'Skipped' THEN reason ELSE '' END FROM occurrences ORDER BY job, local_date");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _file.DisposeAsync();
    }

    private async Task StopAsync()
    {
        if (_host is null) return;
        await _host.StopAsync();
        _host.Dispose();
        await _store!.DisposeAsync();
        (_host, _isDead) = (null, false);
    }

    // Quartz has been through its loop since, and waits for its next alarm.
    private Task IdleAsync(int since) => UntilAsync(() => Time.Timers > 0 && Time.Settings > Math.Max(since, _loop.SettingsBefore));

    private async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!_isDead && !isSo())
        {
            Assert.That(patience.IsCancellationRequested, Is.False, () => $"At {Time.GetUtcNow():u} after {Runs.LastOrDefault()}: {_loop.Looks} looks, {Time.Timers} timers, set {Time.Settings} times, {_loop.SettingsBefore} before the last round.");
            await Task.Yield();
        }
    }

    private async Task<RunResult?> RunAsync(JobDefinition job, OccurrenceClaim claim, CancellationToken cancel)
    {
        OnCall();
        if (await _store!.AcquireLeaseAsync(job.Series, LeaseKeeper.Length, cancel) is not { } lease) return null;
        var start = new RunStart(RunKind.Run, job.Name, job.Series, "host", Time.GetUtcNow(), null, null, []);
        if (await _store.OpenOccurrenceAsync(lease, start, claim, cancel) is not { } runNo) return null;
        Runs.Add(string.Create(CultureInfo.InvariantCulture, $"{Time.GetUtcNow():yyyy-MM-dd HH:mm}Z {job.Name} of {claim.Fire.Date:yyyy-MM-dd}"));
        var status = OnRun(job.Name, claim.Fire.Date);
        if (status == RunStatus.Abandoned)
        {
            _isDead = true;
            throw new OperationCanceledException("The process ended.");
        }

        var exitCode = status switch { RunStatus.Succeeded => ExitCodes.Done, RunStatus.Differences => ExitCodes.Differences, RunStatus.Cancelled => ExitCodes.Cancelled, _ => ExitCodes.Failed };
        await _store.CloseRunAsync(lease, runNo, status, exitCode, status.ToString(), CancellationToken.None);
        await _store.ReleaseLeaseAsync(lease, CancellationToken.None);
        return new RunResult(runNo, status, exitCode, status.ToString(), null);
    }

    private sealed class LoopPool(ManualTime time) : IThreadPool
    {
        private volatile int _looks;
        private volatile int _settings;

        /// <summary>How many jobs were through.</summary>
        public int Looks => _looks;

        /// <summary>How often a timer had been set when the loop came round last.</summary>
        public int SettingsBefore => _settings;

        public int PoolSize => 1;

        public ValueTask Initialize(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask<int> WaitForAvailableThreads(CancellationToken cancellationToken = default)
        {
            _settings = time.Settings;
            return ValueTask.FromResult(1);
        }

        public async ValueTask<bool> TryRun(Func<ValueTask> action, CancellationToken cancellationToken = default)
        {
            await action();
            _looks++;
            return true;
        }

        public ValueTask Shutdown(bool waitForJobsToComplete = true, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
