using BatchSync.Core.Scheduling;

namespace BatchSync.Storage;

/// <summary>A schedule as it is kept.</summary>
/// <param name="TimeZone">Its id.</param>
internal sealed record ScheduleRow(string Series, string Job, string Cron, string TimeZone);

/// <summary>An occurrence as the store has it.</summary>
/// <param name="RunNo">The newest run for it; null: there was none.</param>
/// <param name="Host">That changed it last.</param>
/// <param name="ExitCode">Of that run, or of what kept a run from beginning; null: none, or a run that is under way or died.</param>
internal sealed record OccurrenceRow(string Series, string Job, Occurrence Occurrence, long? RunNo, string Host, int? ExitCode);
