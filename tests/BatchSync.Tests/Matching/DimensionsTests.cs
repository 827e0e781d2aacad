using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Destinations.Journal;
using BatchSync.Destinations.Rest;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Matching;

/// <summary>Dimensions from the mapping's text to the books.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DimensionsTests
{
    private const string Mapping = """
        mapping: m
        schema: 2
        version: 1.0.0
        dimensions: [class, department, text]
        entities: { us: { baseCurrency: USD, timeZone: UTC } }
        defaults: { entity: us, currency: USD, tax: NONE }
        clients:
          - { code: ACME, source: "1001", destination: "58", dimensions: { class: Client, department: Sales } }
        projects:
          - { code: WEB, source: "300", dimensions: { class: Project } }
        tasks:
          - { code: DEV, name: Development, dimensions: { class: "Web, [new]" } }
          - { code: TEST, name: Testing }
        people:
          - { code: dana, source: "17", dimensions: { department: Dev, text: T } }
        rates: [{ hourly: 100.00 }]
        taxes: { NONE: { destination: NON, exempt: services } }
        lines: { groupBy: [project] }
        """;

    [Test]
    public void Dimensions_OfALine_AreTheNearestOfEachName() =>
        Assert.That(Line(Some.TimeEntry()).Dimensions, Is.EqualTo(Dimensions.Of(new Dictionary<string, string> { ["class"] = "Web, [new]", ["department"] = "Dev", ["text"] = "T" })));

    [Test]
    public void Dimensions_OfClientAndProject_HoldWhereNothingNearerSaysMore() =>
        Assert.That(Line(Some.TimeEntry(task: "Testing", person: "99")).Dimensions, Is.EqualTo(Dimensions.Of(new Dictionary<string, string> { ["class"] = "Project", ["department"] = "Sales" })));

    [Test]
    public void Records_OfOtherDimensions_AreOtherLines() =>
        Assert.That(Document(Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3", task: "Testing")).Lines, Has.Count.EqualTo(2), "The task is no grouping key here, but it gives another class.");

    [Test]
    public void LineField_OfADimension_GetsItsValueAndIsLeftOutWithoutOne()
    {
        var definition = Destinations.Books.Definition with { LineFields = new Dictionary<string, string> { ["class.name"] = "dimensions.class", ["region"] = "dimensions.region", ["amount"] = "net" } };
        using var json = System.Text.Json.JsonDocument.Parse(new DocumentWriter(definition, "books").Write(Document(Some.TimeEntry()), asDraft: true));
        Assert.That(json.RootElement.GetProperty("lines")[0].GetRawText(), Is.EqualTo("""{"amount":100.00,"class":{"name":"Web, [new]"}}"""));
    }

    [Test]
    public async Task Journal_OfLinesWithDimensions_IsReadBackByItselfHledgerAndLedger()
    {
        using var folder = new Cli.TemporaryFolder();
        var file = Path.Combine(folder.Path, "books.journal");
        var definition = new JournalDefinition(new ValueReference(file), "Assets:Receivable", "Income", "Liabilities:Tax");
        var document = Document(Some.TimeEntry("1"), Some.TimeEntry("2", task: "Testing"));
        var first = await new JournalDestination(definition, file, TimeProvider.System).CreateAsync(new("k", [document], AsDraft: true), default);
        var again = await new JournalDestination(definition, file, TimeProvider.System).CreateAsync(new("k", [document], AsDraft: true), default);
        var text = await File.ReadAllTextAsync(file);

        Assert.That(first.Outcomes.Concat(again.Outcomes).Select(o => o.GetType().Name), Is.EqualTo(new[] { "Posted", "AlreadyPosted" }));
        Assert.That(text, Does.StartWith(JournalBook.Header + "\n; dimensions: class department dimension-text\n\n"));
        Assert.That(text, Does.Contain("tag class\ntag department\ntag dimension-text\n").And.Contain("    ; class: Web%2C %5Bnew%5D\n    ; department: Dev\n    ; dimension-text: T\n    ; text: "));
        var hledger = await Requires.RunAsync("hledger", "-f", file, "bal", "tag:department=Dev", "-O", "csv", "--layout=bare", "-N", "--flat");
        var strict = await Requires.RunAsync("hledger", "-f", file, "check", "--strict");
        var ledger = await Requires.RunAsync("ledger", "--args-only", "--pedantic", "-f", file, "bal", "Income");
        Assert.That((hledger.Exit, strict.Exit, ledger.Exit), Is.EqualTo((0, 0, 0)), hledger.Errors + strict.Errors + ledger.Errors);
        Assert.That(hledger.Output, Does.Contain("-200.00").Or.Contain("-100.00"));
    }

    [TestCase("    ; department: Dev\n", "    ; project: X\n")]
    [TestCase("    ; department: Dev\n", "    ; class: Web, X\n")]
    [TestCase("tag department\n", "tag mine\n")]
    public async Task Journal_TagThatIsNotNamedOrNotAsWeWriteIt_IsNotOurs(string ours, string theirs)
    {
        using var folder = new Cli.TemporaryFolder();
        var file = Path.Combine(folder.Path, "books.journal");
        var definition = new JournalDefinition(new ValueReference(file), "Assets:Receivable", "Income", "Liabilities:Tax");
        var document = Document(Some.TimeEntry("1"));
        await new JournalDestination(definition, file, TimeProvider.System).CreateAsync(new("k", [document], AsDraft: true), default);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(ours, theirs, StringComparison.Ordinal));

        Assert.That(() => new JournalDestination(definition, file, TimeProvider.System).LookUpAsync([document.Reference], default), Throws.TypeOf<BatchSync.Http.OutsideException>());
    }

    [TestCase("dimensions.class", null)]
    [TestCase("dimensions.", "CFG012")]
    [TestCase("dimension.class", "CFG012")]
    public void LineField_InAConnector_TakesDimensionsByName(string value, string? code)
    {
        using var folder = new Cli.TemporaryFolder();
        var shipped = File.ReadAllText(Path.Combine(Repository.Root, "mapping-config/connectors/sandbox-books.yaml"));
        File.WriteAllText(Path.Combine(folder.Path, "books.yaml"), shipped.Replace("lineFields:\n", $"lineFields:\n  class: {value}\n", StringComparison.Ordinal));
        Assert.That(ConfigurationLoader.Load(folder.Path).Errors.Select(e => e.Code.Code), Is.EqualTo(code is null ? Array.Empty<string>() : [code]));
    }

    private static DocumentLine Line(params BatchSync.Core.Sources.SourceRecord[] records) => Document(records).Lines.Single();

    private static Document Document(params BatchSync.Core.Sources.SourceRecord[] records) => Some.Document(Rules, Some.Assessed(Rules, records));

    private static MappingRules Rules { get; } = Load();

    private static MappingRules Load()
    {
        using var folder = new Cli.TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "m.yaml"), Mapping);
        var result = ConfigurationLoader.Load(folder.Path);
        Assert.That(result.Errors.Select(e => e.Message), Is.Empty);
        return result.Set!.Mappings["m"];
    }
}
