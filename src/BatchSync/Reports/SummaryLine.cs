using BatchSync.Core.Reconciliation;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Reports;

/// <summary>A row of <c>summary.csv</c>: a row of the proof or, after all of those, a difference.</summary>
/// <param name="Gap">Null for a row of the proof.</param>
internal sealed record SummaryLine(
    Period? Period, string Entity, string Client, string Currency, string Purpose, string Step, string Item,
    long? Records, long? Seconds, decimal? Amount, StoredDifference? Gap)
{
    private const string DifferenceStep = "difference";

    /// <summary>
    /// The statement in reading order, the same for every order of the input. The proof: by period, entity, client, currency, purpose, step,
    /// item. The differences: open before accepted, then by period, client, currency, code, subject. What has no period comes first: the whole series, and records whose date cannot be read.
    /// </summary>
    public static IEnumerable<SummaryLine> InOrder(RunReport report) => report.Rows.ByPeriod.SelectMany(rows => rows.Order(RowOrder.Instance)).Select(Of).Concat(InOrder(report.Differences).Select(Of));

    public static IEnumerable<StoredDifference> InOrder(IEnumerable<StoredDifference> differences) => differences
        .OrderBy(d => !d.Judged.IsOpen)
        .ThenBy(d => d.Judged.Difference.Period, PeriodOrder.Instance)
        .ThenBy(d => d.Judged.Difference.Client, StringComparer.Ordinal)
        .ThenBy(d => d.Judged.Difference.Currency, StringComparer.Ordinal)
        .ThenBy(d => d.Judged.Difference.Code, StringComparer.Ordinal)
        .ThenBy(d => d.Judged.Difference.Subject, StringComparer.Ordinal)
        .ThenBy(d => d.Judged.Difference.Signature, StringComparer.Ordinal)
        .ThenBy(d => d.DifferenceNo);

    private static SummaryLine Of(ReconciliationRow r) =>
        new(r.Period, r.Entity, r.Client, r.Currency, r.Purpose, NameOf(r.Step), r.Item, r.Records, r.Seconds, r.Amount, null);

    private static SummaryLine Of(StoredDifference stored)
    {
        var d = stored.Judged.Difference;
        return new(d.Period, "", d.Client, d.Currency, "", DifferenceStep, d.Subject, null, null, d.Amount, stored);
    }

    private static string NameOf(ReconciliationStep step) => step switch
    {
        ReconciliationStep.Source => "source",
        ReconciliationStep.Records => "records",
        ReconciliationStep.Bucket => "bucket",
        ReconciliationStep.Time => "time",
        ReconciliationStep.Amount => "amount",
        ReconciliationStep.Posting => "posting",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "A step of the reconciliation has a name in reports."),
    };

    /// <summary>There may be many rows: they are compared where they are, and no key of them is kept.</summary>
    private sealed class RowOrder : IComparer<ReconciliationRow>
    {
        private static readonly (string Item, string Prefix)[] ReadingOrder = [.. ReconciliationItems.ReadingOrder.Select(item => (item, item + " "))];

        public static RowOrder Instance { get; } = new();

        public int Compare(ReconciliationRow? x, ReconciliationRow? y)
        {
            var (a, b) = (x!, y!);
            return PeriodOrder.Instance.Compare(a.Period, b.Period) is var period and not 0 ? period
                : string.CompareOrdinal(a.Entity, b.Entity) is var entity and not 0 ? entity
                : string.CompareOrdinal(a.Client, b.Client) is var client and not 0 ? client
                : string.CompareOrdinal(a.Currency, b.Currency) is var currency and not 0 ? currency
                : string.CompareOrdinal(a.Purpose, b.Purpose) is var purpose and not 0 ? purpose
                : a.Step.CompareTo(b.Step) is var step and not 0 ? step
                : Place(a.Item).CompareTo(Place(b.Item)) is var place and not 0 ? place
                : string.CompareOrdinal(a.Item, b.Item) is var item and not 0 ? item
                : Nullable.Compare(a.Records, b.Records) is var records and not 0 ? records
                : Nullable.Compare(a.Seconds, b.Seconds) is var seconds and not 0 ? seconds
                : Nullable.Compare(a.Amount, b.Amount);
        }

        private static int Place(string item)
        {
            for (var place = 0; place < ReadingOrder.Length; place++)
            {
                if (item == ReadingOrder[place].Item || item.StartsWith(ReadingOrder[place].Prefix, StringComparison.Ordinal)) return place;
            }

            return int.MaxValue;
        }
    }
}
