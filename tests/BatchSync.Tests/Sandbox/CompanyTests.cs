using System.Net;
using BatchSync.Cli;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class CompanyTests : IDisposable
{
    private const string TwoCompanies = """{"companies":[{"id":"de","name":"Kontor GmbH","base_currency":"EUR","locked_through":"2026-09-30"},{"id":"jp"}]}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Companies_OfOneSandbox_HaveBooksOfTheirOwn()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("companies.json", TwoCompanies), ("customers.json", """{"customers":["58"]}"""));
        await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var posted = await sandbox.PostAsync("/companies/de/books/v1/invoices/bulk", Some.Bulk(Some.Invoice("A", currency: "EUR"), Some.Invoice("B", customer: "99", currency: "EUR")));
        Assert.That((posted.Outcome("A"), posted.Outcome("B")), Is.EqualTo(("created", "unknown_customer")));
        Assert.That((await sandbox.GetAsync("/companies/de/books/v1/company")).Text, Is.EqualTo("""{"company":{"id":"de","name":"Kontor GmbH","environment":"sandbox","base_currency":"EUR","locked_through":"2026-09-30"}}"""));
        Assert.That((await sandbox.GetAsync("/companies/de/books/v1/invoices?references=A")).Json.GetProperty("invoices")[0].GetProperty("currency").GetString(), Is.EqualTo("EUR"));
        Assert.That(sandbox.Server.Companies.All.Select(b => $"{b.Company.Id} {b.Documents().Count}"), Is.EqualTo(new[] { "sandbox-co 1", "de 1", "jp 0" }));
        Assert.That((await sandbox.GetAsync("/_sandbox/books?company=de")).Text, Does.Contain("EUR").And.Not.Contain("USD"));
        Assert.That((await sandbox.GetAsync("/_sandbox/companies")).Ids("companies"), Is.EqualTo(new[] { "sandbox-co", "de", "jp" }));
        Assert.That((await sandbox.PostAsync("/_sandbox/books/void?document=A&company=de", "")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(sandbox.Server.Books.Documents().Single().Status, Is.EqualTo(BookStatus.Draft), "the void reached another company's document");
    }

    [TestCase("/companies/fr/books/v1/company", "unknown_company")]
    [TestCase("/companies/de/time/v1/account", "unknown_path")]
    [TestCase("/companies/de", "unknown_path")]
    [TestCase("/_sandbox/books?company=fr", "invalid_parameter")]
    public async Task Company_ThatIsNone_IsRefused(string url, string code)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("companies.json", TwoCompanies));
        Assert.That((await sandbox.GetAsync(url)).ErrorCode, Is.EqualTo(code));
    }

    // A document of the company's own currency needs no rate; any other does.
    [TestCase("EUR", "", "created")]
    [TestCase("USD", "", "missing_rate")]
    [TestCase("USD", "\"exchange_rate\":0.88,", "created")]
    public async Task Rate_WhereTheBooksHaveABaseCurrency_IsAskedFor(string currency, string rate, string expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("companies.json", TwoCompanies));
        var invoice = Some.Invoice("A", currency: currency).Replace("{\"reference\"", $"{{{rate}\"reference\"", StringComparison.Ordinal);
        Assert.That((await sandbox.PostAsync("/companies/de/books/v1/invoices/bulk", Some.Bulk(invoice))).Outcome("A"), Is.EqualTo(expected));
    }

    [Test]
    public async Task Load_OfCompanies_ChangesLocksAndAddsCompanies()
    {
        await using var sandbox = await RunningSandbox.StartAsync(
            ("companies.json", TwoCompanies), ("later/companies.json", """{"companies":[{"id":"de","locked_through":null},{"id":"sandbox-co","locked_through":"2026-10-31"},{"id":"fr","base_currency":"EUR"}]}"""));
        sandbox.Server.Load("later");
        Assert.That(sandbox.Server.Companies.All.Select(b => $"{b.Company.Id} {b.LockedThrough:yyyy-MM-dd}"), Is.EqualTo(new[] { "sandbox-co 2026-10-31", "de ", "fr ", "jp " }));
    }

    [TestCase("[]", "not a list of companies")]
    [TestCase("""{"companies":[{"id":"DE"}]}""", "company 1")]
    [TestCase("""{"companies":[{"id":"de"},{"name":"x"}]}""", "company 2")]
    [TestCase("""{"companies":[{"id":"de","base_currency":"XQQ"}]}""", "company 1")]
    [TestCase("""{"companies":[{"id":"de","locked_through":"30.09.2026"}]}""", "company 1")]
    public void CompaniesFile_ThatCannotBeRead_IsNamed(string json, string said) => Assert.That(
        () => RunningSandbox.StartAsync(("companies.json", json)),
        Throws.TypeOf<SandboxSetupException>().With.Message.Contains("companies.json: ").And.Message.Contains(said));

    [Test]
    public async Task Settings_OfACompany_LeadToItsOwnBooks()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("companies.json", """{"companies":[{"id":"de-nord"}]}"""));
        var variables = SandboxSettings.Environment(sandbox.Server, SandboxOptions.DefaultToken);
        var address = variables("BATCHSYNC_SANDBOX_URL_DE_NORD");
        Assert.That((await sandbox.GetAsync(address + "/books/v1/company")).Text, Does.Contain("\"id\":\"de-nord\""));
        Assert.That((variables("BATCHSYNC_SANDBOX_URL"), variables("BATCHSYNC_SANDBOX_URL_FR")), Is.EqualTo((sandbox.Server.Address.ToString().TrimEnd('/'), (string?)null)));
    }

    [Test]
    public async Task Companies_AfterARestart_FindTheirOwnBooks()
    {
        RunningSandbox.Write(_folder, "companies.json", TwoCompanies);
        var options = new SandboxOptions(_folder, 0, Path.Combine(_folder, "state", "books.jsonl"), null, SandboxOptions.DefaultToken, TimeProvider.System);
        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        await using (var first = await RunningSandbox.StartAsync(options))
        {
            await first.PostInvoicesAsync(Some.Invoice("A"));
            await first.PostAsync("/companies/jp/books/v1/invoices/bulk", Some.Bulk(Some.Invoice("B", net: "1500", tax: "150", currency: "JPY")));
        }

        await using var second = await RunningSandbox.StartAsync(options);
        Assert.That(second.Server.Companies.All.Select(b => $"{b.Company.Id} {string.Join(',', b.Documents().Select(d => d.Invoice.Reference))}"), Is.EqualTo(new[] { "sandbox-co A", "de ", "jp B" }));
        Assert.That(Directory.GetFiles(Path.Combine(_folder, "state"), "*.jsonl").Select(Path.GetFileName), Is.EquivalentTo(new[] { "books.jsonl", "books.de.jsonl", "books.jp.jsonl" }));
    }
}
