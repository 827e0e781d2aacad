using BatchSync.Core.Sources;
using BatchSync.Explaining;
using BatchSync.Running;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Explaining;

/// <summary>Documents explained: what was computed by a run comes out again, and what somebody changed since does not.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentExplainerTests
{
    private const string Two = "state, rates: [{ rate: 4.225% }] }, { name: city, rates: [{ rate: 3.1% }] }";
    private const string Compound = "state, rates: [{ rate: 4.225% }] }, { name: city, compound: true, rates: [{ rate: 3.1% }] }";

    [TestCase("increment: 15m, mode: up, scope: day", "per: document, inclusive: true", "delta", WrittenFirm.Plain)]
    [TestCase("increment: 15m, mode: up, scope: line", "per: document, inclusive: true", "delta", Two)]
    [TestCase("increment: 6m, mode: half-even, scope: entry, minimum: 25m", "per: line", "delta", Compound)]
    [TestCase("increment: 0s", "per: document, point: service-date", "delta", Compound)]
    [TestCase("increment: 15m, mode: up, scope: day", "per: line, inclusive: true", "credit-and-rebill", Two)]
    [TestCase("increment: 15m, mode: down, scope: line", "per: document", "credit-and-rebill", WrittenFirm.Plain)]
    public async Task Explain_OfAllThatRunsMade_Follows(string rounding, string tax, string onChange, string codes)
    {
        await using var firm = await WrittenFirm.OpenAsync(rounding, tax, onChange, codes);
        await firm.RunAsync();
        firm.Firm.Source.Put(Some.TimeEntry("5", hours: 0.4m), Some.Expense("2", amount: -12.35m));
        await firm.RunAsync();
        firm.Firm.Source.Edit("2", r => r with { Seconds = 3000 });
        firm.Firm.Source.Edit("4", r => r with { Deleted = true });
        await firm.RunAsync();
        firm.Firm.Source.Edit("3", r => r with { Task = new Reference("", "Development") });
        await firm.RunAsync();
        var all = await firm.AllAsync();
        Assert.Multiple(() =>
        {
            Assert.That(all.SelectMany(e => WrittenFirm.Faults(e).Concat(WrittenFirm.NotChecked(e)).Select(f => $"{e.Subject}: {f}")), Is.Empty);
            Assert.That(all, Has.Count.GreaterThanOrEqualTo(11));
        });
    }

    // October is billed on the fifth of November; what comes late goes with November, by the rules of its own day.
    [Test]
    public async Task Explain_OfALateRecordInTheNextPeriod_Follows()
    {
        await using var firm = await WrittenFirm.OpenAsync(posting: ", late: next-open-period");
        await firm.RunAsync();
        firm.Firm.Source.Put(Some.TimeEntry("5") with { Seconds = 600 }, Some.TimeEntry("6", date: "2026-11-03"));
        firm.Firm.Time.Advance(TimeSpan.FromDays(30));
        await firm.RunAsync();
        var explanation = await firm.DocumentAsync(3);
        Assert.That(explanation.Root.Result, Does.StartWith("invoice for Acme Corp, 2026-11"));
        Assert.That(WrittenFirm.Faults(explanation).Concat(WrittenFirm.NotChecked(explanation)), Is.Empty);
    }

    // The travel of the eighth is the latest entry and does not fit.
    [Test]
    public async Task Explain_BesideRecordsThatACapLeavesOut_Follows()
    {
        await using var firm = await WrittenFirm.OpenAsync();
        firm.Rewrite("name: Website }", "name: Website, cap: { amount: 110.00 } }");
        await firm.RunAsync();
        var held = await firm.RecordAsync("3");
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(held.Root.Steps.Single(s => s.Name == "bucket").Text, Is.EqualTo("bucket: held: cap (the project's cap has no room for it; mapping-config/rules.yaml:10)"));
            Assert.That((await firm.AllAsync()).SelectMany(e => WrittenFirm.Faults(e).Concat(WrittenFirm.NotChecked(e)).Select(f => $"{e.Subject}: {f}")), Is.Empty);
        });
    }

    // A document from before there were columns for parts of time, discounts of records and single taxes of them.
    [Test]
    public async Task Explain_OfADocumentFromBeforeSomeColumns_Follows()
    {
        await using var firm = await WrittenFirm.OpenAsync(tax: "per: line", codes: Two);
        await firm.RunAsync();
        firm.Firm.File.Execute("UPDATE document_lines SET charged_seconds = ''; UPDATE line_shares SET taxes = CAST(tax AS TEXT), discount = 0");
        Assert.That(WrittenFirm.Faults(await firm.DocumentAsync(1)), Is.Empty);
    }

    [Test]
    public async Task Explain_OfDocumentsAndALine_ReadsAsApproved()
    {
        await using var firm = await WrittenFirm.OpenAsync();
        await firm.RunAsync();
        firm.Firm.Source.Edit("2", r => r with { Seconds = 3000 });
        await firm.RunAsync();
        Compare("document", firm.Read(await firm.DocumentAsync(1)));
        Compare("line-in-euros", firm.Read(await firm.DocumentAsync(2, 1)));
        Compare("adjustment", firm.Read(await firm.DocumentAsync(3)));
        Compare("record", firm.Read(await firm.RecordAsync("2")));
    }

    [Test]
    public async Task Explain_OfACredit_PointsAtWhatItTakesBack()
    {
        await using var firm = await WrittenFirm.OpenAsync(onChange: "credit-and-rebill", records: [Some.TimeEntry("1")]);
        await firm.RunAsync();
        firm.Firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.RunAsync();
        Compare("credit", firm.Read(await firm.DocumentAsync(2)));
        Compare("record-billed-anew", firm.Read(await firm.RecordAsync("1")));
        firm.Firm.File.Execute("UPDATE document_lines SET net = net + 1 WHERE document_no = (SELECT document_no FROM documents WHERE purpose = 'credit')");
        Assert.That(WrittenFirm.Faults(await firm.DocumentAsync(2)), Has.Some.StartsWith("copy: "));
    }

    // One cent, second or digit at a time: the step at which it came in says so.
    [TestCase("UPDATE document_lines SET amount = amount + 1 WHERE document_no = 1 AND line_no = 2", "amount", 1)]
    [TestCase("UPDATE document_lines SET line_discount = line_discount + 1 WHERE document_no = 1 AND line_no = 2", "line discount", 1)]
    [TestCase("UPDATE document_lines SET document_discount = document_discount + 1 WHERE document_no = 1 AND line_no = 2", "document discount", 1)]
    [TestCase("UPDATE line_taxes SET amount = amount - 1 WHERE document_no = 1 AND line_no = 3", "tax vat", 1)]
    [TestCase("UPDATE document_lines SET net = net + 1 WHERE document_no = 1 AND line_no = 3", "net", 1)]
    [TestCase("UPDATE document_lines SET quantity = '0.7501' WHERE document_no = 1 AND line_no = 2", "quantity", 1)]
    [TestCase("UPDATE document_lines SET unit_price = '99.96' WHERE document_no = 1 AND line_no = 2", "rate", 1)]
    [TestCase("UPDATE document_lines SET billed_seconds = billed_seconds + 1 WHERE document_no = 1 AND line_no = 2", "billed time", 1)]
    [TestCase("UPDATE line_shares SET billed_seconds = billed_seconds + 1 WHERE document_no = 1 AND source_id = '2'", "share time_entries/2", 1)]
    [TestCase("UPDATE line_shares SET net = net + 1 WHERE document_no = 1 AND source_id = '1' AND stream = 'time_entries'", "share time_entries/1", 1)]
    [TestCase("UPDATE records SET seconds = seconds + 60 WHERE source_id = '2'", "record time_entries/2 version 1", 1)]
    [TestCase("UPDATE documents SET net = net + 1 WHERE document_no = 1", "net", 1)]
    [TestCase("UPDATE documents SET total = total + 1 WHERE document_no = 1", "total", 1)]
    [TestCase("UPDATE documents SET tax = tax + 1 WHERE document_no = 1", "tax", 1)]
    [TestCase("UPDATE document_taxes SET amount = amount + 1 WHERE document_no = 1", "tax VAT vat 19%", 1)]
    [TestCase("UPDATE documents SET withholding = withholding + 1 WHERE document_no = 1", "withholding", 1)]
    [TestCase("UPDATE documents SET retainer = retainer - 1 WHERE document_no = 1", "retainer", 1)]
    [TestCase("UPDATE documents SET discount_cut = 1 WHERE document_no = 2", "document discount", 2)]
    [TestCase("UPDATE documents SET base_total = base_total + 1 WHERE document_no = 2", "base total", 2)]
    [TestCase("UPDATE documents SET base_rounding = base_rounding + 1 WHERE document_no = 2", "rounding difference", 2)]
    [TestCase("UPDATE document_lines SET base_net = base_net + 1 WHERE document_no = 2", "base net", 2)]
    [TestCase("UPDATE line_taxes SET base_amount = base_amount + 1 WHERE document_no = 2", "base tax vat", 2)]
    [TestCase("UPDATE documents SET content_hash = 'x' WHERE document_no = 2", "content", 2)]
    [TestCase("UPDATE documents SET revision = 2 WHERE document_no = 2", "identity", 2)]
    public async Task Explain_AfterAStoredValueWasChanged_SaysWhichDoesNotFollow(string change, string step, int document)
    {
        await using var firm = await WrittenFirm.OpenAsync();
        await firm.RunAsync();
        firm.Firm.File.Execute(change);
        Assert.That(WrittenFirm.Faults(await firm.DocumentAsync(document)), Has.Some.StartsWith(step + ": "));
    }

    [Test]
    public async Task Explain_OfAChangedCent_SaysWhatComesOut()
    {
        await using var firm = await WrittenFirm.OpenAsync();
        await firm.RunAsync();
        firm.Firm.File.Execute("UPDATE documents SET total = total + 1 WHERE document_no = 2");
        var explanation = await firm.DocumentAsync(2);
        var total = (await firm.Store.FindDocumentsAsync(firm.Reference(2), CancellationToken.None)).Single().Total;
        Assert.Multiple(() =>
        {
            Assert.That(firm.Read(explanation), Does.Contain($"  does not follow: {total - Core.Amounts.Money.OfMinorUnits(1, total.Currency)} comes out, {total} is stored\n"));
            Assert.That(firm.Read(explanation), Does.EndWith("not follow from what is stored: see 'does not follow'.\n"));
        });
    }

    [Test]
    public async Task Explain_AfterTheMappingChanged_GoesByTheOldRuleAndItsLine()
    {
        await using var firm = await WrittenFirm.OpenAsync(onChange: "report");
        await firm.RunAsync();
        firm.Rewrite("rates:\n", "rates:\n  - { when: { task: DEV, client: ACME }, hourly: 200.00 }\n");
        await firm.RunAsync(ExitCodes.Differences);
        var explanation = await firm.DocumentAsync(1, 2);
        var rate = explanation.Root.All.Single(s => s.Name == "rate");
        Assert.Multiple(() =>
        {
            Assert.That((rate.Result, rate.Place, explanation.Faults), Is.EqualTo(("99.95 USD an hour", "mapping-config/rules.yaml:18", 0)));
            Assert.That(explanation.Root.All.Single(s => s.Name == "mapping").Result, Is.EqualTo("rules 1.0.0"));
        });
        var record = (await firm.RecordAsync("1")).Root.All.Single(s => s.Name == "rate");
        Assert.That((record.Result, record.Place), Is.EqualTo(("200 USD an hour", "mapping-config/rules.yaml:16")), "the record's bucket goes by the newest run");
    }

    [Test]
    public async Task Explain_WithoutTheMappingOfThen_SaysSoAndChecksTheSums()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2", hours: 1.37m));
        var row = (await firm.Store.ListDocumentsAsync(Some.Series, null, CancellationToken.None)).Single();
        var explanation = await new DocumentExplainer(firm.Store).ExplainAsync(row, null, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(explanation.Faults, Is.Zero);
            Assert.That(WrittenFirm.NotChecked(explanation), Has.Some.EqualTo("rate: the store does not have the mapping that made it (content content-of-1)"));
        });
        firm.File.Execute("UPDATE documents SET net = net + 1");
        Assert.That(WrittenFirm.Faults(await new DocumentExplainer(firm.Store).ExplainAsync(row with { Net = row.Net }, null, CancellationToken.None)), Has.Some.StartsWith("net: "));
    }

    [Test]
    public async Task Explain_OfADocumentThatWasSentTwice_ListsItsAttempts()
    {
        await using var firm = await WrittenFirm.OpenAsync(records: [Some.TimeEntry("1")]);
        firm.Firm.Books.OnCreate = call => call.Number == 1 ? throw CreateCall.NoAnswer : call.CarryOut();
        await firm.RunAsync();
        var posting = (await firm.DocumentAsync(1)).Root.All.Single(s => s.Name == "posting");
        var attempts = posting.Steps.Where(s => s.Name == "attempt").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(attempts.Select(a => $"{a.Input.Split(' ')[0]} {a.Result}"), Is.EqualTo(new[] { "create Unknown", "create Posted", "finalize Posted" }));
            Assert.That(attempts.Take(2).Select(a => a.Input.Split("key ")[1]).Distinct().Count(), Is.EqualTo(1), "the same key both times");
            Assert.That(posting.Result, Does.StartWith("Posted since ").And.EndWith("at 'all' (company-1) as doc-1"));
        });
    }

    [Test]
    public async Task Explain_AfterTheRateOfADayWasReplaced_SaysThatNothingIsValuedAnew()
    {
        await using var firm = await WrittenFirm.OpenAsync();
        await firm.RunAsync();
        firm.Firm.File.Execute("UPDATE fx_rates SET rate = '1.2' WHERE valid_from = '2026-10-30'");
        var explanation = await firm.DocumentAsync(2);
        Assert.That((explanation.Faults, string.Join('\n', WrittenFirm.NotChecked(explanation))), Is.EqualTo((0, "exchange rate EUR/USD: the stored rates give 1 EUR = 1.2 USD, ecb spot of 2026-10-30, retrieved 2026-11-02 15:00:00Z by now; what was posted is not valued anew")));
    }

    private static void Compare(string name, string text) => Repository.Compare($"tests/BatchSync.Tests/Explaining/Approved/{name}.txt", text);
}
