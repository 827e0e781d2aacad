using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Which of the records that people took off the books belong to a run.</summary>
internal static class UnpostedRecords
{
    /// <summary>
    /// Of an unpost, or of a discard of dead letters, those that it marked; of any other run those that stand on its documents, and all that was unposted together with them.
    /// One run of a series works at a time, so what was marked while an unpost ran was marked by it.
    /// </summary>
    public static async Task<IReadOnlyList<RecordName>> OfRunAsync(IStore store, RunRow run, CancellationToken cancel)
    {
        var unposted = await store.ListUnpostedAsync(run.Series, cancel);
        var documents = await store.ListDocumentsAsync(run.Series, null, cancel);
        var own = documents.Where(d => d.RunNo == run.RunNo).ToList();
        var runs = await UnpostsAsync(store, run, own, documents, cancel);
        var records = await RecordsAsync(store, own, cancel);
        return [.. unposted.Where(u => records.Contains(u.Record) || runs.Exists(r => u.At >= r.StartedAt && !(u.At > r.EndedAt))).Select(u => u.Record)];
    }

    private static async Task<List<RunRow>> UnpostsAsync(IStore store, RunRow run, List<DocumentRow> own, IReadOnlyList<DocumentRow> documents, CancellationToken cancel)
    {
        var references = own.Select(d => d.Reference).ToHashSet(StringComparer.Ordinal);
        var found = new List<RunRow>();
        foreach (var no in documents.Where(d => d.TakesBack && references.Contains(d.Corrects)).Select(d => d.RunNo).Append(run.RunNo).Distinct())
        {
            if (await store.FindRunAsync(no, cancel) is { Kind: RunKind.Unpost or RunKind.Discard } unpost) found.Add(unpost);
        }

        return found;
    }

    private static async Task<HashSet<RecordName>> RecordsAsync(IStore store, List<DocumentRow> documents, CancellationToken cancel)
    {
        var records = new HashSet<RecordName>();
        foreach (var document in documents)
            records.UnionWith((await store.LoadWithSharesAsync(document.DocumentNo, cancel)).Lines.SelectMany(l => l.Shares).Select(s => new RecordName(s.Stream, s.RecordId)));
        return records;
    }
}
