using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a hit of a look-up means for an outbox row.</summary>
internal static class Adoption
{
    /// <summary>The row becomes <c>Created</c> with the destination's id; whether the amounts tie out is the read-back's to say.</summary>
    /// <param name="found">At least one document with the row's reference.</param>
    public static OutboxChange Of(OutboxRow row, IReadOnlyList<DestinationDocument> found) =>
        new(row.DocumentNo, row.Reference, OutboxState.Created, "Adopted", "found at the destination under its reference", found[0].DestinationId);
}
