using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Core.Reconciliation;

/// <summary>
/// Lays the sums of a period out as the proof: records = buckets, time worked to time billed, exact amounts to totals, documents
/// to the destination's own read-back, with a named row for every difference on the way. Pure; the order of the sums does not matter.
/// </summary>
public static class PeriodReconciliation
{
    /// <summary>The rows of one period, in the order of <see cref="ReconciliationStep"/> within entity, client and currency.</summary>
    /// <param name="period">Null for records without a date that can be read.</param>
    /// <param name="totals">The store's sums.</param>
    /// <param name="readBack">What the destination holds of the period's documents.</param>
    /// <exception cref="InvariantException">Lines and documents, or shares and records, do not add up: a defect.</exception>
    public static IReadOnlyList<ReconciliationRow> Rows(Period? period, PeriodTotals totals, IReadOnlyList<ReadBackTotal> readBack)
    {
        var lines = totals.Lines.ToLookup(l => (l.Entity, l.Client, l.Currency));
        CheckLines(totals, lines);
        var (buckets, documents) = (totals.Buckets.ToLookup(b => (b.Entity, b.Client, b.Currency)), totals.Documents.ToLookup(d => (d.Entity, d.Client, d.Currency)));
        var (billed, back) = (totals.Billed.ToLookup(b => (b.Entity, b.Client, b.Currency)), readBack.ToLookup(d => (d.Entity, d.Client, d.Currency)));
        var scopes = buckets.Select(b => b.Key).Concat(documents.Select(d => d.Key))
            .Distinct()
            .OrderBy(s => s.Entity, StringComparer.Ordinal).ThenBy(s => s.Client, StringComparer.Ordinal).ThenBy(s => s.Currency, StringComparer.Ordinal);
        return [.. scopes.SelectMany(s => new Scope(period, s.Entity, s.Client, s.Currency, [.. buckets[s]], [.. billed[s]], [.. lines[s]], [.. documents[s]], [.. back[s]]).Rows())];
    }

    private static void CheckLines(PeriodTotals totals, ILookup<(string Entity, string Client, string Currency), LineTotal> linesOf)
    {
        Invariant.Holds(totals.UnsharedLines == 0, $"Every line is the sum of its records' shares; {totals.UnsharedLines} lines are not.");
        foreach (var documents in totals.Documents.GroupBy(d => (d.Entity, d.Client, d.Currency)))
        {
            var lines = linesOf[documents.Key].ToList();
            Invariant.Holds(
                documents.Sum(d => d.Net.MinorUnits) == lines.Sum(l => l.Net.MinorUnits) && documents.Sum(d => d.Tax.MinorUnits) == lines.Sum(l => l.Tax.MinorUnits),
                $"Documents of {documents.Key} are the sum of their lines.");
            Invariant.Holds(
                documents.All(d => d.Net + d.Tax == d.Total), $"Net and tax of {documents.Key} are its total.");
        }
    }

