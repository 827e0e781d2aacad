using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;

namespace BatchSync.Core.Posting;

/// <summary>An exchange rate with the decimals that a destination stores.</summary>
public static class SentRate
{
    /// <summary>The rate rounded half-up; null where nothing is left of it, and so it cannot be sent (0.00002 with four decimals).</summary>
    /// <param name="decimals">0 to 18.</param>
    public static decimal? Of(FxRate rate, int decimals) => rate.Rate.Round(decimals, RoundingMode.HalfUp) is > 0 and var sent ? sent : null;
}
