using System.Globalization;

namespace BatchSync.Core.Scheduling;

/// <summary>All that is known of a job's schedule when it is looked at.</summary>
public sealed record ScheduleView
{
    /// <summary>What came due since the schedule is kept, is later than every occurrence that the store knows, in order of time.</summary>
    public required IReadOnlyList<FireTime> Due { get; init; }

    public required IReadOnlyList<Holiday> Holidays { get; init; }

    /// <summary>The newest occurrence that was not skipped; null: there is none.</summary>
    public required Occurrence? Latest { get; init; }

    /// <summary>Since when this program keeps the schedule with the configuration that it has now.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why the occurrence of a date must wait for another job; null: it need not.</summary>
    public required Func<DateOnly, string?> WaitsFor { get; init; }
}

/// <summary>
/// Which occurrence of a job is due, whether it is performed, and when it is tried again. After a time in which nobody kept the schedule one run makes up for all
/// that was missed: a run reads whatever changed since the last one, however long that is ago.
/// </summary>
public static class OccurrenceRules
{
    /// <summary>How often an occurrence is tried in all.</summary>
    public const int Tries = 6;

    /// <summary>The first distance between two tries; each further one is three times as long, so that the last begins ten hours after the first.</summary>
    public static readonly TimeSpan FirstDistance = TimeSpan.FromMinutes(5);

    /// <summary>How long an occurrence waits for another job before it is skipped.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    /// <summary>How often it is looked whether another job is through that may run on another host, or whether a run by hand has ended.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(15);

    public static ScheduleStep Next(ScheduleView view, DateTimeOffset now)
    {
        var holidays = view.Due.Select(fire => (Fire: fire, Name: HolidayOn(fire.Date, view.Holidays))).Where(h => h.Name is not null).ToList();
        var free = view.Due.Except(holidays.Select(h => h.Fire)).ToList();
        var skipped = holidays.Select(h => new SkippedOccurrence(h.Fire, $"holiday {h.Name}")).ToList();
        if (free.Count > 0) return NextOfDue(view, free, skipped, now);
        return skipped.Count > 0 ? new ScheduleStep.Skip(skipped) : NextOfLatest(view, now);
    }

    /// <summary>When an occurrence that failed is tried again; null: not by itself.</summary>
    public static DateTimeOffset? TriedAgainAt(Occurrence failed)
    {
        if (failed.Kind == FailureKind.Standing || failed.Failures >= Tries) return null;
        var distance = FirstDistance;
        for (var failure = 1; failure < failed.Failures; failure++) distance *= 3;
        return failed.ChangedAt + distance;
    }

    /// <summary>The name of the holiday on a date; null: it is none.</summary>
    public static string? HolidayOn(DateOnly date, IReadOnlyList<Holiday> holidays) => holidays.Where(h => h.Date == date).Select(h => h.Name).FirstOrDefault();

    private static ScheduleStep NextOfDue(ScheduleView view, List<FireTime> free, List<SkippedOccurrence> holidays, DateTimeOffset now)
    {
        var fire = free[^1];
        var skipped = holidays.Concat(free.SkipLast(1).Select(missed => Missed(missed, fire, view))).OrderBy(s => s.Fire.Date).ToList();
        if (view.WaitsFor(fire.Date) is not { } reason) return new ScheduleStep.Perform(new OccurrenceClaim(fire, 0, skipped));
        var patience = (fire.At > view.Since ? fire.At : view.Since) + Patience;
        if (now >= patience) return new ScheduleStep.Skip([.. skipped.Append(new SkippedOccurrence(fire, $"waited a day: {reason}")).OrderBy(s => s.Fire.Date)]);
        return new ScheduleStep.Wait(Earlier(now + LookEvery, patience), reason);
    }

    private static SkippedOccurrence Missed(FireTime missed, FireTime by, ScheduleView view)
    {
        var why = view.WaitsFor(missed.Date) is { } reason ? $"not performed ({reason})" : "not performed in time";
        return new SkippedOccurrence(missed, $"{why}; the occurrence of {Text(by.Date)} makes up for it");
    }

    private static ScheduleStep NextOfLatest(ScheduleView view, DateTimeOffset now)
    {
        if (view.Latest is not { State: not OccurrenceState.Done } latest) return new ScheduleStep.Idle();
        if (latest.State == OccurrenceState.Running && latest.Failures + 1 >= Tries)
            return new ScheduleStep.GiveUp(latest.Fire, string.Create(CultureInfo.InvariantCulture, $"its runs ended {Tries} times without a word"));
        if (latest.State != OccurrenceState.Failed) return Again(latest);
        if (TriedAgainAt(latest) is { } at) return now >= at ? Again(latest) : new ScheduleStep.Wait(at, latest.Reason);
        return latest.Kind == FailureKind.Standing && latest.ChangedAt < view.Since ? Again(latest) : new ScheduleStep.Idle();
    }

    private static ScheduleStep.Perform Again(Occurrence occurrence) => new(new OccurrenceClaim(occurrence.Fire, occurrence.Failures, []));

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Another job that must be through before an occurrence of the same date begins.</summary>
/// <param name="Job">Its name.</param>
/// <param name="KeptSince">What it had due before that is nobody's to perform.</param>
/// <param name="Known">Its occurrences that the store knows, of the dates that matter.</param>
public sealed record EarlierJob(string Job, DateTimeOffset KeptSince, IReadOnlyList<Holiday> Holidays, IReadOnlyList<Occurrence> Known)
{
    /// <summary>
    /// Why an occurrence of a date must wait. It waits for the other job's occurrence of that date to be done, or a later one that makes up for it. A date on which
    /// the other job has nothing to do, by its schedule or for a holiday, is not waited for.
    /// </summary>
    /// <param name="fire">When the other job's schedule fires on that date; null: it does not.</param>
    /// <returns>Null where it need not wait.</returns>
    public string? HoldOf(DateOnly date, FireTime? fire)
    {
        if (fire is null || OccurrenceRules.HolidayOn(date, Holidays) is not null) return null;
        if (Known.Any(o => o.Date >= date && o.State == OccurrenceState.Done)) return null;
        var known = Known.Where(o => o.Date >= date).MaxBy(o => o.Date);
        return known?.State switch
        {
            null => fire.Value.At <= KeptSince ? null : $"waits for '{Job}', which has not run yet",
            OccurrenceState.Running => $"waits for '{Job}', which is under way",
            OccurrenceState.Failed => $"waits for '{Job}', which failed",
            OccurrenceState.Parked => $"waits for '{Job}', which was stopped",
            _ => $"waits for '{Job}', which was skipped: {known.Reason}",
        };
    }
}
