namespace BatchSync.Core.Retry;

/// <summary>
/// Whether an API that keeps failing is asked at all. It is, until <see cref="FailuresToOpen"/> calls in a row have failed; then it rests, and one call after the
/// rest decides: either all go again, or it rests twice as long.
/// </summary>
/// <param name="Failures">Calls that have failed in a row.</param>
/// <param name="RestsUntil">Until when nothing is asked; null: it is asked.</param>
/// <param name="Rest">How long the next rest is.</param>
public sealed record Circuit(int Failures, DateTimeOffset? RestsUntil, TimeSpan Rest)
{
    /// <summary>Calls in a row, tries of one call among them.</summary>
    public const int FailuresToOpen = 5;

    public static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);

    /// <summary>Nothing has failed since the API answered, whatever it said: that it is busy, or does not want a call, is an answer too.</summary>
    public static Circuit Closed { get; } = new(0, null, FirstRest);

    /// <summary>The same as it was stored: a clock that was set back since must not hold it up for longer than a rest.</summary>
    public Circuit Recalled(DateTimeOffset now) => RestsUntil > now + LongestRest ? this with { RestsUntil = now + LongestRest } : this;

    /// <summary>Whether a call may go at an instant.</summary>
    public bool MayCall(DateTimeOffset now) => RestsUntil is null || now >= RestsUntil;

    /// <summary>A call goes: where it is the one after a rest, no other goes before it is known how it ended.</summary>
    public Circuit Begin(DateTimeOffset now) => RestsUntil is null ? this : this with { RestsUntil = now + Rest };

    /// <summary>No answer came, or one that says that the server itself fails.</summary>
    public Circuit Failed(DateTimeOffset now)
    {
        var failures = Failures + 1;
        if (failures < FailuresToOpen) return this with { Failures = failures };
        var next = Rest + Rest;
        return new Circuit(failures, now + Rest, next < LongestRest ? next : LongestRest);
    }
}
