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
    /// <summary>Records that changed after they were posted and are judged together.</summary>
    private const int VariancesAtATime = 1_000;

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
        await foreach (var read in run.AheadAsync((reading, token) => new ReadBack(reading, _known).ReadAsync(touched, token), cancel))
        {
            await AddPeriodAsync(read, cancel);
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

    private async Task AddPeriodAsync(PeriodReadBack read, CancellationToken cancel)
    {
        var period = read.Period;
        var totals = await run.Store.SumPeriodAsync(run.Series, period, cancel);
        _rows.AddRange(PeriodReconciliation.Rows(period, totals, read.There));
        _rows.AddRange(DestinationRows.Of(period, read.Here, run.Mapping.Money.Mode));
        _differences.AddRange(read.Differences);
        if (read.IsUnread) _unread.Add(period);
        _differences.AddRange(totals.RecordsOnSeveralDocuments.Select(record => new Difference(
            DifferenceCodes.BucketSum, record, period, "", "", "one document", "several documents", null, "The record was billed more than once. Credit the later document at the destination, then accept this difference.")));
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

    private Difference Unknown(UnknownDocument unknown)
    {
        var (found, key) = (unknown.Found[0], unknown.Key);
        var explanation = unknown.IsAdopted
            ? "The store cannot form this document as it stands there, so the records of its key are held. Compare both, mend one side, or let it stand with a reason: batchsync differences accept NUMBER --reason TEXT."
            : $"This store never sent it, or not with these amounts. It was restored from an older backup, or somebody posts the same series from elsewhere: {StoreBehind.HowToAdopt(run)}";
        return new Difference(
            DifferenceCodes.UnknownToStore, unknown.Reference, key.Period, key.Client, key.Currency.Code, "no document that the store does not know",
            $"{(found.Type == DocumentType.CreditNote ? "credit note" : "invoice")} {found.DestinationId} of {found.Total} at '{unknown.Destination.Name}'", found.Type == DocumentType.CreditNote ? -found.Total.Amount : found.Total.Amount, explanation);
    }

    private async Task AddVariancesAsync(IReadOnlyList<Period> touched, CancellationToken cancel)
    {
        foreach (var rows in (await run.Store.ListVariancesAsync(run.Series, cancel)).Where(v => touched.Contains(v.Key.Period)).Chunk(VariancesAtATime))
        {
            var records = await JudgedRecord.LoadAsync(run, [.. rows.Select(r => r.Variance.Record)], cancel);
            _differences.AddRange(rows.Zip(records, (row, record) => ChangedDifference.Of(row, record.Basis(run.Mapping))));
        }
    }
}
