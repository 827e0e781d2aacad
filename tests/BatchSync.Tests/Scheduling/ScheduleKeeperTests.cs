using System.Globalization;
using BatchSync.Core.Scheduling;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace BatchSync.Tests.Scheduling;

/// <summary>What becomes of occurrences that do not go as planned, with Quartz's own alarms on a clock that the test moves.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class ScheduleKeeperTests
{
    private const string Daily = "0 30 2 ? * *";

    private static readonly DateTimeOffset Start = At("2026-11-05 00:00");

    [Test]
    public async Task Occurrence_ThatFailsAgainAndAgain_IsTriedSixTimesAndTheNextOneAnew()
    {
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("daily", Daily, "UTC")) { OnRun = (_, date) => date.Day == 5 ? RunStatus.Failed : RunStatus.Succeeded };
        await year.StartAsync();
        await year.PassAsync(At("2026-11-06 12:00"));
        Assert.Multiple(() =>
        {
            Assert.That(
                year.Runs.Select(r => r[..17]),
                Is.EqualTo(new[] { "2026-11-05 02:30Z", "2026-11-05 02:35Z", "2026-11-05 02:50Z", "2026-11-05 03:35Z", "2026-11-05 05:50Z", "2026-11-05 12:35Z", "2026-11-06 02:30Z" }));
            Assert.That(year.Occurrences(), Is.EqualTo(new[] { "daily|2026-11-05|Failed|", "daily|2026-11-06|Done|" }));
        });
    }

    [Test]
    public async Task Occurrence_OfWhichTheProcessDiesAgainAndAgain_IsGivenUp()
    {
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("daily", Daily, "UTC")) { OnRun = (_, _) => RunStatus.Abandoned };
        await year.StartAsync();
        await year.PassAsync(At("2026-11-05 03:00"));
        for (var life = 0; life < 8; life++) await year.RestartAsync(year.Time.GetUtcNow().AddMinutes(10));
        Assert.Multiple(() =>
        {
            Assert.That(year.Runs, Has.Count.EqualTo(OccurrenceRules.Tries));
            Assert.That(year.Occurrences(), Is.EqualTo(new[] { "daily|2026-11-05|Failed|" }));
        });
    }

    // A configuration that is wrong stays wrong until somebody mends it and starts the program anew.
    [Test]
    public async Task Occurrence_ThatTheConfigurationFails_IsTriedAgainAfterARestartOnly()
    {
        var calls = 0;
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("daily", Daily, "UTC"));
        year.OnCall = () =>
        {
            calls++;
            throw new SettingException("The environment variable TOKEN is not set.");
        };
        await year.StartAsync();
        await year.PassAsync(At("2026-11-05 23:00"));
        Assert.That((calls, year.Occurrences().Single()), Is.EqualTo((1, "daily|2026-11-05|Failed|")));
        year.OnCall = () => { };
        await year.RestartAsync(At("2026-11-05 23:10"));
        Assert.That((year.Runs.Single(), year.Occurrences().Single()), Is.EqualTo(("2026-11-05 23:10Z daily of 2026-11-05", "daily|2026-11-05|Done|")));
    }

    [Test]
    public async Task Occurrence_WhileARunByHandIsUnderWay_BeginsAfterIt()
    {
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("daily", Daily, "UTC"));
        await year.StartAsync();
        var byHand = await year.Store.AcquireLeaseAsync("DAILY", TimeSpan.FromHours(5), CancellationToken.None);
        await year.PassAsync(At("2026-11-05 04:00"));
        Assert.That(year.Runs, Is.Empty);
        await year.Store.ReleaseLeaseAsync(byHand!, CancellationToken.None);
        await year.PassAsync(At("2026-11-05 04:02"));
        Assert.That(year.Runs, Is.EqualTo(new[] { "2026-11-05 04:01Z daily of 2026-11-05" }));
    }

    [Test]
    public async Task Occurrence_AfterAJobThatFails_WaitsADayAndIsSkipped()
    {
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("first", Daily, "UTC"), ScheduleYear.Job("second", "0 0 3 ? * THU", "UTC", after: "first"))
        {
            OnRun = (job, _) => job == "first" ? RunStatus.Failed : RunStatus.Succeeded,
        };
        await year.StartAsync();
        await year.PassAsync(At("2026-11-06 03:30"));
        Assert.Multiple(() =>
        {
            Assert.That(year.Runs.Select(r => r.Split(' ')[2]).Distinct(), Is.EqualTo(new[] { "first" }));
            Assert.That(year.Occurrences()[^1], Is.EqualTo("second|2026-11-05|Skipped|waited a day: waits for 'first', which failed"));
        });
    }

    [Test]
    public async Task Occurrence_AfterAJobThatComesThroughAtLast_BeginsAtOnce()
    {
        var failures = 3;
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("first", Daily, "UTC"), ScheduleYear.Job("second", Daily, "UTC", after: "first"))
        {
            OnRun = (job, _) => job == "first" && failures-- > 0 ? RunStatus.Failed : RunStatus.Succeeded,
        };
        await year.StartAsync();
        await year.PassAsync(At("2026-11-05 12:00"));
        Assert.That(year.Runs.TakeLast(2), Is.EqualTo(new[] { "2026-11-05 03:35Z first of 2026-11-05", "2026-11-05 03:35Z second of 2026-11-05" }));
    }

    [Test]
    public async Task Schedule_ThatWasChanged_MakesUpForNothingOfBefore()
    {
        await using var year = new ScheduleYear(Start, ScheduleYear.Job("daily", "0 30 2 ? * MON", "UTC"));
        await year.StartAsync();
        await year.PassAsync(At("2026-11-07 00:00"));
        year.Jobs = [ScheduleYear.Job("daily", Daily, "UTC")];
        await year.RestartAsync(At("2026-11-07 12:00"));
        await year.PassAsync(At("2026-11-08 12:00"));
        Assert.That(year.Runs, Is.EqualTo(new[] { "2026-11-08 02:30Z daily of 2026-11-08" }));
    }

    [Test]
    public async Task Stop_WithARunUnderWay_ParksItAndTheNextStartGoesOn()
    {
        await using var bench = await Bench.OpenAsync();
        var keeper = await bench.KeeperAsync(async (lease, runNo, stopped) =>
        {
            bench.Began.SetResult();
            await Task.Delay(Timeout.Infinite, stopped).ContinueWith(_ => { }, TaskScheduler.Default);
            return await bench.CloseAsync(lease, runNo, RunStatus.Cancelled);
        });
        using var host = ScheduleHost.Build(keeper, bench.Time, TimeSpan.FromSeconds(30), Serilog.Core.Logger.None);
        await host.StartAsync();
        await bench.Began.Task;
        await host.StopAsync();
        Assert.That(await bench.OnlyAsync(), Is.EqualTo((OccurrenceState.Parked, 0)));

        bench.Time.Advance(TimeSpan.FromMinutes(1));
        var next = await bench.KeeperAsync((lease, runNo, _) => bench.CloseAsync(lease, runNo, RunStatus.Succeeded));
        await next.LookAsync("daily", bench.Time.GetUtcNow(), CancellationToken.None);
        Assert.That(await bench.OnlyAsync(), Is.EqualTo((OccurrenceState.Done, 0)));
    }

    [Test]
    public async Task Stop_WithARunThatDoesNotEnd_IsLeftWithinTheLimit()
    {
        await using var bench = await Bench.OpenAsync();
        var released = new TaskCompletionSource();
        var keeper = await bench.KeeperAsync(async (lease, runNo, _) =>
        {
            bench.Began.SetResult();
            await released.Task;
            return await bench.CloseAsync(lease, runNo, RunStatus.Cancelled);
        });
        using var host = ScheduleHost.Build(keeper, bench.Time, TimeSpan.FromMilliseconds(200), Serilog.Core.Logger.None);
        await host.StartAsync();
        await bench.Began.Task;
        try
        {
            await host.StopAsync();
        }
        catch (OperationCanceledException)
        {
            // Time was up.
        }

        Assert.That(keeper.UnderWay, Is.EqualTo(new[] { "daily" }));
        Assert.That(await bench.OnlyAsync(), Is.EqualTo((OccurrenceState.Running, 0)));
        released.SetResult();
        while (keeper.UnderWay.Any()) await Task.Yield();
    }

    private static DateTimeOffset At(string utc) => DateTimeOffset.ParseExact(utc, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>A store with one occurrence due, for hosts that run on threads of their own.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        private readonly TestStore _file = TestStore.Of("sqlite");
        private IStore _store = null!;

        public ManualTime Time { get; } = new(Start);
        public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static async Task<Bench> OpenAsync()
        {
            var bench = new Bench();
            bench._store = await bench._file.OpenMigratedAsync(bench.Time);
            await bench.KeeperAsync((_, _, _) => Task.FromResult<RunResult?>(null));
            bench.Time.Advance(TimeSpan.FromHours(3));
            return bench;
        }

        public Task<ScheduleKeeper> KeeperAsync(Func<Lease, long, CancellationToken, Task<RunResult?>> work) => ScheduleKeeper.OpenAsync(
            _store,
            [ScheduleYear.Job("daily", Daily, "UTC")],
            Time,
            async (job, claim, stopped) =>
            {
                var lease = (await _store.AcquireLeaseAsync(job.Series, LeaseKeeper.Length, stopped))!;
                var start = new RunStart(RunKind.Run, job.Name, job.Series, "host", Time.GetUtcNow(), null, null, []);
                return await work(lease, (await _store.OpenOccurrenceAsync(lease, start, claim, stopped))!.Value, stopped);
            },
            Serilog.Core.Logger.None,
            CancellationToken.None);

        public async Task<RunResult?> CloseAsync(Lease lease, long runNo, RunStatus status)
        {
            await _store.CloseRunAsync(lease, runNo, status, status == RunStatus.Succeeded ? ExitCodes.Done : ExitCodes.Cancelled, "", CancellationToken.None);
            await _store.ReleaseLeaseAsync(lease, CancellationToken.None);
            return new RunResult(runNo, status, ExitCodes.Done, "", null);
        }

        public async Task<(OccurrenceState State, int Failures)> OnlyAsync()
        {
            var only = (await _store.ListOccurrencesAsync(null, 10, CancellationToken.None)).Single().Occurrence;
            return (only.State, only.Failures);
        }

        public async ValueTask DisposeAsync()
        {
            await _store.DisposeAsync();
            await _file.DisposeAsync();
        }
    }
}
