using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Billing;

/// <summary>A record with the bucket in which it ended, and what was billed of it where it is time on a document.</summary>
internal sealed record BilledRecord(SourceRecord Record, int Version, Bucket Bucket, long? BilledSeconds);

/// <summary>All documents in the order of their keys, and all records by id and version.</summary>
internal sealed record BilledVector(IReadOnlyList<Document> Documents, IReadOnlyList<BilledRecord> Records);

/// <summary>What a case of whole documents gives, as the rules and records that the product works on.</summary>
internal sealed class DocumentVector
{
    private const string Provider = "vectors";

    private readonly JsonElement _given;
    private readonly JsonElement _mapping;
    private readonly DateOnly _documentDate;
    private readonly FxTable _fx;

    public DocumentVector(JsonElement given)
    {
        _given = given;
        _mapping = given.GetProperty("mapping");
        _documentDate = _mapping.Date("documentDate")!.Value;
        _fx = TableOf(given.GetProperty("fx"));
        Mapping = MappingOf();
    }

    public MappingRules Mapping { get; }

    public BilledVector Bill()
    {
        var records = Records().ToList();
        var versions = records.GroupBy(r => (r.Record.Stream, r.Record.Id)).ToDictionary(g => g.Key, g => g.Max(r => r.Version));
        var current = records.Where(r => versions[(r.Record.Stream, r.Record.Id)] == r.Version).Select(r => new AssessedRecord(r.Record, r.Version, Assess(r.Record))).ToList();
        var requests = current.Where(r => r.Assessment.Bucket == Bucket.Ready).GroupBy(r => r.Assessment.Key!).Select(g => new DocumentRequest(FrameOf(g.Key), [.. g], [])).ToList();
        var built = new DocumentBuilder(Mapping).Build(requests);
        var documents = built.Select(b => b.Document).OfType<Document>().OrderBy(d => d.Identity.Key).ToList();

        var held = built.SelectMany(b => b.HeldByCap).ToHashSet();
        var buckets = current.ToDictionary(r => (r.Record.Stream, r.Record.Id, r.Version), r => held.Contains(r) ? Bucket.Cap : r.Assessment.Bucket == Bucket.Ready ? Bucket.Billed : r.Assessment.Bucket);
        var seconds = documents.SelectMany(d => d.Lines).SelectMany(l => l.Shares).Where(s => s.Stream == StreamKind.TimeEntries).ToDictionary(s => s.RecordId, s => s.BilledSeconds, StringComparer.Ordinal);
        return new BilledVector(documents, [.. records.OrderBy(r => r.Record.Id, StringComparer.Ordinal).ThenBy(r => r.Version).Select(r =>
        {
            var bucket = buckets.GetValueOrDefault((r.Record.Stream, r.Record.Id, r.Version), Bucket.Superseded);
            return new BilledRecord(r.Record, r.Version, bucket, bucket == Bucket.Billed && r.Record.Stream == StreamKind.TimeEntries ? seconds[r.Record.Id] : null);
        })]);
    }

    // The cases give the document date, which a job finds from the period: closing long before it, with books that open on that date, says so.
    private Assessment Assess(SourceRecord record)
    {
        var pilot = _mapping.TryGetProperty("pilotClients", out var clients) ? clients.EnumerateArray().Select(c => c.GetString()!).ToHashSet(StringComparer.Ordinal) : null;
        var rules = new BillingRules(DateOnly.MinValue, PeriodKind.Month, TimeSpan.FromDays(-3660), DocumentDateIsClose: true, ApprovalRequired: true, 1_000_000m, DateOnly.MinValue, DateOnly.MaxValue)
        {
            PilotClients = pilot,
            DestinationOpensOn = Mapping.Entities.Keys.ToDictionary(e => e, _ => _documentDate, StringComparer.Ordinal),
        };
        return new Eligibility(Mapping, rules, DateTimeOffset.MaxValue, _fx).Assess(record);
    }

    private DocumentFrame FrameOf(DocumentKey key) => new(new DocumentIdentity("tenant", "V", key, DocumentPurpose.Original, 1), key.ToString(), _documentDate, 10)
    {
        Rate = _fx.Find(key.Currency, Mapping.Entities[key.Entity].BaseCurrency, _documentDate),
        RetainerBalance = Items("retainers").Where(r => r.Text("client") == key.Client && r.Text("currency") == key.Currency.Code).Select(r => (Money?)AmountOf(r, "balance")).FirstOrDefault(),
        CapUsed = new Dictionary<string, Money>(),
    };

    private IEnumerable<(SourceRecord Record, int Version)> Records() =>
        _given.Items("timeEntries").Select(e => (RecordOf(e, StreamKind.TimeEntries), (int)e.Whole("version")))
            .Concat(_given.Items("expenses").Select(e => (RecordOf(e, StreamKind.Expenses), (int)e.Whole("version"))));

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

