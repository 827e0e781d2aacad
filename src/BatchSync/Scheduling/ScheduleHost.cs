using BatchSync.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;
using Serilog;
using Serilog.Extensions.Logging;
using ILogger = Serilog.ILogger;

namespace BatchSync.Scheduling;

/// <summary>The process that keeps schedules: a generic host with Quartz, in memory or in a cluster. Which occurrence was performed is in the store, so that nothing is lost with it.</summary>
internal static class ScheduleHost
{
    private const string WindowsServiceName = "BatchSync";

    /// <summary>More runs at once than this wait for each other; those of one job never overlap anyway.</summary>
    private const int RunsAtOnce = 10;

    /// <param name="stopWithin">How long runs under way have to come to an end between two calls once it is to stop.</param>
    /// <param name="log">Takes warnings of the host and of Quartz as well.</param>
    /// <param name="beside">What else runs as long as schedules are kept.</param>
    /// <param name="cluster">With whom alarms are shared; null: with nobody.</param>
    /// <param name="further">What Quartz is told before: of two thread pools it takes the first.</param>
    public static IHost Build(ScheduleKeeper keeper, TimeProvider time, TimeSpan stopWithin, ILogger log, IEnumerable<IHostedService>? beside = null, AlarmCluster? cluster = null, Action<IQuartzBuilder>? further = null)
    {
        // The empty builder reads no settings file and no environment, so nothing can make it behave otherwise than here.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // Serilog lets everything through by a rule of its own; the later one holds.
        builder.Logging.AddSerilog(log).AddFilter<SerilogLoggerProvider>(category: null, LogLevel.Warning);
        // A service manager, where there is one, brings a lifetime of its own.
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService(options => options.ServiceName = WindowsServiceName);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = stopWithin);
        builder.Services.AddSingleton(keeper);
        foreach (var service in beside ?? []) builder.Services.AddSingleton(service);
        builder.Services.AddQuartz(quartz =>
        {
            further?.Invoke(quartz);
            quartz.UseTimeProvider(time);
            if (cluster is null) quartz.UseInMemoryStore();
            else cluster.Use(quartz);
            quartz.UseDefaultThreadPool(RunsAtOnce);
            quartz.ConfigureScheduler(scheduler => scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always);
            ScheduleAlarm.Set(quartz, keeper.Schedules);
        });
        builder.Services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
        return builder.Build();
    }
}
