using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Proves the periods that changed: buckets against records, documents against shares, and every document against what its
/// destination says when it is asked again. What does not tie out is stored as a difference until it does, or a person accepts it.
/// </summary>
internal sealed class ReconcileStep(ActiveRun run)
{
    private readonly List<Difference> _differences = [];
    private readonly ReconciliationRows _rows = [];
    private readonly List<Period> _unread = [];
    private ILookup<string, Difference> _known = Array.Empty<Difference>().ToLookup(d => d.Subject);

    public async Task<RunProof> ExecuteAsync(CancellationToken cancel)
    {
        var unbilled = await UnbilledAsync(cancel);
        _known = (await run.Store.ListDifferencesAsync(run.Request.Job.Name, cancel)).Select(d => d.Judged.Difference).ToLookup(d => d.Subject, StringComparer.Ordinal);
        var touched = await PeriodsAsync(unbilled, cancel);
        _differences.AddRange(unbilled);
        _differences.AddRange(run.Stops.Unknown.Values.Select(Unknown));
        _differences.AddRange(await StillUnknownAsync(cancel));
        var sources = await run.Store.ListSourceCountsAsync(run.Series, cancel);
        _rows.AddRange(SeriesReconciliation.Rows(await run.Store.SumSeriesAsync(run.Series, cancel), sources));
        _differences.AddRange(SeriesReconciliation.Differences(sources));
        _rows.AddRange(PeriodReconciliation.Rows(null, await run.Store.SumPeriodAsync(run.Series, null, cancel), []));
        await AddVariancesAsync(touched, cancel);
        foreach (var period in touched)
        {
            await AddPeriodAsync(period, cancel);
            HeapBound.Keep();
        }

        await run.Store.SaveReconciliationAsync(run.Lease, run.Row, touched, _rows, _differences, cancel);
        return new RunProof(
            run.Row,
            run.Request.Job,
            touched,
            _rows,
            await run.Store.ListDifferencesAsync(run.Request.Job.Name, cancel),
            await run.Store.CountRejectionsAsync(run.Series, cancel),
            run.Counts) { Unread = _unread };
    }

    // A period is proven again when something in it changed, and every run while it has a difference: whoever mended an open one at the
    // destination must see it go, and an accepted one opens again when it changes there.
    private async Task<List<Period>> PeriodsAsync(IEnumerable<Difference> unbilled, CancellationToken cancel) =>
        [.. (await run.Store.ListTouchedPeriodsAsync(run.Series, cancel))
            .Concat(_known.SelectMany(d => d).Concat(unbilled).Select(d => d.Period).OfType<Period>())
            .Distinct()
            .OrderBy(p => p.From).ThenBy(p => p.Kind)];

    // With --from and --to, or when a run stopped before billing, records stay behind that could have been billed.
    private async Task<List<Difference>> UnbilledAsync(CancellationToken cancel) =>
        [.. (await run.Store.ListKeysAsync(run.Series, Bucket.Ready, cancel)).Select(key => new Difference(
            DifferenceCodes.NotBilled, key.ToString(), key.Period, key.Client, key.Currency.Code, "billed", "ready, on no document", null,
            WhyNotBilled(key)))];

    private string WhyNotBilled(DocumentKey key) =>
        !run.IsReachable(key) ? $"Destination '{run.DestinationOf(key.Entity).Name}' did not answer, so nothing was formed for it. Mend what the message of the run names, then run again: {run.Request.Again}"
        : run.WaitsForPlan ? $"Documents of this job wait for an approved plan (posting.approval: plan): {run.HowToPlan}"
        : run.Request.Plan is { } plan ? $"What these records make is not in {plan.Name}, or not as it is there. Plan again: batchsync plan {run.Request.Job.Name} --out FILE"
        : $"This run did not bill these records: their period is outside its dates, or it stopped before. Run without dates: batchsync run {run.Request.Job.Name}";

