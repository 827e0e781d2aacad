using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Records that change after their document was posted: reported with their amounts, never posted, until a person accepts it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class ChangeAfterPostingTests
{
    // Amount of the difference: posted with tax less what it should be. Record 1 is one hour for ACME: 100.00 and 10.00.
    [TestCase("longer", -110.0)]
    [TestCase("shorter", 55.0)]
    [TestCase("deleted", 110.0)]
    [TestCase("non-billable", 110.0)]
    [TestCase("approval withdrawn", 110.0)]
    [TestCase("another client", 110.0)]
    [TestCase("unreadable", 110.0)]
    public async Task Run_AfterAnEdit_ReportsTheAmountAndPostsNothing(string edit, double amount)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => edit switch
        {
            "longer" => r with { Seconds = 7200 },
            "shorter" => r with { Seconds = 1800 },
            "deleted" => r with { Deleted = true },
            "non-billable" => r with { Billable = false },
            "approval withdrawn" => r with { Approved = false },
            "another client" => r with { Client = new Core.Sources.Reference("1002", "") },
            _ => r with { Seconds = null },
        });
        await firm.ExpectAsync(ExitCodes.Differences);
        var difference = await firm.OnlyDifferenceAsync();
        Assert.Multiple(() =>
        {
            Assert.That((difference.Code, difference.Subject, difference.Amount), Is.EqualTo((DifferenceCodes.ChangedAfterPosting, "time_entries/1", (decimal?)amount)));
            Assert.That(difference.Actual, Does.StartWith("net 100.00, tax 10.00 USD on "));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_AfterAnEditOfAnExpense_ReportsTheAmount()
    {
        await using var firm = await Firm.PostedAsync(Some.Expense("1", amount: 80m));
        firm.Source.Put(Some.Expense("1", amount: 95.55m));
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting expenses/1 -17.11" }));
    }

    [Test]
    public async Task Run_OfAChangedRecordOfACreditNote_HasTheSignOfTheBooks()
    {
        await using var firm = await Firm.PostedAsync(Some.Expense("1", amount: -80m));
        firm.Source.Put(Some.Expense("1", amount: -60m));
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting expenses/1 -22" }));
    }

    [TestCase("notes")]
    [TestCase("billed by us")]
    [TestCase("person")]
    [TestCase("saved again")]
    public async Task Run_AfterAChangeThatMovesNoMoney_ReportsNothing(string edit)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => edit switch
        {
            "notes" => r with { Notes = "a better description" },
            "billed by us" => r with { BilledElsewhere = true },
            "person" => r with { Person = new Core.Sources.Reference("18", "Eli") },
            _ => r,
        });
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.StartWith("Nothing new to post"));
            Assert.That(firm.Buckets(), Is.All.EndsWith(" billed"));
        });
    }

    [Test]
    public async Task Run_OfADifference_StaysOpenUntilAcceptedAndOpensWhenItChanges()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Differences);
        await firm.AcceptAllAsync();
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/1 -110 accepted" }), "still printed");

        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 10800 });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/1 -220" }));
    }

    [Test]
    public async Task Run_AfterAnEditWasTakenBack_HasNoDifference()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 3600 });
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        });
    }

    [Test]
    public async Task Run_AfterADeletionWasTakenBack_BillsNothingTwice()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Deleted = true });
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Deleted = false });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
    }

    // The price of an hour goes from 100 to 120 for all: 2 hours, each 22.00 short with tax.
    [Test]
    public async Task Run_AfterTheRateChanged_ReportsEveryRecordAndTakingItBackEndsIt()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Mapping = Some.Mapping(rates: [Some.Rate(120m)], version: "2");
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/1 -22", "changed-after-posting time_entries/2 -22" }));
        firm.NextDay();
        firm.Mapping = Some.Mapping();
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_AfterTheAccountChanged_ReportsItWithoutAnAmount()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Mapping = Some.Mapping(account: "4100", version: "2");
        await firm.ExpectAsync(ExitCodes.Differences);
        var difference = await firm.OnlyDifferenceAsync();
        Assert.Multiple(() =>
        {
            Assert.That(difference.Amount, Is.Zero);
            Assert.That(difference.Expected, Does.Contain("account 4100 instead of 4000"));
        });
    }

    [Test]
    public async Task Run_AfterARecordMovedToAnotherPeriod_ReportsWhereItBelongs([Values("2026-09-30", "2026-11-02")] string date)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Date = Some.Day(date) });
        await firm.ExpectAsync(ExitCodes.Differences);
        var difference = await firm.OnlyDifferenceAsync();
        Assert.Multiple(() =>
        {
            Assert.That(difference.Expected, Does.Contain($"belongs to us/ACME/USD/invoice/{date[..7]}"));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
    }

    // A mapping by which a posted record is not billed, and then the old one again: the record was billed once and stays so.
    [TestCase("no rate")]
    [TestCase("no client")]
    [TestCase("no tax code")]
    [TestCase("before start")]
    public async Task Run_AfterRulesRefusedAPostedRecordForAWhile_BillsItOnce(string rule)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        var (mapping, job) = (firm.Mapping, firm.Job);
        if (rule == "no rate") firm.Mapping = Some.Mapping(rates: [Some.Rate(100m, client: "NORDWIND")], version: "2");
        if (rule == "no client") firm.Mapping = Some.Mapping(clients: [.. Some.Clients.Skip(1), Some.Client("OTHER", "9", "9")], version: "2");
        if (rule == "no tax code") firm.Mapping = Some.Mapping(taxes: [Some.Tax("NONE")], version: "2");
        if (rule == "before start") firm.Job = Some.Job(billFrom: "2026-10-20");
        if (rule == "no client") firm.Source.Edit("1", r => r with { Project = Core.Sources.Reference.None });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That((await firm.DifferencesAsync())[0], Is.EqualTo("changed-after-posting time_entries/1 110"));
        firm.NextDay();
        (firm.Mapping, firm.Job) = (mapping, job);
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(2));
            Assert.That(firm.Buckets(), Is.All.EndsWith(" billed"));
        });
    }

    [Test]
    public async Task Run_WithALaterClose_LeavesPostedRecordsAlone()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Job = Some.Job(closeAfterDays: 20);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 billed" }));
    }

    [Test]
    public async Task Run_AsOfADayBeforeTheClose_LeavesPostedRecordsAlone()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Notes = "read again" });
        await firm.ExpectAsync(ExitCodes.Done, asOf: new DateTimeOffset(2026, 10, 20, 0, 0, 0, TimeSpan.Zero));
        Assert.That(await firm.DifferencesAsync(), Is.Empty);
    }

    [Test]
    public async Task Run_WhereALateEntryAndAnEditMeet_PostsTheOneAndReportsTheOther()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.Put(Some.TimeEntry("2", hours: 2m));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/1 -110" }));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
        });
    }

    // Both entries of the line become 20 minutes: 40 minutes are billed as 45, which is 82.50 with tax, and 55.00 were posted.
    [Test]
    public async Task Run_AfterTwoEditsOfOneLine_ReportsWhatTheLineIsShort()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1") with { Seconds = 600 }, Some.TimeEntry("2") with { Seconds = 600 });
        firm.Mapping = Some.Mapping(time: new TimeRounding(900, RoundingMode.Up, RoundingScope.Line, 0));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 1200 });
        firm.Source.Edit("2", r => r with { Seconds = 1200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        var gaps = (await firm.Store.ListDifferencesAsync(firm.Job.Name, CancellationToken.None)).Sum(d => d.Judged.Difference.Amount);
        Assert.That(gaps, Is.EqualTo(-27.50m));
    }
}
