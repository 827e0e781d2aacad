using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Tests.Support;

/// <summary>
/// Records, rules and jobs that are fine as they are; what a test sets is what matters to it. Every client is billed 100.00 an hour
/// (SAKURA 16500), ACME and KUWAIT pay 10 % of tax, the others none, and October 2026 closes on November 4, midnight UTC.
/// </summary>
internal static class Some
{
    public const string Series = "T";

    public static Currency Usd { get; } = Currency.Of("USD");

    public static Period October { get; } = Period.Of(PeriodKind.Month, Day("2026-10-01"));

    public static DateOnly Day(string iso) => DateOnly.ParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static Money Money(string amount, string currency = "USD") => Core.Amounts.Money.Round(VectorValues.ExactOf(amount), Currency.Of(currency), RoundingMode.HalfUp);

    /// <param name="client">1001 is ACME (USD), 1002 NORDWIND (EUR), 1003 SAKURA (JPY), 1004 KUWAIT (KWD).</param>
    public static SourceRecord TimeEntry(
        string id = "1", decimal hours = 1m, string client = "1001", string project = "300", string task = "Development", string person = "17", string date = "2026-10-07", string notes = "") => new()
    {
        Stream = StreamKind.TimeEntries,
        Id = id,
        Client = new Reference(client, ""),
        Project = new Reference(project, ""),
        Task = new Reference("", task),
        Person = new Reference(person, ""),
        Date = Day(date),
        Seconds = Duration.SecondsOf(hours, HoursRepair.None),
        Approved = true,
        Notes = notes,
    };

    public static SourceRecord Expense(string id = "1", decimal amount = 20m, string client = "1001", string currency = "", string category = "Hotel", string date = "2026-10-07") => new()
    {
        Stream = StreamKind.Expenses,
        Id = id,
        Client = new Reference(client, ""),
        Category = new Reference("", category),
        Date = Day(date),
        Amount = amount,
        Currency = currency,
        Approved = true,
    };

    public static Rate Rate(
        decimal hourly, string? client = null, string? task = null, string? person = null, decimal billable = 1m, string? currency = null, string? from = null, string? until = null)
    {
        var fields = new[] { ("client", client), ("task", task), ("person", person) }
            .Where(f => f.Item2 is not null)
            .ToDictionary(f => f.Item1, f => (IReadOnlyList<string>)[f.Item2!]);
        return new Rate(
            new Condition(fields), hourly, currency is null ? null : Currency.Of(currency), new Fraction(billable), from is null ? null : Day(from), until is null ? null : Day(until), 0);
    }

    public static Condition When(string field, string value) => new(new Dictionary<string, IReadOnlyList<string>> { [field] = [value] });

    public static TaxCode Tax(string code, params (string Component, decimal Rate)[] components) =>
        new(code, "D-" + code, [.. components.Select(c => new TaxComponent(c.Component, [new DatedTaxRate(new TaxRate(c.Rate), null, null)]))]);

    public static Client Client(string code, string source, string destination, string? currency = null, string tax = "") => new(code, new SourceNames([source], []))
    {
        DestinationId = destination,
        Name = code + " Ltd",
        Currency = currency is null ? null : Currency.Of(currency),
        Tax = tax,
    };

    public static IReadOnlyList<Client> Clients { get; } =
    [
        Client("ACME", "1001", "58", tax: "VAT"),
        Client("NORDWIND", "1002", "61", "EUR"),
        Client("SAKURA", "1003", "64", "JPY"),
        Client("KUWAIT", "1004", "70", "KWD", "VAT"),
    ];