    private sealed class Scope(
        Period? period, string entity, string client, string currency, List<BucketTotal> buckets, List<BilledTotal> allBilled, List<LineTotal> lines, List<DocumentTotal> documents, List<ReadBackTotal> back)
    {
        public IEnumerable<ReconciliationRow> Rows() =>
            RecordRows().Concat(TimeRows()).Concat(AmountRows()).Concat(PostingRows());

        private IEnumerable<ReconciliationRow> RecordRows()
        {
            foreach (var stream in buckets.GroupBy(b => b.Stream).OrderBy(g => g.Key))
            {
                yield return Row(ReconciliationStep.Records, stream.Key.Name(), stream.Sum(b => b.Records), SecondsOf(stream.Key, stream.Sum(b => b.Seconds)), AmountOf(stream));
                foreach (var bucket in stream.OrderBy(b => b.Bucket.Kind).ThenBy(b => b.Bucket.Reason, StringComparer.Ordinal))
                {
                    yield return Row(ReconciliationStep.Bucket, $"{stream.Key.Name()} {bucket.Bucket}", bucket.Records, SecondsOf(stream.Key, bucket.Seconds), AmountOf([bucket]));
                }
            }
        }

        private IEnumerable<ReconciliationRow> TimeRows()
        {
            var billed = allBilled.FindAll(b => b.Stream == StreamKind.TimeEntries);
            if (billed.Count == 0) yield break;
            var current = buckets.FindAll(b => b.Stream == StreamKind.TimeEntries && b.Bucket == Bucket.Billed);
            var (worked, rounded) = (billed.Sum(b => b.SourceSeconds), billed.Sum(b => b.BilledSeconds));
            var (changedRecords, changedSeconds) = (billed.Sum(b => b.Records) - current.Sum(b => b.Records), worked - current.Sum(b => b.Seconds));
            if (changedRecords != 0 || changedSeconds != 0) yield return Row(ReconciliationStep.Time, ReconciliationItems.ChangedAfterPosting, changedRecords, changedSeconds, null);
            yield return Row(ReconciliationStep.Time, ReconciliationItems.Worked, billed.Sum(b => b.Records), worked, null);
            yield return Row(ReconciliationStep.Time, ReconciliationItems.TimeRounding, null, rounded - worked, null);
            yield return Row(ReconciliationStep.Time, ReconciliationItems.Billed, null, rounded, null);
            var charged = (long)lines.Aggregate(Rational.Zero, (sum, l) => sum + l.ChargedSeconds).Round(RoundingMode.HalfUp);
            if (charged == rounded) yield break;
            yield return Row(ReconciliationStep.Time, ReconciliationItems.PartlyBillable, null, charged - rounded, null);
            yield return Row(ReconciliationStep.Time, ReconciliationItems.Charged, null, charged, null);
        }

        private IEnumerable<ReconciliationRow> AmountRows()
        {
            if (lines.Count == 0) yield break;
            var code = Currency.Of(currency);
            var (net, tax) = (Money.Sum(lines.Select(l => l.Net), code), Money.Sum(lines.Select(l => l.Tax), code));
            var variance = lines.Aggregate(Rational.Zero, (sum, l) => sum + l.Variance);
            var adjusted = Money.Sum(lines.Where(l => l.Type == DocumentLine.Adjustment).Select(l => l.Amount), code);
            var amount = Money.Sum(lines.Select(l => l.Amount), code);
            var (ofLines, ofDocuments) = (Money.Sum(lines.Select(l => l.LineDiscount), code), Money.Sum(lines.Select(l => l.DocumentDiscount), code));
            yield return Row(ReconciliationStep.Amount, ReconciliationItems.Exact, null, null, Shown((amount - adjusted).Exact - variance));
            yield return Row(ReconciliationStep.Amount, ReconciliationItems.LineRounding, null, null, Shown(variance));
            foreach (var (item, money) in new[]
                     {
                         (ReconciliationItems.Adjustments, adjusted), (ReconciliationItems.LineDiscount, -ofLines), (ReconciliationItems.DocumentDiscount, -ofDocuments),
                         (ReconciliationItems.TaxInPrices, net - (amount - ofLines - ofDocuments)),
                     })
            {
                if (money.Sign != 0) yield return Row(ReconciliationStep.Amount, item, null, null, money.Amount);
            }

            yield return Row(ReconciliationStep.Amount, ReconciliationItems.Net, null, null, net.Amount);
            yield return Row(ReconciliationStep.Amount, ReconciliationItems.Tax, null, null, tax.Amount);
            yield return Row(ReconciliationStep.Amount, ReconciliationItems.Total, null, null, (net + tax).Amount);
            foreach (var row in DueRows(net + tax)) yield return row;
        }

        private IEnumerable<ReconciliationRow> DueRows(Money total)
        {
            var (withheld, drawn) = (Money.Sum(documents.Select(d => d.Withholding), total.Currency), Money.Sum(documents.Select(d => d.Retainer), total.Currency));
            if (withheld.Sign != 0) yield return Row(ReconciliationStep.Amount, ReconciliationItems.Withholding, null, null, (-withheld).Amount);
            if (drawn.Sign != 0) yield return Row(ReconciliationStep.Amount, ReconciliationItems.Retainer, null, null, (-drawn).Amount);
            if (withheld.Sign != 0 || drawn.Sign != 0) yield return Row(ReconciliationStep.Amount, ReconciliationItems.AmountDue, null, null, (total - withheld - drawn).Amount);
            foreach (var same in documents.Where(d => d.Base is not null).Select(d => d.Base!).GroupBy(b => b.Total.Currency).OrderBy(g => g.Key.Code, StringComparer.Ordinal))
            {
                yield return Row(ReconciliationStep.Amount, $"{ReconciliationItems.BaseTotal} {same.Key}", null, null, Money.Sum(same.Select(b => b.Total), same.Key).Amount);
                yield return Row(ReconciliationStep.Amount, $"{ReconciliationItems.FxRounding} {same.Key}", null, null, Money.Sum(same.Select(b => b.RoundingDifference), same.Key).Amount);
            }
        }

        private IEnumerable<ReconciliationRow> PostingRows()
        {
            if (documents.Count == 0) yield break;
            var code = Currency.Of(currency);
            yield return Row(ReconciliationStep.Posting, ReconciliationItems.Documents, documents.Sum(d => d.Documents), null, Money.Sum(documents.Select(d => d.Total), code).Amount);
            foreach (var state in documents.GroupBy(d => d.State).OrderBy(g => g.Key))
                yield return Row(ReconciliationStep.Posting, $"{ReconciliationItems.Outbox} {state.Key}", state.Sum(d => d.Documents), null, Money.Sum(state.Select(d => d.Total), code).Amount);
            yield return Row(ReconciliationStep.Posting, ReconciliationItems.ReadBack, back.Sum(d => d.Documents), null, Money.Sum(back.Select(d => d.Total), code).Amount);
        }

        private static long? SecondsOf(StreamKind stream, long seconds) => stream == StreamKind.TimeEntries ? seconds : null;

        // Amounts of one currency add up; where a bucket holds several, each stands in the detail file and none is summed here.
        private static decimal? AmountOf(IEnumerable<BucketTotal> buckets)
        {
            var sums = buckets.SelectMany(b => b.Amounts).GroupBy(a => a.Key, StringComparer.Ordinal).ToList();
            return sums.Count == 1 ? Shown(sums[0].Aggregate(Rational.Zero, (sum, a) => sum + a.Value)) : null;
        }

        private static decimal Shown(Rational value) => value.Round(10, RoundingMode.HalfUp);

        private ReconciliationRow Row(ReconciliationStep step, string item, long? records, long? seconds, decimal? amount) =>
            new(period, Purposes.Revenue, entity, client, currency, step, item, records, seconds, amount);
    }
}
