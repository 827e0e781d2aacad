using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace BatchSync.Tests.Scheduling;

/// <summary>What the host and Quartz have to say goes to the log of the program.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ScheduleHostTests
{
    [Test]
    public async Task Warnings_OfTheHost_StandInTheLogAndWhatIsLessDoesNot()
    {
        var (time, kept) = (new ManualTime(), new Kept());
        await using var file = TestStore.Of("sqlite");
        await using var store = await file.OpenMigratedAsync(time);
        await using var log = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(kept).CreateLogger();
        var keeper = await ScheduleKeeper.OpenAsync(store, [ScheduleYear.Job("daily", "0 30 2 ? * *", "UTC")], time, (_, _, _) => Task.FromResult<RunResult?>(null), log, CancellationToken.None);
        using var host = ScheduleHost.Build(keeper, time, TimeSpan.FromSeconds(30), log);
        var quartz = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Quartz.Core.QuartzScheduler");
        quartz.LogInformation("{Scheduler} has started", "one");
        quartz.LogWarning("{Scheduler} has misfired", "one");
        Assert.That(kept.Events.Select(e => (e.Level, e.RenderMessage(System.Globalization.CultureInfo.InvariantCulture))), Is.EqualTo(new[] { (LogEventLevel.Warning, "\"one\" has misfired") }));
    }

    private sealed class Kept : ILogEventSink
    {
        public List<LogEvent> Events { get; } = [];

        public void Emit(LogEvent logEvent) => Events.Add(logEvent);
    }
}
