using BatchSync.Configuration;
using Quartz;

namespace BatchSync.Scheduling;

/// <summary>What Quartz calls when the schedule of a job fires: it holds the job's name, and everything else is the keeper's and the store's to know.</summary>
[DisallowConcurrentExecution]
internal sealed class ScheduleAlarm(ScheduleKeeper keeper) : IJob
{
    /// <summary>
    /// Sets the alarms of all schedules: now, for what came due while nobody looked, and whenever each fires. In a cluster, the alarm of a host that died in the middle goes off
    /// again on another.
    /// </summary>
    public static void Set(IQuartzBuilder quartz, IEnumerable<KeptSchedule> schedules)
    {
        foreach (var (job, _, _) in schedules) Set(quartz, job.Name, job.Schedule!);
    }

    private static void Set(IQuartzBuilder quartz, string job, ScheduleDefinition schedule)
    {
        quartz.AddJob<ScheduleAlarm>(alarm => alarm.WithIdentity(job).RequestRecovery());
        quartz.AddTrigger(now => now.ForJob(job).WithIdentity($"{job} at the start").StartNow());
        quartz.AddTrigger(fires => fires.ForJob(job).WithIdentity($"{job} by its schedule").WithCronSchedule(schedule.Cron, cron => cron.InTimeZone(schedule.Zone)));
    }

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancel)
    {
        var job = context.JobDetail.Key.Name;
        var looked = await keeper.LookAsync(job, context.ScheduledFireTimeUtc ?? context.FireTimeUtc, cancel);
        if (cancel.IsCancellationRequested) return;
        if (looked.Again is { } at) await LookAgainAsync(context.Scheduler, job, at, cancel);
        if (!looked.Changed) return;
        foreach (var later in keeper.After(job)) await context.Scheduler.TriggerJob(new JobKey(later), cancellationToken: cancel);
    }

    // One at a time: a later look knows better when to come back.
    private static async Task LookAgainAsync(IScheduler scheduler, string job, DateTimeOffset at, CancellationToken cancel)
    {
        var trigger = TriggerBuilder.Create().ForJob(job).WithIdentity($"{job} again").StartAt(at).Build();
        await scheduler.ScheduleJob(trigger, new ScheduleJobOptions { Replace = true }, cancel);
    }
}