    /// <param name="version">Stands for the bytes of the file: other rules are another version.</param>
    public static MappingRules Mapping(
        IReadOnlyList<Rate>? rates = null, IReadOnlyList<Client>? clients = null, TimeRounding? time = null, MoneyRounding? money = null, LineRules? lines = null,
        IReadOnlyList<TaxCode>? taxes = null, IReadOnlyList<TaxRule>? taxRules = null, IReadOnlyList<Activity>? categories = null, IReadOnlyList<Entity>? entities = null,
        string account = "4000", string version = "1", IReadOnlyList<DocumentDiscount>? discounts = null) => new()
    {
        Name = "rules",
        Version = version,
        ContentHash = "content-of-" + version,
        Entities = (entities ?? [Entity("us")]).ToDictionary(e => e.Code, StringComparer.Ordinal),
        Defaults = new MappingDefaults((entities ?? [Entity("us")])[0].Code, Usd, "NONE", 30, account, "", new Fraction(0)),
        Clients = clients ?? Clients,
        Projects = [new Project("WEB", new SourceNames(["300"], [])) { Client = "ACME", Name = "Website" }],
        Tasks = [new Activity("DEV", new SourceNames([], ["Development"])) { Name = "Development", Item = "12" }],
        Categories = categories ?? [],
        Rates = new RateTable(rates ?? [Rate(16500m, client: "SAKURA"), Rate(100m)]),
        Time = time ?? TimeRounding.None,
        Money = money ?? new MoneyRounding(RoundingMode.HalfUp, TaxPer.Line, TaxPoint.DocumentDate, 4),
        Taxes = (taxes ?? [Tax("VAT", ("vat", 0.10m)), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services")]).ToDictionary(t => t.Code, StringComparer.Ordinal),
        TaxRules = taxRules ?? [],
        DocumentDiscounts = discounts ?? [],
        Lines = lines ?? new LineRules([GroupKey.Project, GroupKey.Task], null, [GroupKey.Project, GroupKey.Task, GroupKey.Period]),
        Exclude = [new Exclusion("internal", When("project", "INT-*"))],
    };

    public static Entity Entity(string code, string zone = "UTC", string currency = "USD") => new(code, Currency.Of(currency), TimeZoneInfo.FindSystemTimeZoneById(zone));

    public static BillingRules Rules(string billFrom = "2026-01-01", bool approval = true) =>
        new(Day(billFrom), PeriodKind.Month, TimeSpan.FromDays(3), DocumentDateIsClose: false, approval, 24m, Day("2000-01-01"), Day("2030-12-31"));

    public static JobDefinition Job(
        string name = "nightly", string billFrom = "2026-01-01", bool approval = true, bool draft = false, int rejections = 50, IReadOnlyList<string>? destinations = null, int closeAfterDays = 3) => new()
    {
        Name = name,
        Series = Series,
        BillFrom = Day(billFrom),
        Period = new PeriodRules(PeriodKind.Month, TimeSpan.FromDays(closeAfterDays), DocumentDateRule.PeriodEnd),
        Source = new SourceUse("source", new Dictionary<string, ValueReference>(), [StreamKind.TimeEntries, StreamKind.Expenses], TimeSpan.FromDays(2), approval),
        Mapping = "rules",
        Destinations = (destinations ?? ["all"]).ToDictionary(d => d, _ => new DestinationUse("books", new Dictionary<string, ValueReference>()), StringComparer.Ordinal),
        Posting = new PostingRules(draft),
        Limits = new Limits(rejections, 24m, Day("2000-01-01"), null, 4000, 1000),
        Report = new ReportDefinition("reports", new CsvFormat(',', '.'), null),
        File = "jobs/nightly.yaml",
    };

    /// <summary>A spot rate of 2026-10-30.</summary>
    public static FxRate FxRate(Currency from, Currency to, Rational rate) => new()
    {
        From = from, To = to, Rate = rate, RateDate = Day("2026-10-30"), Kind = FxRateKind.Spot, Provider = "ecb", RetrievedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Records with what the rules say of them, as of a day on which October is closed.</summary>
    public static IReadOnlyList<AssessedRecord> Assessed(MappingRules mapping, IEnumerable<SourceRecord> records, BillingRules? rules = null)
    {
        var eligibility = new Eligibility(mapping, rules ?? Rules(), new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero));
        return [.. records.Select(r => new AssessedRecord(r, 1, eligibility.Assess(r)))];
    }

    /// <summary>The original of the key that the records share.</summary>
    public static Document Document(MappingRules mapping, IReadOnlyList<AssessedRecord> records, string tenant = "company-1", string series = Series, DocumentPurpose purpose = DocumentPurpose.Original, int revision = 1)
    {
        var key = records[0].Assessment.Key!;
        var identity = new DocumentIdentity(tenant, series, key, purpose, revision);
        return new DocumentBuilder(mapping).Build(new DocumentFrame(identity, DocumentReference.Of(identity, 32), key.Period.LastDay, 4), records, []).Document!;
    }

    public static Document Document(params SourceRecord[] records) => Document(Mapping(), Assessed(Mapping(), records));
}
