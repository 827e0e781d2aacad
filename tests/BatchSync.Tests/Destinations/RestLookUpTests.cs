using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Tests.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Destinations;

internal sealed class RestLookUpTests
{
    private const string Row = """{"reference":"A","id":7,"customer":{"id":58},"type":"invoice","currency":"USD","net":"225.00","tax":16.31,"total":241.310,"status":"draft"}""";

    [Test]
    public async Task LookUp_MoreThanFitInOneCall_AsksInChunks()
    {
        var network = FakeHandler.Of(() => FakeHandler.Json($$"""{"invoices":[{{Row}}]}"""), () => FakeHandler.Json("""{"invoices":[]}"""));
        await Books.At(network).LookUpAsync(["A", "B", "C", "A"], default);
        Assert.That(network.Urls, Is.EqualTo(new[] { "https://api.example.com/v2/invoices?references=A%2CB", "https://api.example.com/v2/invoices?references=C" }));
    }

    [Test]
    public async Task LookUp_Duplicates_AreAllReadBackExactly()
    {
        var second = Row.Replace("7,", "\"8\",", StringComparison.Ordinal).Replace("draft", "final", StringComparison.Ordinal).Replace("\"invoice\"", "\"credit_note\"", StringComparison.Ordinal);
        var found = await Books.At(FakeHandler.Of(() => FakeHandler.Json($$"""{"invoices":[{{Row}},{{second}}]}"""))).LookUpAsync(["A"], default);
        var (net, tax, total) = (Usd(22500), Usd(1631), Usd(24131));
        Assert.That(found, Is.EqualTo(new[]
        {
            new DestinationDocument("A", "7", "58", DocumentType.Invoice, net, tax, total, DocumentStanding.Draft),
            new DestinationDocument("A", "8", "58", DocumentType.CreditNote, net, tax, total, DocumentStanding.Final),
        }));
    }

    [TestCase("draft", DocumentStanding.Draft)]
    [TestCase("final", DocumentStanding.Final)]
    [TestCase("part_paid", DocumentStanding.PartPaid)]
    [TestCase("paid", DocumentStanding.Paid)]
    [TestCase("void", DocumentStanding.Voided)]
    [TestCase("deleted", DocumentStanding.Voided)]
    [TestCase("sent", DocumentStanding.Final)]
    [TestCase("Draft", DocumentStanding.Final)]
    public async Task LookUp_Status_MeansWhatTheConnectorSays(string status, DocumentStanding expected)
    {
        var row = Row.Replace("\"draft\"", $"\"{status}\"", StringComparison.Ordinal);
        var found = await Books.At(FakeHandler.Of(() => FakeHandler.Json($$"""{"invoices":[{{row}}]}"""))).LookUpAsync(["A"], default);
        Assert.That(found.Single().Standing, Is.EqualTo(expected));
    }

