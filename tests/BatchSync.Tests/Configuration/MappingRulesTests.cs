using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Running;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

/// <summary>What a mapping says of entities, discounts, caps, retainers and taxes becomes rules.</summary>
public sealed class MappingRulesTests
{
    private static readonly Currency Usd = Currency.Of("USD");
    private static readonly Currency Eur = Currency.Of("EUR");
    private static readonly Currency Kwd = Currency.Of("KWD");

    [Test]
    public void Entities_WithALock_SayWhatBecomesOfLockedDays()
    {
        var mapping = Rules("""
            entities:
              us: { baseCurrency: USD, timeZone: America/New_York, lockBefore: 2026-10-01, whenLocked: hold }
              de: { baseCurrency: EUR, timeZone: Europe/Berlin, lockBefore: 2026-07-01 }
              uk: { baseCurrency: GBP, timeZone: Europe/London }
            """);

        Assert.That(mapping.Entities.Values.Select(e => (e.Code, e.LockBefore, e.WhenLocked)), Is.EquivalentTo(new (string, DateOnly?, LockRule)[]
        {
            ("us", new DateOnly(2026, 10, 1), LockRule.Hold),
            ("de", new DateOnly(2026, 7, 1), LockRule.NextOpenDay),
            ("uk", null, LockRule.NextOpenDay),
        }));
    }

    [Test]
    public void EntityRules_InTheirOrder_NameEveryFieldOfARecord()
    {
        var mapping = Rules("""
            entityRules:
              - { when: { client: ACME, project: DE-*, type: expense }, entity: de }
              - { when: { task: [Development, Design], person: dana@example.com, category: Travel, purchaseOrder: PO-17 }, entity: us }
            """);

        Assert.That(mapping.EntityRules.Select(r => r.Entity), Is.EqualTo(new[] { "de", "us" }));
        Assert.That(mapping.EntityRules[0].When.Fields.Keys, Is.EquivalentTo(new[] { "client", "project", "type" }));
        Assert.That(mapping.EntityRules[1].When.Fields.Keys, Is.EquivalentTo(new[] { "task", "person", "category", "purchaseOrder" }));
        Assert.That(mapping.EntityRules[1].When.Fields["task"], Is.EqualTo(new[] { "Development", "Design" }));
    }

    [Test]
    public void Clients_WithholdingOffAndRetainers_AreRead()
    {
        var mapping = Rules("""
            clients:
              - { code: ACME, source: "1001", withholding: 20%, off: true }
              - code: GULF
                source: "4001"
                currency: KWD
                retainers:
                  - { amount: 5000.125, received: 2026-01-05, reference: R-1 }
                  - { amount: 300, currency: USD, received: 2026-02-01, reference: R-2 }
              - { code: BERG, source: "3001" }
            """);

        Assert.That(mapping.Clients.Select(c => (c.Withholding, c.SwitchedOff)), Is.EqualTo(new (TaxRate?, bool)[] { (new TaxRate(0.2m), true), (null, false), (null, false) }));
        Assert.That(mapping.Retainers, Is.EqualTo(new[]
        {
            new RetainerDeposit("GULF", Money.OfMinorUnits(5_000_125, Kwd), new DateOnly(2026, 1, 5), "R-1"),
            new RetainerDeposit("GULF", Money.OfMinorUnits(300_00, Usd), new DateOnly(2026, 2, 1), "R-2"),
        }));
    }

    [Test]
    public void Discounts_OfLinesAndDocuments_KeepTheirOrder()
    {
        var mapping = Rules("""
            lines: { groupBy: [project, task] }
            discounts:
              lines:
                - { when: { task: Design, type: time }, percent: 0% }
                - { percent: 12.5% }
              documents:
                - { when: { client: ACME }, percent: 5% }
                - { when: { client: BERG }, fixed: 100.00, currency: USD }
            """);

        Assert.That(mapping.LineDiscounts.Select(d => (string.Join(' ', d.When.Fields.Keys.Order()), d.Percent)), Is.EqualTo(new[] { ("task type", new Fraction(0)), ("", new Fraction(0.125m)) }));
        Assert.That(mapping.DocumentDiscounts.Select(d => (d.When.Fields["client"][0], d.Percent, d.Fixed, d.Currency)), Is.EqualTo(new (string, Fraction?, decimal?, Currency?)[]
        {
            ("ACME", new Fraction(0.05m), null, null),
            ("BERG", null, 100m, Usd),
        }));
    }

