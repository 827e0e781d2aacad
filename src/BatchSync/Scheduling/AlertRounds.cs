using BatchSync.Alerts;
using BatchSync.Configuration;
using Microsoft.Extensions.Hosting;

namespace BatchSync.Scheduling;

/// <summary>
/// Looks now and then at all jobs that have alerts: for runs that are missed or hang, and for what could not be told before. It stands beside the alarms of the schedules, so that
/// a job is looked at whatever holds its own alarm up.
/// </summary>
internal sealed class AlertRounds(IReadOnlyList<JobDefinition> jobs, AlertWatch watch, TimeProvider time) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(15);

    // The first round comes late enough for what is made up for at the start to have begun.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (jobs.Count > 0 && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var job in jobs.TakeWhile(_ => !stoppingToken.IsCancellationRequested)) await watch.TryLookAsync(job, TimeSpan.Zero, stoppingToken);
        }
    }
}