    [TestCase("<html></html>", "HTML")]
    [TestCase("""{"invoices":[{"reference""", "no whole JSON")]
    [TestCase("""{"data":[]}""", "no list at 'invoices'")]
    [TestCase("""{"invoices":null}""", "no list at 'invoices'")]
    [TestCase("""{"invoices":[ROW]}|"A"|"Z" """, "'Z' that was not asked for")]
    [TestCase("""{"invoices":[ROW]}|"A"|null""", "without a value at 'reference'")]
    [TestCase("""{"invoices":[ROW]}|7,|null,""", "without a value at 'id'")]
    [TestCase("""{"invoices":[ROW]}|USD|XQQ""", "'XQQ'")]
    [TestCase("""{"invoices":[ROW]}|241.310|241.311""", "USD has 2 decimals")]
    [TestCase("""{"invoices":[ROW]}|241.310|"much" """, "no number")]
    [TestCase("""{"invoices":[ROW]}|241.310|999999999999999999""", "64 bits")]
    [TestCase("""{"invoices":[ROW]}|"invoice"|"bill" """, "type 'bill'")]
    public void LookUp_AnswerThatCannotBeBelieved_IsAFaultAndNeverNothing(string row, string said)
    {
        var (body, from, to) = row.Split('|') is [var template, var old, var changed] ? (template, old, changed) : (row, "ROW", "");
        body = body.Replace("ROW", Row.Replace(from, to.Trim(), StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.That(
            () => Books.At(FakeHandler.Of(() => FakeHandler.Json(body))).LookUpAsync(["A"], default),
            Throws.TypeOf<OutsideException>().With.Message.Contains(said).And.Message.Contains("Nothing follows"));
    }

    [TestCase(401, OutsideFault.Permanent)]
    [TestCase(404, OutsideFault.Permanent)]
    [TestCase(429, OutsideFault.Transient)]
    [TestCase(500, OutsideFault.Transient)]
    public void LookUp_NoSuccess_IsAFault(int status, OutsideFault fault) => Assert.That(
        () => Books.At(FakeHandler.Of(() => FakeHandler.Status(status, "{}", retryAfter: "0"))).LookUpAsync(["A"], default),
        Throws.TypeOf<OutsideException>().With.Property("Fault").EqualTo(fault));

    [Test]
    public void Constructor_LookUpWithoutTotal_IsRefused()
    {
        var fields = new Dictionary<string, string>(Books.Definition.LookUp.Fields);
        fields.Remove("total");
        var definition = Books.Definition with { LookUp = Books.Definition.LookUp with { Fields = fields } };
        Assert.That(() => Books.At(null, definition), Throws.TypeOf<SettingException>().With.Message.Contains("lacks total"));
    }

    // The first try may have made them final, and the second is refused for just that.
    [TestCase(503, "Unknown")]
    [TestCase(429, "Rejected already_final")]
    public async Task Finalize_RefusedAfterAnotherTry_IsARefusalOnlyWhereThatOneWasAnswered(int first, string expected)
    {
        var time = new ManualTime();
        var network = FakeHandler.Of(() => FakeHandler.Status(first, "{}"), () => FakeHandler.Status(422, """{"error":{"code":"already_final","message":"it is final"}}"""));
        var answer = await time.RunAsync(Books.At(network, time: time).FinalizeAsync(new FinalizeBatch("KEY", [("A", "7")]), default), TimeSpan.FromSeconds(20));
        Assert.That((network.Urls.Count, Books.Shown(answer.Outcomes.Single()).Replace("RefusedTogether", "Rejected", StringComparison.Ordinal)), Is.EqualTo((2, expected)));
    }

    [Test]
    public async Task Finalize_AnswersInAnyOrder_ReachTheirItems()
    {
        var network = FakeHandler.Of(() => FakeHandler.Json("""
            {"results":[{"id":"9","status":"rejected","error":{"code":"locked","message":"period locked"}},{"id":"7","status":"final"},{"id":"1","status":"final"}]}
            """));
        var answer = await Books.At(network).FinalizeAsync(new FinalizeBatch("KEY", [("C", "9"), ("A", "7"), ("B", "8")]), default);
        Assert.That(answer.Outcomes.Select(o => $"{o.Reference} {Books.Shown(o)}"), Is.EqualTo(new[] { "A Posted 7", "B Unknown", "C Rejected locked" }));
        Assert.That(answer.Request, Does.Contain("""{"ids":["7","8","9"]}"""));
    }

    [Test]
    public async Task Withdraw_AnswersInAnyOrder_ReachTheirItems()
    {
        var network = FakeHandler.Of(() => FakeHandler.Json("""
            {"results":[{"id":"10","status":"archived"},{"id":"9","status":"rejected","error":{"code":"not_draft","message":"it is final"}},{"id":"7","status":"deleted"},{"id":"8","status":"gone"}]}
            """));
        var answer = await Books.At(network).WithdrawAsync(new FinalizeBatch("KEY", [("D", "10"), ("C", "9"), ("A", "7"), ("B", "8")]), default);
        Assert.That(answer.Outcomes.Select(o => $"{o.Reference} {Books.Shown(o)}"), Is.EqualTo(new[] { "A Posted 7", "B AlreadyPosted 8", "C Rejected not_draft", "D Unknown" }));
        Assert.That(network.Urls.Single(), Is.EqualTo("https://api.example.com/v2/invoices/delete"));
        Assert.That(answer.Request, Does.Contain("""{"ids":["7","8","9","10"]}"""));
    }

    [Test]
    public async Task Withdraw_ServerFailsOnce_IsRepeatedAndWhatIsGoneIsWell()
    {
        var network = FakeHandler.Of(() => FakeHandler.Status(503, retryAfter: "0"), () => FakeHandler.Json("""{"results":[{"id":"7","status":"gone"}]}"""));
        var answer = await Books.At(network).WithdrawAsync(new FinalizeBatch("KEY", [("A", "7")]), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "AlreadyPosted 7" }));
        Assert.That(network.Urls, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Withdraw_NoAnswer_IsUnknown()
    {
        var network = new FakeHandler((_, _) => throw new HttpRequestException(HttpRequestError.ResponseEnded));
        var answer = await Books.At(network, api: Api.Definition(attempts: 1)).WithdrawAsync(new FinalizeBatch("KEY", [("A", "7")]), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "Unknown" }));
    }

