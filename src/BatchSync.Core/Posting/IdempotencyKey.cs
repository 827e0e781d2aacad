using System.Globalization;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Posting;

/// <summary>
/// The key by which a destination knows a call that it has seen: the same documents have the same key, so that a repeated call
/// is answered, not carried out again.
/// </summary>
public static class IdempotencyKey
{
    /// <summary>Characters of a key: 140 bits, within the 36 that destinations commonly take (the length of a UUID).</summary>
    public const int Length = 28;

    /// <summary>28 characters A-Z and 2-7. The order of the references makes no difference.</summary>
    /// <param name="references">Of all documents in the call; at least one, none twice.</param>
    /// <param name="attemptGroup">
    /// Counts how often a person or a definite refusal started these documents afresh; null is the first time. A destination
    /// would answer the same key with its old refusal.
    /// </param>
    /// <exception cref="InvariantException">No reference, or one that is there twice.</exception>
    public static string Of(IEnumerable<string> references, int? attemptGroup)
    {
        var sorted = references.Order(StringComparer.Ordinal).ToList();
        Invariant.Holds(sorted.Count > 0, "A call without documents has no idempotency key.");
        Invariant.Holds(sorted.Distinct(StringComparer.Ordinal).Count() == sorted.Count, "A reference stands twice in one call.");
        var group = attemptGroup?.ToString(CultureInfo.InvariantCulture) ?? "";
        return CanonicalText.Hash(["batchsync-call-1", group, .. sorted])[..Length];
    }
}
