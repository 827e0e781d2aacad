namespace BatchSync.Core.Retry;

/// <summary>What an HTTP status says about a call.</summary>
public enum HttpStatusKind
{
    Success,

    /// <summary>The server points elsewhere.</summary>
    Redirect,

    /// <summary>We are not known, or may not do this; never a sign that there is nothing to read.</summary>
    NotAllowed,

    /// <summary>Too many calls: this one was turned away before it did anything.</summary>
    Busy,

    /// <summary>The server or something before it failed; a call that changes things may or may not have been carried out.</summary>
    Failing,

    /// <summary>The server does not take what the call contains; it did nothing of it. Other content may be taken.</summary>
    BadContent,

    /// <summary>Whatever it contains, a call of this kind will be refused until somebody changes something.</summary>
    Refused,
}

/// <summary>The one table from HTTP status to kind. Source: RFC 9110 section 15 and RFC 6585 section 4, read 2026-11-22.</summary>
public static class HttpStatusTable
{
    /// <summary>The kind of a status; one that no rule names is <see cref="HttpStatusKind.Refused"/>.</summary>
    public static HttpStatusKind KindOf(int status) => status switch
    {
        >= 200 and < 300 => HttpStatusKind.Success,
        >= 300 and < 400 => HttpStatusKind.Redirect,
        401 or 403 or 407 => HttpStatusKind.NotAllowed,
        429 => HttpStatusKind.Busy,
        400 or 409 or 413 or 422 => HttpStatusKind.BadContent,
        408 or (>= 500 and < 600) => HttpStatusKind.Failing,
        _ => HttpStatusKind.Refused,
    };

    /// <summary>What to check, as a whole sentence for a person.</summary>
    public static string NextStep(int status) => status switch
    {
        400 or 422 => "The server does not accept the request: check the path, the query and the fields of the connector.",
        404 or 410 => "There is nothing at this address: check baseUrl and the path of the connector.",
        405 => "The server does not take this method here: check the path of the connector.",
        409 => "It conflicts with what the server holds: look at the server before trying again.",
        413 => "The request is too large: lower the batch size of the connector.",
        429 => "The server allows fewer calls: run again later, or raise the connector's attempts and longest wait.",
        408 or >= 500 => "The server is failing: run again later; nothing that was done is lost.",
        >= 300 and < 400 => "The address has moved: set baseUrl to the new one.",
        _ => "Check the connector against the documentation of the server.",
    };
}
