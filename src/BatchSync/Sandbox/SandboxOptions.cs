using BatchSync.Core.Retry;

namespace BatchSync.Sandbox;

/// <summary>What a sandbox serves and where it keeps its books.</summary>
/// <param name="DataFolder">Every <c>*.json</c> directly in it is served; see <see cref="SandboxFolder"/>.</param>
/// <param name="Port">On 127.0.0.1; 0: any free one.</param>
/// <param name="StateFile">Where the books are kept over a restart; null: in memory only.</param>
/// <param name="FaultFile">The fault script to begin with, YAML or JSON; null: no faults.</param>
/// <param name="Token">What every call must carry; see <see cref="DefaultToken"/>.</param>
/// <param name="Time">Stamps deletions, and measures the delays of faults and the limit of calls.</param>
internal sealed record SandboxOptions(string DataFolder, int Port, string? StateFile, string? FaultFile, string Token, TimeProvider Time)
{
    public const string DefaultToken = "sandbox-token";

    /// <summary>
    /// Whether a second document with a reference that the books hold is answered as <c>duplicate</c>. False by default, as in many
    /// real systems, so that a client that posts twice makes two documents and is caught.
    /// </summary>
    public bool UniqueReferences { get; init; }

    /// <summary>How many calls each API takes; null: as many as come.</summary>
    public Allowance? Limit { get; init; }
}
