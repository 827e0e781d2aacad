using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>What a plan shows, what it leaves behind, and what a run with it posts. Everything is 100.00 an hour; ACME pays 10 % of tax.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class PlanTests
{
    [Test]
    public async Task Plan_OfNewTime_IsANewDocumentWithItsLines()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 1.5m), Some.Expense("2", amount: 20m));
        var plan = await PlanBench.PlanAsync(firm);
        var change = plan.Changes.Single();
        Assert.Multiple(() =>
        {
            Assert.That((change.Kind, change.Old, change.New!.Total), Is.EqualTo((PlanChangeKind.New, (BookedMoney?)null, Some.Money("187.00"))));
            Assert.That(change.Lines.Select(l => l.New!.Printed), Is.EquivalentTo(new[] { "1.5 x 100.00", "1 x 20.00" }));
            Assert.That(change.Lines.SelectMany(l => l.Records).Select(r => r.ToString()), Is.EquivalentTo(new[] { "time_entries/1", "expenses/2" }));
            Assert.That(Totals(plan), Is.EqualTo(new[] { "ACME USD 0.00 -> 187.00" }));
        });
    }

    [Test]
    public async Task Plan_UnderDelta_ShowsOldToNewOfTheRecord()
    {
        await using var firm = await PostedAsync(ChangePolicy.Delta, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        var plan = await PlanBench.PlanAsync(firm);
        var change = plan.Changes.Single();
        var line = change.Lines.Single();
        Assert.Multiple(() =>
        {
            Assert.That((change.Kind, change.Old!.Total, change.New!.Total), Is.EqualTo((PlanChangeKind.Changed, Some.Money("110.00"), Some.Money("165.00"))));
            Assert.That((line.Old!.Money.Net, line.New!.Money.Net, line.Old.Money.Tax, line.New.Money.Tax), Is.EqualTo((Some.Money("100.00"), Some.Money("150.00"), Some.Money("10.00"), Some.Money("15.00"))));
            Assert.That(Totals(plan), Is.EqualTo(new[] { "ACME USD 220.00 -> 275.00" }));
            Assert.That((plan.Unchanged, plan.Changed), Is.EqualTo((0, Array.Empty<object>())));
        });
    }

    [Test]
    public async Task Plan_UnderCreditAndRebill_ShowsBothAsOneChangeOfItsLines()
    {
        await using var firm = await PostedAsync(ChangePolicy.CreditAndRebill, Some.TimeEntry("1"), Some.TimeEntry("2", task: "Design"), Some.TimeEntry("3", client: "1002"));
        firm.Mapping = Some.Mapping(rates: [Some.Rate(120m, task: "DEV", client: "ACME"), Some.Rate(16500m, client: "SAKURA"), Some.Rate(100m)], version: "2");
        var plan = await PlanBench.PlanAsync(firm);
        var change = plan.Changes.Single();
        Assert.Multiple(() =>
        {
            Assert.That(change.Documents.Select(d => d.Purpose), Is.EqualTo(new[] { DocumentPurpose.Credit, DocumentPurpose.Rebill }));
            Assert.That((change.Old!.Total, change.New!.Total), Is.EqualTo((Some.Money("220.00"), Some.Money("242.00"))));
            Assert.That(change.Lines.Where(l => !l.IsSame).Select(l => $"{l.Old!.Printed} -> {l.New!.Printed}, {l.Old.Money.Total} -> {l.New.Money.Total}"), Is.EqualTo(new[] { "1 x 100.00 -> 1 x 120.00, 110.00 USD -> 132.00 USD" }));
            Assert.That(change.Lines.Count(l => l.IsSame), Is.EqualTo(1));
            Assert.That(plan.Unchanged, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Plan_WhereNothingIsLeftOfADocument_TakesItBack([Values] bool asDraft)
    {
        await using var firm = await PostedAsync(ChangePolicy.CreditAndRebill, asDraft, Some.TimeEntry("1"));
        var posted = firm.Books.Documents.Single().Shown.Reference;
        firm.Source.Edit("1", r => r with { Deleted = true });
        var change = (await PlanBench.PlanAsync(firm)).Changes.Single();
        Assert.Multiple(() =>
        {
            Assert.That((change.Kind, change.Old!.Total, change.New), Is.EqualTo((PlanChangeKind.TakenBack, Some.Money("110.00"), (BookedMoney?)null)));
            Assert.That((change.Documents[0].Purpose, change.Documents[0].Corrects), Is.EqualTo((asDraft ? DocumentPurpose.Withdrawal : DocumentPurpose.Credit, posted)));
            Assert.That(change.Lines.Single().Old!.Printed, Is.EqualTo("1 x 100.00"));
        });
    }

    [Test]
    public async Task Plan_OfAChangedPaidDocument_NamesTheHold()
    {
        await using var firm = await PostedAsync(ChangePolicy.Delta, Some.TimeEntry("1"));
        firm.Books.Change("doc-1", d => d with { Standing = DocumentStanding.Paid });
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        var plan = await PlanBench.PlanAsync(firm);
        Assert.Multiple(() =>
        {
            Assert.That(plan.Changes, Is.Empty);
            Assert.That(plan.Changed.Single().Variance.Hold, Does.StartWith("held: changed at destination").And.Contain("is paid"));
            Assert.That((plan.Changed[0].Variance.PostedNet, plan.Changed[0].Variance.CorrectNet), Is.EqualTo((Some.Money("100.00"), Some.Money("200.00"))));
        });
    }

    [Test]
    public async Task Plan_OverALimit_ShowsTheChangesAndARunWithItPostsThem([Values("documents", "old")] string limit)
    {
        await using var firm = await PostedAsync(ChangePolicy.CreditAndRebill, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        if (limit == "documents") firm.Job = firm.Job with { Limits = firm.Job.Limits with { ChangedDocuments = 1 } };
        else firm.Time.Advance(TimeSpan.FromDays(90));
        foreach (var id in new[] { "1", "2" }) firm.Source.Edit(id, r => r with { Seconds = 7200 });
        var plan = await PlanBench.PlanAsync(firm);
        Assert.That(plan.Changes, Has.Count.EqualTo(2));
        Assert.That(plan.OverLimits.Single(), Does.Contain(limit == "documents" ? "2 documents and the limit is 1" : "more than 2 periods back").And.Contain("with this plan only"));
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m), "a run without the plan changes nothing");
        await PlanBench.ExpectAsync(ExitCodes.Done, firm, PlanBench.Postable(plan));
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((220m, 200m)));
    }

    [Test]
    public async Task Plan_OfMoreRejectionsThanAllowed_SaysThatARunPostsNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 30m));
        firm.Job = Some.Job(rejections: 0);
        Assert.That((await PlanBench.PlanAsync(firm)).OverLimits.Single(), Does.Contain("1 records are rejected and the limit is 0 (limits.rejections)"));
    }

    [TestCase(nameof(ChangePolicy.Report))]
    [TestCase(nameof(ChangePolicy.Delta))]
    [TestCase(nameof(ChangePolicy.CreditAndRebill))]
    public async Task Plan_OnceMade_LeavesTheStoreAsItWas(string policy)
    {
        await using var firm = await PostedAsync(Enum.Parse<ChangePolicy>(policy), Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3", client: "1002"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        firm.Source.Put(Some.TimeEntry("4"));
        await PlanBench.PlanAsync(firm);
        var (shown, shares) = (PlanBench.Shown(firm), Shares(firm));
        await PlanBench.PlanAsync(firm);
        Assert.Multiple(() =>
        {
            Assert.That(PlanBench.Shown(firm), Is.EqualTo(shown));
            Assert.That(Shares(firm), Is.EqualTo(shares).And.Count.EqualTo(3));
            Assert.That(firm.File.Rows("SELECT reference FROM documents"), Has.Count.EqualTo(2));
            Assert.That(firm.Buckets(), Does.Contain("time_entries/4 ready").And.Contain("time_entries/1 billed"));
        });
    }

    [Test]
    public async Task Run_WithItsPlan_PostsWhatItShowed([Values(nameof(ChangePolicy.Delta), nameof(ChangePolicy.CreditAndRebill))] string policy)
    {
        await using var firm = await PostedAsync(Enum.Parse<ChangePolicy>(policy), Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        firm.Source.Put(Some.TimeEntry("3", client: "1003"));
        var plan = await PlanBench.PlanAsync(firm);
        var result = await PlanBench.ExpectAsync(ExitCodes.Done, firm, PlanBench.Postable(plan));
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents.Skip(2).Select(d => (d.Shown.Reference, d.Shown.Total)), Is.EquivalentTo(plan.New.Select(d => (d.Reference, d.Total))));
            Assert.That(result.Proof!.Counts.StalePlan, Is.Empty);
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("64", "JPY")), Is.EqualTo((165m, 16500m)));
        });
        var documents = firm.Books.Documents.Count;
        await PlanBench.ExpectAsync(ExitCodes.Done, firm, PlanBench.Postable(plan));
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(documents), "the same plan again posts nothing");
    }

    // Record 2 changes between plan and run: its document is stale, the other one is posted.
    [Test]
    public async Task Run_WithAPlanThatIsOld_PostsTheRestAndListsTheStale([Values("edited", "deleted", "another client", "late")] string change)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        var plan = await PlanBench.PlanAsync(firm);
        var stale = plan.New.Single(d => d.Key.Client == "NORDWIND").Reference;
        if (change == "late") firm.Source.Put(Some.TimeEntry("9", client: "1002"));
        else firm.Source.Edit("2", r => change switch
        {
            "edited" => r with { Seconds = 7200 },
            "deleted" => r with { Deleted = true },
            _ => r with { Client = new Reference("1004", "") },
        });
        var result = await PlanBench.ExpectAsync(ExitCodes.Differences, firm, PlanBench.Postable(plan));
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents.Select(d => d.Shown.Client), Is.EquivalentTo(new[] { "58", "64" }));
            Assert.That(result.Proof!.Counts.StalePlan, Does.Contain(stale));
            Assert.That(result.Message, Does.Contain("stale plan").And.Contain(stale).And.Contain("batchsync plan nightly --out FILE"));
        });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(change == "deleted" ? 2 : 3), "the next run without a plan posts it as it is now");
    }

    [Test]
    public async Task Run_WhereACreditOfThePlanIsStale_BillsNothingAnew()
    {
        await using var firm = await PostedAsync(ChangePolicy.CreditAndRebill, Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        var plan = await PlanBench.PlanAsync(firm);
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        var result = await PlanBench.ExpectAsync(ExitCodes.Differences, firm, PlanBench.Postable(plan));
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(result.Proof!.Counts.StalePlan, Has.Count.EqualTo(2));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
            Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/1 -110" }), "the proof says what is left");
        });
    }

    // Records 1 and 3 leave two documents for one of another client, and the credit of the first is stale: the new one must not bill record 1 beside it.
    [Test]
    public async Task Run_WhereOneOfSeveralCreditsIsStale_BillsNothingAnew()
    {
        await using var firm = await PostedAsync(ChangePolicy.CreditAndRebill, Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3", client: "1002"));
        foreach (var id in new[] { "1", "3" }) firm.Source.Edit(id, r => r with { Client = new Reference("1003", "") });
        var plan = await PlanBench.PlanAsync(firm);
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await PlanBench.ExpectAsync(ExitCodes.Differences, firm, PlanBench.Postable(plan));
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR"), firm.Books.Owed("64", "JPY")), Is.EqualTo((220m, 100m, 0m)), string.Join('\n', firm.Books.Shown));
        Assert.That(await firm.DifferencesAsync(), Has.None.Contain("bucket-sum"));
    }

    [Test]
    public async Task Run_WhereTheBooksWereLockedSince_PostsNoDocumentOfAnotherDate()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        var plan = await PlanBench.PlanAsync(firm);
        firm.Books.Tenant = firm.Books.Tenant with { LockedThrough = Some.Day("2026-10-31") };
        var result = await PlanBench.ExpectAsync(ExitCodes.Differences, firm, PlanBench.Postable(plan));
        Assert.That((result.Proof!.Counts.StalePlan.Count, firm.Books.Documents.Count), Is.EqualTo((1, 0)));
    }

    // Between plan and run another run posted another content under the same name.
    [Test]
    public async Task Run_WhereAnotherRunPostedOtherAmounts_CallsThePlanStale()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        var plan = await PlanBench.PlanAsync(firm);
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Done);
        var result = await PlanBench.ExpectAsync(ExitCodes.Differences, firm, PlanBench.Postable(plan));
        Assert.That(result.Proof!.Counts.StalePlan, Is.EqualTo(plan.New.Select(d => d.Reference)));
    }

    [Test]
    public async Task Run_WithThePlanOfAnotherCompany_IsRefused([Values("tenant", "environment")] string what)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        var plan = PlanBench.Postable(await PlanBench.PlanAsync(firm));
        var other = plan.Tenants[0] with { Tenant = what == "tenant" ? "company-2" : "company-1", Environment = what == "environment" ? "production" : "test" };
        var result = await PlanBench.ExpectAsync(ExitCodes.Configuration, firm, plan with { Tenants = [other] });
        Assert.That(result.Message, Does.Contain("plan.json was made for all: ").And.Contain("answer as all: company-1 (test)").And.Contain("Nothing was posted"));
        Assert.That(firm.Books.Documents, Is.Empty);
    }

    [Test]
    public async Task Run_WithAnotherConfiguration_NamesTheFiles()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        var plan = PlanBench.Postable(await PlanBench.PlanAsync(firm)) with { ChangedFiles = ["mapping-config/rules.yaml changed"] };
        var result = await PlanBench.ExpectAsync(ExitCodes.Done, firm, plan);
        Assert.That(result.Message, Does.EndWith("The configuration is not as it was when plan.json was made: mapping-config/rules.yaml changed."));
    }

    [Test]
    public async Task Run_UnderApproval_FormsNothingWithoutAPlanAndSaysHow()
    {
        await using var firm = await PostedAsync(ChangePolicy.Delta, Some.TimeEntry("1"));
        firm.Job = firm.Job with { Posting = firm.Job.Posting with { Approval = ApprovalRule.Plan } };
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        firm.Source.Put(Some.TimeEntry("2", client: "1002"));
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        const string How = "batchsync plan nightly --out plan.json, batchsync plan approve plan.json --reason TEXT, then batchsync run nightly --plan plan.json";
        var differences = (await firm.Store.ListDifferencesAsync(firm.Job.Name, CancellationToken.None)).Select(d => d.Judged.Difference.Explanation).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain("1 document and 1 changed record wait for an approved plan (posting.approval: plan): " + How));
            Assert.That(differences, Has.Count.EqualTo(2).And.All.Contain(How));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
        await PlanBench.ExpectAsync(ExitCodes.Done, firm, PlanBench.Postable(await PlanBench.PlanAsync(firm)));
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((220m, 100m)));
        var nothing = await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(nothing.Message, Does.StartWith("Nothing new to post"));
    }

    private static Task<Firm> PostedAsync(ChangePolicy policy, params SourceRecord[] records) => PostedAsync(policy, asDraft: false, records);

    private static async Task<Firm> PostedAsync(ChangePolicy policy, bool asDraft, params SourceRecord[] records)
    {
        var firm = await Firm.OpenAsync(records);
        firm.Job = firm.Job with { Posting = new PostingRules(asDraft) { OnChange = policy } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm;
    }

    private static IReadOnlyList<string> Shares(Firm firm) => firm.File.Rows("SELECT document_no, line_no, source_id, version, net, tax, inputs_hash FROM line_shares ORDER BY 1, 2, 3");

    private static IEnumerable<string> Totals(Plan plan) => plan.Totals.Select(t => $"{t.Client} {t.Currency} {t.Posted.Total.ToAmountString()} -> {t.After.Total.ToAmountString()}");
}
