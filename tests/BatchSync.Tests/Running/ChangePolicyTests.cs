using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Records that change after they were posted, under the policies that correct the books.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class ChangePolicyTests
{
    private const string CancelsOut = "the time on its line cancels out to nothing";

    private static readonly string[] Correcting = [nameof(ChangePolicy.Delta), nameof(ChangePolicy.CreditAndRebill)];

    // ACME is 58 there, NORDWIND 61 without tax. Records 1 and 2 are one hour each for ACME: 220.00 with tax.
    [Test]
    public async Task Run_AfterAnEdit_BringsTheBooksToTheCorrectAmount(
        [Values("longer", "shorter", "to nothing", "deleted", "non-billable", "approval withdrawn", "another client", "another month", "both")] string edit,
        [ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2"));
        foreach (var id in edit == "both" ? new[] { "1", "2" } : ["1"]) firm.Source.Edit(id, r => Edited(r, edit));
        await firm.ExpectAsync(ExitCodes.Done);
        var (acme, nordwind) = edit switch
        {
            "longer" => (330m, 0m),
            "shorter" => (165m, 0m),
            "to nothing" or "deleted" or "non-billable" or "approval withdrawn" or "another month" => (110m, 0m),
            "another client" => (110m, 100m),
            _ => (440m, 0m),
        };
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((acme, nordwind)));
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
        });

        var posted = firm.Books.Documents.Count;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(posted), "a run with nothing new posts nothing");
    }

    [Test]
    public async Task Run_UnderDelta_AdjustsWithOneLineOldToNew()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Delta), Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        await firm.ExpectAsync(ExitCodes.Done);
        var (original, adjusting) = (firm.Books.Documents[0].Content!, firm.Books.Documents[1].Content!);
        var line = adjusting.Lines.Single();
        Assert.Multiple(() =>
        {
            Assert.That((adjusting.Identity.Purpose, adjusting.Identity.Key, adjusting.Corrects), Is.EqualTo((DocumentPurpose.Supplement, original.Identity.Key, original.Reference)));
            Assert.That((line.Type, line.BilledSeconds, line.Net, line.Tax), Is.EqualTo((DocumentLine.Adjustment, 1800L, Some.Money("50.00"), Some.Money("5.00"))));
            Assert.That(line.Description, Does.Contain("100.00 -> 150.00"));
        });
    }

    [Test]
    public async Task Run_UnderCreditAndRebill_CreditsInFullAndBillsTheNextRevision()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.CreditAndRebill), Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        await firm.ExpectAsync(ExitCodes.Done);
        var documents = firm.Books.Documents.ConvertAll(d => d.Content!);
        Assert.Multiple(() =>
        {
            Assert.That(documents.Select(d => (d.Identity.Purpose, d.Type, d.Total)), Is.EqualTo(new[]
            {
                (DocumentPurpose.Original, DocumentType.Invoice, Some.Money("220.00")),
                (DocumentPurpose.Credit, DocumentType.CreditNote, Some.Money("220.00")),
                (DocumentPurpose.Rebill, DocumentType.Invoice, Some.Money("275.00")),
            }));
            Assert.That(documents[1].Corrects, Is.EqualTo(documents[0].Reference));
            Assert.That(documents[1].Lines.Select(l => (l.Net, l.Tax, l.Quantity)), Is.EqualTo(documents[0].Lines.Select(l => (l.Net, l.Tax, l.Quantity))));
        });
    }

    [Test]
    public async Task Run_UnderUpdate_ReplacesADraftAndLeavesAFinalDocument([Values] bool isFinal)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Job = Some.Job(draft: true) with { Posting = new PostingRules(AsDraft: true) { OnChange = ChangePolicy.Update } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        if (isFinal) firm.Books.Change("doc-1", d => d with { Standing = DocumentStanding.Final });
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        await firm.ExpectAsync(isFinal ? ExitCodes.Differences : ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(firm.Books.Documents.Select(d => (d.Shown.Total, d.Shown.IsDraft)), Is.EqualTo(isFinal ? new[] { (Some.Money("220.00"), false) } : [(Some.Money("275.00"), true)]));
            Assert.That(await firm.DifferencesAsync(), isFinal ? Is.EqualTo(new[] { "changed-after-posting time_entries/1 -55" }) : Is.Empty);
        });
    }

    [Test]
    public async Task Run_OfADraft_IsWithdrawnAndNotCredited()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Job = Some.Job(draft: true) with { Posting = new PostingRules(AsDraft: true) { OnChange = ChangePolicy.CreditAndRebill } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Select(d => (d.Content!.Identity.Purpose, d.Shown.Total)), Is.EqualTo(new[] { (DocumentPurpose.Rebill, Some.Money("220.00")) }));
    }

    // What a person did at the destination is left to a person, whatever the policy.
    [Test]
    public async Task Run_OfADocumentThatAPersonTouched_HoldsTheChange(
        [Values("paid", "part-paid", "voided", "edited", "missing")] string touch, [ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2"));
        if (touch == "missing") firm.Books.Documents.Clear();
        else firm.Books.Change("doc-1", d => touch switch
        {
            "paid" => d with { Standing = DocumentStanding.Paid },
            "part-paid" => d with { Standing = DocumentStanding.PartPaid },
            "voided" => d with { Standing = DocumentStanding.Voided },
            _ => d with { Net = d.Net + Some.Money("1.00"), Total = d.Total + Some.Money("1.00") },
        });
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        var change = (await firm.Store.ListDifferencesAsync(firm.Job.Name, default)).Select(d => d.Judged.Difference).Single(d => d.Code == DifferenceCodes.ChangedAfterPosting);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(touch == "missing" ? 0 : 1));
            Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 held: changed at destination", "time_entries/2 billed" }));
            Assert.That(change.Explanation, Does.Contain("held: changed at destination").IgnoreCase);
        });
    }

    [Test]
    public async Task Run_AfterAPersonUndidWhatHeldAChange_CorrectsIt([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"));
        firm.Books.Change("doc-1", d => d with { Standing = DocumentStanding.Paid });
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Books.Change("doc-1", d => d with { Standing = DocumentStanding.Final });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
    }

    [Test]
    public async Task Run_ThatWouldChangeTooMuch_ChangesNothing([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, [.. Enumerable.Range(1, 4).Select(i => Some.TimeEntry($"{i}", client: $"100{i}"))]);
        firm.Job = firm.Job with { Limits = firm.Job.Limits with { ChangedDocuments = 3 } };
        for (var i = 1; i <= 4; i++) firm.Source.Edit($"{i}", r => r with { Seconds = 7200 });
        var lookUps = 0;
        firm.Books.OnLookUp = () => lookUps++;
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        var hold = (await firm.Store.ListDifferencesAsync(firm.Job.Name, default))[0].Judged.Difference.Explanation;
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(4), result.Message);
            Assert.That(hold, Does.Contain("would change 4 documents and the limit is 3 (limits.changedDocuments)").And.Contain("--plan"));
            Assert.That(lookUps, Is.EqualTo(2 + 2), "documents of several keys are looked up together, three in a call, before they are changed and when they are proven");
        });
    }

    [Test]
    public async Task Run_OfAnOldDocument_IsChangedByAPlanOnly()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Delta), Some.TimeEntry("1"));
        firm.Time.Advance(TimeSpan.FromDays(90));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That((await firm.OnlyDifferenceAsync()).Explanation, Does.Contain("more than 2 periods back"));
    }

    [Test]
    public async Task Run_WhereTheBooksAreLocked_DatesTheCorrectionOnTheNextOpenDay([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"));
        firm.Books.Tenant = firm.Books.Tenant with { LockedThrough = Some.Day("2026-10-31") };
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
            Assert.That(firm.Books.Documents.Skip(1).Select(d => d.Content!.Date), Is.All.EqualTo(Some.Day("2026-11-01")));
        });
    }

    [Test]
    public async Task Run_WhereTheRulesRefuseAPostedRecord_LeavesItToAPerson([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = null });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
    }

    // Two hours and one hour off are 100.00; two hours off leave a line of nothing, of which the largest remainder gives nothing to either. To bring the second one from -100.00 to that would bill 100.00 more.
    [Test]
    public async Task Run_WhereAChangeCancelsOutAllTimeOfALine_LeavesItToAPerson([Values(nameof(ChangePolicy.Delta), nameof(ChangePolicy.CreditAndRebill))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1", hours: 2m), Some.TimeEntry("2", hours: -1m));
        firm.Source.Edit("2", r => r with { Seconds = -7200 });
        for (var night = 0; night < 2; night++)
        {
            var isAdjusted = policy == nameof(ChangePolicy.Delta);
            await firm.ExpectAsync(isAdjusted ? ExitCodes.Differences : ExitCodes.Done);
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(isAdjusted ? 110m : 0m), string.Join('\n', firm.Books.Shown));
            if (isAdjusted) Assert.That(firm.File.Rows("SELECT source_id, hold FROM record_variances").Single(), Does.StartWith("2|held: the time on its line cancels out to nothing").And.Contain("of the other records on it is 200.00 USD"));
            firm.NextDay();
        }
    }

    // The other record on the line is worth nothing either: there is nothing that could be wrong.
    [Test]
    public async Task Run_WhereBothRecordsOfALineThatCancelsOutChanged_AdjustsThemToNothing()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Delta), Some.TimeEntry("1", hours: 2m), Some.TimeEntry("2", hours: -1m));
        firm.Source.Edit("1", r => r with { Seconds = 3 * 3600 });
        firm.Source.Edit("2", r => r with { Seconds = -3 * 3600 });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.Zero);
        Assert.That(await firm.DifferencesAsync(), Is.Empty);
    }

    // 50.00 off each month, 25.00 of it on each hour of 100.00, and 10 % of tax: what did not change keeps its 25.00.
    [TestCase("1 longer", 275)]
    [TestCase("1 longer, then 2", 385)]
    [TestCase("both longer", 385)]
    [TestCase("1 longer and back", 165)]
    [TestCase("1 deleted", 82.5)]
    [TestCase("1 deleted, 3 late", 165, Description = "the late one gets the 25.00 that became free")]
    [TestCase("1 deleted and back", 165)]
    [TestCase("both deleted", 0)]
    [TestCase("both deleted and back", 165)]
    [TestCase("1 shorter", 82.5, Description = "of its last 10.00 nothing is left, and no more than those are taken")]
    public async Task Run_UnderDeltaWithAFixedDiscount_GrantsItOnce(string story, decimal owed)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Mapping = Some.Mapping(discounts: [new DocumentDiscount(Condition.Always, null, 50m, Some.Usd)]);
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.Delta } };
        await firm.ExpectAsync(ExitCodes.Done);
        foreach (var night in Nights(story))
        {
            firm.NextDay();
            night(firm.Source);
            await firm.ExpectAsync(ExitCodes.Done);
            Assert.That(firm.File.Rows("SELECT SUM(CASE d.type WHEN 'credit-note' THEN -s.document_discount ELSE s.document_discount END) <= 5000 FROM documents d JOIN line_shares s ON s.document_no = d.document_no"), Is.EqualTo(new[] { "1" }));
        }

        Assert.That(firm.Books.Owed("58"), Is.EqualTo(owed), string.Join('\n', firm.Books.Shown));
        Assert.That(await firm.DifferencesAsync(), Is.Empty);
    }

    private static IEnumerable<Action<FakeSource>> Nights(string story)
    {
        void Longer(FakeSource source, string id) => source.Edit(id, r => r with { Seconds = 7200 });
        void Delete(FakeSource source, string id, bool deleted = true) => source.Edit(id, r => r with { Deleted = deleted });
        return story switch
        {
            "1 longer" => [s => Longer(s, "1")],
            "1 longer, then 2" => [s => Longer(s, "1"), s => Longer(s, "2")],
            "both longer" => [s => { Longer(s, "1"); Longer(s, "2"); }],
            "1 longer and back" => [s => Longer(s, "1"), s => s.Edit("1", r => r with { Seconds = 3600 })],
            "1 deleted" => [s => Delete(s, "1")],
            "1 deleted, 3 late" => [s => Delete(s, "1"), s => s.Put(Some.TimeEntry("3"))],
            "1 deleted and back" => [s => Delete(s, "1"), s => Delete(s, "1", deleted: false)],
            "both deleted" => [s => { Delete(s, "1"); Delete(s, "2"); }],
            "both deleted and back" => [s => { Delete(s, "1"); Delete(s, "2"); }, s => { Delete(s, "1", deleted: false); Delete(s, "2", deleted: false); }],
            "1 shorter" => [s => s.Edit("1", r => r with { Seconds = 360 })],
            _ => throw new ArgumentException(story, nameof(story)),
        };
    }

    [Test]
    public async Task Run_WhereACreditIsRefused_BillsNothingAnew()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.CreditAndRebill), Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        firm.Books.OnCreate = call => call.CarryOut(d => d.Identity.Purpose == DocumentPurpose.Credit ? new PostingOutcome.Rejected(d.Reference, "closed", "the month is closed") : null);
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m), "the rebill waits for the credit");
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
    }

    [Test]
    public async Task Run_OfALateRecord_GoesToTheNextOpenPeriodWhereTheJobSaysSo()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Delta), Some.TimeEntry("1"));
        firm.Job = firm.Job with { Posting = firm.Job.Posting with { Late = LateRule.NextOpenPeriod } };
        firm.Source.Put(Some.TimeEntry("2"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 held: period open"));
        firm.Time.Advance(TimeSpan.FromDays(30));
        await firm.ExpectAsync(ExitCodes.Done);
        var late = firm.Books.Documents[^1].Content!;
        Assert.That((late.Identity.Key.Period.ToString(), late.Identity.Purpose, late.Total), Is.EqualTo(("2026-11", DocumentPurpose.Original, Some.Money("110.00"))));

        firm.NextDay();
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Documents[^1].Content!.Identity.Key.Period.ToString(), firm.Books.Owed("58")), Is.EqualTo(("2026-11", 330m)));
    }

    // Client 1002 becomes a second source id of ACME.
    [Test]
    public async Task Run_AfterClientsWereMerged_MovesTheMoney([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        var acme = Some.Clients[0] with { Source = new SourceNames(["1001", "1002"], []) };
        firm.Mapping = Some.Mapping(clients: [acme, Some.Client("NORDWIND", "x", "61", "EUR"), .. Some.Clients.Skip(2)], version: "2");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((220m, 0m)));
    }

    // Amounts that need no rounding: whatever happened on the way, the books are those of a firm that saw only the end.
    [Test]
    public async Task Run_AfterAnyEdits_HoldsWhatAFirmThatSawOnlyTheEndHolds([ValueSource(nameof(Correcting))] string policy)
    {
        var clients = ManyClients(1_000);
        await using var firm = await EditedAsync(policy, new Random(1), [0.25m, 0.5m, 1m, 1.5m, 2m], Some.Mapping(clients: clients), clients);
        await using var fresh = await Firm.OpenAsync();
        fresh.Mapping = firm.Mapping;
        fresh.Source.Put([.. firm.Source.Records]);
        await fresh.ExpectAsync(ExitCodes.Done);
        Assert.That(Owed(firm).Except(Owed(fresh)), Is.Empty);
        Assert.That(Owed(fresh).Except(Owed(firm)), Is.Empty);
    }

    // Every client is a case of its own: 10,000 in all. Under delta, in a few of them, an edit cancels out all time of a line, which is left to a person.
    [Test]
    public async Task Run_AfterAnyEdits_LeavesNoOtherDifference(
        [ValueSource(nameof(Correcting))] string policy, [Values(RoundingScope.Entry, RoundingScope.Day, RoundingScope.Line)] RoundingScope scope)
    {
        var clients = ManyClients(1_350);
        await using var firm = await EditedAsync(policy, new Random((int)scope), [0.1m, 0.37m, 1.01m, 1.23m, -0.4m], Rough(scope, clients), clients);
        Assert.That(await LeftAsync(firm), policy == nameof(ChangePolicy.Delta) ? Has.Count.LessThanOrEqualTo(20).And.All.Contains(CancelsOut) : Is.Empty);
        Assert.That(firm.Buckets(), Has.None.Contain("held: changed"));
    }

    private static List<Client> ManyClients(int count) =>
        [.. Enumerable.Range(1, count).Select(i => Some.Client($"C{i}", $"{i}", $"D{i}", new[] { "USD", "EUR", "JPY", "KWD" }[i % 4], i % 2 == 1 ? "VAT" : ""))];

    private static Dictionary<string, decimal> Owed(Firm firm) => firm.Books.Documents.Select(d => d.Shown)
        .GroupBy(d => $"{d.Client} {d.Total.Currency}").Select(g => (g.Key, Owed: g.Sum(d => d.Type == DocumentType.CreditNote ? -d.Total.Amount : d.Total.Amount)))
        .Where(c => c.Owed != 0).ToDictionary(c => c.Key, c => c.Owed);

    private static MappingRules Rough(RoundingScope scope, IReadOnlyList<Client> clients) => Some.Mapping(
        clients: clients,
        time: new TimeRounding(360, RoundingMode.Up, scope, 600),
        rates: [Some.Rate(16333m, client: "C7*"), Some.Rate(99.99m, client: "C1*"), Some.Rate(77.77m, billable: 0.5m)],
        taxes: [Some.Tax("VAT", ("state", 0.0725m), ("city", 0.0133m)), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services")],
        money: new MoneyRounding(RoundingMode.HalfUp, TaxPer.Document, TaxPoint.DocumentDate, 2),
        discounts: [new DocumentDiscount(Some.When("client", "C2*"), null, 25m, null), new DocumentDiscount(Some.When("client", "C3*"), new Fraction(0.075m), null, null)]);

    // Four entries for each client, then three nights on which a third of them are edited, deleted, restored, re-dated or moved, and some come late.
    private static async Task<Firm> EditedAsync(string policy, Random random, decimal[] hours, MappingRules mapping, IReadOnlyList<Client> clients)
    {
        decimal Hours() => hours[random.Next(hours.Length)];
        string Client() => $"{random.Next(1, clients.Count + 1)}";
        string Date() => $"2026-10-{random.Next(1, 5):00}";
        var firm = await Firm.OpenAsync();
        firm.Mapping = mapping;
        firm.Source.PageSize = 2_000;
        firm.Source.Put(clients.SelectMany(c => Enumerable.Range(1, 4).Select(i => Some.TimeEntry($"{c.Code}-{i}", Hours(), c.Source.Ids[0], project: "", date: Date()))));
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = Enum.Parse<ChangePolicy>(policy) }, Limits = firm.Job.Limits with { ChangedDocuments = 1_000_000 } };
        await firm.ExpectAsync(ExitCodes.Done);
        for (var night = 1; night <= 3; night++)
        {
            firm.NextDay();
            var ids = clients.SelectMany(c => Enumerable.Range(1, 4).Select(i => $"{c.Code}-{i}")).Where(_ => random.Next(3) == 0).ToHashSet();
            firm.Source.Put([.. firm.Source.Records.Where(r => ids.Contains(r.Id)).Select(r => random.Next(6) switch
            {
                0 => r with { Deleted = !r.Deleted },
                1 => r with { Client = new Reference(Client(), "") },
                2 => r with { Billable = !r.Billable },
                3 => r with { Date = Some.Day(Date()) },
                _ => r with { Seconds = Duration.SecondsOf(Hours(), HoursRepair.None) },
            })]);
            firm.Source.Put(clients.Where(_ => random.Next(4) == 0).Select(c => Some.TimeEntry($"{c.Code}-late-{night}", Hours(), c.Source.Ids[0], project: "", date: Date())));
            var result = await firm.RunAsync();
            var left = await LeftAsync(firm);
            Assert.That(result.ExitCode, Is.EqualTo(left.Count == 0 ? ExitCodes.Done : ExitCodes.Differences), result.Message);
            Assert.That(left, policy == nameof(ChangePolicy.Delta) ? Has.All.Contains(CancelsOut) : Is.Empty);
        }

        return firm;
    }

    // What is still open, and why.
    private static async Task<List<string>> LeftAsync(Firm firm) =>
        [.. (await firm.Store.ListDifferencesAsync(firm.Job.Name, CancellationToken.None)).Where(d => d.Judged.IsOpen).Select(d => $"{d.Judged.Difference.Subject} {d.Judged.Difference.Explanation}")];

    private static async Task<Firm> PostedAsync(string policy, params SourceRecord[] records)
    {
        var firm = await Firm.OpenAsync(records);
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = Enum.Parse<ChangePolicy>(policy) } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm;
    }

    private static SourceRecord Edited(SourceRecord record, string edit) => edit switch
    {
        "longer" or "both" => record with { Seconds = 7200 },
        "shorter" => record with { Seconds = 1800 },
        "to nothing" => record with { Seconds = 0 },
        "deleted" => record with { Deleted = true },
        "non-billable" => record with { Billable = false },
        "approval withdrawn" => record with { Approved = false },
        "another client" => record with { Client = new Reference("1002", ""), Project = new Reference("", "") },
        "another month" => record with { Date = Some.Day("2026-11-02") },
        _ => throw new ArgumentOutOfRangeException(nameof(edit), edit, null),
    };
}
