namespace BatchSync.Core.Diagnostics;

/// <summary>A rule of BatchSync itself did not hold: a defect, never the fault of configuration or data. Ends the run with exit code 70.</summary>
public sealed class InvariantException(string message) : Exception(message);

/// <summary>States what must be true; a false one stops the run before wrong money leaves it.</summary>
public static class Invariant
{
    /// <exception cref="InvariantException">The condition is false.</exception>
    public static void Holds(bool condition, string rule)
    {
        if (!condition) throw new InvariantException(rule);
    }
}
