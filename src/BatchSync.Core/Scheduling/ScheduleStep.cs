namespace BatchSync.Core.Scheduling;

/// <summary>What is to be done now for the schedule of one job.</summary>
public abstract record ScheduleStep
{
    private ScheduleStep()
    {
    }

    /// <summary>Nothing until the schedule fires again.</summary>
    public sealed record Idle : ScheduleStep;

    /// <summary>Nothing until an instant, or until another job is through.</summary>
    /// <param name="Reason">For people.</param>
    public sealed record Wait(DateTimeOffset Until, string Reason) : ScheduleStep;

    /// <summary>Note that there will be no run for some occurrences, and look again.</summary>
    public sealed record Skip(IReadOnlyList<SkippedOccurrence> Skipped) : ScheduleStep;

    /// <summary>Note that nothing more is tried for an occurrence whose runs died again and again, and look again.</summary>
    public sealed record GiveUp(FireTime Fire, string Reason) : ScheduleStep;

    /// <summary>Make a run for an occurrence.</summary>
    public sealed record Perform(OccurrenceClaim Claim) : ScheduleStep;
}
