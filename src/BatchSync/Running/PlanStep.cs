using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a run would do now, and what open periods will bring.</summary>
/// <param name="New">Documents that would be posted.</param>
/// <param name="Preview">Documents of periods that are still open, as they would be if the periods closed now.</param>
/// <param name="Changed">Records whose money no longer is what their posted document says; reported, never posted.</param>
/// <param name="Unchanged">Documents posted before.</param>
internal sealed record Plan(
    IReadOnlyList<PlannedDocument> New, IReadOnlyList<PlannedDocument> Preview, IReadOnlyList<VarianceRow> Changed, int Unchanged, IReadOnlyList<RejectionCount> Rejections)
{
    public string Headline => FormattableString.Invariant(
        $"{Counted.Of(New.Count, "new document")}, {Counted.Of(Changed.Count, "record")} changed after posting, {Counted.Of(Unchanged, "document")} unchanged, {Preview.Count} in preview, {Counted.Of(Rejections.Sum(r => r.Records), "rejected record")}");
}

/// <summary>A document that is not stored yet, without its lines.</summary>
internal sealed record PlannedDocument(
    string Reference, DocumentKey Key, DocumentPurpose Purpose, int Revision, DocumentType Type, DateOnly Date, int Lines, int Records, Core.Amounts.Money Net, Core.Amounts.Money Tax, Core.Amounts.Money Total)
{
    /// <summary>What it does to the books, by hash: a run with this plan posts it only while that is the same.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Reference of the document that it takes back or adjusts; empty: none.</summary>
    public string Corrects { get; init; } = "";
    public required Document Document { get; init; }

    public static PlannedDocument Of(Document d, string contentHash) => new(
        d.Reference, d.Identity.Key, d.Identity.Purpose, d.Identity.Revision, d.Type, d.Date, d.Lines.Count, d.Lines.Sum(l => l.Shares.Count), d.Net, d.Tax, d.Total)
    {
        ContentHash = contentHash, Corrects = d.Corrects, Document = d,
    };
}

/// <summary>
/// Forms what a run would form now, by the same steps, in a state that is never sent; looks at it, and takes it apart again. A plan that dies on
/// the way leaves documents which whoever comes next takes apart.
/// </summary>
internal sealed class PlanStep(ActiveRun run)
{
    private readonly BillStep _bill = new(run);

    public async Task<Plan> ExecuteAsync(CancellationToken cancel)
    {
        var preview = await PreviewAsync(cancel);
        var before = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).ToList();
        var neverTaken = await run.NeverTakenAsync(cancel);
        await run.Store.UnformDocumentsAsync(run.Lease, neverTaken, cancel);
        if (neverTaken.Count > 0) await new MapStep(run).AssessAsync(cancel);
        await new ChangeStep(run).ExecuteAsync(mayForm: true, cancel);
        var changed = await run.Store.ListVariancesAsync(run.Series, cancel);
        await _bill.ExecuteAsync(cancel);
        var formed = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => d.State == OutboxState.Planned).ToList();
        var planned = new List<PlannedDocument>();
        foreach (var row in formed) planned.Add(PlannedDocument.Of(await run.Store.LoadWithSharesAsync(row.DocumentNo, cancel), row.ContentHash));
        await run.Store.UnformDocumentsAsync(run.Lease, [.. formed.Select(d => d.DocumentNo)], cancel);
        await new MapStep(run).AssessAsync(cancel);
        await new ChangeStep(run).ExecuteAsync(mayForm: false, cancel);
        return new Plan(planned, preview, changed, before.Count - neverTaken.Count, await run.Store.CountRejectionsAsync(run.Series, cancel));
    }

    private async Task<List<PlannedDocument>> PreviewAsync(CancellationToken cancel)
    {
        var documents = new List<PlannedDocument>();
        await foreach (var formed in _bill.FormAsync(Bucket.PeriodOpen, cancel))
        {
            if (formed.Built.Document is { } document) documents.Add(PlannedDocument.Of(document, DocumentContent.Hash(document)));
        }

        return documents;
    }
}
