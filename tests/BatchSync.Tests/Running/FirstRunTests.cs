using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>What a run posts, and what it leaves alone.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FirstRunTests
{
    [Test]
    public async Task Run_OfApprovedTime_PostsItOnceAsFinal()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 1.5m), Some.TimeEntry("2", hours: 0.25m));
        var result = await firm.ExpectAsync(ExitCodes.Done);
        var posted = firm.Books.Documents.Single();
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.StartWith("1 document posted; the reconciliation balances"));
            Assert.That(posted.Shown, Is.EqualTo(new DestinationDocument(posted.Shown.Reference, "doc-1", "58", DocumentType.Invoice, Some.Money("175.00"), Some.Money("17.50"), Some.Money("192.50"), DocumentStanding.Final)));
            Assert.That(posted.Content!.Date, Is.EqualTo(Some.Day("2026-10-31")));
            Assert.That(posted.Content.Due, Is.EqualTo(Some.Day("2026-11-30")));
            Assert.That(firm.Buckets(), Is.All.EndsWith(" billed"));
        });
    }

    [Test]
    public async Task Run_OnceMore_PostsNothingAndSaysSo()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        var calls = firm.Books.Batches.Count;
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.StartWith("Nothing new to post"));
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(calls), "no call that creates");
        });
    }

    // They are looked up, sent and read back in portions of the outbox, of which the last is not full, and summed and reported in ranges.
    [Test]
    public async Task Run_OfMoreDocumentsThanAreReadTogether_SendsEachOnceAndInFullCalls()
    {
        const int Documents = 2_150;
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, Documents).Select(i => Some.TimeEntry($"{i}", person: $"{i}"))]);
        firm.Mapping = Some.Mapping(lines: new LineRules([GroupKey.Project, GroupKey.Task], GroupKey.Person, [GroupKey.Project]));
        firm.Books.Traits = firm.Books.Traits with { BatchSize = 60, LookUpSize = 700 };
        var result = await firm.ExpectAsync(ExitCodes.Done);
        var detail = await firm.Store.ReadDetailAsync(Some.Series, result.Proof!.Periods, CancellationToken.None).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.StartWith("2150 documents posted; the reconciliation balances"));
            Assert.That(
                result.Proof.Rows.Where(r => r.Step == ReconciliationStep.Time).Select(r => (r.Item, r.Records, r.Seconds)),
                Is.EqualTo(new (string, long?, long?)[] { (ReconciliationItems.Worked, Documents, Documents * 3600L), (ReconciliationItems.TimeRounding, null, 0), (ReconciliationItems.Billed, null, Documents * 3600L) }));
            Assert.That(detail.Select(d => d.Reference), Is.EqualTo(firm.Books.Documents.Select(d => d.Shown.Reference)));
            Assert.That(firm.Books.Documents.Select(d => d.Shown.Reference), Is.Unique.And.Exactly(Documents).Items);
            Assert.That(firm.Books.Documents.Select(d => d.Shown.IsDraft), Is.All.False);
            Assert.That(firm.Books.Batches.Select(b => b.Documents.Count), Is.EqualTo(Enumerable.Repeat(60, 35).Append(50)));
        });
    }

    [Test]
    public async Task Run_WithoutRecords_IsDone()
    {
        await using var firm = await Firm.OpenAsync();
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(result.Message, Does.StartWith("Nothing new to post"));
    }

    [TestCase(true, true)]
    [TestCase(false, false)]
    public async Task Run_AsDraft_LeavesDrafts(bool draft, bool isDraft)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Job = Some.Job(draft: draft);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Single().Shown.IsDraft, Is.EqualTo(isDraft));
    }

    [Test]
    public async Task Run_AtDestinationWithoutDrafts_PostsFinal()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var books = new FakeBooks { Traits = firm.Books.Traits with { HasDrafts = false } };
        firm.Ports = new Dictionary<string, IDestination> { ["all"] = books };
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(books.Batches.Single().AsDraft, Is.False);
            Assert.That(books.Documents.Single().Shown.IsDraft, Is.False);
        });
    }

    // October closes at midnight UTC before November 4: a second earlier it is open.
    [TestCase("2026-11-03T23:59:59Z", "time_entries/1 held: period open", 0)]
    [TestCase("2026-11-04T00:00:00Z", "time_entries/1 billed", 1)]
    public async Task Run_AroundTheCloseOfThePeriod_HoldsUntilThen(string asOf, string bucket, int documents)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        await firm.ExpectAsync(ExitCodes.Done, asOf: DateTimeOffset.Parse(asOf, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Is.EqualTo(new[] { bucket }));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(documents));
        });
    }

    [Test]
    public async Task Run_OfAnOpenPeriod_PostsItOnceItIsClosed()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1", date: "2026-10-30"), Some.TimeEntry("2", date: "2026-11-02"));
        Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 billed", "time_entries/2 held: period open" }));
        firm.Time.Advance(TimeSpan.FromDays(30));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Select(d => d.Content!.Date), Is.EqualTo(new[] { Some.Day("2026-10-31"), Some.Day("2026-11-30") }));
    }

    [Test]
    public async Task Run_OfARecordNotApproved_HoldsItUntilItIs()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry() with { Approved = false });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 held: not approved" }));
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Approved = true });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
    }

    [Test]
    public async Task Run_WhereApprovalIsNotRequired_PostsWithoutIt()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry() with { Approved = null });
        firm.Job = Some.Job(approval: false);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_OfWhatIsNotToBeBilled_PostsNothingAndIsDone()
    {
        await using var firm = await Firm.OpenAsync(
            Some.TimeEntry("1", date: "2026-09-30"),
            Some.TimeEntry("2") with { BilledElsewhere = true },
            Some.TimeEntry("3", project: "INT-7"),
            Some.TimeEntry("4") with { Billable = false },
            Some.TimeEntry("5") with { Deleted = true });
        firm.Job = Some.Job(billFrom: "2026-10-01");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents, Is.Empty);
            Assert.That(firm.Buckets(), Is.EqualTo(new[]
            {
                "time_entries/1 excluded: before start", "time_entries/2 excluded: billed elsewhere", "time_entries/3 excluded: internal", "time_entries/4 non-billable", "time_entries/5 deleted",
            }));
        });
    }

    [Test]
    public async Task Run_OfAClientWithItsOwnStart_GoesByThat()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", date: "2026-09-30"), Some.TimeEntry("2", client: "1002", date: "2026-09-30"));
        firm.Job = Some.Job(billFrom: "2026-10-01");
        firm.Mapping = Some.Mapping(clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { BillFrom = Some.Day("2026-09-01") } : c)]);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Single().Shown.Client, Is.EqualTo("61"));
    }

    [Test]
    public async Task Run_WithRejections_PostsTheRestAndTells()
    {
        await using var firm = await Firm.OpenAsync(
            Some.TimeEntry("1"), Some.TimeEntry("2", client: "9999", project: "9"), Some.TimeEntry("3", hours: 24.5m), Some.Expense("4", currency: "EUR"), Some.Expense("5", currency: "EURO"));
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain("1 document posted").And.Contain("4 rejected records"));
            Assert.That(result.Proof!.Rejections.Select(r => $"{r.Bucket} {r.Records}"), Is.EqualTo(new[] { "rejected: invalid 2", "rejected: no FX rate 1", "rejected: no client 1" }));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
        });
    }

    [Test]
    public async Task Run_AfterTheMappingWasMended_PostsWhatWasRejected()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1005", project: "9"));
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Mapping = Some.Mapping(clients: [.. Some.Clients, Some.Client("NEW", "1005", "77")], version: "2");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Select(d => d.Shown.Client), Is.EqualTo(new[] { "58", "77" }));
    }

    [Test]
    public async Task Run_AtTheRejectionLimit_PostsNothingBeyondIt([Values(2, 1)] int limit)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", hours: 25m), Some.TimeEntry("3", hours: -25m));
        firm.Job = Some.Job(rejections: limit);
        var result = await firm.ExpectAsync(limit == 2 ? ExitCodes.Differences : ExitCodes.Failed);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(limit == 2 ? 1 : 0));
        if (limit == 2) return;
        Assert.That(result.Message, Does.Contain("2 records are rejected and the limit is 1 (limits.rejections)").And.Contain("batchsync run nightly"));
        Assert.That(firm.Reporter.Proofs.Single().Failure, Is.EqualTo(result.Message), "the proof goes out all the same");
        firm.Job = Some.Job(rejections: 2);
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_WithARefundAbove_MakesACreditNote()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 1m), Some.Expense("2", amount: -350.50m));
        await firm.ExpectAsync(ExitCodes.Done);
        var note = firm.Books.Documents.Single().Shown;
        Assert.Multiple(() =>
        {
            Assert.That((note.Type, note.Net, note.Tax, note.Total), Is.EqualTo((DocumentType.CreditNote, Some.Money("250.50"), Some.Money("25.05"), Some.Money("275.55"))));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(-275.55m));
        });
    }

    // 16500 x 1.3333 h = 21999.45 is 21999 yen; 100 x 1.3333 h = 133.330 dinars, and 10 % of it 13.333.
    [TestCase("1003", "64", "JPY", "21999", "0", "21999")]
    [TestCase("1004", "70", "KWD", "133.330", "13.333", "146.663")]
    [TestCase("1002", "61", "EUR", "133.33", "0.00", "133.33")]
    public async Task Run_InACurrency_RoundsToItsMinorUnit(string source, string client, string currency, string net, string tax, string total)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry(client: source, hours: 1.33333m));
        await firm.ExpectAsync(ExitCodes.Done);
        var shown = firm.Books.Documents.Single().Shown;
        Assert.That((shown.Client, shown.Net, shown.Tax, shown.Total), Is.EqualTo((client, Some.Money(net, currency), Some.Money(tax, currency), Some.Money(total, currency))));
    }

    [Test]
    public async Task Run_OfTwoEntities_PostsEachToItsOwnDestination()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        FakeBooks us = new(), eu = new() { Tenant = new DestinationTenant("company-2", "test") };
        firm.Job = Some.Job(destinations: ["us", "eu"]);
        firm.Ports = new Dictionary<string, IDestination> { ["us"] = us, ["eu"] = eu };
        firm.Mapping = Some.Mapping(
            entities: [Some.Entity("us"), Some.Entity("eu", "Europe/Berlin", "EUR")],
            clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { Entity = "eu" } : c)]);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(us.Documents.Select(d => d.Shown.Client), Is.EqualTo(new[] { "58" }));
            Assert.That(eu.Documents.Select(d => d.Shown.Client), Is.EqualTo(new[] { "61" }));
            Assert.That(us.Documents[0].Shown.Reference, Is.Not.EqualTo(eu.Documents[0].Shown.Reference));
        });
    }

    [Test]
    public async Task Run_OverAWholePeriod_ReadsAndBillsThatAlone()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", date: "2026-09-10"), Some.TimeEntry("2", date: "2026-10-10"), Some.TimeEntry("3", date: "2026-10-20"));
        await firm.ExpectAsync(ExitCodes.Done, from: Some.Day("2026-10-01"), to: Some.Day("2026-10-31"));
        Assert.Multiple(() =>
        {
            Assert.That(firm.Source.Requests[0], Is.EqualTo(new BatchSync.Sources.PageSetRequest(Core.Sources.StreamKind.TimeEntries, null, Some.Day("2026-10-01"), Some.Day("2026-10-31"), null)));
            Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/2 billed", "time_entries/3 billed" }), "nothing else was read");
        });
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Has.Count.EqualTo(3).And.All.EndsWith(" billed"), "the next run without dates reads and bills the rest");
    }

    // A document is made from all records of its period: one of which only a part was ever read is not made.
    [Test]
    public async Task Run_OverAPartOfAPeriod_BillsItOnlyOnceAllOfItIsKnown()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", date: "2026-10-05"), Some.TimeEntry("2", date: "2026-10-20"));
        await firm.ExpectAsync(ExitCodes.Differences, from: Some.Day("2026-10-15"));
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(firm.Books.Documents, Is.Empty);
            Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "not-billed ACME" }));
        });
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));

        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("3", date: "2026-10-21"), Some.TimeEntry("4", date: "2026-10-06"));
        await firm.ExpectAsync(ExitCodes.Done, from: Some.Day("2026-10-15"));
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m), "October is known in full, so the late entry that was read is billed");
    }

    [Test]
    public async Task Plan_BeforeARun_ShowsItsDocumentsAndPostsNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 2m), Some.TimeEntry("2", date: "2026-11-02"));
        var (result, plan) = await firm.PlanAsync();
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done));
            Assert.That(plan.New.Select(d => (d.Key.Period.ToString(), d.Total)), Is.EqualTo(new[] { ("2026-10", Some.Money("220.00")) }));
            Assert.That(plan.Preview.Select(d => (d.Key.Period.ToString(), d.Total)), Is.EqualTo(new[] { ("2026-11", Some.Money("110.00")) }));
            Assert.That(firm.Books.Documents, Is.Empty);
        });
        await firm.ExpectAsync(ExitCodes.Done);
        var (_, after) = await firm.PlanAsync();
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents.Single().Shown.Reference, Is.EqualTo(plan.New[0].Reference), "what was planned is what was posted");
            Assert.That((after.New.Count, after.Unchanged, after.Preview.Count), Is.EqualTo((0, 1, 1)));
        });
    }

    [Test]
    public async Task Run_WithAWrongStatedTotal_ReportsTheGap()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Source.StatedTotal = 7;
        await firm.ExpectAsync(ExitCodes.Differences);
        var gaps = (await firm.Store.ListDifferencesAsync(firm.Job.Name, CancellationToken.None)).Select(d => d.Judged.Difference).ToList();
        Assert.That(gaps.Select(d => (d.Code, d.Subject, d.Expected)), Does.Contain((DifferenceCodes.SourceCount, "time_entries", "7 records stated by the source")));
    }

    [Test]
    public async Task Run_ThatIsDone_LeavesItsStepsInTheStore()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var result = await firm.ExpectAsync(ExitCodes.Done);
        var run = await firm.Store.FindRunAsync(result.RunNo, CancellationToken.None);
        var steps = await firm.Store.ListStepsAsync(result.RunNo, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((run!.Status, run.ExitCode, run.Message), Is.EqualTo((RunStatus.Succeeded, (int?)0, result.Message)));
            Assert.That(steps.Select(s => s.Step), Is.EqualTo(new[] { "resolve", "extract", "map", "changes", "bill", "post", "reconcile", "report" }));
        });
    }
}
