using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Takes documents back in full: a draft that its destination can delete is withdrawn, anything else is credited. Their records come off the
/// books and may be billed anew.
/// </summary>
internal sealed class TakeBack(ActiveRun run)
{
    private readonly StandingDocuments _standing = new(run);

    /// <summary>Forms one document for each; nothing is sent.</summary>
    /// <param name="documents">All documents of one key that hold something of the same records.</param>
    /// <param name="drafts">References of those that still are drafts.</param>
    public async Task FormAsync(IReadOnlyList<DocumentRow> documents, IReadOnlySet<string> drafts, CancellationToken cancel)
    {
        var loaded = new List<(DocumentRow Row, Document Document)>();
        foreach (var row in documents) loaded.Add((row, await run.Store.LoadWithSharesAsync(row.DocumentNo, cancel)));
        var hashes = await HashesAsync(loaded, cancel);
        foreach (var (row, document) in loaded)
        {
            var destination = run.Destinations[row.Destination];
            var withdraws = drafts.Contains(row.Reference) && destination.Port.Traits.DeletesDrafts;
            var identity = await run.IdentityAsync(destination, row.Key, withdraws ? DocumentPurpose.Withdrawal : DocumentPurpose.Credit, cancel);
            var opens = run.Rules.DocumentDate(row.Key.Period, run.EntityOf(row.Key));
            var date = withdraws || opens < document.Date ? document.Date : opens;
            var reference = DocumentReference.Of(identity, destination.Port.Traits.ReferenceLength);
            var reversal = Reversal.Of(document, identity, reference, date, (line, share) => hashes[(row.DocumentNo, line.Number, new RecordName(share.Stream, share.RecordId))]);
            await run.FormAsync(reversal, destination, after: null, cancel);
        }
    }

    // Of a record that these documents hold, the last share that is taken back takes it off the books. One that documents of another key hold
    // by now, or none, is not touched: what these documents say of it adds up to nothing.
    private async Task<Dictionary<(long DocumentNo, int Line, RecordName Record), string>> HashesAsync(List<(DocumentRow Row, Document Document)> documents, CancellationToken cancel)
    {
        var shares =
            from document in documents
            from line in document.Document.Lines
            from share in line.Shares
            select (document.Row.DocumentNo, Line: line.Number, Record: new RecordName(share.Stream, share.RecordId));
        var records = shares.GroupBy(s => s.Record).ToList();
        var newest = await _standing.NewestSharesAsync(records.Select(r => r.Key), cancel);
        var hashes = new Dictionary<(long, int, RecordName), string>();
        foreach (var record in records)
        {
            var isHere = documents.Exists(d => d.Row.DocumentNo == newest[record.Key].DocumentNo);
            var last = record.Last();
            foreach (var share in record) hashes.Add(share, !isHere ? Reversal.Elsewhere : share == last ? "" : Reversal.InPart);
        }

        return hashes;
    }
}
