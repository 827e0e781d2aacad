using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using BatchSync.Configuration;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;
using BatchSync.Storage.SqlServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
using Serilog.Events;

namespace BatchSync.Cli;

/// <summary><c>serve</c>: runs every job when its schedule says so, until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(30);

    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var stopWithin = DurationOption.Create("--stop-within", "How long runs under way have to end between two calls once this is to stop; what they leave is gone on with at the next start (default: 30s)");
        var health = new Option<IPEndPoint?>("--health") { Description = "Answer /live, /ready and /jobs over HTTP at this address of this machine, such as 127.0.0.1:8086 (default: nowhere)", HelpName = "address", CustomParser = Loopback };
        var cluster = new Option<bool>("--cluster") { Description = "Share alarms with other hosts that serve the same jobs from the same store, which must be on SQL Server: each goes off on one of them" };
        var command = new Command("serve", "Runs every job by its schedule until it is stopped; what was missed meanwhile is made up for at the start") { stopWithin, health, cluster };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time, LogEventLevel.Information);
            var shared = parsed.GetValue(cluster) ? ClusterStore(options.Store(parsed, workspace.ConfigFolder), time) : null;
            await ServeAsync(workspace, options.Screen(parsed), time, new ServeWishes(parsed.GetValue(stopWithin) ?? StopWithin, parsed.GetValue(health), shared), cancel);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>The store through which hosts share alarms.</summary>
    /// <exception cref="UsageException">It is a file.</exception>
    public static SqlServerDialect ClusterStore(StorePlace place, TimeProvider time) => place.OnServer(time)
        ?? throw new UsageException($"--cluster spreads jobs over hosts by a store on SQL Server, and the store is the file {place.Dialect(time).Name}. Name a database with --store or BATCHSYNC_STORE (docs/sql-server.md), or leave --cluster out: one host keeps all schedules.");

    /// <param name="HealthAt">Null: nowhere.</param>
    /// <param name="Cluster">The store through which hosts share alarms; null: this host has its own.</param>
    private sealed record ServeWishes(TimeSpan StopWithin, IPEndPoint? HealthAt, SqlServerDialect? Cluster);

    private static async Task ServeAsync(Workspace workspace, Screen screen, TimeProvider time, ServeWishes wishes, CancellationToken cancel)
    {
        var set = workspace.Load();
        if (set.Jobs.All(j => j.Schedule is null)) throw new UsageException("No job has a schedule. Add one, such as: schedule: { cron: \"0 30 2 ? * TUE-SAT\", timeZone: America/New_York }");

        var missing = set.Jobs.Where(j => j.Schedule is not null).SelectMany(workspace.MissingSettings).ToList();
        if (missing.Count > 0) throw new UsageException(string.Join("\n", missing.Append("Nothing was started.")));

        // Before anything starts: runs that begin at the same instant share both.
        var store = await workspace.StoreAsync(cancel);
        await workspace.SignInsAsync(cancel);
        var keeper = await ScheduleKeeper.OpenAsync(store, set.Jobs, time, (job, claim, stopped) => RunAsync(workspace, screen, set, job, claim, time, stopped), workspace.Log, cancel);
        await using var health = wishes.HealthAt is null ? null : await ListenAsync(wishes.HealthAt, keeper, store, time, cancel);
        var cluster = wishes.Cluster is null ? null : AlarmCluster.Of(wishes.Cluster, keeper.Schedules);
        IHostedService[] beside =
        [
            new HostPresence(store, cluster?.Name ?? "", ConfigurationFile.HashOf(set.Files), time, workspace.Log),
            new PartitionKeeper(store, set.Jobs, set.Files, (job, run, partition, stopped) => PostAsync(workspace, screen, set, job, run, partition, time, stopped), time, workspace.Log),
            new AlertRounds([.. set.Jobs.Where(j => j.Alerts is not null)], await workspace.AlertsAsync(cancel), time),
        ];
        using var host = ScheduleHost.Build(keeper, time, wishes.StopWithin, workspace.Log, beside, cluster);
        await ShowAsync(screen, keeper, store, time, health, cancel);
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        if (health is not null) health.IsServing = () => lifetime is { ApplicationStarted.IsCancellationRequested: true, ApplicationStopping.IsCancellationRequested: false };
        await RunUntilStoppedAsync(host, keeper, wishes.StopWithin, workspace.Log, cancel);
    }

    private static async Task<bool> PostAsync(Workspace workspace, Screen screen, ConfigurationSet set, JobDefinition job, RunRow run, PartitionRow partition, TimeProvider time, CancellationToken cancel)
    {
        var done = false;
        await new JobCall(workspace, screen, job.Name, run.From, run.To, run.AsOf, Json: true).WithRunnerAsync(
            set,
            job,
            async (runner, request) =>
            {
                done = await runner.PostPartitionAsync(request, run, partition, cancel);
                return null;
            },
            cancel);
        return done;
    }

    private static Task<RunResult?> RunAsync(Workspace workspace, Screen screen, ConfigurationSet set, JobDefinition job, Core.Scheduling.OccurrenceClaim claim, TimeProvider time, CancellationToken cancel) =>
        new JobCall(workspace, screen, job.Name, null, null, time.GetUtcNow(), Json: true).WithRunnerAsync(set, job, (runner, request) => runner.RunAsync(request with { Occurrence = claim }, cancel), cancel);

    private static async Task<HealthEndpoint> ListenAsync(IPEndPoint at, ScheduleKeeper keeper, IStore store, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            return await HealthEndpoint.StartAsync(at, keeper, store, time, cancel);
        }
        catch (IOException failure)
        {
            throw new UsageException($"--health {at} cannot be had: {failure.Message} Name another port, or 0 for any.");
        }
    }

    private static async Task ShowAsync(Screen screen, ScheduleKeeper keeper, IStore store, TimeProvider time, HealthEndpoint? health, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        foreach (var kept in keeper.Schedules)
        {
            var next = (await ScheduleStatus.ReadAsync(store, kept.Job, now, cancel))!.Next;
            screen.Say($"{kept.Job.Name}: {(next is { } fire ? FireTimeText.Of(fire, now, kept.Schedule.Zone) : "never again")}");
        }

        screen.Say($"Schedules are kept until Ctrl+C.{(health is null ? "" : $" Health: {health.Address}live, ready, jobs")}");
    }

    private static async Task RunUntilStoppedAsync(IHost host, ScheduleKeeper keeper, TimeSpan stopWithin, ILogger log, CancellationToken cancel)
    {
        await AlarmCluster.ExplainedAsync(() => host.StartAsync(cancel));
        log.Information("Schedules of {Jobs} jobs are kept", keeper.Schedules.Count);
        try
        {
            await host.WaitForShutdownAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // Not everything came to its end in time, which is said below.
        }

        foreach (var job in keeper.UnderWay) log.Warning("The run of job {Job} did not end within {StopWithin}: what it committed stands, and the next start goes on from there", job, stopWithin);
        log.Information("Schedules are kept no longer");
    }

    private static IPEndPoint? Loopback(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (IPEndPoint.TryParse(text, out var address) && text.Contains(':', StringComparison.Ordinal) && IPAddress.IsLoopback(address.Address)) return address;
        result.AddError($"'{text}' is no address of this machine alone; write it as 127.0.0.1:8086.");
        return null;
    }
}
