using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a run would do now, and what open periods will bring.</summary>
/// <param name="New">Documents that would be posted, those that take others back among them.</param>
/// <param name="Preview">Documents of periods that are still open, as they would be if the periods closed now.</param>
/// <param name="Changed">Records whose money is not what their posted documents say, and stays so: only reported, or held for a person.</param>
/// <param name="Unchanged">Documents on the books that nothing is done to.</param>
internal sealed record Plan(
    IReadOnlyList<PlannedDocument> New, IReadOnlyList<PlannedDocument> Preview, IReadOnlyList<VarianceRow> Changed, int Unchanged, IReadOnlyList<RejectionCount> Rejections)
{
    /// <summary>What the new documents do, against what is posted.</summary>
    public required IReadOnlyList<PlanChange> Changes { get; init; }

    /// <summary>By entity, client and currency, in ordinal order.</summary>
    public required IReadOnlyList<PlanTotal> Totals { get; init; }

    /// <summary>Limits that a run without this plan would stop at, each as a sentence.</summary>
    public required IReadOnlyList<string> OverLimits { get; init; }

    /// <summary>The companies that it is for.</summary>
    public required IReadOnlyList<PlanTenant> Tenants { get; init; }

    public string Headline
    {
        get
        {
            var kinds = Changes.ToLookup(c => c.Kind);
            return FormattableString.Invariant(
                $"{Counted.Of(kinds[PlanChangeKind.New].Count(), "new document")}, {kinds[PlanChangeKind.TakenBack].Count()} taken back, {kinds[PlanChangeKind.Changed].Count()} changed, {Unchanged} unchanged, {Preview.Count} in preview; ")
                + $"{Counted.Of(Changed.Count, "record")} changed after posting and left open, {Counted.Of(Rejections.Sum(r => r.Records), "rejected record")}";
        }
    }
}

/// <summary>What a client has on the books in one currency, over all periods, and what the plan makes of it.</summary>
internal sealed record PlanTotal(string Entity, string Client, Currency Currency, BookedMoney Posted, BookedMoney Change)
{
    public BookedMoney After => Posted + Change;
}

/// <summary>A document that a plan formed.</summary>
internal sealed record PlannedDocument(
    string Reference, DocumentKey Key, DocumentPurpose Purpose, int Revision, DocumentType Type, DateOnly Date, int Lines, int Records, Money Net, Money Tax, Money Total)
{
    /// <summary>What it does to the books, by hash: a run with this plan posts it only while that is the same.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Reference of the document that it takes back or adjusts; empty: none.</summary>
    public string Corrects { get; init; } = "";
    public required Document Document { get; init; }

    public bool TakesBack => Purpose is DocumentPurpose.Credit or DocumentPurpose.Withdrawal;

    /// <summary>Whether it brings what other documents hold of records to the correct amount.</summary>
    public bool Adjusts => !TakesBack && Document.Lines.Any(l => l.Type == DocumentLine.Adjustment);

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
        var neverTaken = await run.NeverTakenAsync(cancel);
        await run.Store.UnformDocumentsAsync(run.Lease, neverTaken, cancel);
        if (neverTaken.Count > 0) await new MapStep(run).AssessAsync(cancel);
        await new ChangeStep(run).ExecuteAsync(mayForm: true, cancel);
        var changed = await run.Store.ListVariancesAsync(run.Series, cancel);
        await _bill.ExecuteAsync(cancel);
        var documents = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).ToLookup(d => d.State == OutboxState.Planned);
        List<DocumentRow> formed = [.. documents[true]];
        List<DocumentRow> before = [.. documents[false].Where(d => !StandingDocuments.IsNeverTaken(d.State))];
        var planned = new List<PlannedDocument>();
        foreach (var row in formed) planned.Add(PlannedDocument.Of(await run.Store.LoadWithSharesAsync(row.DocumentNo, cancel), row.ContentHash));
        var (posted, touched) = await AdjustedAsync(planned, [.. before.Select(d => d.DocumentNo)], cancel);
        await run.Store.UnformDocumentsAsync(run.Lease, [.. formed.Select(d => d.DocumentNo)], cancel);
        await new MapStep(run).AssessAsync(cancel);
        await new ChangeStep(run).ExecuteAsync(mayForm: false, cancel);
        var rejections = await run.Store.CountRejectionsAsync(run.Series, cancel);
        return new Plan(planned, preview, changed, Unchanged(before, planned, touched), rejections)
        {
            Changes = PlanChanges.Of(planned, posted),
            Totals = PlanChanges.Totals(before, planned),
            OverLimits = [.. OverLimits(rejections)],
            Tenants = [.. run.Destinations.Values.Select(d => new PlanTenant(d.Name, d.Tenant.Tenant, d.Tenant.Environment))],
        };
    }

    /// <summary>What documents held of the records that the plan adjusts, and the numbers of those documents.</summary>
    private async Task<(IReadOnlyDictionary<RecordName, BookedMoney> Posted, IReadOnlySet<long> Documents)> AdjustedAsync(List<PlannedDocument> planned, HashSet<long> before, CancellationToken cancel)
    {
        var (posted, documents) = (new Dictionary<RecordName, BookedMoney>(), new HashSet<long>());
        var records =
            from document in planned
            where document.Adjusts
            from line in document.Document.Lines
            from share in line.Shares
            select (Name: new RecordName(share.Stream, share.RecordId), document.Key.Currency);
        foreach (var (name, currency) in records.Distinct())
        {
            var held = (await run.Store.ListPostedSharesOfRecordAsync(run.Series, name.Stream, name.SourceId, cancel)).Where(s => before.Contains(s.DocumentNo) && s.Key.Currency == currency).ToList();
            posted[name] = new BookedMoney(Money.Sum(held.Select(s => s.Net), currency), Money.Sum(held.Select(s => s.Tax), currency));
            documents.UnionWith(held.Select(s => s.DocumentNo));
        }

        return (posted, documents);
    }

    private static int Unchanged(List<DocumentRow> before, List<PlannedDocument> planned, IReadOnlySet<long> touched)
    {
        var gone = before.Where(d => d.TakesBack).Select(d => d.Corrects).Concat(planned.Select(d => d.Corrects)).ToHashSet(StringComparer.Ordinal);
        return before.Count(d => !d.TakesBack && !gone.Contains(d.Reference) && !touched.Contains(d.DocumentNo));
    }

    private IEnumerable<string> OverLimits(IReadOnlyList<RejectionCount> rejections)
    {
        var (rejected, limit) = (rejections.Sum(r => r.Records), run.Request.Job.Limits.Rejections);
        if (rejected > limit) yield return FormattableString.Invariant($"{rejected} records are rejected and the limit is {limit} (limits.rejections): a run posts nothing before they are fewer");
        if (run.Counts.OverLimit is { } over) yield return $"{over}: a run posts these changes with this plan only";
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
