using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Documents that are sent together or not at all: those of one key, those of which one waits for the other, and those that say something of the same
/// record. An invoice without every credit that it follows would bill twice.
/// </summary>
internal static class HangingTogether
{
    /// <summary>What is ready of some keys, and what is ready beside it and hangs together with it.</summary>
    public static async Task<IReadOnlyList<DocumentRow>> ReadyOfAsync(ActiveRun run, IReadOnlySet<DocumentKey> keys, CancellationToken cancel)
    {
        if (keys.Count == 0) return [];
        var ready = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => d.State == OutboxState.Ready).ToList();
        var hanging = await WithAsync(run.Store, ready, d => keys.Contains(d.Key), cancel);
        return [.. ready.Where(d => hanging.Contains(d.DocumentNo))];
    }

    /// <summary>The numbers of some documents and of all that hang together with them.</summary>
    public static async Task<HashSet<long>> WithAsync(IStore store, IReadOnlyCollection<DocumentRow> documents, Func<DocumentRow, bool> which, CancellationToken cancel)
    {
        var found = documents.Where(which).Select(d => d.DocumentNo).ToHashSet();
        if (found.Count == 0) return found;
        var records = await RecordsAsync(store, documents, cancel);
        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            var those = documents.Where(d => found.Contains(d.DocumentNo)).ToList();
            var (keys, followed) = (those.Select(d => d.Key).ToHashSet(), those.Select(d => d.After).OfType<long>().ToHashSet());
            var shared = those.SelectMany(d => records[d.DocumentNo]).ToHashSet();
            found.UnionWith(documents
                .Where(d => keys.Contains(d.Key) || (d.After is { } after && found.Contains(after)) || followed.Contains(d.DocumentNo) || records[d.DocumentNo].Overlaps(shared))
                .Select(d => d.DocumentNo));
        }

        return found;
    }

    private static async Task<Dictionary<long, HashSet<RecordName>>> RecordsAsync(IStore store, IEnumerable<DocumentRow> documents, CancellationToken cancel)
    {
        var records = new Dictionary<long, HashSet<RecordName>>();
        foreach (var document in documents) records.Add(document.DocumentNo, [.. (await store.ListPostedSharesOfDocumentAsync(document.DocumentNo, cancel)).Select(s => s.Record.Name)]);
        return records;
    }
}