    private async Task AddPeriodAsync(Period period, CancellationToken cancel)
    {
        var (readBack, posted) = await ReadBackAsync(period, cancel);
        HeapBound.Keep();
        var totals = await run.Store.SumPeriodAsync(run.Series, period, cancel);
        _rows.AddRange(PeriodReconciliation.Rows(period, totals, readBack));
        _rows.AddRange(DestinationRows.Of(period, posted, run.Mapping.Money.Mode));
        _differences.AddRange(totals.RecordsOnSeveralDocuments.Select(record => new Difference(
            DifferenceCodes.BucketSum, record, period, "", "", "one document", "several documents", null, "The record was billed more than once. Credit the later document at the destination, then accept this difference.")));
    }

    // By itself, so that the documents of a period are gone before its records are summed.
    private async Task<(List<ReadBackTotal> There, List<PostedTotal> Here)> ReadBackAsync(Period period, CancellationToken cancel)
    {
        var documents = await run.Store.ListDocumentsAsync(run.Series, period, cancel);
        var readBack = new List<ReadBackTotal>();
        foreach (var group in documents.GroupBy(d => d.Destination))
        {
            if (await ReadBackAsync(run.Destinations[group.Key], [.. group], cancel) is { } totalsThere) readBack.AddRange(totalsThere);
            else _unread.Add(period);
        }

        return (readBack, [.. documents.Select(PostedTotalOf)]);
    }

    private PostedTotal PostedTotalOf(DocumentRow d)
    {
        var traits = run.Destinations[d.Destination].Port.Traits;
        return new PostedTotal(d.Key, d.Type, d.Total, d.Withholding, d.Retainer, d.Valuation, traits.Deductions, traits.RateDecimals);
    }

    // Nothing is said of what a destination holds that could not be asked: what was known of its documents stands.
    private async Task<List<ReadBackTotal>?> ReadBackAsync(OpenDestination destination, IReadOnlyList<DocumentRow> documents, CancellationToken cancel)
    {
        var found = new List<DestinationDocument>();
        await run.AtAsync(destination, async () =>
        {
            foreach (var chunk in documents.Chunk(destination.Port.Traits.LookUpSize)) found.AddRange(await destination.Port.LookUpAsync([.. chunk.Select(d => d.Reference)], cancel));
        });
        if (run.Stops.IsDown(destination.Name))
        {
            foreach (var document in documents) AddUnread(document);
            return null;
        }

        var (totals, byReference) = (new List<ReadBackTotal>(), found.ToLookup(d => d.Reference, StringComparer.Ordinal));
        foreach (var document in documents) AddDocument(destination, document, [.. byReference[document.Reference]], totals);
        return totals;
    }

    // A document that this store never sent stays in the proof until it is gone from its destination or the store has it: most runs have no reason to look for it.
    private async Task<List<Difference>> StillUnknownAsync(CancellationToken cancel)
    {
        var known = _known.SelectMany(d => d).Where(d => d.Code == DifferenceCodes.UnknownToStore && !run.Stops.Unknown.ContainsKey(d.Subject)).ToList();
        var there = new HashSet<string>(StringComparer.Ordinal);
        if (known.Count > 0)
        {
            foreach (var destination in run.Destinations.Values)
            {
                await run.AtAsync(destination, async () => there.UnionWith((await destination.Port.LookUpAsync([.. known.Select(d => d.Subject)], cancel)).Select(d => d.Reference)));
                if (run.Stops.IsDown(destination.Name)) there.UnionWith(known.Select(d => d.Subject));
            }
        }

        var still = new List<Difference>();
        foreach (var difference in known.Where(d => there.Contains(d.Subject)))
        {
            if (!(await run.Store.FindDocumentsAsync(difference.Subject, cancel)).Any(d => d.Reference == difference.Subject)) still.Add(difference);
        }

        return still;
    }

    private void AddUnread(DocumentRow document)
    {
        if (document.State is OutboxState.Ready or OutboxState.Sending or OutboxState.Unknown) Add(document, DifferenceCodes.Pending, "posted", $"{document.State}: {document.Message}", HowToGoOn(document));
        _differences.AddRange(_known[document.Reference].Where(d => d.Code is not (DifferenceCodes.Pending or DifferenceCodes.UnknownToStore)));
    }

