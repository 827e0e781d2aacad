using System.Globalization;

namespace BatchSync.Core.Retry;

/// <summary>What an API allows: so many calls in any span of a length. A least gap between two calls is one call in that gap.</summary>
/// <param name="Calls">1 and up.</param>
/// <param name="Per">Longer than nothing.</param>
public sealed record Allowance(int Calls, TimeSpan Per)
{
    /// <summary>Whether whoever keeps to this one keeps to another: it allows no more calls, in no shorter a span.</summary>
    public bool Covers(Allowance other) => Calls <= other.Calls && Per >= other.Per;

    /// <summary><c>100 calls in 15 s</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Calls} {(Calls == 1 ? "call" : "calls")} in {Length}");

    private string Length => Per switch
    {
        { Ticks: var t } when t % TimeSpan.TicksPerDay == 0 => string.Create(CultureInfo.InvariantCulture, $"{Per.Days} d"),
        { Ticks: var t } when t % TimeSpan.TicksPerHour == 0 => string.Create(CultureInfo.InvariantCulture, $"{t / TimeSpan.TicksPerHour} h"),
        { Ticks: var t } when t % TimeSpan.TicksPerMinute == 0 => string.Create(CultureInfo.InvariantCulture, $"{t / TimeSpan.TicksPerMinute} min"),
        { Ticks: var t } when t % TimeSpan.TicksPerSecond == 0 => string.Create(CultureInfo.InvariantCulture, $"{t / TimeSpan.TicksPerSecond} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Per.Ticks / TimeSpan.TicksPerMillisecond} ms"),
    };
}

/// <summary>Calls that count against an allowance until an instant.</summary>
/// <param name="FreeAt">From then on they do not count.</param>
/// <param name="Count">1 and up.</param>
public readonly record struct UsedCalls(DateTimeOffset FreeAt, int Count)
{
    /// <summary>
    /// What two of us have counted, in the order of instants: of each the greater count, since each knows much of the other's calls from the store and from headers, and adding up would
    /// count those twice. What is over is left out.
    /// </summary>
    public static IReadOnlyList<UsedCalls> Merged(IEnumerable<UsedCalls> used, DateTimeOffset now) =>
        [.. used.Where(u => u.FreeAt > now && u.Count > 0).GroupBy(u => u.FreeAt).Select(g => new UsedCalls(g.Key, g.Max(u => u.Count))).OrderBy(u => u.FreeAt)];
}
