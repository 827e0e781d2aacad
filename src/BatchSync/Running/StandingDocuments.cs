using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>The documents that stand on the books, and whether they may be changed.</summary>
internal sealed class StandingDocuments(ActiveRun run)
{
    /// <summary>Whether no destination has it: it was never sent, or refused for good.</summary>
    public static bool IsNeverTaken(OutboxState state) => state is OutboxState.Ready or OutboxState.Rejected;

    /// <summary>Documents of a key that a destination took and that were not taken back, in the order in which they were made.</summary>
    public async Task<IReadOnlyList<DocumentRow>> OfKeyAsync(DocumentKey key, CancellationToken cancel)
    {
        var all = (await run.Store.ListDocumentsOfClientAsync(run.Series, key.Client, key.Period, cancel)).Where(d => d.Key == key).ToList();
        var takenBack = all.Where(d => d.TakesBack).Select(d => d.Corrects).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(d => !d.TakesBack && !IsNeverTaken(d.State) && !takenBack.Contains(d.Reference))];
    }

    /// <summary>Of each record the newest share on a document that stands, whether that one bills the record or takes it off; records without one are left out.</summary>
    public async Task<IReadOnlyDictionary<RecordName, PostedShare>> NewestSharesAsync(IEnumerable<RecordName> records, CancellationToken cancel)
    {
        var standing = new Dictionary<DocumentKey, HashSet<long>>();
        var newest = new Dictionary<RecordName, PostedShare>();
        foreach (var record in records)
        {
            foreach (var share in await run.Store.ListPostedSharesOfRecordAsync(run.Series, record.Stream, record.SourceId, cancel))
            {
                if (!standing.TryGetValue(share.Key, out var documents)) standing.Add(share.Key, documents = [.. (await OfKeyAsync(share.Key, cancel)).Select(d => d.DocumentNo)]);
                if (documents.Contains(share.DocumentNo)) newest[record] = share;
            }
        }

        return newest;
    }

    /// <summary>
    /// The documents, and all others of their key that hold something of the same records: taking back the one without the others would leave
    /// an adjustment of nothing on the books.
    /// </summary>
    public async Task<IReadOnlyList<DocumentRow>> WithSharedAsync(IReadOnlyCollection<DocumentRow> documents, CancellationToken cancel)
    {
        var standing = await OfKeyAsync(documents.First().Key, cancel);
        var shares = (await run.Store.ListPostedSharesAsync(run.Series, documents.First().Key, cancel))
            .Where(s => standing.Any(d => d.DocumentNo == s.DocumentNo))
            .Select(s => (s.DocumentNo, Record: s.Record.Name)).ToList();
        var found = documents.Select(d => d.DocumentNo).ToHashSet();
        for (var before = 0; before != found.Count;)
        {
            before = found.Count;
            var records = shares.Where(s => found.Contains(s.DocumentNo)).Select(s => s.Record).ToHashSet();
            found.UnionWith(shares.Where(s => records.Contains(s.Record)).Select(s => s.DocumentNo));
        }

        return [.. standing.Where(d => found.Contains(d.DocumentNo))];
    }

    /// <summary>Reads documents at their destinations: what a person did there is never overwritten.</summary>
    public async Task<DocumentReading> ReadAsync(IReadOnlyList<DocumentRow> documents, CancellationToken cancel)
    {
        var drafts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in documents.GroupBy(d => d.Destination))
        {
            var (destination, hold) = (run.Destinations[group.Key], (string?)null);
            await run.AtAsync(destination, async () => hold = await HoldOfAsync(destination, group, drafts, cancel));
            if (run.Stops.IsDown(destination.Name)) return new DocumentReading($"destination '{destination.Name}' could not be asked", drafts) { IsUnread = true };
            if (hold is not null) return new DocumentReading(hold, drafts);
        }

        return new DocumentReading(null, drafts);
    }

    private static async Task<string?> HoldOfAsync(OpenDestination destination, IEnumerable<DocumentRow> documents, HashSet<string> drafts, CancellationToken cancel)
    {
        foreach (var chunk in documents.Chunk(destination.Port.Traits.LookUpSize))
        {
            var found = (await destination.Port.LookUpAsync([.. chunk.Select(d => d.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
            foreach (var document in chunk)
            {
                if (HoldOf(destination, document, [.. found[document.Reference]]) is { } hold) return hold;
                if (found[document.Reference].Single().IsDraft) drafts.Add(document.Reference);
            }
        }

        return null;
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
