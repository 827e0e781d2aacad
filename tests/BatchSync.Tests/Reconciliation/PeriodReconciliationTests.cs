using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Reconciliation;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class PeriodReconciliationTests
{
    // Two entries of 50 minutes, billed as an hour each, one record edited to 40 minutes since, one held, and a foreign expense rejected.
    private static PeriodTotals Totals { get; } = new(
        [
            new(StreamKind.TimeEntries, "us", "ACME", "USD", Bucket.Billed, 2, 5400, new Dictionary<string, Rational>()),
            new(StreamKind.TimeEntries, "us", "ACME", "USD", Bucket.NotApproved, 1, 600, new Dictionary<string, Rational>()),
            new(StreamKind.Expenses, "us", "ACME", "USD", Bucket.NoFxRate, 1, 0, new Dictionary<string, Rational> { ["EUR"] = 12.5m }),
        ],
        [new(StreamKind.TimeEntries, "us", "ACME", "USD", 2, 6000, 7200)],
        [new("us", "ACME", "USD", "time", 1, Some.Money("200.00"), Some.Money("20.00"), new Rational(-1, 300)) { ChargedSeconds = 5400, Amount = Some.Money("200.00"), LineDiscount = Some.Money("0.00"), DocumentDiscount = Some.Money("0.00") }],
        [new("us", "ACME", "USD", OutboxState.Posted, 1, Some.Money("200.00"), Some.Money("20.00"), Some.Money("220.00")) { Withholding = Some.Money("0.00"), Retainer = Some.Money("0.00") }]);

    [Test]
    public void Rows_OfAPeriod_NameEveryStepAndEveryRounding()
    {
        var rows = PeriodReconciliation.Rows(Some.October, Totals, [new("us", "ACME", "USD", 1, Some.Money("200.00"), Some.Money("20.00"), Some.Money("220.00"))]);
        Assert.That(rows.Select(r => FormattableString.Invariant($"{r.Step}|{r.Item}|{r.Records}|{r.Seconds}|{r.Amount}")), Is.EqualTo(new[]
        {
            "Records|time_entries|3|6000|",
            "Bucket|time_entries held: not approved|1|600|",
            "Bucket|time_entries billed|2|5400|",
            "Records|expenses|1||12.5000000000",
            "Bucket|expenses rejected: no FX rate|1||12.5000000000",
            "Time|changed after posting|0|600|",
            "Time|worked|2|6000|",
            "Time|time rounding||1200|",
            "Time|billed||7200|",
            "Time|partly billable||-1800|",
            "Time|charged||5400|",
            "Amount|exact|||200.0033333333",
            "Amount|line rounding|||-0.0033333333",
            "Amount|net|||200.00",
            "Amount|tax|||20.00",
            "Amount|total|||220.00",
            "Posting|documents|1||220.00",
            "Posting|outbox Posted|1||220.00",
            "Posting|read-back|1||220.00",
        }));
        Assert.That(rows.Select(r => (r.Period, r.Purpose, r.Client)), Is.All.EqualTo(((Core.Time.Period?)Some.October, "revenue", "ACME")));
    }

    [Test]
    public void Rows_InAnyOrderOfTheSums_AreTheSame()
    {
        var turned = new PeriodTotals([.. Totals.Buckets.Reverse()], [.. Totals.Billed.Reverse()], [.. Totals.Lines.Reverse()], [.. Totals.Documents.Reverse()]);
        Assert.That(PeriodReconciliation.Rows(Some.October, turned, []), Is.EqualTo(PeriodReconciliation.Rows(Some.October, Totals, [])));
    }

    [TestCase("199.99", "20.00", "219.99")]
    [TestCase("200.00", "20.01", "220.01")]
    [TestCase("200.00", "20.00", "220.01")]
    public void Rows_WhereDocumentsAreNotTheirLines_RefuseToProveAnything(string net, string tax, string total)
    {
        var wrong = Totals with { Documents = [new("us", "ACME", "USD", OutboxState.Posted, 1, Some.Money(net), Some.Money(tax), Some.Money(total)) { Withholding = Some.Money("0.00"), Retainer = Some.Money("0.00") }] };
        Assert.Throws<InvariantException>(() => PeriodReconciliation.Rows(Some.October, wrong, []));
    }

    [Test]
    public void Rows_WhereSharesAreNotTheirLines_RefuseToProveAnything() =>
        Assert.Throws<InvariantException>(() => PeriodReconciliation.Rows(Some.October, Totals with { UnsharedLines = 1 }, []));

    [Test]
    public void SeriesRows_WhereARecordIsInNoBucket_RefuseToProveAnything()
    {
        var totals = new SeriesTotals([new StreamTotal(StreamKind.TimeEntries, 3, 600)], [new StreamTotal(StreamKind.TimeEntries, 3, 599)]);
        Assert.Throws<InvariantException>(() => SeriesReconciliation.Rows(totals, []));
        Assert.Throws<InvariantException>(() => SeriesReconciliation.Rows(totals with { Buckets = [] }, []));
        Assert.That(SeriesReconciliation.Rows(totals with { Buckets = totals.Records }, []), Has.Count.EqualTo(2));
    }

    [TestCase(10, 9, 1, "")]
    [TestCase(10, 9, 0, "time_entries: 10 records stated by the source, 9 records read")]
    [TestCase(10, 11, 0, "time_entries: 10 records stated by the source, 11 records read")]
    [TestCase(null, 9, 0, "")]
    public void SeriesDifferences_OfAStatedTotal_TellWhatIsMissing(int? stated, int read, int leftOut, string gap)
    {
        var gaps = SeriesReconciliation.Differences([new SourceCount(StreamKind.TimeEntries, stated, read, leftOut)]);
        Assert.That(string.Join("; ", gaps.Select(g => $"{g.Subject}: {g.Expected}, {g.Actual}")), Is.EqualTo(gap));
    }
}