    [TestCase("lines: { groupBy: [project] }")]
    [TestCase("lines: { groupBy: [task], splitBy: project }")]
    [TestCase("")]
    public void Caps_WhereProjectsAreKeptApart_AreOfTheClientsCurrencyOrTheirOwn(string lines)
    {
        var mapping = Rules(lines + """

            projects:
              - { code: BERG-WEB, source: "300", client: BERG, cap: { amount: 20000.00, per: month } }
              - { code: BERG-APP, source: "301", client: BERG, cap: { amount: 500, currency: USD } }
              - { code: OPEN, source: "302" }
            """);

        Assert.That(mapping.Caps, Is.EqualTo(new[]
        {
            new ProjectCap("BERG", "BERG-WEB", Money.OfMinorUnits(20_000_00, Eur), null),
            new ProjectCap("BERG", "BERG-APP", Money.OfMinorUnits(500_00, Usd), null),
        }));
    }

    [TestCase("tax: { inclusive: true }", true)]
    [TestCase("tax: { inclusive: false }", false)]
    [TestCase("", false)]
    public void Tax_Inclusive_IsReadAsWritten(string tax, bool inclusive) => Assert.That(Rules(tax).Money.TaxInclusive, Is.EqualTo(inclusive));

    [Test]
    public void Components_OfACode_KeepTheirOrderAndWhichAreCompound()
    {
        var mapping = Rules("taxes: { QC: { destination: QC, components: [{ name: GST, rates: [{ rate: 5% }] }, { name: QST, compound: true, rates: [{ rate: 9.5% }] }] } }");

        Assert.That(mapping.Taxes["QC"].Components.Select(c => (c.Name, c.Compound)), Is.EqualTo(new[] { ("GST", false), ("QST", true) }));
    }

    [Test]
    public void Tests_OfDiscountAndWithholding_AreRead()
    {
        using var folder = Folder("tests: [{ given: { client: \"1001\", date: 2026-10-01, hours: 1 }, expect: { discount: 10.00, withholding: 18.00 } }]");
        var test = folder.Load().Set!.Tests["m"][0];

        Assert.That((test.Expect.Discount, test.Expect.Withholding), Is.EqualTo(((decimal?)10m, (decimal?)18m)));
        Assert.That(test.Written.Keys, Is.EqualTo(new[] { "discount", "withholding" }));
    }

    [TestCase("hours: 1.5", "discount: 21.75, net: 128.25, tax: 19.88, total: 148.13, withholding: 25.65", "")]
    [TestCase("hours: -1.5", "discount: -21.75, net: -128.25, tax: -19.88, total: -148.13, withholding: -25.65", "")]
    [TestCase("hours: 1.5", "discount: 22.50, withholding: 25.64", "discount: expected 22.50, got 21.75; withholding: expected 25.64, got 25.65")]
    [TestCase("hours: 12", "bucket: billed", "bucket: expected billed, got held: cap")]
    public void Tests_OfDiscountsTaxesAndCaps_AreComputed(string given, string expect, string difference)
    {
        using var folder = Folder($$"""
            clients: [{ code: ACME, source: "1001", withholding: 20% }]
            projects: [{ code: WEB, source: "300", client: ACME, tax: QC, cap: { amount: 1000 } }]
            rates: [{ hourly: 100.00 }]
            discounts:
              lines: [{ when: { project: WEB }, percent: 10% }]
              documents: [{ when: { client: ACME }, percent: 5% }]
            taxes: { QC: { destination: QC, components: [{ name: GST, rates: [{ rate: 5% }] }, { name: QST, compound: true, rates: [{ rate: 10% }] }] } }
            tests: [{ given: { project: "300", date: 2026-10-01, {{given}} }, expect: { {{expect}} } }]
            """);

        var message = ConfigurationCheck.Of([folder.Path]).Errors.SingleOrDefault()?.Message;

        Assert.That(message, Is.EqualTo(difference.Length == 0 ? null : "test of mapping 'm' failed: " + difference));
    }

