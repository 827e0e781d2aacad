using System.Globalization;
using System.Runtime.CompilerServices;

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

    /// <summary>The same with a rule that is written only where it does not hold: what is stated of every record is not made into text each time.</summary>
    /// <exception cref="InvariantException">The condition is false.</exception>
    public static void Holds(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] BrokenRule rule)
    {
        if (!condition) throw new InvariantException(rule.Text());
    }
}

/// <summary>The text of a rule that does not hold, written by the compiler from an interpolated string; of one that holds nothing is written.</summary>
[InterpolatedStringHandler]
public ref struct BrokenRule
{
    private DefaultInterpolatedStringHandler _text;

    /// <param name="literalLength">Characters between the values.</param>
    /// <param name="formattedCount">How many values there are.</param>
    /// <param name="holds">Whether the rule holds.</param>
    /// <param name="writes">Whether the values are wanted.</param>
    public BrokenRule(int literalLength, int formattedCount, bool holds, out bool writes)
    {
        writes = !holds;
        if (writes) _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    /// <summary>What stands between the values.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>A value.</summary>
    public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

    /// <summary>A value.</summary>
    public void AppendFormatted(string? value) => _text.AppendFormatted(value);

    /// <summary>The whole text.</summary>
    public string Text() => _text.ToStringAndClear();
}
