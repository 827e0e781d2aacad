namespace BatchSync.Http;

/// <summary>What kind of fault the outside world had.</summary>
internal enum OutsideFault
{
    /// <summary>It may go well next time: the call was not carried out.</summary>
    Transient,

    /// <summary>It will not go well until somebody changes something.</summary>
    Permanent,

    /// <summary>The call was sent and no answer tells whether it was carried out.</summary>
    Unknown,
}

/// <summary>A network, an API or a mail server failed us. The run ends as failed and resumable (exit code 1).</summary>
/// <param name="message">What failed, the value or status, the limit or allowed values, and the next step. No secrets.</param>
internal sealed class OutsideException(OutsideFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public OutsideFault Fault { get; } = fault;
}
