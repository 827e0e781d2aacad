using Serilog.Context;

namespace BatchSync.Telemetry;

/// <summary>
/// The name of what is being done, by which the two ends of a call find each other: <c>H-12</c> for run 12 of series H, <c>H-12-345</c> for its posting attempt 345. It goes to APIs
/// whose connector names a header for it, into the log, the spans, and the request that is kept with the attempt.
/// </summary>
internal static class Correlation
{
    private static readonly AsyncLocal<string?> Ambient = new();

    /// <summary>Null: nothing is being done that has a name.</summary>
    public static string? Current => Ambient.Value;

    public static string Of(string series, long runNo) => FormattableString.Invariant($"{series}-{runNo}");

    public static string Of(string series, long runNo, long attemptNo) => FormattableString.Invariant($"{series}-{runNo}-{attemptNo}");

    /// <summary>What the caller does from now on has this name, until the end is disposed.</summary>
    public static IDisposable Begin(string id)
    {
        var end = new End(Ambient.Value, LogContext.PushProperty("CorrelationId", id));
        Ambient.Value = id;
        return end;
    }

    private sealed class End(string? before, IDisposable ofLog) : IDisposable
    {
        public void Dispose()
        {
            Ambient.Value = before;
            ofLog.Dispose();
        }
    }
}
