using System.Globalization;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Retry;

namespace BatchSync.Sandbox;

/// <summary>
/// Turns away what is more than an allowance, counted for each API and company by itself in a span that slides with the clock, as the strictest real servers do. A call that is turned away
/// does not count.
/// </summary>
internal sealed class CallLimit(Allowance allowance, TimeProvider time)
{
    public const string RemainingHeader = "X-RateLimit-Remaining";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> _calls = new(StringComparer.Ordinal);
    private int _refused;

    /// <summary>How many calls were turned away.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Reads <c>100/15s</c>.</summary>
    /// <returns>Null where it is none.</returns>
    public static Allowance? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var calls) && calls > 0 && DurationText.Parse(parts[1]) is { } per && per > TimeSpan.Zero
            ? new Allowance(calls, per)
            : null;
    }

    /// <summary>Counts a call.</summary>
    /// <returns>The answer that turns it away, or null; and how many are left.</returns>
    public (SandboxAnswer? Refusal, int Left) Take(SandboxRequest request)
    {
        lock (_gate)
        {
            var (api, now) = (ApiOf(request.Path), time.GetUtcNow());
            if (!_calls.TryGetValue(api, out var calls)) _calls.Add(api, calls = []);
            while (calls.TryPeek(out var first) && first <= now - allowance.Per) calls.Dequeue();
            if (calls.Count >= allowance.Calls) return (Refuse(calls.Peek() + allowance.Per - now), 0);
            calls.Enqueue(now);
            return (null, allowance.Calls - calls.Count);
        }
    }

    private SandboxAnswer Refuse(TimeSpan wait)
    {
        _refused++;
        var seconds = (long)Math.Ceiling(wait.TotalSeconds);
        return SandboxAnswer.Error(429, "too_many_calls", $"{allowance} are allowed (--limit).") with { Headers = [("Retry-After", FormattableString.Invariant($"{seconds}"))] };
    }

    // Each company has books of its own, and an allowance with them.
    private static string ApiOf(string path) => string.Join('/', path.Split('/').Take(path.StartsWith(SandboxApis.CompaniesRoot, StringComparison.Ordinal) ? 4 : 2));
}
