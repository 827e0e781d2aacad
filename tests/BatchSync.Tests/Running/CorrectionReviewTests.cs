using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Corrections that meet each other: other policies, other rules, refusals and crashes between them. Money is never there twice and never lost.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class CorrectionReviewTests
{
    private const string Delta = nameof(ChangePolicy.Delta);
    private const string Rebill = nameof(ChangePolicy.CreditAndRebill);
    private static readonly string[] Correcting = [Delta, Rebill];
    private static readonly (string Client, string Currency)[] Accounts = [("58", "USD"), ("61", "EUR"), ("64", "JPY"), ("70", "KWD")];

    // ACME is 58 there and pays 10 % of tax, NORDWIND 61 without tax. Records are one hour each: 110.00 for ACME.
    [Test]
    public async Task Run_AfterADeltaTookARecordOff_CreditsAndRebillsTheOther()
    {
        await using var firm = await PostedAsync(Delta, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Deleted = true });
        await NightAsync(firm);
        Use(firm, Rebill);
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        firm.Source.Edit("1", r => r with { Deleted = false });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 330m));
    }

    [Test]
    public async Task Run_AfterADeltaMovedARecordElsewhere_CreditsAndRebillsBothPlaces([Values(Delta, Rebill)] string last)
    {
        await using var firm = await PostedAsync(Delta, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", ToNordwind);
        await NightAsync(firm);
        Use(firm, Rebill);
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((220m, 100m)));
        Use(firm, last);
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 220m), ("61", "EUR", 200m));
        firm.Source.Edit("1", r => r with { Deleted = true });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 220m), ("61", "EUR", 0m));
    }

    [Test]
    public async Task Run_AfterADeltaMovedARecordAndTookItOff_CreditsAndRebillsTheOther()
    {
        await using var firm = await PostedAsync(Delta, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", ToNordwind);
        await NightAsync(firm);
        firm.Source.Edit("1", r => r with { Deleted = true });
        await NightAsync(firm);
        Use(firm, Rebill);
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 220m), ("61", "EUR", 0m));
    }

    [Test]
    public async Task Run_OfARecordThatGoesToAndFro_EndsWhereItIs([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2"));
        for (var i = 0; i < 2; i++)
        {
            firm.Source.Edit("1", ToNordwind);
            await NightAsync(firm);
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((110m, 100m)), $"there, {i}");
            firm.Source.Edit("1", ToAcme);
            await NightAsync(firm);
            Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((220m, 0m)), $"back, {i}");
            firm.Source.Edit("1", r => r with { Approved = false });
            await NightAsync(firm);
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m), $"not approved, {i}");
            firm.Source.Edit("1", r => r with { Approved = true });
            await NightAsync(firm);
        }

        await ExpectCleanAsync(firm, ("58", "USD", 220m), ("61", "EUR", 0m));
    }

    [Test]
    public async Task Run_UnderPoliciesThatChangeEveryNight_HoldsWhatAFirmThatSawOnlyTheEndHolds()
    {
        foreach (var (seed, random) in Seeded.Cases(25))
        {
            await using var firm = await EditedAsync(random, seed, [0.25m, 0.5m, 1m, 1.5m, 2m], Some.Mapping());
            await using var fresh = await Firm.OpenAsync();
            fresh.Source.Put([.. firm.Source.Records]);
            await fresh.RunAsync();
            foreach (var (client, currency) in Accounts)
                Assert.That(firm.Books.Owed(client, currency), Is.EqualTo(fresh.Books.Owed(client, currency)), $"seed {seed}, {client}");
            ExpectTies(firm, $"seed {seed}");
        }
    }

    [Test]
    public async Task Run_UnderPoliciesThatChangeEveryNight_LeavesNoOpenDifference([Values(RoundingScope.Day, RoundingScope.Line)] RoundingScope scope)
    {
        var mapping = Some.Mapping(
            time: new TimeRounding(360, RoundingMode.Up, scope, 600), taxes: [Some.Tax("VAT", ("state", 0.0725m), ("city", 0.0133m)), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services")],
            money: new MoneyRounding(RoundingMode.HalfUp, TaxPer.Document, TaxPoint.DocumentDate, 2));
        foreach (var (seed, random) in Seeded.Cases(12))
        {
            await using var firm = await EditedAsync(random, seed, [0.1m, 0.37m, 1.01m, 1.23m, -0.4m], mapping);
            Assert.That(await firm.DifferencesAsync(), Is.Empty, $"seed {seed}");
            ExpectTies(firm, $"seed {seed}");
        }
    }

    // VAT is 10 % until October 31 and 20 % from November 1, the first open day: the adjustment is taxed as what it adjusts.
    [Test]
    public async Task Run_OfAnAdjustmentThatIsDatedLater_StaysAtTheTaxesOfTheOriginal()
    {
        await using var firm = await PostedAsync(Delta, RisingTax("1"), Some.TimeEntry("1"));
        firm.Books.Tenant = firm.Books.Tenant with { LockedThrough = Some.Day("2026-10-31") };
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        firm.Mapping = RisingTax("2");
        await NightAsync(firm);
        Assert.That((firm.Books.Owed("58"), firm.Books.Documents.Count), Is.EqualTo((220m, 2)));
        firm.Source.Edit("1", r => r with { Seconds = 3600 });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 110m));
    }

    // What is credited could not be billed again: then it is not credited.
    [Test]
    public async Task Run_OfADocumentThatCouldNotBeBilledAnew_LeavesItToAPerson(
        [Values("period locked", "switched off", "pilot filter", "billed elsewhere", "no FX rate", "neighbour is refused")] string why)
    {
        var fx = new FxRules([new FxSource("ecb", FxRateKind.Spot)]);
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", client: "1002"), Some.TimeEntry("2", client: "1002"));
        await firm.Store.ImportFxAsync(
            new FxImport("ecb", FxRateKind.Spot, "ecb.csv", "hash", firm.Time.GetUtcNow(), [new NewFxRate(Currency.Of("EUR"), Some.Usd, Some.Day("2026-10-30"), null, 1.10m, 1)], false, "eve", "test"), CancellationToken.None);
        firm.Mapping = Rules(fx: fx);
        Use(firm, Rebill);
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(200m));
        switch (why)
        {
            case "period locked":
                firm.Mapping = Rules(fx: fx, version: "2", entities: [Some.Entity("us") with { LockBefore = Some.Day("2026-10-31"), WhenLocked = LockRule.Hold }]);
                break;
            case "switched off":
                firm.Mapping = Rules(fx: fx, version: "2", clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { SwitchedOff = true } : c)]);
                break;
            case "pilot filter":
                firm.Job = firm.Job with { Posting = firm.Job.Posting with { PilotClients = ["ACME"] } };
                break;
            case "billed elsewhere":
                foreach (var id in new[] { "1", "2" }) firm.Source.Edit(id, r => r with { BilledElsewhere = true });
                break;
            case "no FX rate":
                firm.Books.Tenant = firm.Books.Tenant with { LockedThrough = Some.Day("2026-11-20") };
                break;
            default:
                firm.Source.Edit("2", r => r with { Seconds = null });
                break;
        }

        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        for (var night = 0; night < 2; night++)
        {
            await firm.ExpectAsync(ExitCodes.Differences);
            firm.NextDay();
            Assert.That((firm.Books.Documents.Count, firm.Books.Owed("61", "EUR")), Is.EqualTo((1, 200m)), string.Join("; ", firm.Buckets()));
        }
    }

    // Somebody credited the second hour by hand and accepted the difference: the policy comes later and must not credit it again.
    [Test]
    public async Task Run_OfAChangeThatAPersonLetStand_CorrectsItOnlyWhenItChangesAgain([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Report), Some.TimeEntry("1"), Some.TimeEntry("2", date: "2026-09-08"));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        await firm.AcceptAllAsync();
        Use(firm, policy);
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        Assert.That((firm.Books.Owed("58"), firm.Buckets()[0]), Is.EqualTo((330m, "time_entries/1 billed")), "the other one is corrected");
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/1 -110 accepted" }));
        firm.Source.Edit("1", r => r with { Seconds = 10_800 });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 550m));
    }

    // What was settled by hand stays settled, also where records on its line, or a fixed discount, move what it should be.
    [TestCase("a late record on its line", 1, 100, null)]
    [TestCase("an edited record under a discount", 5, 450, 100)]
    public async Task Run_OfAChangeThatAPersonLetStand_LeavesItWhateverHappensBesideIt(string what, int hours, decimal held, int? discount)
    {
        var mapping = Some.Mapping(discounts: discount is { } off ? [new DocumentDiscount(Condition.Always, null, off, null)] : []);
        await using var firm = await PostedAsync(nameof(ChangePolicy.Report), mapping, Some.TimeEntry("1", hours: hours), Some.TimeEntry("2", hours: discount is null ? 1 / 3m : hours));
        firm.Source.Edit("1", r => r with { Seconds = 1200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        await firm.AcceptAllAsync();
        Use(firm, Delta);
        for (var night = 0; night < 2; night++)
        {
            if (discount is not null && night == 0) firm.Source.Edit("2", r => r with { Seconds = 9 * 3600 });
            if (discount is null && night == 0) firm.Source.Put(Some.TimeEntry("3", hours: 1 / 6m));
            await firm.RunAsync();
            firm.NextDay();
        }

        Assert.That(firm.File.Rows("SELECT SUM(CASE d.type WHEN 'credit-note' THEN -s.net ELSE s.net END) FROM documents d JOIN line_shares s ON s.document_no = d.document_no WHERE s.source_id = '1'"), Is.EqualTo(new[] { FormattableString.Invariant($"{held * 100:0}") }), what);
        Assert.That((await firm.OnlyDifferenceAsync()).Explanation, Does.Contain("a person let it stand").IgnoreCase);
        if (discount is not null) Assert.That(firm.Books.Owed("58"), Is.EqualTo((450m + 850m) * 1.1m), "the other one gets what is left of the discount");
    }

    // Three hours and three hours off leave nothing on the line, and the first record keeps the 200.00 of its two hours: to bring the second one from -100.00 to nothing would bill 100.00 more.
    [Test]
    public async Task Run_WhereAChangeCancelsOutALineBesideWhatAPersonLetStand_LeavesItToAPerson()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Report), Some.TimeEntry("1", hours: 2m), Some.TimeEntry("2", hours: -1m));
        firm.Source.Edit("1", r => r with { Seconds = 3 * 3600 });
        await firm.ExpectAsync(ExitCodes.Differences);
        await firm.AcceptAllAsync();
        Use(firm, Delta);
        firm.Source.Edit("2", r => r with { Seconds = -3 * 3600 });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
        Assert.That(firm.File.Rows("SELECT hold FROM record_variances WHERE source_id = '2'").Single(), Does.StartWith("held: the time on its line cancels out to nothing"));
    }

    [Test]
    public async Task Run_OfADocumentOnWhichAPersonLetAChangeStand_DoesNotBillItAnew()
    {
        await using var firm = await PostedAsync(nameof(ChangePolicy.Report), Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        await firm.AcceptAllAsync();
        Use(firm, Rebill);
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        var open = (await firm.Store.ListDifferencesAsync(firm.Job.Name, CancellationToken.None)).Single(d => d.Judged.IsOpen).Judged.Difference;
        Assert.That((open.Subject, open.Explanation), Is.EqualTo(("time_entries/2", "The record or its rules changed after its document was posted. Held: a person let time_entries/1 stand as it is, and its document cannot be taken back without correcting it. Correct the document at the destination and accept this difference too.")));
    }

    // A store from when shares had the sum of their taxes alone.
    [TestCase("7200", 330)]
    [TestCase("deleted", 110)]
    public async Task Run_UnderDeltaInAStoreWithoutSingleTaxesOfShares_AdjustsTheSame(string edit, decimal owed)
    {
        var mapping = Some.Mapping(taxes: [Some.Tax("VAT", ("state", 0.0725m), ("city", 0.0275m)), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services")]);
        await using var firm = await PostedAsync(Delta, mapping, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.File.Execute("UPDATE line_shares SET taxes = CAST(tax AS TEXT)");
        firm.Source.Edit("1", r => edit == "deleted" ? r with { Deleted = true } : r with { Seconds = 7200 });
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", owed));
    }

    [Test]
    public async Task Run_OfAMovedRecordThatTheSourceCallsBilled_LosesNoMoney([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.Edit("1", r => ToNordwind(r) with { BilledElsewhere = true });
        await firm.RunAsync();
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("61", "EUR")), Is.EqualTo((220m, 0m)).Or.EqualTo((110m, 100m)), string.Join("; ", firm.Buckets()));
    }

    [Test]
    public async Task Run_WhereOneOfTwoCreditsIsRefused_BillsNothingTwice([Values] bool isFirst)
    {
        await using var firm = await PostedAsync(Rebill, Some.TimeEntry("1"));
        firm.Source.Put(Some.TimeEntry("2"));
        await NightAsync(firm);
        foreach (var id in new[] { "1", "2" }) firm.Source.Edit(id, r => r with { Seconds = 7200 });
        var refused = firm.Books.Documents[isFirst ? 0 : 1].Shown.Reference;
        firm.Books.OnCreate = call => call.CarryOut(d => d.Corrects == refused ? new PostingOutcome.Rejected(d.Reference, "closed", "the month is closed") : null);
        await firm.RunAsync();
        Assert.That(firm.Books.Owed("58"), Is.LessThanOrEqualTo(220m), "the rebill waits for both credits");
        firm.Books.OnCreate = null;
        firm.NextDay();
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 440m));
    }

    [Test]
    public async Task Run_WhereOneOfTwoDocumentsCannotLetARecordGo_BillsNothingTwice([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1", client: "1001"), Some.TimeEntry("2", client: "1004"));
        foreach (var id in new[] { "1", "2" }) firm.Source.Edit(id, ToNordwind);
        var refused = firm.Books.Documents.Single(d => d.Shown.Client == "58").Shown.Reference;
        firm.Books.OnCreate = call => call.CarryOut(d => d.Corrects == refused ? new PostingOutcome.Rejected(d.Reference, "closed", "the month is closed") : null);
        await firm.RunAsync();
        Assert.That(firm.Books.Owed("61", "EUR") == 0m || firm.Books.Owed("58") == 0m, Is.True, $"ACME {firm.Books.Owed("58")}, NORDWIND {firm.Books.Owed("61", "EUR")}");
        firm.Books.OnCreate = null;
        firm.NextDay();
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 0m), ("70", "KWD", 0m), ("61", "EUR", 200m));
    }

    // NORDWIND is gone from the mapping, its source id is one of ACME's now.
    [Test]
    public async Task Run_AfterAClientWasMergedAway_MovesTheMoney([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Mapping = Rules(clients: [Some.Clients[0] with { Source = new SourceNames(["1001", "1002"], []) }, .. Some.Clients.Skip(2)], version: "2");
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 220m), ("61", "EUR", 0m));
    }

    [Test]
    public async Task Run_AfterAnEntityWasMergedAway_MovesTheMoney([ValueSource(nameof(Correcting))] string policy)
    {
        IReadOnlyList<Client> european = [Some.Clients[0] with { Entity = "eu" }];
        await using var firm = await PostedAsync(policy, Rules(entities: [Some.Entity("us"), Some.Entity("eu")], clients: european), Some.TimeEntry("1"));
        firm.Mapping = Rules(clients: [Some.Clients[0]], version: "2");
        await NightAsync(firm);
        Assert.That(firm.Books.Documents.Select(d => d.Content!.Identity.Key.Entity), Is.EqualTo(new[] { "eu", "eu", "us" }));
        await ExpectCleanAsync(firm, ("58", "USD", 110m));
    }

    [Test]
    public async Task Run_AfterAClientGotAnotherCustomer_AdjustsTheCustomerThatHasTheInvoice()
    {
        await using var firm = await PostedAsync(Delta, Some.TimeEntry("1"));
        firm.Mapping = Rules(clients: [Some.Clients[0] with { DestinationId = "99" }, .. Some.Clients.Skip(1)], version: "2");
        firm.Source.Edit("1", r => r with { Deleted = true });
        await NightAsync(firm);
        Assert.That((firm.Books.Owed("58"), firm.Books.Owed("99")), Is.EqualTo((0m, 0m)));
    }

    [Test]
    public async Task Run_AfterARefusal_BillsThePeriodItWasFor_WhereLateRecordsGoToTheNext()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Job = firm.Job with { Posting = firm.Job.Posting with { Late = LateRule.NextOpenPeriod } };
        firm.Books.OnCreate = call => call.CarryOut(d => new PostingOutcome.Rejected(d.Reference, "closed", "no"));
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Select(d => d.Content!.Identity.Key.Period.ToString()), Is.EqualTo(new[] { "2026-10" }), string.Join("; ", firm.Buckets()));
    }

    [Test]
    public async Task Run_OfALateRecordAfterARebill_GoesToTheNextOpenPeriod()
    {
        await using var firm = await PostedAsync(Rebill, Some.TimeEntry("1"));
        firm.Job = firm.Job with { Posting = firm.Job.Posting with { Late = LateRule.NextOpenPeriod } };
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        firm.Source.Put(Some.TimeEntry("2"));
        await NightAsync(firm);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 held: period open"));
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
    }

    // 50.00 off each month's document, however it came about. Without tax, to be read at a glance.
    [Test]
    public async Task Run_UnderCreditAndRebillWithAFixedDiscount_GrantsItOnce([Values("longer", "two longer", "deleted", "deleted and back", "late longer", "late, first longer", "all off and on")] string story)
    {
        var discounted = Rules(discounts: [new DocumentDiscount(Some.When("client", "NORDWIND"), null, 50m, null)]);
        await using var firm = await PostedAsync(Rebill, discounted, Some.TimeEntry("1", client: "1002"), Some.TimeEntry("2", client: "1002"));
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(150m));
        if (story.StartsWith("late", StringComparison.Ordinal))
        {
            firm.Source.Put(Some.TimeEntry("3", client: "1002"));
            await NightAsync(firm);
            Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(250m));
        }

        foreach (var id in story switch { "two longer" => ["1", "2"], "late longer" => ["3"], _ => new[] { "1" } })
            firm.Source.Edit(id, r => story.Contains("longer", StringComparison.Ordinal) ? r with { Seconds = 7200 } : r with { Deleted = true });
        if (story == "all off and on") firm.Source.Edit("2", r => r with { Deleted = true });
        await NightAsync(firm);
        if (story.EndsWith("back", StringComparison.Ordinal) || story.EndsWith("on", StringComparison.Ordinal))
        {
            firm.Source.Edit("1", r => r with { Deleted = false });
            firm.Source.Edit("2", r => r with { Deleted = false });
            await NightAsync(firm);
        }

        var expected = story switch { "longer" => 250m, "two longer" => 350m, "deleted" => 50m, "deleted and back" or "all off and on" => 150m, _ => 350m };
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(expected), string.Join('\n', firm.Books.Shown));
    }

    // 250.00 were paid in advance. What was drawn is at most what is owed, and no more than there was.
    [Test]
    public async Task Run_WithARetainer_DrawsWhatAFirmThatSawOnlyTheEndDraws()
    {
        var mapping = Rules(retainers: [new RetainerDeposit("NORDWIND", Some.Money("250.00", "EUR"), Some.Day("2026-10-01"), "R1"), new RetainerDeposit("NORDWIND", Some.Money("500.00", "EUR"), Some.Day("2026-11-15"), "R2")]);
        await using var firm = await PostedAsync(Rebill, mapping, Some.TimeEntry("1", client: "1002"), Some.TimeEntry("2", client: "1002"));
        firm.Source.Edit("1", r => r with { Seconds = 4 * 3600 });
        await NightAsync(firm);
        Assert.That((Drawn(firm), firm.Books.Owed("61", "EUR")), Is.EqualTo((250m, 500m)));
        firm.Source.Edit("1", r => r with { Deleted = true });
        await NightAsync(firm);
        Assert.That((Drawn(firm), firm.Books.Owed("61", "EUR")), Is.EqualTo((100m, 100m)));
        firm.Source.Put(Some.TimeEntry("3", client: "1002"));
        await NightAsync(firm);
        Assert.That((Drawn(firm), firm.Books.Owed("61", "EUR")), Is.EqualTo((200m, 200m)));
        await ExpectCleanAsync(firm, ("61", "EUR", 200m));
    }

    // At most 250.00 for the project a month: the third hour waits for room.
    [Test]
    public async Task Run_WithACap_ReleasesWhatItHeldWhenThereIsRoom([ValueSource(nameof(Correcting))] string policy)
    {
        var mapping = Rules(caps: [new ProjectCap("NORDWIND", "WEB", Some.Money("250.00", "EUR"), null)]);
        await using var firm = await PostedAsync(
            policy, mapping, Some.TimeEntry("1", client: "1002"), Some.TimeEntry("2", client: "1002", date: "2026-10-08"), Some.TimeEntry("3", client: "1002", date: "2026-10-09"));
        Assert.That((firm.Books.Owed("61", "EUR"), firm.Buckets()[2]), Is.EqualTo((200m, "time_entries/3 held: cap")));
        firm.Source.Edit("1", r => r with { Seconds = 1800 });
        await firm.RunAsync();
        firm.NextDay();
        await firm.RunAsync();
        firm.NextDay();
        var posted = firm.Books.Documents.Count;
        Assert.That((firm.Books.Owed("61", "EUR"), firm.Buckets()[2]), Is.EqualTo((250m, "time_entries/3 billed")));
        firm.Source.Edit("2", r => r with { Deleted = true });
        await firm.RunAsync();
        firm.NextDay();
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(150m));
        firm.Source.Edit("2", r => r with { Deleted = false });
        await firm.RunAsync();
        firm.NextDay();
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(250m));
        Assert.That(firm.Books.Documents, Has.Count.GreaterThan(posted));
        posted = firm.Books.Documents.Count;
        await firm.RunAsync();
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(posted));
    }

    [Test]
    public async Task Run_WhereAWithdrawalGetsNoAnswer_ReplacesTheDraftOnce([Values] bool wasCarriedOut)
    {
        await using var firm = await DraftAsync();
        firm.Books.OnWithdraw = batch =>
        {
            if (wasCarriedOut) firm.Books.Withdraw(batch);
            throw new OutsideException(OutsideFault.Unknown, "DELETE gave no answer");
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        firm.Books.OnWithdraw = null;
        firm.NextDay();
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 330m));
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_WhereAPersonMadeTheDraftFinalMeanwhile_CreditsItNextTime()
    {
        await using var firm = await DraftAsync();
        firm.Books.OnWithdraw = batch => { firm.Books.MakeFinal(batch); return firm.Books.Withdraw(batch); };
        await firm.RunAsync();
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        firm.NextDay();
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 330m));
    }

    // The process ends between two credits of one correction, and the next run is of other dates.
    [Test]
    public async Task Run_ThatDiedBetweenTwoCredits_IsContinued_AlsoAfterARunOfOtherDates()
    {
        await using var firm = await PostedAsync(Delta, Some.TimeEntry("1"));
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        await NightAsync(firm);
        Use(firm, Rebill);
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        var created = 0;
        var dying = Tapped.Of(firm.Store, (method, isDone) =>
        {
            if (method == nameof(IStore.CreateDocumentsAsync) && !isDone && ++created == 2) throw new StoreException("the disk is full");
        });
        await firm.TryRunAsync(dying, firm.Source, firm.Ports);
        firm.Time.Advance(TimeSpan.FromMinutes(3));
        await firm.RunAsync(from: Some.Day("2026-11-01"));
        firm.NextDay();
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 220m));
    }

    [Test]
    public async Task Run_OfDatesThatCutAPeriod_LeavesOtherChangesToTheNext([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await PostedAsync(policy, Some.TimeEntry("1"), Some.TimeEntry("2", date: "2026-09-07"));
        foreach (var id in new[] { "1", "2" }) firm.Source.Edit(id, r => r with { Seconds = 7200 });
        await firm.RunAsync(from: Some.Day("2026-10-05"), to: Some.Day("2026-10-10"));
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
        firm.NextDay();
        await NightAsync(firm);
        await ExpectCleanAsync(firm, ("58", "USD", 440m));
    }

    [Test]
    public async Task Run_OfACorrection_IsNeverDatedBeforeWhatItCorrects([ValueSource(nameof(Correcting))] string policy)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        Use(firm, policy);
        firm.Books.Tenant = firm.Books.Tenant with { LockedThrough = Some.Day("2026-11-01") };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Books.Tenant = firm.Books.Tenant with { LockedThrough = null };
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await NightAsync(firm);
        Assert.That(firm.Books.Documents.Where(d => d.Content!.Corrects.Length > 0).Select(d => d.Content!.Date), Is.All.GreaterThanOrEqualTo(firm.Books.Documents[0].Content!.Date));
        await ExpectCleanAsync(firm, ("58", "USD", 220m));
    }

    [Test]
    public async Task Run_AfterAnEntityRuleChanged_MovesTheMoneyToTheOtherBooks([ValueSource(nameof(Correcting))] string policy, [Values] bool isRefusedFirst)
    {
        var european = new FakeBooks { Tenant = new DestinationTenant("company-2", "test") };
        IReadOnlyList<Entity> both = [Some.Entity("us"), Some.Entity("eu", currency: "EUR")];
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Ports = new Dictionary<string, IDestination> { ["us"] = firm.Books, ["eu"] = european };
        firm.Job = Some.Job(destinations: ["us", "eu"]);
        firm.Mapping = Rules(entities: both);
        Use(firm, policy);
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Mapping = Rules(entities: both, version: "2", entityRules: [new EntityRule(Some.When("client", "ACME"), "eu")]);
        if (isRefusedFirst)
        {
            firm.Books.OnCreate = call => call.CarryOut(d => new PostingOutcome.Rejected(d.Reference, "closed", "no"));
            await firm.RunAsync();
            Assert.That((firm.Books.Owed("58"), european.Owed("58")), Is.EqualTo((220m, 0m)));
            firm.Books.OnCreate = null;
            firm.NextDay();
        }

        await NightAsync(firm);
        Assert.That((firm.Books.Owed("58"), european.Owed("58")), Is.EqualTo((0m, 220m)));
        Assert.That(await firm.DifferencesAsync(), Is.Empty);
    }

    private static MappingRules RisingTax(string version) => Some.Mapping(
        version: version,
        taxes:
        [
            new TaxCode("VAT", "D-VAT", [new TaxComponent("vat", [new DatedTaxRate(new TaxRate(0.10m), null, Some.Day("2026-11-01")), new DatedTaxRate(new TaxRate(0.20m), Some.Day("2026-11-01"), null)])]),
            new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services"),
        ]);

    private static MappingRules Rules(
        IReadOnlyList<Client>? clients = null, IReadOnlyList<Entity>? entities = null, IReadOnlyList<DocumentDiscount>? discounts = null, IReadOnlyList<ProjectCap>? caps = null,
        IReadOnlyList<RetainerDeposit>? retainers = null, IReadOnlyList<EntityRule>? entityRules = null, FxRules? fx = null, string version = "1")
    {
        var some = Some.Mapping(clients: clients, entities: entities, version: version);
        return new MappingRules
        {
            Name = some.Name, Version = some.Version, ContentHash = some.ContentHash, Entities = some.Entities, Defaults = some.Defaults, Clients = some.Clients, Projects = some.Projects, Tasks = some.Tasks,
            Categories = some.Categories, Rates = some.Rates, Time = some.Time, Money = some.Money, Taxes = some.Taxes, Lines = some.Lines, Exclude = some.Exclude,
            DocumentDiscounts = discounts ?? [], Caps = caps ?? [], Retainers = retainers ?? [], EntityRules = entityRules ?? [], Fx = fx,
        };
    }

    private static SourceRecord ToNordwind(SourceRecord record) => record with { Client = new Reference("1002", "") };

    private static SourceRecord ToAcme(SourceRecord record) => record with { Client = new Reference("1001", "") };

    private static void Use(Firm firm, string policy) =>
        firm.Job = firm.Job with { Posting = firm.Job.Posting with { OnChange = Enum.Parse<ChangePolicy>(policy) }, Limits = firm.Job.Limits with { ChangedDocuments = 100 } };

    private static Task<Firm> PostedAsync(string policy, params SourceRecord[] records) => PostedAsync(policy, Some.Mapping(), records);

    private static async Task<Firm> PostedAsync(string policy, MappingRules mapping, params SourceRecord[] records)
    {
        var firm = await Firm.OpenAsync(records);
        firm.Mapping = mapping;
        Use(firm, policy);
        await firm.RunAsync();
        firm.NextDay();
        return firm;
    }

    private static async Task<Firm> DraftAsync()
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Job = Some.Job(draft: true);
        Use(firm, Rebill);
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        return firm;
    }

    private static async Task NightAsync(Firm firm)
    {
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
    }

    private static async Task ExpectCleanAsync(Firm firm, params (string Client, string Currency, decimal Owed)[] expected)
    {
        foreach (var (client, currency, owed) in expected) Assert.That(firm.Books.Owed(client, currency), Is.EqualTo(owed), $"{client}\n{string.Join('\n', firm.Books.Shown)}");
        Assert.That(await firm.DifferencesAsync(), Is.Empty);
        var posted = firm.Books.Documents.Count;
        await NightAsync(firm);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(posted), "a run with nothing new posts nothing");
        ExpectTies(firm, "the proof");
    }

    private static decimal Drawn(Firm firm) => firm.Books.Documents.Sum(d => d.Shown.Type == DocumentType.CreditNote ? -d.Content!.Retainer.Amount : d.Content!.Retainer.Amount);

    // In each proof: exact, roundings, adjustments and discounts are the net; our documents are the read-back; who is billed now is who was worked for.
    private static void ExpectTies(Firm firm, string when)
    {
        foreach (var scope in firm.Reporter.Proofs.Last().Rows.Where(r => r.Period is not null).GroupBy(r => (r.Period, r.Entity, r.Client, r.Currency)))
        {
            decimal Of(string item) => scope.Where(r => r.Item == item).Sum(r => r.Amount ?? 0);
            if (!scope.Any(r => r.Item == ReconciliationItems.Net)) continue;
            var built = Of(ReconciliationItems.Exact) + Of(ReconciliationItems.LineRounding) + Of(ReconciliationItems.Adjustments) + Of(ReconciliationItems.LineDiscount) + Of(ReconciliationItems.DocumentDiscount);
            Assert.That(built, Is.EqualTo(Of(ReconciliationItems.Net)), $"{when}, {scope.Key}: net");
            Assert.That(Of(ReconciliationItems.ReadBack), Is.EqualTo(Of(ReconciliationItems.Documents)), $"{when}, {scope.Key}: read-back");
            Assert.That(scope.Where(r => r.Item == ReconciliationItems.ChangedAfterPosting && r.Records is not (null or 0)), Is.Empty, $"{when}, {scope.Key}: records billed");
        }
    }

    private static async Task<Firm> EditedAsync(Random random, int seed, decimal[] hours, MappingRules mapping)
    {
        decimal Hours() => random.Pick(hours);
        string Client() => $"100{random.Next(1, 5)}";
        var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 6).Select(i => Some.TimeEntry($"{i}", Hours(), Client(), date: $"2026-10-{random.Next(1, 6):00}"))]);
        firm.Mapping = mapping;
        await firm.RunAsync();
        for (var day = 0; day < 6; day++)
        {
            firm.NextDay();
            Use(firm, day == 5 ? random.Pick(Correcting) : random.Pick<string>([Delta, Rebill, nameof(ChangePolicy.Report)]));
            for (var edit = random.Next(1, 4); edit > 0; edit--)
            {
                firm.Source.Edit($"{random.Next(1, 7)}", r => random.Next(6) switch
                {
                    0 => r with { Deleted = !r.Deleted },
                    1 or 2 => r with { Client = new Reference(Client(), "") },
                    3 => r with { Approved = r.Approved != true },
                    4 => r with { Date = Some.Day($"2026-10-{random.Next(1, 6):00}") },
                    _ => r with { Seconds = Duration.SecondsOf(Hours(), HoursRepair.None) },
                });
            }

            if (random.Next(3) == 0) firm.Source.Put(Some.TimeEntry($"late-{day}", Hours(), Client(), date: $"2026-10-{random.Next(1, 6):00}"));
            var result = await firm.RunAsync();
            var expected = firm.Job.Posting.OnChange == ChangePolicy.Report ? Is.AnyOf(ExitCodes.Done, ExitCodes.Differences) : (NUnit.Framework.Constraints.IResolveConstraint)Is.EqualTo(ExitCodes.Done);
            Assert.That(result.ExitCode, expected, $"seed {seed}, day {day}, {firm.Job.Posting.OnChange}: {result.Message}");
        }

        return firm;
    }
}
