using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

/// <summary>What the worked cases of whole documents do not reach: what earlier documents used up, and documents that reach into each other.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentMoneyTests
{
    private static readonly Currency Eur = Currency.Of("EUR");

    // What earlier documents of the key took | what this one takes and what it cannot take, of 150 off a net of 100.
    [TestCase("", "100.00", "50.00")]
    [TestCase("30.00", "100.00", "20.00")]
    [TestCase("80.00", "70.00", "0.00")]
    [TestCase("150.00", "0.00", "0.00")]
    [TestCase("200.00", "0.00", "0.00")]
    public void Build_WithAFixedDiscount_TakesWhatEarlierDocumentsLeft(string taken, string discount, string cut)
    {
        var mapping = Mapping(discounts: [new DocumentDiscount(Condition.Always, null, 150m, null)]);
        var document = Build(mapping, [Some.TimeEntry()], frame => frame with { DiscountTaken = taken.Length == 0 ? null : Some.Money(taken) }).Document!;
        Assert.That((document.Lines[0].DocumentDiscount, document.DiscountCut, document.Net), Is.EqualTo((Some.Money(discount), Some.Money(cut), Some.Money("100.00") - Some.Money(discount))));
    }

    [TestCase("ACME", "USD", "5.00", Description = "the first that matches the client")]
    [TestCase("ACME", "EUR", "10.00", Description = "a fixed amount for another currency is passed over")]
    [TestCase("OTHER", "USD", "10.00")]
    public void Build_WithSeveralDiscounts_TakesTheFirstForItsClientAndCurrency(string client, string currency, string discount)
    {
        var mapping = Mapping(
            clients: [Some.Client("ACME", "1001", "58", "USD")],
            discounts: [new DocumentDiscount(Some.When("client", client), null, 5m, Currency.Of(currency)), new DocumentDiscount(Some.When("client", "ACME"), new Fraction(0.1m), null, null)]);
        Assert.That(Build(mapping, [Some.TimeEntry()]).Document!.Lines[0].DocumentDiscount, Is.EqualTo(Some.Money(discount)));
    }

    // The cap is 250 at 100 an hour: used before | held.
    [TestCase("0.00", "3")]
    [TestCase("60.00", "2 3")]
    [TestCase("-100.00", "", Description = "a credit gives room")]
    [TestCase("300.00", "1 2 3")]
    public void Build_WithACap_CountsWhatDocumentsHold(string used, string held)
    {
        var built = Build(Mapping(caps: [Cap("WEB", "250.00")]), [Entry("1", 7), Entry("2", 8), Entry("3", 9)], frame => frame with { CapUsed = new Dictionary<string, Money> { ["WEB"] = Some.Money(used) } });
        Assert.Multiple(() =>
        {
            Assert.That(string.Join(' ', built.HeldByCap.Select(r => r.Record.Id).Order(StringComparer.Ordinal)), Is.EqualTo(held));
            Assert.That(built.Document is null, Is.EqualTo(held == "1 2 3"), "a document without a record is none");
        });
    }

    [Test]
    public void Build_WhereRecordsAreOnlyJudged_AppliesNoCap() =>
        Assert.That(Build(Mapping(caps: [Cap("WEB", "0.00")]), [Entry("1", 7)], frame => frame with { CapUsed = null }).HeldByCap, Is.Empty);

    [Test]
    public void Build_OfDocumentsSplitByOrder_CountsThemAgainstOneCap()
    {
        var mapping = Mapping(caps: [Cap("WEB", "250.00")], split: GroupKey.PurchaseOrder);
        SourceRecord[] records = [Entry("1", 9) with { PurchaseOrder = "A" }, Entry("2", 7) with { PurchaseOrder = "B" }, Entry("3", 8) with { PurchaseOrder = "B" }];
        var built = BuildAll(mapping, records);
        Assert.That(built.SelectMany(b => b.HeldByCap).Select(r => r.Record.Id), Is.EqualTo(new[] { "1" }), "the latest of both documents, not of the last one");
    }

    // Two entries of one day and five minutes each, in two documents, at a quarter of an hour for the day, rounded up.
    [TestCase(RoundingScope.Day, "450 450")]
    [TestCase(RoundingScope.Line, "900 900")]
    [TestCase(RoundingScope.Entry, "900 900")]
    public void Build_OfADayThatTwoDocumentsShare_RoundsItOnce(RoundingScope scope, string seconds)
    {
        var mapping = Mapping(time: new TimeRounding(900, RoundingMode.Up, scope, 0), split: GroupKey.PurchaseOrder);
        SourceRecord[] records = [Entry("1", 7) with { Seconds = 300, PurchaseOrder = "A" }, Entry("2", 7) with { Seconds = 300, PurchaseOrder = "B" }];
        var built = BuildAll(mapping, records);
        Assert.That(string.Join(' ', built.Select(b => b.Document!.Lines[0].BilledSeconds)), Is.EqualTo(seconds));
    }

    [TestCase(RoundingScope.Day, false, true)]
    [TestCase(RoundingScope.Line, true, true)]
    [TestCase(RoundingScope.Line, false, false)]
    public void FormsTogether_OfAMapping_IsTrueWhereDocumentsReachIntoEachOther(RoundingScope scope, bool cap, bool expected) =>
        Assert.That(new DocumentBuilder(Mapping(time: new TimeRounding(900, RoundingMode.Up, scope, 0), caps: cap ? [Cap("WEB", "1.00")] : [])).FormsTogether, Is.EqualTo(expected));

    [Test]
    public void Build_OfSeveralDocuments_DrawsTheRetainerInTheOrderOfTheirKeysWhateverTheirOwn()
    {
        var mapping = Mapping(split: GroupKey.PurchaseOrder);
        var built = BuildAll(mapping, [Entry("1", 7) with { PurchaseOrder = "B" }, Entry("2", 7) with { PurchaseOrder = "A" }], frame => frame with { RetainerBalance = Some.Money("130.00") });
        Assert.That(built.Select(b => (b.Document!.Identity.Key.Split, b.Document.Retainer, b.Document.AmountDue)), Is.EqualTo(new[] { ("B", Some.Money("20.00"), Some.Money("90.00")), ("A", Some.Money("110.00"), Some.Money("0.00")) }));
    }

    [Test]
    public void Build_OfDiscountedTime_SharesDiscountNetAndEveryTax()
    {
        var mapping = Mapping(
            lineDiscounts: [new LineDiscount(Some.When("task", "DEV"), new Fraction(0.1m)), new LineDiscount(Condition.Always, new Fraction(0.5m))],
            taxes: [Some.Tax("VAT", ("state", 0.05m), ("city", 0.01m))]);
        var line = Build(mapping, [Entry("1", 7) with { Seconds = 1200 }, Entry("2", 7) with { Seconds = 1200 }, Entry("3", 7) with { Seconds = 1200 }]).Document!.Lines.Single();
        Assert.Multiple(() =>
        {
            Assert.That((line.Amount, line.LineDiscount, line.Net), Is.EqualTo((Some.Money("100.00"), Some.Money("10.00"), Some.Money("90.00"))));
            Assert.That(line.Shares.Select(s => s.Discount.MinorUnits), Is.EqualTo(new long[] { 334, 333, 333 }));
            Assert.That(line.Shares.Select(s => string.Join(' ', s.Taxes.Select(t => t.MinorUnits))), Is.EqualTo(new[] { "150 30", "150 30", "150 30" }));
        });
    }

    [Test]
    public void Build_OfACredit_TurnsDiscountsWithholdingAndBaseAmounts()
    {
        var mapping = Mapping(
            clients: [Some.Client("ACME", "1001", "58", "USD", "VAT") with { Withholding = new TaxRate(0.2m) }],
            discounts: [new DocumentDiscount(Condition.Always, new Fraction(0.1m), null, null)]);
        var document = Build(mapping, [Some.Expense(amount: -50m)], frame => frame with { Rate = Rate("USD", "EUR", 0.9m), RetainerBalance = Some.Money("5.00") }).Document!;
        Assert.Multiple(() =>
        {
            Assert.That(document.Type, Is.EqualTo(DocumentType.CreditNote));
            Assert.That((document.Lines[0].Amount, document.Lines[0].DocumentDiscount, document.Net, document.Tax), Is.EqualTo((Some.Money("50.00"), Some.Money("5.00"), Some.Money("45.00"), Some.Money("4.50"))));
            Assert.That((document.Withholding, document.Retainer, document.AmountDue), Is.EqualTo((Some.Money("9.00"), Some.Money("0.00"), Some.Money("40.50"))));
            Assert.That((document.Lines[0].BaseNet, document.Valuation!.Total), Is.EqualTo(((Money?)Some.Money("40.50", "EUR"), Some.Money("44.55", "EUR"))));
        });
    }

    [Test]
    public void Build_InTheBaseCurrency_IsNotValued() =>
        Assert.That(Build(Mapping(), [Some.TimeEntry()], frame => frame with { Rate = FxRate.Same(Some.Usd, Some.October.LastDay) }).Document!.Valuation, Is.Null);

    // Stream, document currency, expense currency | bucket and the field at fault. Only CHF to EUR has no rate on the expense's date, only KWD none on the document's.
    [TestCase("time", "EUR", "", "ready")]
    [TestCase("time", "USD", "", "ready")]
    [TestCase("time", "KWD", "", "rejected: no FX rate")]
    [TestCase("expense", "EUR", "USD", "ready")]
    [TestCase("expense", "EUR", "EUR", "ready")]
    [TestCase("expense", "EUR", "", "ready")]
    [TestCase("expense", "EUR", "CHF", "rejected: no FX rate")]
    [TestCase("expense", "KWD", "KWD", "rejected: no FX rate")]
    public void Assess_WithExchangeRates_NeedsThatOfTheDocumentAndOfTheExpense(string type, string currency, string expense, string bucket)
    {
        var mapping = Mapping(clients: [Some.Client("ACME", "1001", "58", currency, "VAT")], entities: [Some.Entity("de", currency: "EUR")]);
        var found = new Eligibility(mapping, Some.Rules(), DateTimeOffset.MaxValue, Table).Assess(type == "time" ? Some.TimeEntry() : Some.Expense(currency: expense));
        Assert.That((found.Bucket.ToString(), found.Fault?.Field), Is.EqualTo((bucket, bucket == "ready" ? null : "currency")));
    }

    [Test]
    public void Assess_OfAPostedRecordWithoutARateForItsDocument_LeavesItOnTheBooks()
    {
        var mapping = Mapping(clients: [Some.Client("ACME", "1001", "58", "KWD", "VAT")], entities: [Some.Entity("de", currency: "EUR")]);
        Assert.That(new Eligibility(mapping, Some.Rules(), DateTimeOffset.MaxValue, Table).Assess(Some.TimeEntry(), AssessmentView.Posted).Bucket, Is.EqualTo(Bucket.Ready));
    }

    [Test]
    public void Assess_OfAnExpenseWithoutTaxCodeAndRate_NamesTheTaxCode()
    {
        var mapping = Mapping(clients: [Some.Client("ACME", "1001", "58", "EUR", "NOSUCH")], entities: [Some.Entity("de", currency: "EUR")]);
        Assert.That(new Eligibility(mapping, Some.Rules(), DateTimeOffset.MaxValue, Table).Assess(Some.Expense(currency: "CHF")).Bucket, Is.EqualTo(Bucket.NoTaxCode));
    }

    [Test]
    public void Build_OfAForeignExpense_MultipliesRateAndMarkupBeforeItRounds()
    {
        var mapping = Mapping(
            clients: [Some.Client("ACME", "1001", "58", "EUR", "VAT")], entities: [Some.Entity("de", currency: "EUR")],
            categories: [new Activity("HOTEL", new SourceNames([], ["Hotel"])) { Markup = new Fraction(0.10m) }]);
        var record = Some.Expense(amount: 10.03m, currency: "USD");
        var assessed = new AssessedRecord(record, 1, new Eligibility(mapping, Some.Rules(), DateTimeOffset.MaxValue, Table).Assess(record));
        var document = new DocumentBuilder(mapping).Build(FrameOf(assessed.Assessment.Key!), [assessed], []).Document!;

        // 10.03 / 1.25 x 1.10 is 8.8264; rounded in between it would be 8.02 x 1.10, so 8.82.
        Assert.That((document.Net, record.Amount, record.Currency), Is.EqualTo((Some.Money("8.83", "EUR"), 10.03m, "USD")));
    }

    [Test]
    public void Hash_OfARecord_ChangesWithEverythingThatChangesItsMoneyOnly()
    {
        var plain = HashOf(Mapping());
        var others = new[]
        {
            HashOf(Mapping(lineDiscounts: [new LineDiscount(Some.When("type", "time"), new Fraction(0.1m))])),
            HashOf(Mapping(discounts: [new DocumentDiscount(Condition.Always, new Fraction(0.1m), null, null)])),
            HashOf(Mapping(discounts: [new DocumentDiscount(Condition.Always, null, 10m, null)])),
            HashOf(Mapping(money: new MoneyRounding(RoundingMode.HalfUp, TaxPer.Line, TaxPoint.DocumentDate, 4) { TaxInclusive = true })),
            HashOf(Mapping(taxes: [new TaxCode("VAT", "D-VAT", [new TaxComponent("vat", [new DatedTaxRate(new TaxRate(0.1m), null, null)]) { Compound = true }])])),
        };
        Assert.Multiple(() =>
        {
            Assert.That(others.Append(plain).Distinct().Count(), Is.EqualTo(others.Length + 1));
            Assert.That(HashOf(Mapping(lineDiscounts: [new LineDiscount(Some.When("type", "expense"), new Fraction(0.1m))])), Is.EqualTo(plain), "a discount on other lines");
            Assert.That(HashOf(Mapping(caps: [Cap("WEB", "1.00")])), Is.EqualTo(plain), "a cap holds records, it does not price them");
        });
    }

    private static FxTable Table { get; } = new(
        new FxRules([new FxSource("ecb", FxRateKind.Spot)]),
        [
            new FxQuotes("ecb", FxRateKind.Spot, Eur,
            [
                new FxQuote(Some.Day("2026-10-07"), Some.Usd, 1.25m, DateTimeOffset.UnixEpoch), new FxQuote(Some.Day("2026-10-30"), Some.Usd, 1.20m, DateTimeOffset.UnixEpoch),
                new FxQuote(Some.Day("2026-10-07"), Currency.Of("KWD"), 0.35m, DateTimeOffset.UnixEpoch), new FxQuote(Some.Day("2026-10-30"), Currency.Of("CHF"), 0.94m, DateTimeOffset.UnixEpoch),
            ]),
        ],
        []);

    private static string HashOf(MappingRules mapping) => RecordInputs.Hash(Some.Assessed(mapping, [Some.TimeEntry()])[0], mapping);

    private static SourceRecord Entry(string id, int day) => Some.TimeEntry(id, date: $"2026-10-{day:D2}");

    private static ProjectCap Cap(string project, string amount) => new("ACME", project, Some.Money(amount), null);

    private static FxRate Rate(string from, string to, decimal rate) => new()
    {
        From = Currency.Of(from), To = Currency.Of(to), Rate = rate, RateDate = Some.October.LastDay, Kind = FxRateKind.Spot, Provider = "ecb", RetrievedAt = DateTimeOffset.UnixEpoch,
    };

    private static DocumentFrame FrameOf(DocumentKey key)
    {
        var identity = new DocumentIdentity("t", "T", key, DocumentPurpose.Original, 1);
        return new DocumentFrame(identity, DocumentReference.Of(identity, 32), key.Period.LastDay, 4) { CapUsed = new Dictionary<string, Money>() };
    }

    private static BuiltDocument Build(MappingRules mapping, IEnumerable<SourceRecord> records, Func<DocumentFrame, DocumentFrame>? with = null) => BuildAll(mapping, records, with).Single();

    private static IReadOnlyList<BuiltDocument> BuildAll(MappingRules mapping, IEnumerable<SourceRecord> records, Func<DocumentFrame, DocumentFrame>? with = null)
    {
        var requests = Some.Assessed(mapping, records).GroupBy(r => r.Assessment.Key!).Select(g => new DocumentRequest(with is null ? FrameOf(g.Key) : with(FrameOf(g.Key)), [.. g], []));
        return new DocumentBuilder(mapping).Build([.. requests]);
    }

    private static MappingRules Mapping(
        IReadOnlyList<Client>? clients = null, IReadOnlyList<Entity>? entities = null, IReadOnlyList<DocumentDiscount>? discounts = null, IReadOnlyList<LineDiscount>? lineDiscounts = null,
        IReadOnlyList<ProjectCap>? caps = null, GroupKey? split = null, TimeRounding? time = null, IReadOnlyList<TaxCode>? taxes = null, IReadOnlyList<Activity>? categories = null, MoneyRounding? money = null)
    {
        var some = Some.Mapping(clients: clients, entities: entities, time: time, money: money, taxes: taxes, categories: categories, lines: new LineRules([GroupKey.Project, GroupKey.Task], split, []));
        return new MappingRules
        {
            Name = some.Name, Version = some.Version, ContentHash = some.ContentHash, Entities = some.Entities, Defaults = some.Defaults, Clients = some.Clients, Projects = some.Projects, Tasks = some.Tasks,
            Categories = some.Categories, Rates = some.Rates, Time = some.Time, Money = some.Money, Taxes = some.Taxes, Lines = some.Lines, Exclude = some.Exclude,
            DocumentDiscounts = discounts ?? [], LineDiscounts = lineDiscounts ?? [], Caps = caps ?? [],
        };
    }
}
