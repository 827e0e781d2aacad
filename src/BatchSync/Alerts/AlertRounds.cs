using BatchSync.Configuration;

namespace BatchSync.Alerts;

/// <summary>Looks at all jobs that have alerts, one after the other: for runs that are missed or hang, and for what could not be told before.</summary>
internal sealed class AlertRounds(IReadOnlyList<JobDefinition> jobs, AlertWatch watch)
{
    /// <summary>So often a process that keeps schedules looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(15);

    public async Task LookAsync(CancellationToken cancel)
    {
        foreach (var job in jobs)
        {
            if (cancel.IsCancellationRequested) return;
            await watch.TryLookAsync(job, TimeSpan.Zero, cancel);
        }
    }
}
