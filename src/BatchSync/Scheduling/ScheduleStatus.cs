using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using BatchSync.Storage;

namespace BatchSync.Scheduling;

/// <summary>Where the schedule of a job stands.</summary>
/// <param name="Next">When it fires next on a date that is no holiday; null: never.</param>
/// <param name="Last">The newest occurrence.</param>
/// <param name="LastDone">The newest one of which the run came to its end.</param>
internal sealed record ScheduleStatus(JobDefinition Job, FireTime? Next, OccurrenceRow? Last, OccurrenceRow? LastDone)
{
    /// <summary>More fire times than this are not holidays one after the other.</summary>
    private const int LongestHolidays = 400;

    /// <summary>As many of the newest occurrences as are looked through for one that was done.</summary>
    private const int LookedThrough = 100;

    /// <param name="store">Null: there is none yet.</param>
    /// <returns>Null where the job has no schedule.</returns>
    public static async Task<ScheduleStatus?> ReadAsync(IStore? store, JobDefinition job, DateTimeOffset now, CancellationToken cancel)
    {
        if (job.Schedule is not { } schedule) return null;
        var known = store is null ? [] : await store.ListOccurrencesAsync(job.Series, LookedThrough, cancel);
        return new ScheduleStatus(job, NextOf(schedule, now), known.Count == 0 ? null : known[0], known.FirstOrDefault(o => o.Occurrence.State == OccurrenceState.Done));
    }

    private static FireTime? NextOf(ScheduleDefinition schedule, DateTimeOffset now) =>
        Timetable.Of(schedule).After(now).Take(LongestHolidays).Where(f => OccurrenceRules.HolidayOn(f.Date, schedule.Holidays) is null).Select(f => (FireTime?)f).FirstOrDefault();
}
