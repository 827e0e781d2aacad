using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a person wants off the books.</summary>
/// <param name="RunNo">The run that formed the documents.</param>
/// <param name="Reference">Only this document of the run; null: all of them.</param>
internal sealed record UnpostRequest(long RunNo, string? Reference, string Author, string Reason);

/// <param name="IsDeleted">Whether it is a draft that is deleted; else it is credited.</param>
/// <param name="IsNamed">Whether the person named it; else it goes along because it holds something of the same records.</param>
internal sealed record UnpostedDocument(DocumentRow Document, bool IsDeleted, bool IsNamed);

/// <summary>What taking documents of a run off the books means.</summary>
/// <param name="Documents">In the order of their keys; those of one key together.</param>
/// <param name="Records">Kept off the books until they are released.</param>
/// <param name="NeverTaken">References of documents of the run that no destination has: they are taken apart.</param>
/// <param name="Refusals">Why nothing may be taken back; empty: it may.</param>
internal sealed record Unposting(UnpostRequest Wanted, IReadOnlyList<UnpostedDocument> Documents, IReadOnlyList<RecordName> Records, IReadOnlyList<string> NeverTaken, IReadOnlyList<string> Refusals)
{
    public bool IsNothing => Documents.Count == 0 && NeverTaken.Count == 0;

    public string Headline => IsNothing
        ? FormattableString.Invariant($"run {Wanted.RunNo} has nothing on the books")
        : $"{Counted.Of(Documents.Count, "document")} with {Counted.Of(Records.Count, "record")}" + (NeverTaken.Count > 0 ? FormattableString.Invariant($", {NeverTaken.Count} that no destination has") : "");

    /// <summary>What was done, for the result of the run.</summary>
    public string Done(string job)
    {
        if (IsNothing) return FormattableString.Invariant($"Run {Wanted.RunNo} has nothing on the books: nothing to take back");
        var deleted = Documents.Count(d => d.IsDeleted);
        return FormattableString.Invariant($"{Counted.Of(Documents.Count, "document")} taken back ({Counted.Of(deleted, "draft")} deleted, {Documents.Count - deleted} credited)")
            + FormattableString.Invariant($", {Counted.Of(Records.Count, "record")} held: unposted until released: batchsync release {job} --run {Wanted.RunNo} --reason TEXT");
    }
}

/// <summary>
/// Takes documents off the books because a person said so. The marks on their records are what counts: a marked record that documents still hold
/// is a take-back that did not come to its end, and whoever runs next finishes it. So are documents of which others that go with them are gone.
/// </summary>
internal sealed class UnpostStep(ActiveRun run)
{
    private readonly StandingDocuments _standing = new(run);
    private readonly TakeBack _takeBack = new(run);

    /// <summary>Finds all that goes together, and asks the destinations whether it may go; nothing on the books is changed.</summary>
    public async Task<Unposting> FindAsync(UnpostRequest wanted, CancellationToken cancel)
    {
        await UnformAsync(r => r.Purpose is DocumentPurpose.Credit or DocumentPurpose.Withdrawal, cancel);
        var named = await NamedAsync(wanted, cancel);
        var neverTaken = named.Where(d => StandingDocuments.IsNeverTaken(d.State)).ToList();
        var (found, refusals) = (new List<UnpostedDocument>(), new List<string>());
        foreach (var key in named.Except(neverTaken).GroupBy(d => d.Key).OrderBy(g => g.Key))
        {
            var together = await _standing.WithSharedAsync([.. key], cancel);
            var reading = await _standing.ReadAsync(together, cancel);
            if (reading.Hold is not null) refusals.AddRange(await ReasonsAsync(together, cancel));
            found.AddRange(together.Select(d => new UnpostedDocument(d, IsDeleted(d, reading), key.Any(n => n.DocumentNo == d.DocumentNo))));
        }

        IEnumerable<RecordName> records = [.. await FreedAsync([.. found.Select(d => d.Document)], cancel), .. await RecordsAsync(neverTaken, cancel)];
        return new Unposting(wanted, found, [.. records.Distinct().OrderBy(r => r.Stream).ThenBy(r => r.SourceId, StringComparer.Ordinal)], [.. neverTaken.Select(d => d.Reference)], refusals);
    }

    /// <summary>Marks the records, and forms what takes the documents back; nothing is sent.</summary>
    public async Task<string> ExecuteAsync(Unposting found, CancellationToken cancel)
    {
        await run.Store.SaveUnpostedAsync(run.Lease, found.Records, found.Wanted.Author, found.Wanted.Reason, cancel);
        await UnformAsync(_ => true, cancel);
        foreach (var key in found.Documents.GroupBy(d => d.Document.Key))
            await _takeBack.FormAsync([.. key.Select(d => d.Document)], key.Where(d => d.IsDeleted).Select(d => d.Document.Reference).ToHashSet(StringComparer.Ordinal), cancel);
        var continued = await ContinueAsync(cancel);
        return FormattableString.Invariant($"{Counted.Of(found.Records.Count, "record")} marked, {Counted.Of(found.Documents.Count + continued, "document")} to be taken back");
    }

