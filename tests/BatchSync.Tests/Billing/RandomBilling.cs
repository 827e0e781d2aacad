using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Billing;

/// <summary>
/// Small random documents with everything switched on: four currencies and a foreign base, day and line rounding, corrections and refunds, discounts, caps,
/// tax inside or on top and compound, withholding and retainers. The same seed gives the same case.
/// </summary>
internal sealed class RandomBilling
{
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();
    private static readonly string[] Currencies = ["USD", "EUR", "JPY", "KWD"];
    private static readonly GroupKey[][] Groupings = [[GroupKey.Project], [GroupKey.Project, GroupKey.Task], [GroupKey.Project, GroupKey.Person, GroupKey.Date]];

    private static readonly FxTable Rates = new(
        new FxRules([new FxSource("ecb", FxRateKind.Spot)]),
        [new FxQuotes("ecb", FxRateKind.Spot, Currency.Of("EUR"), new[] { ("USD", 1.1373m), ("JPY", 162.02m), ("KWD", 0.3487m), ("CHF", 0.9419m) }
            .SelectMany(q => new[] { new FxQuote(Some.Day("2026-10-07"), Currency.Of(q.Item1), q.Item2, DateTimeOffset.UnixEpoch), new FxQuote(Some.Day("2026-10-30"), Currency.Of(q.Item1), q.Item2 * 1.01m, DateTimeOffset.UnixEpoch) }))],
        []);

    private readonly Random _random;
    private readonly Dictionary<(string Client, Currency Currency), Money> _retainers = [];
    private readonly Dictionary<(string Client, Currency Currency, string Project), Money> _capUsed = [];

