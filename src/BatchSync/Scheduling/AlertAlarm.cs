using BatchSync.Alerts;
using Quartz;

namespace BatchSync.Scheduling;

/// <summary>What Quartz calls to have all jobs looked at. It stands beside the alarms of the jobs: one that hangs, or waits, is looked at too.</summary>
[DisallowConcurrentExecution]
internal sealed class AlertAlarm(AlertRounds rounds) : IJob
{
    private const string Name = "alerts";

    // The first look comes late enough for what is made up for at the start to have begun.
    public static void Set(IQuartzBuilder quartz, DateTimeOffset now)
    {
        quartz.AddJob<AlertAlarm>(alarm => alarm.WithIdentity(Name, Name));
        quartz.AddTrigger(round => round.ForJob(Name, Name).WithIdentity(Name, Name).StartAt(now + AlertRounds.Every).WithSimpleSchedule(simple => simple.WithInterval(AlertRounds.Every).RepeatForever()));
    }

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancel) => await rounds.LookAsync(cancel);
}