    /// <summary>Forms what takes back the documents whose taking back was begun; those that a person touched since are left to a person.</summary>
    /// <returns>How many are taken back.</returns>
    public async Task<int> ContinueAsync(CancellationToken cancel)
    {
        var (formed, held) = (0, new List<string>());
        foreach (var key in (await BegunAsync(cancel)).GroupBy(d => d.Key).OrderBy(g => g.Key))
        {
            var together = await _standing.WithSharedAsync([.. key], cancel);
            var reading = await _standing.ReadAsync(together, cancel);
            if (reading.Hold is { } hold) held.Add(hold);
            else await _takeBack.FormAsync(together, reading.Drafts, cancel);
            formed += reading.Hold is null ? together.Count : 0;
        }

        run.Counts.TakeBacksHeld = held;
        return formed;
    }

    private bool IsDeleted(DocumentRow document, DocumentReading reading) => reading.Drafts.Contains(document.Reference) && run.Destinations[document.Destination].Port.Traits.DeletesDrafts;

    private async Task<List<DocumentRow>> NamedAsync(UnpostRequest wanted, CancellationToken cancel)
    {
        var all = await run.Store.ListDocumentsAsync(run.Series, null, cancel);
        var takenBack = all.Where(d => d.TakesBack).Select(d => d.Corrects).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(d => d.RunNo == wanted.RunNo && !d.TakesBack && !takenBack.Contains(d.Reference) && (wanted.Reference is null || d.Reference == wanted.Reference))];
    }

    // One look for each says what is wrong with each; together the first one would end it.
    private async Task<List<string>> ReasonsAsync(IReadOnlyList<DocumentRow> documents, CancellationToken cancel)
    {
        var reasons = new List<string>();
        foreach (var document in documents)
        {
            if ((await _standing.ReadAsync([document], cancel)).Hold is { } hold) reasons.Add(hold);
        }

        return reasons;
    }

    private async Task<IEnumerable<RecordName>> FreedAsync(List<DocumentRow> documents, CancellationToken cancel)
    {
        var numbers = documents.Select(d => d.DocumentNo).ToHashSet();
        var newest = await _standing.NewestSharesAsync(await RecordsAsync(documents, cancel), cancel);
        return newest.Where(n => numbers.Contains(n.Value.DocumentNo)).Select(n => n.Key);
    }

    private async Task<HashSet<RecordName>> RecordsAsync(IEnumerable<DocumentRow> documents, CancellationToken cancel)
    {
        var records = new HashSet<RecordName>();
        foreach (var document in documents)
            records.UnionWith((await run.Store.LoadWithSharesAsync(document.DocumentNo, cancel)).Lines.SelectMany(l => l.Shares).Select(s => new RecordName(s.Stream, s.RecordId)));
        return records;
    }

    private async Task<List<DocumentRow>> BegunAsync(CancellationToken cancel)
    {
        var holders = (await run.Store.ListLeftBehindAsync(run.Series, cancel)).ToHashSet();
        foreach (var marked in await run.Store.ListUnpostedAsync(run.Series, cancel))
        {
            if (await run.Store.FindRecordAsync(run.Series, marked.Record.Stream, marked.Record.SourceId, cancel) is { IsPosted: true })
                holders.UnionWith((await run.Store.ListPostedSharesOfRecordAsync(run.Series, marked.Record.Stream, marked.Record.SourceId, cancel)).Select(s => s.DocumentNo));
        }

        if (holders.Count == 0) return [];
        var standing = new List<DocumentRow>();
        foreach (var key in (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => holders.Contains(d.DocumentNo)).Select(d => d.Key).Distinct())
            standing.AddRange((await _standing.OfKeyAsync(key, cancel)).Where(d => holders.Contains(d.DocumentNo)));
        return standing;
    }

    private async Task UnformAsync(Func<OutboxRow, bool> which, CancellationToken cancel)
    {
        var documents = new List<long>();
        foreach (var destination in run.Destinations.Values)
        {
            await foreach (var row in run.ReadOutboxAsync(destination, [OutboxState.Ready, OutboxState.Rejected], cancel).Where(which)) documents.Add(row.DocumentNo);
        }

        await run.Store.UnformDocumentsAsync(run.Lease, documents, cancel);
    }
}
