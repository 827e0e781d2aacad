using BatchSync.Core.Amounts;

namespace BatchSync.Core.Time;

/// <summary>What is summed before time is rounded.</summary>
public enum RoundingScope
{
    /// <summary>Each entry alone.</summary>
    Entry,

    /// <summary>One client, project, task, person and local date.</summary>
    Day,

    /// <summary>One document line.</summary>
    Line,
}

/// <summary>How seconds worked become seconds billed.</summary>
/// <param name="IncrementSeconds">The step; 0: no rounding.</param>
/// <param name="Mode">How a value between two steps is settled.</param>
/// <param name="Scope">What is summed before rounding.</param>
/// <param name="MinimumSeconds">The least that a sum above zero bills, applied after rounding and not itself rounded; 0: none.</param>
public sealed record TimeRounding(long IncrementSeconds, RoundingMode Mode, RoundingScope Scope, long MinimumSeconds)
{
    public static TimeRounding None { get; } = new(0, RoundingMode.HalfUp, RoundingScope.Entry, 0);

    /// <summary>Seconds to the increment in the mode; a negative value mirrors its positive twin. The minimum is not applied here.</summary>
    /// <exception cref="OverflowException">The rounded seconds pass 64 bits.</exception>
    public long Round(long seconds) =>
        IncrementSeconds == 0 ? seconds : (long)(new Rational(seconds, IncrementSeconds).Round(Mode) * IncrementSeconds);
}
