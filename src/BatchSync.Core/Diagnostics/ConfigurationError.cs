namespace BatchSync.Core.Diagnostics;

/// <summary>
/// One mistake of the user in a configuration file, as plain data: what is wrong and where, what would be right, and what to do.
/// Nothing starts while there is one. <see cref="ConfigurationErrorText"/> makes text of it.
/// </summary>
public sealed record ConfigurationError(ErrorCode Code, TextPlace Place, string Message)
{
    /// <summary>A sentence with the values or fields that are allowed; empty where there is no list.</summary>
    public string Allowed { get; init; } = "";

    /// <summary>The name that was probably meant; empty where none is near.</summary>
    public string Suggestion { get; init; } = "";

    /// <summary>A sentence that says what to do; empty where the allowed values say it.</summary>
    public string NextStep { get; init; } = "";
}