    private string HowToGoOn(DocumentRow document) =>
        run.Counts.Pauses.FirstOrDefault(p => p.Covers(run.Series, document.Key.Entity)) is { } pause ? PauseText.Sentence(pause, run.Request.Job.Name)
        : run.Stops.IsBehind(run.Destinations[document.Destination]) ? $"Nothing is posted beside documents that this store does not know: {StoreBehind.HowToAdopt(run)}"
        : "Run again: BatchSync first asks the destination whether it has the document.";

    private Difference Unknown(UnknownDocument unknown)
    {
        var (found, key) = (unknown.Found[0], unknown.Key);
        var explanation = unknown.IsAdopted
            ? "The store cannot form this document as it stands there, so the records of its key are held. Compare both, mend one side, or let it stand with a reason: batchsync differences accept NUMBER --reason TEXT."
            : $"This store never sent it. It was restored from an older backup, or somebody posts the same series from elsewhere: {StoreBehind.HowToAdopt(run)}";
        return new Difference(
            DifferenceCodes.UnknownToStore, unknown.Reference, key.Period, key.Client, key.Currency.Code, "no document that the store does not know",
            $"{(found.Type == DocumentType.CreditNote ? "credit note" : "invoice")} {found.DestinationId} of {found.Total} at '{unknown.Destination.Name}'", found.Type == DocumentType.CreditNote ? -found.Total.Amount : found.Total.Amount, explanation);
    }

    private void AddDocument(OpenDestination destination, DocumentRow document, IReadOnlyList<DestinationDocument> found, List<ReadBackTotal> totals)
    {
        if (document.State == OutboxState.Planned) return;
        var key = document.Key;
        var sameCurrency = found.Where(f => f.Total.Currency == key.Currency);
        totals.AddRange(sameCurrency.Select(f => Signed(key, f)));
        if (document.State == OutboxState.Rejected)
        {
            Add(document, DifferenceCodes.RejectedByDestination, "posted", document.Message, "The destination refused it for good. Mend what it names, then run again: it is formed and sent anew.");
            return;
        }

        if (document.State == OutboxState.Withdrawn)
        {
            if (found.Count > 0) Add(document, DifferenceCodes.DuplicateAtDestination, "nothing: the draft was deleted", $"{found.Count} documents", "Somebody restored the draft. Delete it at the destination: its records are billed on another document.");
            return;
        }

        if (document.State is OutboxState.Ready or OutboxState.Sending or OutboxState.Unknown)
        {
            Add(document, DifferenceCodes.Pending, "posted", $"{document.State}: {document.Message}", HowToGoOn(document));
            return;
        }

        if (document.State == OutboxState.Finalizing) Add(document, DifferenceCodes.Pending, "final", $"draft: {document.Message}", "Run again, or make it final at the destination.");
        _differences.AddRange(DocumentComparison.Differences(document.Expected.PostedBy(destination.Port.Traits.Deductions), found));
    }

    private void Add(DocumentRow document, string code, string expected, string actual, string explanation) =>
        _differences.Add(new Difference(code, document.Reference, document.Key.Period, document.Key.Client, document.Key.Currency.Code, expected, actual.TrimEnd(' ', ':'), document.Total.Amount, explanation));

    private static ReadBackTotal Signed(DocumentKey key, DestinationDocument found)
    {
        Money Of(Money amount) => found.Type == DocumentType.CreditNote ? -amount : amount;
        return new ReadBackTotal(key.Entity, key.Client, key.Currency.Code, 1, Of(found.Net), Of(found.Tax), Of(found.Total));
    }

    private async Task AddVariancesAsync(IReadOnlyList<Period> touched, CancellationToken cancel)
    {
        foreach (var row in await run.Store.ListVariancesAsync(run.Series, cancel))
        {
            if (touched.Contains(row.Key.Period)) _differences.Add(ChangedDifference.Of(row, (await JudgedRecord.LoadAsync(run, new RecordName(row.Variance.Stream, row.Variance.SourceId), cancel)).Basis(run.Mapping)));
        }
    }
}
