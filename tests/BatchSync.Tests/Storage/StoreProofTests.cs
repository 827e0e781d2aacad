using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>Sums, differences and the rows of reports.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreProofTests(string kind)
{
    [Test]
    public async Task Sums_OfRandomBooks_EqualSumsMadeInMemory([Range(1, 5)] int seed)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var random = new Random(seed);
        var mapping = Some.Mapping(
            rates: [Some.Rate(16500m, client: "SAKURA"), Some.Rate(99.95m, client: "NORDWIND", billable: 0.5m), Some.Rate(100m)], time: new TimeRounding(900, RoundingMode.Up, RoundingScope.Entry, 0));
        var records = Enumerable.Range(1, 120).Select(i => RandomRecord(random, i)).ToList();
        await bench.StageAsync([.. records]);
        var edited = records.Where(_ => random.Next(10) == 0).Select(r => r with { Seconds = r.Seconds * 2, Amount = r.Amount * 2 }).ToArray();
        await bench.StageAsync(edited);
        var assessed = Some.Assessed(mapping, records.Select(r => edited.FirstOrDefault(e => (e.Stream, e.Id) == (r.Stream, r.Id)) ?? r))
            .Select(r => r with { Version = edited.Any(e => (e.Stream, e.Id) == (r.Record.Stream, r.Record.Id)) ? 2 : 1 }).ToList();
        await bench.AssessAsync(mapping);
        var documents = new List<(Document Document, OutboxState State)>();
        foreach (var key in assessed.Where(r => r.Assessment.Bucket == Bucket.Ready).GroupBy(r => r.Assessment.Key!).OrderBy(g => g.Key).Where(_ => random.Next(4) > 0))
            documents.Add((await bench.CreateAsync(mapping, [.. key]), random.Pick(Enum.GetValues<OutboxState>())));
        foreach (var row in await bench.Store.ListOutboxAsync(Some.Series, "all", [OutboxState.Ready], StoreBench.All, CancellationToken.None))
            await bench.Store.SaveOutboxAsync(bench.Lease, [new OutboxChange(row.DocumentNo, row.Reference, documents.Single(d => d.Document.Reference == row.Reference).State, "", "")], CancellationToken.None);
        if (kind == "sqlite") Spread(bench);

        var billed = documents.SelectMany(d => d.Document.Lines).SelectMany(l => l.Shares).Select(s => (s.Stream, s.RecordId)).ToHashSet();
        var now = assessed.Select(r => (r.Record, r.Assessment, Bucket: billed.Contains((r.Record.Stream, r.Record.Id)) ? Bucket.Billed : r.Assessment.Bucket)).ToList();
        foreach (var period in now.Select(r => r.Assessment.Period).Distinct())
        {
            var totals = await bench.Store.SumPeriodAsync(Some.Series, period, CancellationToken.None);
            Assert.Multiple(() =>
            {
                Assert.That(totals.Buckets.Where(b => b.Bucket != Bucket.Superseded).Select(Shown), Is.EquivalentTo(NaiveBuckets(now.Where(r => r.Assessment.Period == period))), $"buckets of {period}");
                Assert.That(totals.Documents.Select(Shown), Is.EquivalentTo(NaiveDocuments(documents.Where(d => d.Document.Identity.Key.Period == period))), $"documents of {period}");
                Assert.That(totals.Lines.Select(Shown), Is.EquivalentTo(NaiveLines(documents.Select(d => d.Document).Where(d => d.Identity.Key.Period == period))), $"lines of {period}");
                Assert.That(totals.Billed.Select(Shown), Is.EquivalentTo(NaiveBilled(documents.Select(d => d.Document).Where(d => d.Identity.Key.Period == period), now.Select(r => r.Record))), $"billed of {period}");
            });
        }

        var series = await bench.Store.SumSeriesAsync(Some.Series, CancellationToken.None);
        var versions = records.Concat(edited.Where(e => records.Single(r => (r.Stream, r.Id) == (e.Stream, e.Id)) != e)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(series.Records, Is.EqualTo(series.Buckets));
            Assert.That(series.Records, Is.EqualTo(versions.GroupBy(r => r.Stream).OrderBy(g => g.Key).Select(g => new StreamTotal(g.Key, g.Count(), g.Sum(r => r.Seconds ?? 0)))));
        });
    }

    // Records and documents are summed in ranges of their numbers: so far apart, some are alone in theirs and some have a neighbour. SQL Server keeps the numbers that it gave.
    private static void Spread(StoreBench bench)
    {
        foreach (var table in new[] { "records", "buckets", "line_shares", "former_places" }) bench.File.ExecuteUnguarded($"UPDATE {table} SET record_no = record_no * 17000");
        foreach (var table in new[] { "documents", "document_lines", "line_shares", "line_taxes", "document_taxes", "outbox", "record_variances" }) bench.File.ExecuteUnguarded($"UPDATE {table} SET document_no = document_no * 400");
    }

    [Test]
    public async Task SumPeriod_OfNothing_IsEmpty()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var totals = await bench.Store.SumPeriodAsync(Some.Series, Some.October, CancellationToken.None);
        var series = await bench.Store.SumSeriesAsync(Some.Series, CancellationToken.None);
        Assert.That((totals.Buckets.Count, totals.Billed.Count, totals.Lines.Count, totals.Documents.Count, series.Records.Count, series.Buckets.Count), Is.EqualTo((0, 0, 0, 0, 0, 0)));
    }

    [Test]
    public async Task SumSeries_WhereARecordHasNoBucket_ShowsTheGap()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"));
        var totals = await bench.Store.SumSeriesAsync(Some.Series, CancellationToken.None);
        Assert.That((totals.Records.Single().Records, totals.Buckets.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task SaveReconciliation_OfDifferences_KeepsReplacesAndDropsThem()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ReconcileAsync(bench, [Some.October], Gap("a"), Gap("b"), Gap("c", period: false));
        var first = await bench.Store.ListDifferencesAsync("nightly", CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromDays(1));
        await ReconcileAsync(bench, [Some.October], Gap("b", actual: "changed"), Gap("d"));
        var second = await bench.Store.ListDifferencesAsync("nightly", CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(first.Select(d => d.Judged.Difference.Subject), Is.EqualTo(new[] { "a", "b", "c" }));
            Assert.That(second.Select(d => (d.Judged.Difference.Subject, d.Judged.Difference.Actual)), Is.EqualTo(new[] { ("b", "changed"), ("d", "actual") }));
            Assert.That(second[0].DifferenceNo, Is.EqualTo(first[1].DifferenceNo), "its number stays");
            Assert.That(second[0].Judged.FirstSeen, Is.EqualTo(first[1].Judged.FirstSeen));
            Assert.That(await bench.Store.ListDifferencesAsync("another job", CancellationToken.None), Is.Empty);
            Assert.That(await bench.Store.ListDifferencesAsync(null, CancellationToken.None), Has.Count.EqualTo(2));
        });
    }

    [Test]
    public async Task SaveReconciliation_OfOtherPeriods_LeavesADifferenceStanding()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ReconcileAsync(bench, [Some.October], Gap("a"));
        await ReconcileAsync(bench, [Period.Of(PeriodKind.Month, Some.Day("2026-09-01"))]);
        Assert.That(await bench.Store.ListDifferencesAsync("nightly", CancellationToken.None), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task AcceptDifference_AsItStands_HoldsUntilItChanges()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await ReconcileAsync(bench, [Some.October], Gap("a"));
        var number = (await bench.Store.ListDifferencesAsync(null, CancellationToken.None)).Single().DifferenceNo;
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await bench.Store.AcceptDifferenceAsync(number + 1, "eve", "why", CancellationToken.None), Is.False);
            Assert.That(await bench.Store.AcceptDifferenceAsync(number, "eve", "why", CancellationToken.None), Is.True);
            Assert.That(bench.File.Rows("SELECT author, action, subject, reason FROM audit_events"), Is.EqualTo(new[] { "eve|accept difference|pending|a: expected|actual|why" }));
        });

        await ReconcileAsync(bench, [Some.October], Gap("a") with { Explanation = "said otherwise" });
        var accepted = (await bench.Store.ListDifferencesAsync(null, CancellationToken.None)).Single().Judged;
        Assert.That((accepted.IsOpen, accepted.AcceptedBy, accepted.Reason), Is.EqualTo((false, "eve", "why")));

        await ReconcileAsync(bench, [Some.October], Gap("a", actual: "changed"));
        var open = (await bench.Store.ListDifferencesAsync(null, CancellationToken.None)).Single().Judged;
        Assert.That((open.IsOpen, open.AcceptedBy), Is.EqualTo((true, (string?)null)));

        await ReconcileAsync(bench, [Some.October], Gap("a"));
        Assert.That((await bench.Store.ListDifferencesAsync(null, CancellationToken.None)).Single().Judged.IsOpen, Is.False, "what was accepted stands again");
    }

    [Test]
    public async Task ListReconciliation_OfARun_GivesItsRowsBack()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        ReconciliationRow[] rows =
        [
            new(null, Purposes.Revenue, "", "", "", ReconciliationStep.Source, "time_entries stated", 7, null, null),
            new(Some.October, Purposes.Revenue, "us", "ACME", "USD", ReconciliationStep.Amount, ReconciliationItems.LineRounding, null, null, -0.0033333333m),
            new(Some.October, Purposes.Revenue, "us", "ACME", "USD", ReconciliationStep.Time, ReconciliationItems.Worked, 2, -3600, 0m),
        ];
        await bench.Store.SaveReconciliationAsync(bench.Lease, bench.Run, [Some.October], [.. rows], [], CancellationToken.None);
        Assert.That(await bench.Store.ListReconciliationAsync(bench.Run.RunNo, CancellationToken.None), Is.EqualTo(rows));
    }

    [Test]
    public async Task SaveBuckets_WithAVariance_KeepsItWhileItIsOpen()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry("1"));
        var row = await bench.OutboxAsync();
        var variance = new RecordVariance(Some.Series, StreamKind.TimeEntries, "1", 1, "rules", row.DocumentNo, Some.Money("100.00"), Some.Money("10.00"), "", Some.Money("90.00"), Some.Money("9.00"), "why");
        await bench.Store.SaveBucketsAsync(bench.Lease, [], [variance], CancellationToken.None);
        Assert.That(await bench.Store.ListVariancesAsync(Some.Series, CancellationToken.None), Is.EqualTo(new[] { new VarianceRow(variance, document.Reference, document.Identity.Key) }));
        await bench.Store.SaveBucketsAsync(bench.Lease, [], [variance with { CorrectNet = Some.Money("80.00") }], CancellationToken.None);
        Assert.That((await bench.Store.ListVariancesAsync(Some.Series, CancellationToken.None)).Single().Variance.CorrectNet, Is.EqualTo(Some.Money("80.00")));
        await bench.Store.SaveBucketsAsync(bench.Lease, [], [variance with { CorrectNet = variance.PostedNet, CorrectTax = variance.PostedTax }], CancellationToken.None);
        Assert.That(await bench.Store.ListVariancesAsync(Some.Series, CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task SaveBuckets_OfEachRecord_IsOneRowAndSettledOnesAreNotAskedForAgain()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(
            Some.TimeEntry("1"), Some.TimeEntry("2") with { Billable = false }, Some.TimeEntry("3") with { Approved = false }, Some.TimeEntry("4", hours: 99m), Some.TimeEntry("5") with { Deleted = true },
            Some.TimeEntry("6") with { BilledElsewhere = true });
        Assert.That(await bench.AssessAsync(), Has.Count.EqualTo(6));
        await bench.CreateAsync(Some.Mapping(), Some.Assessed(Some.Mapping(), [Some.TimeEntry("1")]));
        async Task<IEnumerable<string>> ToAssess(string rules, long after = 0, int take = 100) =>
            (await bench.Store.ListRecordsToAssessAsync(Some.Series, rules, after, take, CancellationToken.None)).Select(r => r.Record.Id);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(bench.Buckets(), Is.EqualTo(new[] { "1 v1 billed", "2 v1 non-billable", "3 v1 held: not approved", "4 v1 rejected: invalid", "5 v1 deleted", "6 v1 excluded: billed elsewhere" }));
            Assert.That(await ToAssess("rules"), Is.EqualTo(new[] { "3", "4" }), "what time or a person can end");
            Assert.That(await ToAssess("other rules"), Is.EqualTo(new[] { "1", "2", "3", "4", "5", "6" }));
            Assert.That(await ToAssess("other rules", after: 2, take: 2), Is.EqualTo(new[] { "3", "4" }));
        });
    }

    // What no sum of a period depends on is stored as the rules have it now; what they leave as it was is theirs from now on.
    [TestCase("APOLLO", "", "APOLLO|other rules")]
    [TestCase("", "", "|other rules")]
    [TestCase("", "2026-10-08", "|other rules")]
    public async Task SaveBuckets_ByOtherRules_StoresWhatTheyFound(string project, string date, string expected)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1") with { Billable = false });
        var (stored, found) = (await bench.AssessAsync()).Single();
        await bench.Store.ForgetTouchedPeriodsAsync(bench.Lease, [Some.October], CancellationToken.None);
        var now = found with { Facts = found.Facts with { Project = project }, Date = date.Length > 0 ? Some.Day(date) : found.Date };
        await bench.Store.SaveBucketsAsync(bench.Lease, [new BucketRow(stored.RecordNo, Some.Series, now, Bucket.NonBillable, "other rules")], [], CancellationToken.None);
        await bench.Store.SaveBucketsAsync(bench.Lease, [new BucketRow(stored.RecordNo, Some.Series, now, Bucket.NonBillable, "other rules")], [], CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(bench.File.Rows("SELECT project, rules_hash FROM buckets"), Is.EqualTo(new[] { expected }));
            Assert.That(bench.File.Rows("SELECT local_date FROM buckets"), Is.EqualTo(new[] { date.Length > 0 ? date : "2026-10-07" }));
            Assert.That(bench.File.Rows("SELECT period_from FROM touched_periods"), Is.Empty);
        });
    }

    [Test]
    public async Task ListKeys_OfABucket_GivesKeysInOrderAndTheirRecords()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("10", client: "1003"), Some.TimeEntry("9", client: "1001"), Some.TimeEntry("2", client: "1001"), Some.TimeEntry("7", client: "1001", date: "2026-09-01"), Some.Expense("1"), Some.TimeEntry("11", client: "none", project: "9"));
        await bench.AssessAsync();
        var keys = await bench.Store.ListKeysAsync(Some.Series, Bucket.Ready, CancellationToken.None);
        var records = await bench.Store.ListRecordsOfKeyAsync(Some.Series, keys[1], Bucket.Ready, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(keys.Select(k => k.ToString()), Is.EqualTo(new[] { "us/ACME/USD/invoice/2026-09", "us/ACME/USD/invoice/2026-10", "us/SAKURA/JPY/invoice/2026-10" }));
            Assert.That(records.Select(r => $"{r.Record.Stream.Name()}/{r.Record.Id}"), Is.EqualTo(new[] { "expenses/1", "time_entries/2", "time_entries/9" }));
        });
    }

    [Test]
    public async Task ReadDetail_OfAPeriod_HasEveryRecordOnceWithItsDocument()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"), Some.Expense("2", amount: -250m), Some.TimeEntry("3") with { Billable = false }, Some.TimeEntry("4", date: "2026-09-01"));
        await bench.AssessAsync();
        var note = await bench.CreateAsync(Some.Mapping(), Some.Assessed(Some.Mapping(), [Some.TimeEntry("1"), Some.Expense("2", amount: -250m)]));
        var rows = new List<DetailRow>();
        await foreach (var row in bench.Store.ReadDetailAsync(Some.Series, [Some.October], CancellationToken.None)) rows.Add(row);
        Assert.Multiple(() =>
        {
            Assert.That(
                rows.Select(r => (r.RecordId, r.Bucket, r.Reference, r.Line, r.Net, r.Tax)),
                Is.EqualTo(new[] { ("2", "billed", note.Reference, (int?)1, (decimal?)-250m, (decimal?)-25m), ("1", "billed", note.Reference, 2, 100m, 10m), ("3", "non-billable", "", null, null, null) }));
            Assert.That(rows.Sum(r => r.Net), Is.EqualTo(-150m), "columns add up, credit notes below zero");
        });
    }

    [Test]
    public async Task ReadExceptions_OfAnyAge_HasWhatNoDocumentHolds()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        await bench.StageAsync(Some.TimeEntry("2", hours: 99m), Some.TimeEntry("3", date: "2026-01-02") with { Approved = false }, Some.TimeEntry("4", client: "77", project: "9"), Some.TimeEntry("5") with { Billable = false });
        await bench.AssessAsync();
        var rows = new List<ExceptionRow>();
        await foreach (var row in bench.Store.ReadExceptionsAsync(Some.Series, Some.Day("2026-10-10"), CancellationToken.None)) rows.Add(row);
        Assert.That(
            rows.Select(r => (r.RecordId, r.Bucket, r.AgeDays, r.Field, r.Value)),
            Is.EqualTo(new[] { ("3", "held: not approved", (int?)281, "", ""), ("2", "rejected: invalid", 3, "hours", "99"), ("4", "rejected: no client", 3, "client", "77") }));
    }

    private static Task ReconcileAsync(StoreBench bench, IReadOnlyList<Period> periods, params Difference[] differences) => Task.Run(async () =>
        await bench.Store.SaveReconciliationAsync(bench.Lease, await bench.OpenRunAsync(), periods, [], differences, CancellationToken.None));

    private static Difference Gap(string subject, string actual = "actual", bool period = true) =>
        new(DifferenceCodes.Pending, subject, period ? Some.October : null, "ACME", "USD", "expected", actual, 12.34m, "why");

    private static SourceRecord RandomRecord(Random random, int id)
    {
        var client = random.Pick(["1001", "1001", "1002", "1003", "1004", "1005"]);
        var date = random.Pick(["2026-09-30", "2026-10-01", "2026-10-02", "2026-10-31", "2026-11-03", "2025-12-31"]);
        var record = random.Next(4) == 0
            ? Some.Expense($"{id}", amount: random.Next(-50_000, 100_000) / 1000m, client: client, currency: random.Pick(["", "", "USD", "EUR"]), date: date)
            : Some.TimeEntry($"{id}", hours: random.Next(-100, 500) / 60m, client: client, project: random.Pick(["301", "302", "INT-1"]), date: date);
        return random.Next(12) switch
        {
            0 => record with { Approved = false },
            1 => record with { Billable = false },
            2 => record with { Deleted = true },
            3 => record with { Date = null },
            _ => record,
        };
    }

    private static string Shown(BucketTotal b) => $"{b.Stream} {b.Entity} {b.Client} {b.Currency} {b.Bucket} {b.Records} {b.Seconds} {Amounts(b.Amounts.Select(a => (a.Key, a.Value)))}";
    private static string Shown(DocumentTotal d) => $"{d.Entity} {d.Client} {d.State} {d.Documents} {d.Net} {d.Tax} {d.Total}";
    private static string Shown(LineTotal l) => $"{l.Entity} {l.Client} {l.Type} {l.Lines} {l.Net} {l.Tax} {StoreText.Of(l.Variance)} {StoreText.Of(l.ChargedSeconds)}";
    private static string Shown(BilledTotal b) => $"{b.Stream} {b.Client} {b.Currency} {b.Records} {b.SourceSeconds} {b.BilledSeconds}";
    private static string Amounts(IEnumerable<(string Currency, Rational Sum)> sums) => string.Join(' ', sums.OrderBy(s => s.Currency, StringComparer.Ordinal).Select(s => $"{s.Currency} {StoreText.Of(s.Sum)}"));

    private static IEnumerable<string> NaiveBuckets(IEnumerable<(SourceRecord Record, Assessment Assessment, Bucket Bucket)> records) => records
        .GroupBy(r => (r.Record.Stream, Entity: r.Assessment.Key?.Entity ?? "", r.Assessment.Facts.Client, Currency: CurrencyOf(r.Record, r.Assessment), r.Bucket))
        .Select(g => Shown(new BucketTotal(
            g.Key.Stream, g.Key.Entity, g.Key.Client, g.Key.Currency, g.Key.Bucket, g.Count(), g.Sum(r => r.Record.Seconds ?? 0),
            g.Where(r => r.Record.Amount is not null).GroupBy(r => r.Record.Currency.Length > 0 ? r.Record.Currency : g.Key.Currency).ToDictionary(c => c.Key, c => (Rational)c.Sum(r => r.Record.Amount!.Value)))));

    // An expense that names its currency is proven in that one.
    private static string CurrencyOf(SourceRecord record, Assessment found) => record.Amount is not null && record.Currency.Length > 0 ? record.Currency : found.Key?.Currency.Code ?? "";

    private static IEnumerable<string> NaiveDocuments(IEnumerable<(Document Document, OutboxState State)> documents) => documents
        .GroupBy(d => (d.Document.Identity.Key.Entity, d.Document.Identity.Key.Client, d.Document.Currency, d.State))
        .Select(g => Shown(new DocumentTotal(
            g.Key.Entity, g.Key.Client, g.Key.Currency.Code, g.Key.State, g.Count(), Sum(g, d => d.Document.Net), Sum(g, d => d.Document.Tax), Sum(g, d => d.Document.Total))
        {
            Withholding = Sum(g, d => d.Document.Withholding), Retainer = Sum(g, d => d.Document.Retainer),
        }));

    private static Money Sum(IEnumerable<(Document Document, OutboxState State)> documents, Func<(Document Document, OutboxState State), Money> amount) =>
        documents.Select(d => d.Document.Type == DocumentType.CreditNote ? -amount(d) : amount(d)).Aggregate((a, b) => a + b);

    private static IEnumerable<string> NaiveLines(IEnumerable<Document> documents) =>
        from line in documents.SelectMany(d => d.Lines.Select(l => (Document: d, Line: l, Sign: d.Type == DocumentType.CreditNote ? -1 : 1)))
        group line by (line.Document.Identity.Key.Entity, line.Document.Identity.Key.Client, line.Document.Currency, line.Line.Type) into same
        select Shown(new LineTotal(
            same.Key.Entity, same.Key.Client, same.Key.Currency.Code, same.Key.Type, same.Count(), Money.OfMinorUnits(same.Sum(l => l.Sign * l.Line.Net.MinorUnits), same.Key.Currency),
            Money.OfMinorUnits(same.Sum(l => l.Sign * l.Line.Tax.MinorUnits), same.Key.Currency), same.Aggregate(Rational.Zero, (sum, l) => sum + l.Line.Variance * (long)l.Sign))
        {
            // Half of what is billed to NORDWIND is charged, and all of the others' time.
            Amount = Money.OfMinorUnits(same.Sum(l => l.Sign * l.Line.Amount.MinorUnits), same.Key.Currency),
            LineDiscount = Money.Zero(same.Key.Currency),
            DocumentDiscount = Money.Zero(same.Key.Currency),
            ChargedSeconds = same.Key.Type == "time" ? new Rational(same.Sum(l => l.Line.BilledSeconds), same.Key.Client == "NORDWIND" ? 2 : 1) : Rational.Zero,
        });

    private static IEnumerable<string> NaiveBilled(IEnumerable<Document> documents, IEnumerable<SourceRecord> records)
    {
        var seconds = records.ToDictionary(r => (r.Stream, r.Id), r => r.Seconds ?? 0);
        return
            from share in documents.SelectMany(d => d.Lines.SelectMany(l => l.Shares.Select(s => (d.Identity.Key, Share: s))))
            group share by (share.Share.Stream, share.Key.Client, share.Key.Currency) into same
            select Shown(new BilledTotal(same.Key.Stream, "us", same.Key.Client, same.Key.Currency.Code, same.Count(), same.Sum(s => seconds[(s.Share.Stream, s.Share.RecordId)]), same.Sum(s => s.Share.BilledSeconds)));
    }
}
