using System.Globalization;

namespace BatchSync.Core.Retry;

/// <summary>How long to wait before the next try.</summary>
public static class RetryDelay
{
    /// <summary>The most that the first wait can be; it doubles with every further one.</summary>
    public static readonly TimeSpan FirstCeiling = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan LeastReset = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What the server asks for where it asks, else exponential back-off with full jitter: anything from nothing to
    /// 0.5 s x 2^retry. Neither is ever more than <paramref name="longest"/>.
    /// </summary>
    /// <param name="retry">0 before the second try.</param>
    /// <param name="asked">The server's Retry-After; null: none.</param>
    /// <param name="longest">The cap.</param>
    /// <param name="below">Randomness: a number from 0 to its argument, exclusive; the argument is 1 and up.</param>
    public static TimeSpan Before(int retry, TimeSpan? asked, TimeSpan longest, Func<long, long> below)
    {
        if (asked is { } wait) return wait < longest ? wait : longest;
        var ceiling = FirstCeiling.Ticks << Math.Min(retry, 30);
        return TimeSpan.FromTicks(below(Math.Min(ceiling, longest.Ticks) + 1));
    }

    /// <summary>
    /// Reads a Retry-After header: <c>120</c> is 120 seconds, <c>Wed, 21 Oct 2026 07:28:00 GMT</c> the time until then, not below zero.
    /// </summary>
    /// <returns>Null where there is none or it is neither. Source: RFC 9110 section 10.2.3, read 2026-11-22.</returns>
    public static TimeSpan? Asked(string? header, DateTimeOffset now)
    {
        if (header is null) return null;
        var text = header.AsSpan().Trim();
        if (text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0) return Seconds(text);
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, Style, out var until)) return null;
        return until > now ? until - now : TimeSpan.Zero;
    }

    /// <summary>
    /// Reads a header that says when an allowance is whole again: <c>120</c> is in 120 seconds, <c>1793449600</c> an instant in seconds since 1970,
    /// <c>2026-10-31T12:00:00Z</c> or <c>Wed, 21 Oct 2026 07:28:00 GMT</c> an instant. It is never in the past: a server's clock that is behind ours must not let us ask at once.
    /// </summary>
    /// <returns>Null where there is none or it is none of these.</returns>
    public static DateTimeOffset? ResetsAt(string? header, DateTimeOffset now)
    {
        if (header is null) return null;
        const long LeastInstant = 1_000_000_000;
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var text = header.AsSpan().Trim();
        DateTimeOffset? stated = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= LeastInstant and < LeastInstant * 100
            ? DateTimeOffset.FromUnixTimeSeconds(number)
            : Asked(header, now) is { } wait ? now + wait
            : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, Style, out var instant) ? instant
            : null;
        return stated is { } at && at < now + LeastReset ? now + LeastReset : stated;
    }

    private static TimeSpan Seconds(ReadOnlySpan<char> digits)
    {
        const int OneYear = 366 * 24 * 3600;
        var fits = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        return TimeSpan.FromSeconds(fits ? Math.Min(seconds, OneYear) : OneYear);
    }
}
