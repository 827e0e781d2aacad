using BatchSync.Core.Scheduling;

namespace BatchSync.Core.Alerting;

/// <summary>Which dates of a schedule no run has answered in time, whoever was to start it.</summary>
public static class MissedRuns
{
    /// <summary>A run that began so little before its schedule fired was meant for it: clocks of two hosts differ by seconds.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>Fire times up to this instant are nobody's, or have been answered.</summary>
    /// <param name="keptSince">Since when the schedule is kept as it is; null: by this program's own count it is not.</param>
    /// <param name="answered">When the newest run began that came to an end; null: there was none.</param>
    /// <returns>Null where nobody has begun to run the job yet, so that none can be missed.</returns>
    public static DateTimeOffset? Since(DateTimeOffset? keptSince, DateTimeOffset? answered)
    {
        var next = answered + Early;
        return keptSince > next || next is null ? keptSince : next;
    }

    /// <summary>The fire times that had been due for long enough and are no holidays, in their order.</summary>
    /// <param name="fires">Those after <see cref="Since"/>, in their order.</param>
    public static IReadOnlyList<FireTime> Of(IEnumerable<FireTime> fires, IReadOnlyList<Holiday> holidays, TimeSpan missedAfter, DateTimeOffset now) =>
        [.. fires.TakeWhile(f => f.At + missedAfter <= now).Where(f => OccurrenceRules.HolidayOn(f.Date, holidays) is null)];
}