    public RandomBilling(Random random)
    {
        _random = random;
        Mapping = MappingOf();
        var eligibility = new Eligibility(Mapping, Some.Rules(), new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero), Rates);
        Records = [.. Enumerable.Range(1, random.Next(1, 13)).Select(RecordOf).Select(r => new AssessedRecord(r, 1, eligibility.Assess(r)))];
        foreach (var key in Ready.Select(r => r.Assessment.Key!).Distinct())
        {
            if (random.Next(2) == 0) _retainers[(key.Client, key.Currency)] = Amount(random.Next(0, 40_000), key.Currency);
        }
    }

    public MappingRules Mapping { get; }
    public IReadOnlyList<AssessedRecord> Records { get; }
    public IReadOnlyDictionary<(string Client, Currency Currency), Money> Retainers => _retainers;

    /// <summary>What documents of the client hold of a cap before these.</summary>
    public Money CapUsed(ProjectCap cap) => _capUsed.GetValueOrDefault((cap.Client, cap.Amount.Currency, cap.Project), Money.Zero(cap.Amount.Currency));

    private IEnumerable<AssessedRecord> Ready => Records.Where(r => r.Assessment.Bucket == Bucket.Ready);

    /// <summary>Documents in the order of their keys, from the records in the order of the case or in another one.</summary>
    public IReadOnlyList<BuiltDocument> Build(bool shuffled)
    {
        var records = Ready.ToArray();
        if (shuffled) _random.Shuffle(records);
        var requests = records.GroupBy(r => r.Assessment.Key!).Select(g => new DocumentRequest(FrameOf(g.Key), [.. g], [])).ToList();
        var built = new DocumentBuilder(Mapping).Build(requests);
        return [.. requests.Zip(built).OrderBy(p => p.First.Frame.Identity.Key).Select(p => p.Second)];
    }

    private DocumentFrame FrameOf(DocumentKey key) => new(new DocumentIdentity("t", "T", key, DocumentPurpose.Original, 1), key.ToString(), key.Period.LastDay, 4)
    {
        Rate = Rates.Find(key.Currency, Mapping.Entities[key.Entity].BaseCurrency, key.Period.LastDay),
        RetainerBalance = _retainers.TryGetValue((key.Client, key.Currency), out var balance) ? balance : null,
        CapUsed = _capUsed.Where(u => (u.Key.Client, u.Key.Currency) == (key.Client, key.Currency)).ToDictionary(u => u.Key.Project, u => u.Value, StringComparer.Ordinal),
    };

    private MappingRules MappingOf()
    {
        var inclusive = _random.Next(2) == 0;
        var (first, second) = (_random.Pick(Currencies), _random.Pick(Currencies));
        return new MappingRules
        {
            Name = "random",
            Version = "1.0.0",
            ContentHash = "random",
            Entities = new Dictionary<string, Entity> { ["us"] = Some.Entity("us", currency: _random.Pick(Currencies)) },
            Defaults = new MappingDefaults("us", Some.Usd, "VAT", 30, "4000", "", new Fraction(_random.Pick([0m, 0.05m]))),
            Clients = [ClientOf("ACME", "1001", first), ClientOf("NORDWIND", "1002", second)],
            Rates = new RateTable([Some.Rate(99.99m, person: "18", billable: 0.35m), Some.Rate(_random.Next(0, 20_000) / 100m, person: "19"), Some.Rate(17m / 8, task: "QA"), Some.Rate(100m, currency: _random.Pick([null, null, "EUR"]))]),
            Time = new TimeRounding(_random.Pick([0L, 60, 360, 900]), _random.Pick(Modes), _random.Pick(Enum.GetValues<RoundingScope>()), _random.Pick([0L, 0, 600])),
            Money = new MoneyRounding(_random.Pick(Modes), _random.Pick([TaxPer.Line, TaxPer.Document]), _random.Pick([TaxPoint.DocumentDate, TaxPoint.ServiceDate]), _random.Pick([2, 4])) { TaxInclusive = inclusive },
            Taxes = TaxesOf(inclusive).ToDictionary(t => t.Code, StringComparer.Ordinal),
            TaxRules = [new TaxRule(Some.When("project", "P2"), "LOW"), new TaxRule(Some.When("task", "QA"), "RC")],
            Lines = new LineRules(_random.Pick(Groupings), _random.Pick([null, null, (GroupKey?)GroupKey.PurchaseOrder]), [GroupKey.Project, GroupKey.Task]),
            LineDiscounts = _random.Next(2) == 0 ? [new LineDiscount(Some.When("project", "P2"), new Fraction(0.075m)), new LineDiscount(Some.When("type", "time"), new Fraction(0.1m))] : [],
            DocumentDiscounts = DiscountsOf(),
            Caps = [.. from client in new[] { "ACME", "NORDWIND" } from project in new[] { "P1", "P2" } where _random.Next(3) == 0 select CapOf(client, project, client == "ACME" ? first : second)],
            Fx = new FxRules([new FxSource("ecb", FxRateKind.Spot)]),
        };
    }

    private Client ClientOf(string code, string source, string currency) =>
        Some.Client(code, source, source, currency, "VAT") with { Withholding = _random.Next(2) == 0 ? new TaxRate(0.15m) : null };

    private static TaxCode[] TaxesOf(bool inclusive)
    {
        var state = new TaxComponent("state", [new DatedTaxRate(new TaxRate(0.0725m), null, Some.Day("2026-10-15")), new DatedTaxRate(new TaxRate(0.0775m), Some.Day("2026-10-15"), null)]);
        var city = new TaxComponent("city", [new DatedTaxRate(new TaxRate(0.00875m), null, null)]) { Compound = !inclusive };
        return [new TaxCode("VAT", "V", [state, city]), Some.Tax("LOW", ("vat", 0.05m)), new TaxCode("RC", "RC", [], TaxTreatment.ReverseCharge, "abroad")];
    }

    private DocumentDiscount[] DiscountsOf() => _random.Next(3) switch
    {
        0 => [],
        1 => [new DocumentDiscount(Some.When("client", "ACME"), null, _random.Next(1, 40_000) / 100m, null), new DocumentDiscount(Condition.Always, new Fraction(0.025m), null, null)],
        _ => [new DocumentDiscount(Condition.Always, new Fraction(_random.Next(0, 1001) / 1000m), null, null)],
    };

    private ProjectCap CapOf(string client, string project, string currency)
    {
        if (_random.Next(2) == 0) _capUsed[(client, Currency.Of(currency), project)] = Amount(_random.Next(0, 10_000), Currency.Of(currency));
        return new ProjectCap(client, project, Amount(_random.Next(0, 60_000), Currency.Of(currency)), _random.Pick([null, (Period?)Some.October]));
    }

    private SourceRecord RecordOf(int number)
    {
        var id = $"{_random.Next(3)}-{number}";
        var (client, project, date) = (_random.Pick(["1001", "1001", "1002", "9"]), _random.Pick(["P1", "P2"]), $"2026-10-{_random.Pick([7, 8, 20]):D2}");
        var record = _random.Next(4) == 0
            ? Some.Expense(id, _random.Next(-90_000, 190_000) / 1000m, client, _random.Pick(["", "", "EUR", "CHF", "GBP"]), date: date) with { Project = new Reference(project, "") }
            : Some.TimeEntry(id, 1m, client, project, _random.Pick(["Development", "QA"]), _random.Pick(["17", "18", "19"]), date) with { Seconds = _random.Next(-3000, 12_000) };
        return record with { PurchaseOrder = _random.Pick(["", "PO-7"]), Approved = _random.Next(12) > 0, Deleted = _random.Next(15) == 0 };
    }

    private static Money Amount(long cents, Currency currency) => Money.Round(cents / 100m, currency, RoundingMode.HalfUp);
}
