namespace BatchSync.Sandbox;

/// <summary>What goes wrong with a call.</summary>
internal abstract record FaultAction
{
    private FaultAction() { }

    /// <summary>An error status before the call has any effect.</summary>
    /// <param name="Code">400 to 599.</param>
    /// <param name="RetryAfter">Seconds for the Retry-After header; null: no header.</param>
    internal sealed record Status(int Code, int? RetryAfter) : FaultAction;

    /// <summary>Waits, then carries the call out even where the client has given up meanwhile, as real servers do.</summary>
    internal sealed record Slow(TimeSpan Delay) : FaultAction;

    /// <summary>Carries the call out, then says nothing until the client gives up, at most a minute, and closes the connection.</summary>
    internal sealed record TimeoutAfterCommit : FaultAction;

    /// <summary>Carries the call out, then resets the connection.</summary>
    internal sealed record DropAfterCommit : FaultAction;

    /// <summary>Gives the last answer of this path again; where there was none, this one.</summary>
    internal sealed record RepeatPage : FaultAction;

    /// <summary>Carries the call out and sends the first half of the answer as if it were all.</summary>
    internal sealed record Truncate : FaultAction;

    /// <summary>Status 200 with a page for people, before the call has any effect: a proxy's login page.</summary>
    internal sealed record Html : FaultAction;

    /// <summary>Refuses the items at these positions, from 1; the others are carried out.</summary>
    internal sealed record RejectItems(IReadOnlySet<int> Positions) : FaultAction;
}

/// <summary>A fault and the calls that it befalls.</summary>
/// <param name="Method"><c>GET</c> or <c>POST</c>.</param>
/// <param name="Path">What the call's path begins with.</param>
/// <param name="Nth">The first matching call that is befallen, from 1.</param>
/// <param name="Times">How many matching calls in a row are.</param>
internal sealed record Fault(string Method, string Path, int Nth, int Times, FaultAction Action)
{
    public bool Matches(string method, string path) => method == Method && path.StartsWith(Path, StringComparison.Ordinal);

    /// <summary>Whether a matching call with this number, from 1, is befallen.</summary>
    public bool Befalls(int call) => call >= Nth && call - Nth < Times;
}

/// <summary>The faults in force. Every fault counts the calls that it matches; where several befall one call, the first in the script acts.</summary>
internal sealed class FaultSchedule(IReadOnlyList<Fault> faults)
{
    private readonly Lock _gate = new();
    private readonly int[] _calls = new int[faults.Count];

    /// <summary>Counts a call and says what goes wrong with it; null: nothing.</summary>
    public FaultAction? Next(string method, string path)
    {
        lock (_gate)
        {
            FaultAction? action = null;
            for (var i = 0; i < faults.Count; i++)
            {
                if (faults[i].Matches(method, path) && faults[i].Befalls(++_calls[i])) action ??= faults[i].Action;
            }

            return action;
        }
    }
}
