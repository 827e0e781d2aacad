using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

/// <summary>
/// The worked cases of whole documents that this version covers: exclusive tax, no discounts, caps, retainers, withholding, compound taxes, foreign
/// expenses, locks or filters. Amounts in an entity's base currency are not compared, nor is the variance of expenses: here it holds what
/// rounding took from the amount with its markup, while the cases count none.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentVectorTests
{
    private static readonly string[] NotCovered = ["lineDiscounts", "documentDiscount", "caps", "retainers", "lockedThrough", "switchedOff", "pilotClients"];

    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("document").Where(c => c.Arguments[0] is VectorCase vector && IsCovered(vector));

    [Test]
    public void Cases_OfTheFile_AreCoveredAsFarAsIsSaid() => Assert.That(Cases.Count(), Is.EqualTo(23), "of 60: a new feature brings its cases");

    [TestCaseSource(nameof(Cases))]
    public void Build_OfVector_GivesItsDocumentsRecordsAndBuckets(VectorCase vector)
    {
        var mapping = MappingOf(vector.Given.GetProperty("mapping"));
        var records = RecordsOf(vector.Given).ToList();
        var rules = new BillingRules(DateOnly.MinValue, PeriodKind.Month, TimeSpan.Zero, DocumentDateIsClose: false, ApprovalRequired: true, 1_000_000m, DateOnly.MinValue, DateOnly.MaxValue);
        var eligibility = new Eligibility(mapping, rules, DateTimeOffset.MaxValue);
        var current = records.Where(r => !records.Any(o => Id(o.Record) == Id(r.Record) && o.Version > r.Version))
            .Select(r => new AssessedRecord(r.Record, r.Version, eligibility.Assess(r.Record)))
            .ToList();
        var documents = current.Where(r => r.Assessment.Bucket == Bucket.Ready).GroupBy(r => r.Assessment.Key!).OrderBy(g => g.Key).Select(g => Some.Document(mapping, [.. g])).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(documents.SelectMany(Print), Is.EqualTo(vector.Expected.Items("documents").SelectMany(PrintExpected)), vector.Why);
            Assert.That(PrintRecords(records, current, documents), Is.EqualTo(vector.Expected.Items("records").Select(PrintRecord)), vector.Why);
            Assert.That(PrintBuckets(records, current), Is.EquivalentTo(vector.Expected.GetProperty("buckets").EnumerateObject().Select(PrintBucket)), vector.Why);
            Assert.That(Variances(documents), Is.EquivalentTo(vector.Expected.GetProperty("variances").GetProperty("quantity").EnumerateObject().Select(v => (v.Name, VectorValues.DecimalOf(v.Value.GetString()!)))), vector.Why);
        });
    }

    private static bool IsCovered(VectorCase vector)
    {
        if (vector.Expected.TryGetProperty("configurationErrors", out _)) return false;
        var mapping = vector.Given.GetProperty("mapping");
        var clients = mapping.GetProperty("clients");
        return !mapping.GetProperty("tax").GetProperty("inclusive").GetBoolean()
            && !NotCovered.Any(feature => mapping.TryGetProperty(feature, out _))
            && !clients.EnumerateObject().Any(c => c.Value.TryGetProperty("withholdingRate", out _))
            && !mapping.GetProperty("taxCodes").EnumerateObject().SelectMany(c => c.Value.Items("components")).Any(c => c.TryGetProperty("compound", out _))
            && !vector.Expected.Items("records").Any(r => r.TextOrNull("reason") == "no FX rate")
            && !vector.Given.Items("expenses").Any(e => e.TextOrNull("client") is { } client && clients.TryGetProperty(client, out var known) && known.Text("currency") != e.Text("currency"));
    }

    private static (StreamKind Stream, string Id) Id(SourceRecord record) => (record.Stream, record.Id);

    private static IEnumerable<(SourceRecord Record, int Version)> RecordsOf(JsonElement given) =>
        given.Items("timeEntries").Select(e => (RecordOf(e, StreamKind.TimeEntries), (int)e.Whole("version")))
            .Concat(given.Items("expenses").Select(e => (RecordOf(e, StreamKind.Expenses), (int)e.Whole("version"))));

    private static SourceRecord RecordOf(JsonElement item, StreamKind stream) => new()
    {
        Stream = stream,
        Id = item.Text("id"),
        Client = new Reference(item.TextOrNull("client") ?? "", ""),
        Project = new Reference(item.TextOrNull("project") ?? "", ""),
        Task = new Reference("", item.TextOrNull("task") ?? ""),
        Person = new Reference(item.TextOrNull("person") ?? "", ""),
        Category = new Reference("", item.TextOrNull("category") ?? ""),
        PurchaseOrder = item.TextOrNull("purchaseOrder") ?? "",
        Date = item.Date("date"),
        Start = item.TextOrNull("start") is { } start ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : null,
        Seconds = item.TryGetProperty("seconds", out var seconds) && seconds.ValueKind == JsonValueKind.Number ? seconds.GetInt64() : null,
        Amount = stream == StreamKind.Expenses ? item.Decimal("amount") : null,
        Currency = item.TextOrNull("currency") ?? "",
        Approved = Flag(item, "approved", true),
        Billable = Flag(item, "billable", true),
        Deleted = Flag(item, "deleted", false),
    };

    private static bool Flag(JsonElement item, string name, bool absent) => item.TryGetProperty(name, out var value) ? value.GetBoolean() : absent;

    private static MappingRules MappingOf(JsonElement m)
    {
        var (time, tax) = (m.GetProperty("time"), m.GetProperty("tax"));
        var entities = m.GetProperty("entities").EnumerateObject().Select(e => Some.Entity(e.Name, e.Value.Text("timeZone"), e.Value.Text("baseCurrency"))).ToList();
        return new MappingRules
        {
            Name = "vector",
            Version = "1",
            ContentHash = "vector",
            Entities = entities.ToDictionary(e => e.Code, StringComparer.Ordinal),
            Defaults = new MappingDefaults(entities[0].Code, entities[0].BaseCurrency, "", 0, "", "", new Fraction(m.TryGetProperty("markup", out _) ? m.Decimal("markup") : 0m)),
            Clients = [.. m.GetProperty("clients").EnumerateObject().Select(c => Some.Client(c.Name, c.Name, c.Name, c.Value.Text("currency")) with { Entity = c.Value.Text("entity") })],
            Rates = new RateTable([.. m.Items("rates").Select(RateOf)]),
            Time = new TimeRounding(time.Whole("incrementSeconds"), time.Mode(), time.Scope(), time.Whole("minimumSeconds")),
            Money = new MoneyRounding(m.Mode(), tax.Text("taxPer") == "document" ? TaxPer.Document : TaxPer.Line, tax.Text("taxPoint") == "service-date" ? TaxPoint.ServiceDate : TaxPoint.DocumentDate, (int)m.Whole("quantityDecimals")),
            Taxes = m.GetProperty("taxCodes").EnumerateObject().ToDictionary(c => c.Name, c => CodeOf(c.Name, c.Value), StringComparer.Ordinal),
            TaxRules = [.. m.Items("taxRules").Select(r => new TaxRule(WhenOf(r), r.Text("taxCode")))],
            Lines = new LineRules([.. m.Items("groupBy").Select(k => KeyOf(k.GetString()!))], m.TextOrNull("splitBy") is { } split ? KeyOf(split) : null, []),
            Exclude = m.TryGetProperty("exclude", out var rules) ? [.. rules.EnumerateArray().Select(r => new Exclusion(r.Text("name"), WhenOf(r)))] : [],
        };
    }

    private static GroupKey KeyOf(string name) => Enum.Parse<GroupKey>(name, ignoreCase: true);

    private static Rate RateOf(JsonElement rate) => new(
        WhenOf(rate), rate.Decimal("price"), rate.TextOrNull("currency") is { } currency ? Currency.Of(currency) : null, new Fraction(rate.TextOrNull("billable") is { } part ? VectorValues.DecimalOf(part) : 1m),
        rate.Date("from"), rate.Date("until"), 0);

    private static Condition WhenOf(JsonElement rule) => new(rule.GetProperty("when").EnumerateObject().ToDictionary(
        f => f.Name, f => (IReadOnlyList<string>)(f.Value.ValueKind == JsonValueKind.Array ? [.. f.Value.EnumerateArray().Select(v => v.GetString()!)] : [f.Value.GetString()!])));

    private static TaxCode CodeOf(string name, JsonElement code)
    {
        TaxTreatment? treatment = code.TextOrNull("treatment") switch { null => null, "reverse-charge" => TaxTreatment.ReverseCharge, "exempt" => TaxTreatment.Exempt, _ => TaxTreatment.ZeroRated };
        var components = code.Items("components").Select(c => new TaxComponent(c.Text("name"), [.. c.Items("rates").Select(r => new DatedTaxRate(new TaxRate(r.Decimal("rate")), r.Date("from"), r.Date("until")))]));
        return new TaxCode(name, name, [.. components], treatment, code.TextOrNull("reason") ?? "");
    }

    private static IEnumerable<string> Print(Document d)
    {
        var key = d.Identity.Key;
        yield return $"{key.Entity} {key.Client} {key.Currency} {key.Kind} {key.Period} '{key.Split}' {(d.Type == DocumentType.CreditNote ? "credit-note" : "invoice")} {d.Net.ToAmountString()} {d.Tax.ToAmountString()} {d.Total.ToAmountString()}";
        foreach (var tax in d.Taxes) yield return $"tax {tax.TaxCode} {tax.Component} {tax.Rate} {tax.Amount.ToAmountString()}";
        foreach (var l in d.Lines)
        {
            var treatment = l.TaxCode.Treatment switch { null => "", TaxTreatment.ReverseCharge => "reverse-charge", TaxTreatment.Exempt => "exempt", _ => "zero-rated" };
            var records = string.Join(',', l.Shares.Select(s => s.RecordId).Order(StringComparer.Ordinal));
            var taxes = string.Join(", ", l.Taxes.Select(t => $"{t.Component} {t.Rate} {t.Amount.ToAmountString()}"));
            yield return $"line {string.Join('/', l.Group)} {l.Type} {l.TaxCode.Code} {treatment} {l.TaxCode.Reason} [{records}] {l.BilledSeconds} {l.Quantity} {NumberText.Canonical(l.UnitPrice.Amount)} {l.Net.ToAmountString()} [{taxes}] {l.Total.ToAmountString()} {(l.Type == "time" ? NumberText.Canonical(l.Variance.Round(10, RoundingMode.HalfUp)) : "0")}";
        }
    }

    private static IEnumerable<string> PrintExpected(JsonElement d)
    {
        yield return $"{d.Text("entity")} {d.Text("client")} {d.Text("currency")} {d.Text("kind")} {d.Text("period")} '{d.Text("split")}' {d.Text("type")} {d.Text("net")} {d.Text("tax")} {d.Text("total")}";
        foreach (var tax in d.Items("taxes")) yield return $"tax {tax.Text("taxCode")} {PrintTax(tax)}";
        foreach (var l in d.Items("lines"))
        {
            yield return $"line {Joined(l, "group", "/")} {l.Text("type")} {l.Text("taxCode")} {l.TextOrNull("treatment")} {l.TextOrNull("reason")} [{Joined(l, "records", ",")}] {l.Whole("billedSeconds")} {Canonical(l, "quantity")} "
                + $"{Canonical(l, "unitPrice")} {l.Text("net")} [{string.Join(", ", l.Items("taxes").Select(PrintTax))}] {l.Text("total")} {Canonical(l, "variance")}";
        }
    }

    private static string PrintTax(JsonElement tax) => $"{tax.Text("component")} {Canonical(tax, "rate")} {tax.Text("amount")}";

    private static string Canonical(JsonElement item, string name) => NumberText.Canonical(item.Decimal(name));

    private static string Joined(JsonElement item, string name, string separator) => string.Join(separator, item.Items(name).Select(v => v.GetString()));

    private static IEnumerable<string> PrintRecords(IEnumerable<(SourceRecord Record, int Version)> records, List<AssessedRecord> current, List<Document> documents)
    {
        var billed = documents.SelectMany(d => d.Lines).SelectMany(l => l.Shares).ToDictionary(s => (s.Stream, s.RecordId), s => s.BilledSeconds);
        foreach (var (record, version) in records.OrderBy(r => r.Record.Id, StringComparer.Ordinal).ThenBy(r => r.Version))
        {
            var bucket = BucketOf(record, version, current);
            var reason = bucket.Reason;
            var seconds = bucket == Bucket.Billed && record.Stream == StreamKind.TimeEntries ? $" {billed[(record.Stream, record.Id)]}" : "";
            yield return $"{record.Id} {version} {bucket.Name} {reason}{seconds}";
        }
    }

    private static string PrintRecord(JsonElement r) =>
        $"{r.Text("id")} {r.Whole("version")} {r.Text("bucket")} {r.TextOrNull("reason")}{(r.TryGetProperty("billedSeconds", out var seconds) ? $" {seconds.GetInt64()}" : "")}";

    private static Bucket BucketOf(SourceRecord record, int version, List<AssessedRecord> current)
    {
        if (current.Find(c => Id(c.Record) == Id(record) && c.Version == version) is not { } assessed) return Bucket.Superseded;
        return assessed.Assessment.Bucket == Bucket.Ready ? Bucket.Billed : assessed.Assessment.Bucket;
    }

    private static IEnumerable<string> PrintBuckets(IEnumerable<(SourceRecord Record, int Version)> records, List<AssessedRecord> current) => records
        .GroupBy(r => BucketOf(r.Record, r.Version, current).Name)
        .Select(g => $"{g.Key} {g.Count()} {g.Sum(r => r.Record.Seconds ?? 0)} {string.Join(' ', g.Where(r => r.Record.Amount is not null).GroupBy(r => r.Record.Currency).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {NumberText.Canonical(c.Sum(r => r.Record.Amount!.Value))}"))}");

    private static string PrintBucket(JsonProperty bucket) =>
        $"{bucket.Name} {bucket.Value.Whole("records")} {bucket.Value.Whole("seconds")} {string.Join(' ', bucket.Value.GetProperty("expenses").EnumerateObject().OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => $"{c.Name} {NumberText.Canonical(VectorValues.DecimalOf(c.Value.GetString()!))}"))}";

    private static IEnumerable<(string Currency, decimal Sum)> Variances(List<Document> documents) => documents
        .GroupBy(d => d.Currency.Code)
        .Select(g => (g.Key, g.SelectMany(d => d.Lines.Where(l => l.Type == "time").Select(l => d.Type == DocumentType.CreditNote ? -l.Variance : l.Variance)).Aggregate(Rational.Zero, (a, b) => a + b).Round(10, RoundingMode.HalfUp)));
}