    private MappingRules MappingOf()
    {
        var (time, tax) = (_mapping.GetProperty("time"), _mapping.GetProperty("tax"));
        var locked = _mapping.Date("lockedThrough");
        var entities = _mapping.GetProperty("entities").EnumerateObject()
            .Select(e => Some.Entity(e.Name, e.Value.Text("timeZone"), e.Value.Text("baseCurrency")) with { LockBefore = locked?.AddDays(1), WhenLocked = LockRule.Hold }).ToList();
        var perDocument = tax.Text("taxPer") == "document" ? TaxPer.Document : TaxPer.Line;
        var point = tax.Text("taxPoint") == "service-date" ? TaxPoint.ServiceDate : TaxPoint.DocumentDate;
        return new MappingRules
        {
            Name = "vector",
            Version = "1",
            ContentHash = "vector",
            Entities = entities.ToDictionary(e => e.Code, StringComparer.Ordinal),
            Defaults = new MappingDefaults(entities[0].Code, entities[0].BaseCurrency, "", 0, "", "", new Fraction(_mapping.TryGetProperty("markup", out _) ? _mapping.Decimal("markup") : 0m)),
            Clients = [.. _mapping.GetProperty("clients").EnumerateObject().Select(c => ClientOf(c.Name, c.Value))],
            Rates = new RateTable([.. _mapping.Items("rates").Select(RateOf)]),
            Time = new TimeRounding(time.Whole("incrementSeconds"), time.Mode(), time.Scope(), time.Whole("minimumSeconds")),
            Money = new MoneyRounding(_mapping.Mode(), perDocument, point, (int)_mapping.Whole("quantityDecimals")) { TaxInclusive = tax.GetProperty("inclusive").GetBoolean() },
            Taxes = _mapping.GetProperty("taxCodes").EnumerateObject().ToDictionary(c => c.Name, c => VectorTax.CodeOf(c.Name, c.Value), StringComparer.Ordinal),
            TaxRules = [.. _mapping.Items("taxRules").Select(r => new TaxRule(WhenOf(r), r.Text("taxCode")))],
            Lines = new LineRules([.. _mapping.Items("groupBy").Select(k => KeyOf(k.GetString()!))], _mapping.TextOrNull("splitBy") is { } split ? KeyOf(split) : null, []),
            Exclude = [.. Items("exclude").Select(r => new Exclusion(r.Text("name"), WhenOf(r)))],
            LineDiscounts = [.. Items("lineDiscounts").Select(d => new LineDiscount(WhenOf(d), Percent(d)))],
            DocumentDiscounts = _mapping.TryGetProperty("documentDiscount", out var discount) ? [DiscountOf(discount)] : [],
            Caps = [.. Items("caps").Select(c => new ProjectCap(c.Text("client"), c.Text("project"), AmountOf(c, "amount"), Period.Of(PeriodKind.Month, Some.Day(c.Text("period") + "-01"))))],
            Fx = new FxRules([new FxSource(Provider, FxRateKind.Spot)]),
        };
    }

    private Client ClientOf(string code, JsonElement client) => Some.Client(code, code, code, client.Text("currency")) with
    {
        Entity = client.Text("entity"),
        Withholding = client.TextOrNull("withholdingRate") is { } rate ? new TaxRate(VectorValues.DecimalOf(rate)) : null,
        SwitchedOff = Items("switchedOff").Any(c => c.GetString() == code),
    };

    private IEnumerable<JsonElement> Items(string name) => _mapping.TryGetProperty(name, out var items) ? items.EnumerateArray() : [];

    private static DocumentDiscount DiscountOf(JsonElement discount) =>
        discount.TryGetProperty("fixed", out _) ? new(Condition.Always, null, discount.Decimal("fixed"), null) : new(Condition.Always, Percent(discount), null, null);

    private static Fraction Percent(JsonElement item) => new(item.Decimal("percent") / 100);

    private static Money AmountOf(JsonElement item, string name) => Money.Round(item.Exact(name), item.Currency(), RoundingMode.Down);

    private static GroupKey KeyOf(string name) => Enum.Parse<GroupKey>(name, ignoreCase: true);

    private static Rate RateOf(JsonElement rate) => new(
        WhenOf(rate), rate.Decimal("price"), rate.TextOrNull("currency") is { } currency ? Currency.Of(currency) : null, new Fraction(rate.TextOrNull("billable") is { } part ? VectorValues.DecimalOf(part) : 1m),
        rate.Date("from"), rate.Date("until"), 0);

    private static Condition WhenOf(JsonElement rule) => new(rule.GetProperty("when").EnumerateObject().ToDictionary(
        f => f.Name, f => (IReadOnlyList<string>)(f.Value.ValueKind == JsonValueKind.Array ? [.. f.Value.EnumerateArray().Select(v => v.GetString()!)] : [f.Value.GetString()!])));

    private static FxTable TableOf(JsonElement fx)
    {
        var quotes = from day in fx.GetProperty("rates").EnumerateObject()
                     from quote in day.Value.EnumerateObject()
                     select new FxQuote(Some.Day(day.Name), Currency.Of(quote.Name), VectorValues.DecimalOf(quote.Value.GetString()!), DateTimeOffset.UnixEpoch);
        var rules = new FxRules([new FxSource(Provider, FxRateKind.Spot, (int)fx.Whole("maxAgeDays"))]);
        return new FxTable(rules, [new FxQuotes(Provider, FxRateKind.Spot, Currency.Of(fx.Text("base")), quotes)], []);
    }
}
