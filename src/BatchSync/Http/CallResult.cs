namespace BatchSync.Http;

/// <summary>What one try of a call came to: an answer, or the fault that no answer is.</summary>
/// <param name="Answer">Null where there is none.</param>
/// <param name="Fault">Null where there is an answer.</param>
/// <param name="MayTryAgain">Whether another try is allowed: it does no harm.</param>
/// <param name="Asked">How long the server asks us to wait; null: it does not.</param>
internal sealed record CallResult(ApiAnswer? Answer, OutsideException? Fault, bool MayTryAgain, TimeSpan? Asked)
{
    /// <summary>Whether the call may have come to the server.</summary>
    public bool WasSent { get; init; } = true;

    /// <summary>One line for the log.</summary>
    public string Reason => Answer is null ? Fault!.Message : $"{Answer.Location} answered {Answer.Status}";

    public static CallResult Done(ApiAnswer answer) => new(answer, null, false, null);
    public static CallResult TryAgain(ApiAnswer answer, TimeSpan? asked) => new(answer, null, true, asked);
    public static CallResult Failed(OutsideException fault) => new(null, fault, false, null);

    /// <summary>No connection was made, so nothing was carried out.</summary>
    public static CallResult NotSent(string what, Exception inner) =>
        new(null, new OutsideException(OutsideFault.Transient, what + " Check baseUrl and the network, then run again.", inner), true, null) { WasSent = false };

    /// <summary>The call went out, and what came back does not tell what became of it.</summary>
    public static CallResult NoAnswer(ApiRequest request, string what, Exception inner) => request.IsRepeatable
        ? new(null, new OutsideException(OutsideFault.Transient, what + ". Run again later; nothing that was done is lost.", inner), true, null)
        : new(null, new OutsideException(OutsideFault.Unknown, what + ". It may have been carried out, so it is not sent again before the server was asked what it holds.", inner), false, null);

    public static CallResult TooLarge(ApiRequest request, string what) => request.IsRepeatable
        ? Failed(new OutsideException(OutsideFault.Permanent, what + ". Ask for fewer rows in a page."))
        : Failed(new OutsideException(OutsideFault.Unknown, what + ". It may have been carried out."));
}
