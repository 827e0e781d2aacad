using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Runs that a person takes off the books, and records that are let back onto them.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class UnpostTests
{
    [Test]
    public async Task Unpost_OfARun_TakesItsDocumentsBackAndHoldsTheirRecords([Values] bool asDraft)
    {
        await using var firm = await PostedAsync(asDraft, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.Expense("3", client: "1002"));
        var (result, found) = await PlanBench.UnpostAsync(firm, 1);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
            Assert.That(result.Message, Does.Contain("2 documents taken back").And.Contain("3 records held: unposted").And.Contain("batchsync release nightly --run 1 --reason TEXT"));
            Assert.That(found.Documents.Select(d => (d.IsDeleted, d.IsNamed)), Is.All.EqualTo((asDraft, true)));
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR"), firm.Books.Documents.Count), Is.EqualTo((0m, 0m, asDraft ? 0 : 4)));
            Assert.That(firm.Buckets(), Is.All.EndsWith("held: unposted"));
            Assert.That(firm.File.Rows("SELECT author, reason FROM record_marks"), Has.Count.EqualTo(3).And.All.EqualTo("eve|wrong rates"));
            Assert.That(firm.File.Rows("SELECT action FROM audit_events WHERE author_kind = 'person'"), Has.Count.EqualTo(3).And.All.EqualTo("unpost record"));
        });
        var run = await firm.Store.FindRunAsync(result.RunNo, CancellationToken.None);
        Assert.That((run!.Kind, run.Status), Is.EqualTo((RunKind.Unpost, RunStatus.Succeeded)));
        firm.NextDay();
        Assert.That((await firm.ExpectAsync(ExitCodes.Done)).Message, Does.StartWith("Nothing new to post"), "what is held is not billed");
    }

    [Test]
    public async Task Release_OfUnpostedRecords_LetsTheNextRunBillThemByTodaysRules()
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"), Some.TimeEntry("2"));
        await PlanBench.UnpostAsync(firm, 1);
        firm.NextDay();
        firm.Mapping = Some.Mapping(rates: [Some.Rate(120m)], version: "2");
        var released = await PlanBench.ReleaseAsync(firm, new RecordName(StreamKind.TimeEntries, "1"));
        Assert.That((released.ExitCode, released.Message), Is.EqualTo((ExitCodes.Done, "1 record released. The next run bills what can be billed: batchsync run nightly")));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(132m));
            Assert.That(firm.Books.Documents[^1].Content!.Identity.Purpose, Is.EqualTo(DocumentPurpose.Rebill));
            Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 billed", "time_entries/2 held: unposted" }));
            Assert.That(firm.File.Rows("SELECT action, author, reason FROM audit_events WHERE author_kind = 'person' ORDER BY event_no DESC LIMIT 1"), Is.EqualTo(new[] { "release record|eve|mended" }));
        });
    }

    [Test]
    public async Task Unpost_OfOneDocument_LeavesTheOthers()
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        var (result, found) = await PlanBench.UnpostAsync(firm, 1, firm.Books.Documents.Single(d => d.Shown.Client == "61").Shown.Reference);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
            Assert.That(found.Records.Select(r => r.ToString()), Is.EqualTo(new[] { "time_entries/2" }));
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((110m, 0m)));
        });
    }

    // Run 2 adjusted a record of run 1's document, and billed a late one on another supplement.
    [TestCase(1, "1, 2", 2)]
    [TestCase(2, "1, 2, late", 3)]
    public async Task Unpost_UnderDelta_TakesAllThatSharesARecordTogether(long runNo, string records, int documents)
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        firm.Source.Put(Some.TimeEntry("late"));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        var (result, found) = await PlanBench.UnpostAsync(firm, runNo);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
            Assert.That((string.Join(", ", found.Records.Select(r => r.SourceId)), found.Documents.Count), Is.EqualTo((records, documents)));
            Assert.That(found.Documents.Where(d => !d.IsNamed).Select(d => d.Document.RunNo), Is.Not.Empty.And.All.Not.EqualTo(runNo));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(runNo == 1 ? 110m : 0m));
        });
    }

    // The record left the books by an adjustment: its two documents are taken back all the same, and hold nothing of it before and after.
    [TestCase("deleted")]
    [TestCase("another client")]
    [TestCase("another month")]
    public async Task Unpost_OfDocumentsThatARecordHasLeft_ComesToNothing(string edit)
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => edit switch
        {
            "deleted" => r with { Deleted = true },
            "another client" => r with { Client = new Reference("1002", ""), Project = Reference.None },
            _ => r with { Date = Some.Day("2026-11-02") },
        });
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        var (result, found) = await PlanBench.UnpostAsync(firm, 1);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((0m, edit == "another client" ? 100m : 0m)));
            Assert.That(found.Records.Select(r => r.SourceId), edit == "another client" ? Is.EqualTo(new[] { "2" }) : Is.EqualTo(new[] { "1", "2" }));
        });
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
    }

    [Test]
    public async Task Unpost_OfWhatAPersonTouched_ChangesNothingAtAll([Values("paid", "part-paid", "voided", "edited", "missing")] string touch)
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        var (id, reference) = (firm.Books.Documents[1].Shown.DestinationId, firm.Books.Documents[1].Shown.Reference);
        if (touch == "missing") firm.Books.Documents.RemoveAt(1);
        else firm.Books.Change(id, d => touch switch
        {
            "paid" => d with { Standing = DocumentStanding.Paid },
            "part-paid" => d with { Standing = DocumentStanding.PartPaid },
            "voided" => d with { Standing = DocumentStanding.Voided },
            _ => d with { Net = d.Net + d.Net, Total = d.Total + d.Net },
        });
        var before = PlanBench.Shown(firm);
        var (result, found) = await PlanBench.UnpostAsync(firm, 1);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Differences));
            Assert.That(found.Refusals.Single(), Does.StartWith(reference).And.Contain(touch switch { "paid" or "part-paid" => $"is {touch}", _ => "was changed there" }));
            Assert.That(result.Message, Does.StartWith("Nothing was taken back: ").And.Contain(found.Refusals[0]));
            Assert.That(PlanBench.Shown(firm), Is.EqualTo(before));
        });
    }

    [Test]
    public async Task Unpost_OnceMore_ChangesNothing()
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"));
        await PlanBench.UnpostAsync(firm, 1);
        var before = PlanBench.Shown(firm);
        var (result, found) = await PlanBench.UnpostAsync(firm, 1);
        Assert.That((result.ExitCode, found.IsNothing), Is.EqualTo((ExitCodes.Done, true)), result.Message);
        Assert.That(result.Message, Does.StartWith("Run 1 has nothing on the books: nothing to take back"));
        Assert.That(PlanBench.Shown(firm), Is.EqualTo(before));
    }

    // The retainer of 150.00 and the cap of two hours are used up by run 1; both are there again for what comes after it.
    [Test]
    public async Task Unpost_GivesRetainerAndCapBack()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Mapping = Advanced();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents[0].Content!.Retainer, Is.EqualTo(Some.Money("150.00")));
        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("3", date: "2026-10-08"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/3 held: cap"));
        await PlanBench.UnpostAsync(firm, 1);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        var billed = firm.Books.Documents[^1].Content!;
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/3 billed"));
            Assert.That((billed.Total, billed.Retainer), Is.EqualTo((Some.Money("110.00"), Some.Money("110.00"))));
        });
    }

    [Test]
    public async Task Unpost_OfADocumentThatTheDestinationRefused_HoldsItsRecordsToo()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Books.OnCreate = call => call.CarryOut(d => d.DestinationClient == "61" ? new PostingOutcome.Rejected(d.Reference, "unknown", "no such customer") : null);
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.Books.OnCreate = null;
        firm.NextDay();
        var (result, found) = await PlanBench.UnpostAsync(firm, 1);
        Assert.That((result.ExitCode, found.Documents.Count, found.NeverTaken.Count), Is.EqualTo((ExitCodes.Done, 1, 1)), result.Message);
        Assert.That(firm.Buckets(), Is.All.EndsWith("held: unposted"));
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("61", "EUR"), Is.Zero);
        var first = (await firm.Store.FindRunAsync(1, CancellationToken.None))!;
        Assert.That((await UnpostedRecords.OfRunAsync(firm.Store, first, CancellationToken.None)).Select(r => r.SourceId), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public async Task Unpost_WhereACreditIsRefused_IsTriedAgainByTheNextRun()
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"));
        firm.Books.OnCreate = call => call.CarryOut(d => new PostingOutcome.Rejected(d.Reference, "closed", "the month is closed"));
        var (result, _) = await PlanBench.UnpostAsync(firm, 1);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Differences));
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Owed("58"), firm.Buckets()), Is.EqualTo((0m, new[] { "time_entries/1 held: unposted" })));
    }

    // Of two documents that go together only one credit comes through; another record of theirs went to SAKURA before and stays there.
    [TestCase("unpost", nameof(ChangePolicy.Report))]
    [TestCase("unpost", nameof(ChangePolicy.Delta))]
    [TestCase("rebill", nameof(ChangePolicy.CreditAndRebill))]
    public async Task Run_WhereOnlyPartWasTakenBack_FinishesIt(string what, string policy)
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        firm.Source.Edit("3", r => r with { Client = new Reference("1003", ""), Project = Reference.None });
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        var adjusting = firm.Books.Documents.Single(d => d.Shown.Client == "58" && d.Content!.Corrects.Length > 0).Shown.Reference;
        firm.Books.OnCreate = call => call.CarryOut(d => d.Corrects == adjusting ? new PostingOutcome.Rejected(d.Reference, "closed", "not today") : null);
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = Enum.Parse<ChangePolicy>(policy) } };
        if (what == "rebill") firm.Source.Edit("2", r => r with { Seconds = 7200 });
        var first = what == "rebill" ? await firm.RunAsync() : (await PlanBench.UnpostAsync(firm, 1)).Result;
        Assert.That(first.ExitCode, Is.Not.EqualTo(ExitCodes.Done), first.Message);
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("64", "JPY")), Is.EqualTo((what == "rebill" ? 385m : 0m, 16500m)));
            Assert.That(firm.Buckets(), what == "rebill" ? Is.All.EndsWith("billed") : Is.EqualTo(new[] { "time_entries/1 held: unposted", "time_entries/2 held: unposted", "time_entries/3 billed" }));
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
        });
    }

    // The unpost died with its marks stored; before the next run the client paid.
    [Test]
    public async Task Run_WhereAnUnpostCannotComeToItsEnd_SaysSoAndBillsNothing()
    {
        await using var firm = await PostedAsync(asDraft: false, Some.TimeEntry("1"));
        await DieAsync(firm, nameof(IStore.SaveUnpostedAsync));
        firm.Books.Change("doc-1", d => d with { Standing = DocumentStanding.Paid });
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(result.Message, Does.Contain("taking back was begun and cannot be finished").And.Contain("is paid").And.Contain("batchsync release nightly RECORD"));
        await PlanBench.ReleaseAsync(firm, new RecordName(StreamKind.TimeEntries, "1"));
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Documents.Count, firm.Buckets()), Is.EqualTo((1, new[] { "time_entries/1 billed" })));
    }

    [TestCase("unpost again", false)]
    [TestCase("run", false)]
    [TestCase("run", true)]
    public async Task Unpost_ThatDiedAnywhere_EndsTheSame(string next, bool asDraft)
    {
        await using var prepared = await PostedAsync(asDraft, Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3", client: "1002"), Some.TimeEntry("4", client: "1003"), Some.TimeEntry("5"));
        if (!asDraft) await AdjustAsync(prepared);
        var never = await FinishAsync(prepared.Copy(), "run");
        var whole = new EndingProcess(int.MaxValue);
        var undisturbed = await OutcomeAsync(prepared, whole, next);
        Assert.That(undisturbed, Has.Some.EndsWith("held: unposted"));
        for (var at = 1; at <= whole.Calls.Count; at++)
        {
            var marked = whole.Calls.Take(at).Contains(nameof(IStore.SaveUnpostedAsync));
            var outcome = await OutcomeAsync(prepared, new EndingProcess(at), next);
            Assert.That(outcome, Is.EqualTo(marked || next != "run" ? undisturbed : never), $"the process ended after call {at}, {whole.Calls[at - 1]}");
        }
    }

    // So that two documents hold something of one record, one record has left them, and one has gone to another client.
    private static async Task AdjustAsync(Firm firm)
    {
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        firm.Source.Edit("2", r => r with { Deleted = true });
        firm.Source.Edit("5", r => r with { Client = new Reference("1003", ""), Project = Reference.None });
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
    }

    private static async Task<IReadOnlyList<string>> OutcomeAsync(Firm prepared, EndingProcess process, string next)
    {
        var firm = prepared.Copy();
        await process.LiveAsync(firm, (store, books) => PlanBench.UnpostAsync(firm, 1, store, books));
        return await FinishAsync(firm, next);
    }

    private static async Task<IReadOnlyList<string>> FinishAsync(Firm firm, string next)
    {
        await using var _ = firm;
        var result = next == "run" ? await firm.RunAsync() : (await PlanBench.UnpostAsync(firm, 1)).Result;
        firm.NextDay();
        var last = await firm.RunAsync();
        return [$"exit {result.ExitCode} {last.ExitCode}", .. PlanBench.Shown(firm), .. await firm.DifferencesAsync()];
    }

    private static async Task DieAsync(Firm firm, string after)
    {
        var whole = new EndingProcess(int.MaxValue);
        var copy = firm.Copy();
        await using (copy) await whole.LiveAsync(copy, (store, books) => PlanBench.UnpostAsync(copy, 1, store, books));
        await new EndingProcess(whole.Calls.IndexOf(after) + 1).LiveAsync(firm, (store, books) => PlanBench.UnpostAsync(firm, 1, store, books));
    }

    private static async Task<Firm> PostedAsync(bool asDraft, params SourceRecord[] records)
    {
        var firm = await Firm.OpenAsync(records);
        firm.Job = firm.Job with { Posting = new PostingRules(asDraft) { OnChange = ChangePolicy.Delta } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm;
    }

    private static MappingRules Advanced()
    {
        var rules = Some.Mapping();
        return new MappingRules
        {
            Name = rules.Name, Version = rules.Version, ContentHash = "with retainer and cap", Entities = rules.Entities, Defaults = rules.Defaults, Clients = rules.Clients, Projects = rules.Projects,
            Tasks = rules.Tasks, Rates = rules.Rates, Time = rules.Time, Money = rules.Money, Taxes = rules.Taxes, Lines = rules.Lines,
            Caps = [new ProjectCap("ACME", "WEB", Some.Money("200.00"), null)],
            Retainers = [new RetainerDeposit("ACME", Some.Money("150.00"), Some.Day("2026-10-01"), "prepaid")],
        };
    }
}
