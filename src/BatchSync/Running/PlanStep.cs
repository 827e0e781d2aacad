using BatchSync.Core.Billing;
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
        $"{New.Count} new documents, {Changed.Count} records changed after posting, {Unchanged} documents unchanged, {Preview.Count} in preview, {Rejections.Sum(r => r.Records)} rejected records");
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
        var posted = await run.Store.ListDocumentsAsync(run.Series, null, cancel);
        return new Plan(
            await FormAsync(Bucket.Ready, cancel),
            await FormAsync(Bucket.PeriodOpen, cancel),
            await run.Store.ListVariancesAsync(run.Series, cancel),
            posted.Count,
            await run.Store.CountRejectionsAsync(run.Series, cancel));
    }

    private async Task<List<PlannedDocument>> FormAsync(Bucket bucket, CancellationToken cancel)
    {
        var documents = new List<PlannedDocument>();
        await foreach (var (document, _) in _bill.FormAsync(bucket, cancel)) documents.Add(PlannedDocument.Of(document));
        return documents;
    }
}
