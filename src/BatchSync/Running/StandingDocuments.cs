using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
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
    public async Task<DocumentReading> ReadAsync(IReadOnlyList<DocumentRow> documents, CancellationToken cancel) => (await LookUpAsync(documents, cancel)).ReadingOf(documents);

    /// <summary>Looks documents up at their destinations, as many in a call as each takes: for many keys at once that is a call for some keys, and not one for each.</summary>
    public async Task<LookedUp> LookUpAsync(IEnumerable<DocumentRow> documents, CancellationToken cancel)
    {
        var found = new Dictionary<string, ILookup<string, DestinationDocument>?>(StringComparer.Ordinal);
        foreach (var group in documents.GroupBy(d => d.Destination))
        {
            var (destination, there) = (run.Destinations[group.Key], new List<DestinationDocument>());
            await run.AtAsync(destination, async () =>
            {
                foreach (var chunk in group.Chunk(destination.Port.Traits.LookUpSize)) there.AddRange(await destination.Port.LookUpAsync([.. chunk.Select(d => d.Reference)], cancel));
            });
            found.Add(group.Key, run.Stops.IsDown(destination.Name) ? null : there.ToLookup(d => d.Reference, StringComparer.Ordinal));
        }

        return new LookedUp(run, found);
    }
}
