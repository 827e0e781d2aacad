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
    public static PlannedDocument Of(Document d) => new(
        d.Reference, d.Identity.Key, d.Identity.Purpose, d.Identity.Revision, d.Type, d.Date, d.Lines.Count, d.Lines.Sum(l => l.Shares.Count), d.Net, d.Tax, d.Total);
}

/// <summary>Forms documents without storing them.</summary>
internal sealed class PlanStep(ActiveRun run)
{
    private readonly BillStep _bill = new(run);

    public async Task<Plan> ExecuteAsync(CancellationToken cancel)
    {
        var documents = await run.Store.ListDocumentsAsync(run.Series, null, cancel);
        var posted = documents.Where(d => d.State is not (OutboxState.Ready or OutboxState.Rejected)).ToList();
        return new Plan(
            [.. await NeverTakenAsync(documents.Except(posted), cancel), .. await FormAsync(Bucket.Ready, cancel)],
            await FormAsync(Bucket.PeriodOpen, cancel),
            await run.Store.ListVariancesAsync(run.Series, cancel),
            posted.Count,
            await run.Store.CountRejectionsAsync(run.Series, cancel));
    }

    // Formed by an earlier run and taken by no destination: the next run forms and sends them anew.
    private async Task<List<PlannedDocument>> NeverTakenAsync(IEnumerable<DocumentRow> rows, CancellationToken cancel)
    {
        var planned = new List<PlannedDocument>();
        foreach (var row in rows)
        {
            var document = (await run.Store.LoadDocumentsAsync([row.DocumentNo], cancel))[0];
            var shares = (await run.Store.ListPostedSharesAsync(run.Series, row.Key, cancel)).Count(s => s.DocumentNo == row.DocumentNo);
            planned.Add(PlannedDocument.Of(document) with { Records = shares });
        }

        return planned;
    }

    private async Task<List<PlannedDocument>> FormAsync(Bucket bucket, CancellationToken cancel)
    {
        var documents = new List<PlannedDocument>();
        await foreach (var (document, _) in _bill.FormAsync(bucket, cancel)) documents.Add(PlannedDocument.Of(document));
        return documents;
    }
}