    [Test]
    public void Withdraw_ConnectorWithoutTheCall_IsADefect()
    {
        var books = Books.At(null, Books.Definition with { Withdraw = null });
        Assert.That(books.Traits.DeletesDrafts, Is.False);
        Assert.That(() => books.WithdrawAsync(new FinalizeBatch("KEY", [("A", "7")]), default), Throws.TypeOf<BatchSync.Core.Diagnostics.InvariantException>());
    }

    [Test]
    public async Task Finalize_ServerFailsOnce_IsRepeated()
    {
        var network = FakeHandler.Of(() => FakeHandler.Status(503, retryAfter: "0"), () => FakeHandler.Json("""{"results":[{"id":"7","status":"final"}]}"""));
        var answer = await Books.At(network).FinalizeAsync(new FinalizeBatch("KEY", [("A", "7")]), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "Posted 7" }));
        Assert.That(network.Urls, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Finalize_NoAnswer_IsUnknown()
    {
        var network = new FakeHandler((_, _) => throw new HttpRequestException(HttpRequestError.ResponseEnded));
        var answer = await Books.At(network, api: Api.Definition(attempts: 1)).FinalizeAsync(new FinalizeBatch("KEY", [("A", "7")]), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "Unknown" }));
    }

    [Test]
    public async Task Probe_Company_IsTheTenant()
    {
        var network = FakeHandler.Of(() => FakeHandler.Json("""{"company":{"id":42,"environment":"sandbox"}}"""));
        Assert.That(await Books.At(network).ProbeAsync(default), Is.EqualTo(new DestinationTenant("42", "sandbox")));
        var definition = Books.Definition with { Company = Books.Definition.Company with { EnvironmentField = null } };
        Assert.That((await Books.At(network, definition).ProbeAsync(default)).Environment, Is.EqualTo("production"));
    }

    // What the company says of its lock; empty: it says none.
    [TestCase("\"2026-09-30\"", "2026-09-30")]
    [TestCase("\"2026-09-30T23:59:59Z\"", "2026-09-30")]
    [TestCase("null", "")]
    [TestCase("\"\"", "")]
    public async Task Probe_LockOfTheBooks_IsRead(string locked, string expected)
    {
        var network = FakeHandler.Of(() => FakeHandler.Json($$$"""{"company":{"id":42,"locked":{{{locked}}}}}"""));
        var tenant = await Books.At(network, WithLock).ProbeAsync(default);
        Assert.That(tenant.LockedThrough?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) ?? "", Is.EqualTo(expected));
    }

    [TestCase("\"30.09.2026\"")]
    [TestCase("20260930")]
    [TestCase("true")]
    public void Probe_LockThatIsNoDate_IsAFaultAndNeverNoLock(string locked) => Assert.That(
        () => Books.At(FakeHandler.Of(() => FakeHandler.Json($$$"""{"company":{"id":42,"locked":{{{locked}}}}}""")), WithLock).ProbeAsync(default),
        Throws.TypeOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent).And.Message.Contains("company.locked"));

    private static BatchSync.Configuration.RestDestinationDefinition WithLock =>
        Books.Definition with { Company = new("/company", "company.id", null) { LockedThroughField = "company.locked" } };

    [TestCase(200, """{"company":{}}""", "company.id")]
    [TestCase(200, "<html>", "company.id")]
    [TestCase(404, "{}", "answered 404")]
    [TestCase(401, "", "answered 401")]
    public void Probe_AnswerThatNamesNoCompany_IsAFault(int status, string body, string said) => Assert.That(
        () => Books.At(FakeHandler.Of(() => FakeHandler.Status(status, body))).ProbeAsync(default),
        Throws.TypeOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent).And.Message.Contains(said));

    [Test]
    public void Traits_Connector_AreWhatItDeclares() => Assert.That(
        Books.At(null, api: Api.Definition(attempts: 3, timeoutSeconds: 100)).Traits,
        Is.EqualTo(new DestinationTraits(8, 26, 4, HasDrafts: true, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds((2 * 100) + (2 * 30.6))) { LookUpSize = 2, DeletesDrafts = true, CallsPerBatch = 6, ReferencesPerLookUp = 2 }));

    // Whole calls side by side, and never more than is held in memory.
    [TestCase(50, 1, 50)]
    [TestCase(50, 5, 250)]
    [TestCase(50, 100, 500)]
    [TestCase(300, 5, 300)]
    [TestCase(1000, 1, 500)]
    public void LookUpSize_OfAConnector_IsWhatGoesOutSideBySide(int perCall, int atOnce, int together) => Assert.That(
        Books.At(null, Books.Definition with { LookUp = Books.Definition.LookUp with { BatchSize = perCall } }, Api.Definition() with { AtOnce = atOnce }).Traits.LookUpSize, Is.EqualTo(together));

    private static Money Usd(long cents) => Money.OfMinorUnits(cents, Currency.Of("USD"));
}
