namespace BatchSync.Core.Amounts;

/// <summary>How a value between two steps is settled. A negative value mirrors its positive twin: round(-x) = -round(x).</summary>
public enum RoundingMode
{
    /// <summary>To the nearest step, ties away from zero.</summary>
    HalfUp,

    /// <summary>To the nearest step, ties to the even step.</summary>
    HalfEven,

    /// <summary>Away from zero.</summary>
    Up,

    /// <summary>Toward zero.</summary>
    Down,
}
