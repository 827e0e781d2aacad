namespace BatchSync.Core.Scheduling;

/// <summary>What has become of an occurrence.</summary>
public enum OccurrenceState
{
    /// <summary>A run has claimed it. That run may have died since: the lease of its series tells.</summary>
    Running,

    /// <summary>Its run came to its end, with or without something for a person to look at.</summary>
    Done,

    /// <summary>Its run failed, or could not begin.</summary>
    Failed,

    /// <summary>Its run was stopped by whoever runs the program, and goes on when the schedule is kept again.</summary>
    Parked,

    /// <summary>No run was made for it, and none will be.</summary>
    Skipped,
}

/// <summary>Why a run failed, as far as trying again is concerned.</summary>
public enum FailureKind
{
    /// <summary>The world outside: it may be gone by itself.</summary>
    Passing,

    /// <summary>The configuration or the program: the same again until somebody changes something and starts the program anew.</summary>
    Standing,
}

/// <summary>One scheduled date of a job, and what has become of it. Each is performed at most once.</summary>
/// <param name="Failures">How often a run for it failed or died; one that was parked does not count.</param>
/// <param name="ChangedAt">When it came into its state.</param>
/// <param name="Kind">Of the last failure.</param>
/// <param name="Reason">What its run said, or why there was none.</param>
public sealed record Occurrence(FireTime Fire, OccurrenceState State, int Failures, DateTimeOffset ChangedAt, FailureKind Kind, string Reason)
{
    public DateOnly Date => Fire.Date;
}

/// <summary>A date on which no occurrence of a job is performed.</summary>
/// <param name="Name">What is celebrated, for the record.</param>
public readonly record struct Holiday(DateOnly Date, string Name);

/// <summary>An occurrence for which there will be no run.</summary>
/// <param name="Reason">For people: what else happened.</param>
public sealed record SkippedOccurrence(FireTime Fire, string Reason);

/// <summary>An occurrence that a run is to be made for.</summary>
/// <param name="Failures">Those that were known when this was decided: where there are others by now, somebody else has tried meanwhile.</param>
/// <param name="Skipped">Others that are noted with the claim: holidays, and those that the run makes up for.</param>
public sealed record OccurrenceClaim(FireTime Fire, int Failures, IReadOnlyList<SkippedOccurrence> Skipped);
