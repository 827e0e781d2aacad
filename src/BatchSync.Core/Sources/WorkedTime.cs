using System.Text.RegularExpressions;
using BatchSync.Core.Amounts;

namespace BatchSync.Core.Sources;

/// <summary>Lengths of time as sources write them, read into whole seconds. A negative one mirrors its positive twin.</summary>
public static partial class WorkedTime
{
    /// <summary>A million hours: more is no entry but a slip, and would in sums pass what 64 bits hold.</summary>
    public const long MostSeconds = 3_600_000_000;

    /// <summary>
    /// A decimal number of units as seconds, half-up to a step: 1.1 of 3600 to the step 1 is 3960; 0.33 of 3600 to the step 60 is 1200.
    /// </summary>
    /// <param name="unit">Seconds of one unit: 3600, 60 or 1.</param>
    /// <param name="step">Seconds of a step, 1 and up: 60 restores whole minutes from hours of two decimals.</param>
    /// <returns>False where it is beyond <see cref="MostSeconds"/> in either direction.</returns>
    public static bool TryOf(decimal value, long unit, long step, out long seconds) => TryRound((Rational)value * unit, step, out seconds);

    /// <summary>
    /// An ISO 8601 duration of weeks, days (24 hours), hours, minutes and seconds: <c>PT1H30M</c> is 5400, <c>PT0.5H</c> 1800, <c>-PT15M</c> -900.
    /// Years and months have no fixed length and are refused. Source: ISO 8601-1:2019, 5.5.2.
    /// </summary>
    public static bool TryIsoDuration(string text, out long seconds)
    {
        seconds = 0;
        var match = Iso().Match(text);
        if (!match.Success || !match.Groups["part"].Success) return false;
        var total = Rational.Zero;
        foreach (var (group, unit) in new[] { ("w", 604_800L), ("d", 86_400L), ("h", 3600L), ("m", 60L), ("s", 1L) })
        {
            if (!match.Groups[group].Success) continue;
            if (!NumberText.TryParse(match.Groups[group].ValueSpan, out var count)) return false;
            total += (Rational)count * unit;
        }

        return TryRound(match.Groups["minus"].Success ? -total : total, 1, out seconds);
    }

    private static bool TryRound(Rational exact, long step, out long seconds)
    {
        var rounded = (exact / step).Round(RoundingMode.HalfUp) * step;
        var fits = rounded >= -MostSeconds && rounded <= MostSeconds;
        seconds = fits ? (long)rounded : 0;
        return fits;
    }

    [GeneratedRegex(
        @"^(?:(?<minus>-)|\+)?P(?=\d|T\d)(?:(?<part>(?<w>\d+)W))?(?:(?<part>(?<d>\d+)D))?(?:T(?=\d)(?:(?<part>(?<h>\d+(?:\.\d+)?)H))?(?:(?<part>(?<m>\d+(?:\.\d+)?)M))?(?:(?<part>(?<s>\d+(?:\.\d+)?)S))?)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Iso();
}
