using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What destinations have under the references of documents.</summary>
/// <param name="found">By destination, then by reference; null where a destination could not be asked to the end.</param>
internal sealed class LookedUp(ActiveRun run, IReadOnlyDictionary<string, ILookup<string, DestinationDocument>?> found)
{
    /// <summary>Whether documents may be changed.</summary>
    /// <param name="documents">Of those that were looked up.</param>
    public DocumentReading ReadingOf(IEnumerable<DocumentRow> documents)
    {
        var drafts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            if (found[document.Destination] is not { } there) return new DocumentReading($"destination '{document.Destination}' could not be asked", drafts) { IsUnread = true };
            if (HoldOf(run.Destinations[document.Destination], document, [.. there[document.Reference]]) is { } hold) return new DocumentReading(hold, drafts);
            if (there[document.Reference].Single().IsDraft) drafts.Add(document.Reference);
        }

        return new DocumentReading(null, drafts);
    }

    private static string? HoldOf(OpenDestination destination, DocumentRow document, IReadOnlyList<DestinationDocument> found)
    {
        if (document.State != OutboxState.Posted) return $"{document.Reference} is not settled at its destination yet ({document.State})";
        if (DocumentComparison.Differences(document.Expected.PostedBy(destination.Port.Traits.Deductions), found) is [var gap, ..]) return $"{document.Reference} was changed there: expected {gap.Expected}, found {gap.Actual}";
        return found[0].Standing switch
        {
            DocumentStanding.Paid => $"{document.Reference} is paid",
            DocumentStanding.PartPaid => $"{document.Reference} is part-paid",
            _ => null,
        };
    }
}

/// <summary>What a look at documents found before they are changed.</summary>
/// <param name="Hold">Why they may not be changed; null: they may.</param>
/// <param name="Drafts">References of those that still are drafts.</param>
internal sealed record DocumentReading(string? Hold, IReadOnlySet<string> Drafts)
{
    /// <summary>Whether a destination could not be asked: nothing is known of the documents.</summary>
    public bool IsUnread { get; init; }
}
