using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

/// <summary>The example of the documentation gives these values.</summary>
public sealed class ExampleTests
{
    private static readonly ConfigurationResult Result = ConfigurationLoader.Load(TemporaryFolder.Example);
    private static readonly ConfigurationSet Set = Result.Set!;
    private static readonly JobDefinition Job = Set.Jobs[0];
    private static readonly MappingRules Mapping = Set.Mappings["consulting"];

    [Test]
    public void Example_Check_FindsNoError() => Assert.That(ConfigurationErrorText.Render(Result.Errors), Is.Empty);

    [Test]
    public void Example_Job_HasItsNamesAndTimes()
    {
        Assert.That(Set.Jobs, Has.Count.EqualTo(1));
        Assert.That((Job.Name, Job.Series, Job.BillFrom, Job.Mapping, Job.File), Is.EqualTo(("harvest-to-books", "H", new DateOnly(2026, 10, 1), "consulting", "jobs/harvest-to-books.yaml")));
        Assert.That((Job.Schedule!.Cron, Job.Schedule.Zone.Id), Is.EqualTo(("0 30 2 ? * TUE-SAT", "America/New_York")));
        Assert.That(Job.Period, Is.EqualTo(new PeriodRules(PeriodKind.Month, TimeSpan.FromDays(3), DocumentDateRule.PeriodEnd)));
        Assert.That(Job.Posting, Is.EqualTo(new PostingRules(AsDraft: true)));
        Assert.That(Job.Limits, Is.EqualTo(new Limits(50, 24m, new DateOnly(2000, 1, 1), new DateOnly(2030, 12, 31), 4000, 10_000)));
    }

    [Test]
    public void Example_Source_HasSettingsAndStreams()
    {
        Assert.That((Job.Source.Connector, Job.Source.Lookback, Job.Source.ApprovalRequired), Is.EqualTo(("harvest", TimeSpan.FromDays(2), true)));
        Assert.That(Job.Source.Streams, Is.EqualTo(new[] { StreamKind.TimeEntries, StreamKind.Expenses }));
        Assert.That(Job.Source.Settings["token"], Is.EqualTo(new ValueReference("env:HARVEST_TOKEN")));
        Assert.That(Job.Destinations["us"].Settings["token"], Is.EqualTo(new ValueReference("file:secrets/books.token")));
    }

    [Test]
    public void Example_Report_HasAbsoluteFolderAndServer()
    {
        Assert.That(Job.Report.Folder, Is.EqualTo(Path.Combine(TemporaryFolder.Example, "reports")));
        Assert.That(Job.Report.Csv, Is.EqualTo(new CsvFormat(',', '.')));
        Assert.That(Job.Report.Email!.To, Is.EqualTo(new[] { "books@example.com" }));
        Assert.That((Job.Report.Email.When, Job.Report.Email.MaxBytes, Job.Report.Email.PickupFolder), Is.EqualTo((EmailWhen.Always, 5_000_000L, (string?)null)));
        Assert.That(Job.Report.Email.Smtp, Is.EqualTo(new SmtpDefinition(new("mail.example.com"), 587, StartTls: true, new("env:SMTP_USER"), new("env:SMTP_PASSWORD"))));
    }

    [Test]
    public void Example_Mapping_HasEntitiesAndDefaults()
    {
        Assert.That((Mapping.Name, Mapping.Version), Is.EqualTo(("consulting", "2.3.0")));
        Assert.That(Mapping.Entities["us"], Is.EqualTo(new Entity("us", Currency.Of("USD"), TimeZoneInfo.FindSystemTimeZoneById("America/New_York"))));
        Assert.That(Mapping.Defaults, Is.EqualTo(new MappingDefaults("us", Currency.Of("USD"), "NONE", 30, "", "", new Fraction(0))));
    }

    [Test]
    public void Example_Clients_AreKnownByIdsWhereTheyHaveThem()
    {
        var (acme, berg) = (Mapping.Clients[0], Mapping.Clients[1]);

        Assert.That((acme.Code, acme.Name, acme.DestinationId, acme.Tax, acme.TermsDays), Is.EqualTo(("ACME", "Acme Corp", "58", "CA-SALES", (int?)null)));
        Assert.That(acme.Source.Ids, Is.EqualTo(new[] { "1001", "2007" }));
        Assert.That(acme.Source.Names, Is.Empty, "Ids are given, so the name is for documents only.");
        Assert.That((berg.DestinationId, berg.Currency, berg.TermsDays, berg.BillFrom), Is.EqualTo(("BERG", (Currency?)Currency.Of("EUR"), (int?)14, (DateOnly?)new DateOnly(2026, 11, 1))));
        Assert.That(Mapping.Tasks[0].Source.Names, Is.EqualTo(new[] { "Development", "Programming" }));
        Assert.That((Mapping.Tasks[0].Name, Mapping.Tasks[0].Item), Is.EqualTo(("Development", "12")));
        Assert.That((Mapping.Projects[0].Client, Mapping.Projects[0].Account, Mapping.Projects[0].Name), Is.EqualTo(("ACME", "4000", "ACME-WEB")));
        Assert.That((Mapping.Categories[0].Markup, Mapping.Categories[0].Account), Is.EqualTo(((Fraction?)new Fraction(0.1m), "4100")));
    }