    [TestCase("entityRules: [{ when: {}, entity: fr }]", "CFG021")]
    [TestCase("entityRules: [{ when: { client: GLOBE }, entity: de }]", "CFG021")]
    [TestCase("entityRules: [{ when: { region: EU }, entity: de }]", "CFG004")]
    [TestCase("entityRules: [{ when: {}, entity: de }, { when: { type: time }, entity: us }]", "CFG061")]
    [TestCase("discounts: { documents: [{ when: { project: WEB }, percent: 5% }] }", "CFG004")]
    [TestCase("discounts: { documents: [{ when: { client: GLOBE }, percent: 5% }] }", "CFG021")]
    [TestCase("discounts: { documents: [{ percent: 5%, fixed: 5, currency: USD }] }", "CFG018")]
    [TestCase("discounts: { documents: [{ currency: USD }] }", "CFG018 CFG033")]
    [TestCase("discounts: { documents: [{ fixed: 0, currency: USD }] }", "CFG013")]
    [TestCase("discounts: { lines: [{ percent: 101% }] }", "CFG013")]
    [TestCase("discounts: { lines: [{ when: { category: Travel }, percent: 5% }] }", "CFG062")]
    [TestCase("discounts: { lines: [{ when: { task: a* }, percent: 5% }, { when: { task: [ab, ac] }, percent: 7% }] }", "CFG061")]
    [TestCase("discounts: { lines: [{ when: { task: ab }, percent: 5% }, { when: { task: a* }, percent: 7% }] }", "")]
    [TestCase("discounts: { documents: [{ fixed: 5, currency: USD }, { percent: 5% }] }", "")]
    [TestCase("discounts: { documents: [{ percent: 5% }, { fixed: 5, currency: USD }] }", "CFG061")]
    [TestCase("discounts: { documents: [{ fixed: 5, currency: XXY }, { fixed: 5, currency: USD }] }", "CFG015")]
    [TestCase("clients: [{ code: A, source: \"1\", retainers: [{ amount: 1, received: 2026-01-01, reference: R }, { amount: 2, received: 2026-01-02, reference: R }] }]", "CFG019")]
    [TestCase("clients: [{ code: A, source: \"1\", retainers: [{ amount: 1.005, received: 2026-01-01, reference: R }] }]", "CFG031")]
    [TestCase("clients: [{ code: A, source: \"1\", retainers: [{ amount: -1, received: 2026-01-01, reference: R }] }]", "CFG013")]
    [TestCase("clients: [{ code: A, source: \"1\", withholding: 0.2 }]", "CFG011")]
    [TestCase("projects: [{ code: P, source: \"1\", cap: { amount: 5 } }]", "CFG009")]
    [TestCase("projects: [{ code: P, source: \"1\", client: BERG, cap: { amount: 5.001 } }]", "CFG031")]
    [TestCase("projects: [{ code: P, source: \"1\", client: BERG, cap: { amount: 5 } }]\nlines: { groupBy: [] }", "CFG063")]
    [TestCase("projects: [{ code: P, source: \"1\", client: BERG, cap: { amount: 5, per: quarter } }]", "CFG012")]
    [TestCase("tax: { inclusive: true }\ntaxes: { Q: { destination: Q, components: [{ name: a, rates: [{ rate: 5% }] }, { name: b, compound: true, rates: [{ rate: 9% }] }] } }", "CFG065")]
    [TestCase("taxes: { Q: { destination: Q, components: [{ name: a, compound: true, rates: [{ rate: 5% }] }] } }", "CFG033")]
    [TestCase("entities: { us: { baseCurrency: USD, timeZone: America/New_York, whenLocked: hold } }", "CFG033")]
    public void Mapping_ThatCannotBe_IsRefused(string text, string codes)
    {
        using var folder = Folder(text);

        Assert.That(string.Join(' ', folder.Load().Errors.Select(e => e.Code.Code).Order()), Is.EqualTo(codes), folder.Errors());
    }

    private static MappingRules Rules(string text)
    {
        using var folder = Folder(text);
        Assert.That(folder.Errors(), Is.Empty);
        return folder.Load().Set!.Mappings["m"];
    }

    // What a case writes itself stands in place of the usual field.
    private static TemporaryFolder Folder(string text)
    {
        (string Field, string Text)[] usual =
        [
            ("entities:", "entities: { us: { baseCurrency: USD, timeZone: America/New_York }, de: { baseCurrency: EUR, timeZone: Europe/Berlin } }\n"),
            ("clients:", "clients: [{ code: ACME, source: \"1001\" }, { code: BERG, source: \"3001\", currency: EUR }]\n"),
        ];
        var rest = usual.Where(u => !text.Split('\n').Any(l => l.StartsWith(u.Field, StringComparison.Ordinal))).Select(u => u.Text);
        return TemporaryFolder.WithMapping("mapping: m\nschema: 2\nversion: 1.0.0\ndefaults: { entity: us, currency: USD }\n" + string.Concat(rest) + text + "\n");
    }
}
