using System.Net;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

/// <summary>What a person does at the accounting system between two runs.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class ClerkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Calls one after another on a final document of 108.00, and how it stands after each: status and paid, or the error.
    [TestCase("pay?document=A", "paid 108.00")]
    [TestCase("pay?document=A&amount=50|pay?document=A&amount=58.00", "part_paid 50.00|paid 108.00")]
    [TestCase("pay?document=A&amount=108.01", "overpaid")]
    [TestCase("pay?document=A&amount=-1", "overpaid")]
    [TestCase("pay?document=A&amount=1.001", "wrong_decimals")]
    [TestCase("pay?document=A&amount=much", "invalid_parameter")]
    [TestCase("pay?document=A|pay?document=A", "paid 108.00|not_payable")]
    [TestCase("pay?document=A|void?document=A|pay?document=A", "paid 108.00|void 0.00|not_payable")]
    [TestCase("void?document=doc-1|edit?document=A&net=1", "void 0.00|void")]
    [TestCase("edit?document=A&net=90&tax=7.20|pay?document=A", "final 0.00|paid 97.20")]
    [TestCase("pay?document=A&amount=100|edit?document=A&net=90", "part_paid 100.00|overpaid")]
    [TestCase("delete?document=A|void?document=A", "deleted 0.00|unknown_document")]
    [TestCase("void?document=B", "unknown_document")]
    [TestCase("void", "invalid_parameter")]
    public async Task Document_AfterEachAction_StandsAsExpected(string calls, string expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A", status: "final"));
        var states = new List<string>();
        foreach (var call in calls.Split('|')) states.Add(await ActAsync(sandbox, call));
        Assert.That(string.Join('|', states), Is.EqualTo(expected));
    }

    [TestCase("draft")]
    [TestCase("void")]
    public async Task Pay_WhatIsNotOpen_IsRefused(string status)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        if (status == "void") await ActAsync(sandbox, "void?document=A");
        var reply = await sandbox.PostAsync("/_sandbox/books/pay?document=A", "");
        Assert.That((reply.Status, reply.ErrorCode), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "not_payable")));
    }

    // The API shows what people did, in its own words, and the ledger stays balanced through all of it.
    [Test]
    public async Task Api_AfterPeopleWereThere_ShowsTheirWork()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync([.. "ABCDEF".Select(c => Some.Invoice(c.ToString(), status: "final"))]);
        foreach (var call in new[] { "pay?document=A", "pay?document=B&amount=8", "void?document=C", "edit?document=D&net=90.00&tax=0", "delete?document=E" }) await ActAsync(sandbox, call);
        var rows = (await sandbox.GetAsync("/books/v1/invoices?references=A,B,C,D,E,F")).Json.GetProperty("invoices").EnumerateArray();
        Assert.That(
            rows.Select(r => $"{r.GetProperty("reference")} {r.GetProperty("status")} {r.GetProperty("net")} {r.GetProperty("tax")} {r.GetProperty("total")}"),
            Is.EqualTo(new[] { "A paid 100.00 8.00 108.00", "B part_paid 100.00 8.00 108.00", "C void 100.00 8.00 108.00", "D final 90.00 0.00 90.00", "F final 100.00 8.00 108.00" }));
        var ledger = (await sandbox.GetAsync("/_sandbox/books")).Json;
        Assert.That(
            ledger.GetProperty("final").GetProperty("accounts").EnumerateArray().Select(a => $"{a.GetProperty("account")} {a.GetProperty("balance")}"),
            Is.EqualTo(new[] { "bank 116.00", "income:4000 -390.00", "receivable:58 298.00", "tax:TAX:state -24.00" }));
        Assert.That(ledger.GetProperty("final").GetProperty("totals")[0].ToString(), Is.EqualTo("""{"customer":"58","currency":"USD","documents":4,"net":390.00,"tax":24.00,"total":414.00}"""));
        Assert.That(ledger.GetProperty("void").GetProperty("totals")[0].GetProperty("total").ToString(), Is.EqualTo("108.00"));
    }

    [Test]
    public async Task Edit_OfADocumentWithoutTax_PostsThePersonsTax()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync("""
            {"reference":"A","type":"credit_note","status":"final","customer":"1","date":"2026-10-31","currency":"JPY",
             "lines":[{"quantity":1,"unit_price":500,"amount":500,"tax":0,"account":"4000"}],"net":500,"tax":0,"total":500}
            """);
        Assert.That(await ActAsync(sandbox, "edit?document=A&tax=50"), Is.EqualTo("final 0"));
        var accounts = sandbox.Server.Books.Ledger().Final.Accounts;
        Assert.That(accounts.Select(a => $"{a.Account} {a.Balance}"), Is.EqualTo(new[] { "income:4000 500 JPY", "receivable:1 -550 JPY", "tax:by-hand 50 JPY" }));
    }

    [Test]
    public async Task Documents_OfTheBooks_AreShownWhole()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("companies.json", """{"companies":[{"id":"sandbox-co","base_currency":"USD"}]}"""));
        await sandbox.PostInvoicesAsync("""
            {"reference":"B","type":"invoice","status":"final","customer":"61","date":"2026-10-31","currency":"KWD","exchange_rate":3.256178,"corrects":"A","withholding":0.500,"retainer":0.100,"amount_due":1.400,
             "lines":[{"quantity":1,"unit_price":2.005,"amount":2.005,"discount":0.005,"net":2.000,"tax":0,"account":"4000"}],"discount":0.005,"net":2.000,"tax":0,"total":2.000}
            """, Some.Invoice("A"));
        await ActAsync(sandbox, "pay?document=B&amount=1.000");
        var documents = await sandbox.GetAsync("/_sandbox/books/documents");
        Assert.That(documents.Json.GetProperty("documents")[1].ToString(), Is.EqualTo(
            """{"reference":"B","id":"doc-1","status":"part_paid","customer":"61","type":"invoice","date":"2026-10-31","currency":"KWD","net":2.000,"tax":0.000,"total":2.000,"""
            + """ "withholding":0.500,"retainer":0.100,"amount_due":1.400,"paid":1.000,"corrects":"A","exchange_rate":3.256178,"base_currency":"USD","base_total":6.51}""".TrimStart()));
        var kuwait = sandbox.Server.Books.Ledger().Final;
        Assert.That(kuwait.Totals.Single().BaseTotal.ToString(), Is.EqualTo("6.51 USD"));
        Assert.That(kuwait.Accounts.Select(a => $"{a.Account} {a.Balance.ToAmountString()}"), Is.EqualTo(new[] { "bank 1.000", "income:4000 -2.000", "receivable:61 0.400", "retainer:61 0.100", "withholding:61 0.500" }));
    }

    [Test]
    public async Task Books_AfterARestart_KnowWhatPeopleDid()
    {
        var options = new SandboxOptions(_folder, 0, Path.Combine(_folder, "books.jsonl"), null, SandboxOptions.DefaultToken, TimeProvider.System);
        string before;
        await using (var first = await RunningSandbox.StartAsync(options))
        {
            await first.PostInvoicesAsync([.. "ABCDEF".Select(c => Some.Invoice(c.ToString(), status: c == 'F' ? "draft" : "final"))]);
            foreach (var call in new[] { "pay?document=A", "pay?document=B&amount=8", "void?document=C", "edit?document=D&net=90.00&tax=0", "delete?document=E", "lock?through=2026-09-30" }) await ActAsync(first, call);
            await first.PostAsync("/books/v1/invoices/delete", """{"ids":["doc-6"]}""");
            before = await AllAsync(first);
        }

        await using var second = await RunningSandbox.StartAsync(options);
        Assert.That(await AllAsync(second), Is.EqualTo(before).And.Contains("2026-09-30"));
        Assert.That((await second.PostInvoicesAsync(Some.Invoice("G"))).Text, Does.Contain("doc-7"));

        static async Task<string> AllAsync(RunningSandbox sandbox) =>
            (await sandbox.GetAsync("/_sandbox/books")).Text + (await sandbox.GetAsync("/_sandbox/books/documents")).Text + (await sandbox.GetAsync("/books/v1/company")).Text;
    }

    [Test]
    public async Task Lock_OfTheBooks_RefusesWhatIsDatedOnOrBeforeIt()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B"));
        await ActAsync(sandbox, "lock?through=2026-10-31");
        Assert.That((await sandbox.GetAsync("/books/v1/company")).Text, Does.Contain("\"locked_through\":\"2026-10-31\""));
        var created = await sandbox.PostInvoicesAsync(Some.Invoice("C"), Some.Invoice("D").Replace("\"date\":\"2026-10-31\"", "\"date\":\"2026-11-01\"", StringComparison.Ordinal));
        Assert.That((created.Outcome("C"), created.Outcome("D")), Is.EqualTo(("period_locked", "created")));
        Assert.That(created.Text, Does.Contain("locked through 2026-10-31"));
        Assert.That((await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1"]}""")).Text, Does.Contain("period_locked"));
        Assert.That((await sandbox.PostAsync("/books/v1/invoices/delete", """{"ids":["doc-2"]}""")).Text, Does.Contain("\"deleted\""), "a draft is not in the books yet");
        await ActAsync(sandbox, "lock?through=none");
        Assert.That((await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1"]}""")).Text, Does.Contain("\"final\""));
        Assert.That((await sandbox.PostAsync("/_sandbox/books/lock?through=soon", "")).ErrorCode, Is.EqualTo("invalid_parameter"));
    }

    private static async Task<string> ActAsync(RunningSandbox sandbox, string call)
    {
        var reply = await sandbox.PostAsync("/_sandbox/books/" + call, "");
        if (reply.Status != HttpStatusCode.OK) return reply.ErrorCode;
        if (!reply.Json.TryGetProperty("reference", out var reference)) return "";
        var (status, id) = (reply.Json.GetProperty("status").GetString(), reply.Json.GetProperty("id").GetString());
        var held = sandbox.Server.Books.Documents().SingleOrDefault(d => d.Id == id);
        Assert.That(held?.Invoice.Reference ?? reference.GetString(), Is.EqualTo(reference.GetString()));
        return $"{status} {held?.Paid.ToAmountString() ?? "0.00"}";
    }
}