    [Test]
    public void Example_Rates_KeepOrderDatesAndLines()
    {
        var rates = Mapping.Rates.Rates;

        Assert.That(rates.Select(r => (r.Hourly, r.Currency, r.Billable.Value, r.From, r.Until, r.Line)), Is.EqualTo(new (decimal, Currency?, decimal, DateOnly?, DateOnly?, int)[]
        {
            (180m, null, 1m, new DateOnly(2026, 1, 1), null, 18),
            (150m, null, 1m, null, null, 19),
            (120m, Currency.Of("USD"), 1m, null, new DateOnly(2027, 1, 1), 20),
        }));
        Assert.That(rates[0].When.Fields.Keys, Is.EquivalentTo(new[] { "project", "person" }));
        Assert.That(rates[2].When.Fields["client"], Is.EqualTo(new[] { "ACME", "BERG" }));
    }

    [Test]
    public void Example_RoundingTaxesAndLines_AreRead()
    {
        Assert.That(Mapping.Time, Is.EqualTo(new TimeRounding(900, RoundingMode.Up, RoundingScope.Entry, 1800)));
        Assert.That(Mapping.Money, Is.EqualTo(new MoneyRounding(RoundingMode.HalfUp, TaxPer.Line, TaxPoint.DocumentDate, 2)));
        Assert.That(Mapping.Taxes["CA-SALES"].Components[0].Rates, Is.EqualTo(new[]
        {
            new DatedTaxRate(new TaxRate(0.0725m), null, new DateOnly(2026, 7, 1)),
            new DatedTaxRate(new TaxRate(0.075m), new DateOnly(2026, 7, 1), null),
        }));
        Assert.That((Mapping.Taxes["NONE"].Treatment, Mapping.Taxes["NONE"].Reason, Mapping.Taxes["NONE"].DestinationCode), Is.EqualTo(((TaxTreatment?)TaxTreatment.Exempt, "services", "NON")));
        Assert.That(Mapping.Taxes["EU"].Treatment, Is.EqualTo(TaxTreatment.ReverseCharge));
        Assert.That(Mapping.TaxRules.Select(r => r.Tax), Is.EqualTo(new[] { "EU" }));
        Assert.That(Mapping.Lines.GroupBy, Is.EqualTo(new[] { GroupKey.Project, GroupKey.Task, GroupKey.Person }));
        Assert.That(Mapping.Lines.Description, Is.EqualTo(new[] { GroupKey.Project, GroupKey.Task, GroupKey.Period }));
        Assert.That(Mapping.Lines.SplitBy, Is.EqualTo(GroupKey.PurchaseOrder));
        Assert.That((Mapping.Exclude[0].Rule, Mapping.Exclude[0].When.Fields["project"][0]), Is.EqualTo(("internal", "INT-*")));
    }

    [Test]
    public void Example_Tests_HaveGivenAndExpected()
    {
        var test = Set.Tests["consulting"][0];

        Assert.That(test.Given, Is.EqualTo(new TestRecord("1001", "300", "Development", "dana@example.com", null, new DateOnly(2026, 3, 2), 1.10m, null, null)));
        Assert.That(test.Expect, Is.EqualTo(new TestExpectation("ACME", 1.25m, 180m, 225m, 16.31m, null, null)));
        Assert.That((test.Place.File, test.Place.Line, test.Place.Column), Is.EqualTo(("mapping-config/consulting.yaml", 36, 13)));
    }

    [Test]
    public void Example_Destination_IsRead()
    {
        var books = (DestinationConnector.Rest)Set.Destinations["books"];

        Assert.That(books.Api.BaseUrl.Text, Is.EqualTo("https://books.example.com/v3"));
        Assert.That(books.Api.Authentication, Is.EqualTo(new Authentication.Bearer(new("setting:token"))));
        Assert.That((books.Api.Timeout, books.Api.Attempts), Is.EqualTo((TimeSpan.FromSeconds(30), 5)));
        Assert.That(books.Documents.Company, Is.EqualTo(new CompanyCall("/company", "company.id", null)));
        Assert.That((books.Documents.Create.BatchSize, books.Documents.Create.DraftField, books.Documents.Create.DraftValue), Is.EqualTo((30, "status", "draft")));
        Assert.That(books.Documents.LookUp.Fields["client"], Is.EqualTo("customer.id"));
        Assert.That((books.Documents.LookUp.BatchSize, books.Documents.LookUp.Separator), Is.EqualTo((50, ",")));
        Assert.That(books.Documents.Finalize!.FinalValues, Is.EqualTo(new[] { "final", "paid" }));
        Assert.That(books.Documents.DocumentFields["customer.id"], Is.EqualTo("client"));
        Assert.That(books.Documents.TaxFields["tax_code"], Is.EqualTo("taxCode"));
        Assert.That((books.Documents.ReferenceLength, books.Documents.Settle), Is.EqualTo((20, TimeSpan.FromSeconds(90))));
    }

    [Test]
    public void Example_Files_AreAllThatWereReadWithTheirHashes()
    {
        Assert.That(Set.Files.Select(f => f.Path), Is.EqualTo(new[]
        {
            "jobs/harvest-to-books.yaml", "mapping-config/connectors/books.yaml", "mapping-config/consulting.yaml", "shipped/connectors/harvest.yaml",
        }));
        var mapping = Set.Files[2];
        Assert.That(mapping.ContentHash, Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(mapping.Content))));
        Assert.That(Mapping.ContentHash, Is.EqualTo(mapping.ContentHash));
    }
}
