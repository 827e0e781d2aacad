using System.Text.RegularExpressions;
using BatchSync.Cli;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Sources;
using BatchSync.Explaining;
using BatchSync.Storage;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;
using TemporaryFolder = BatchSync.Tests.Configuration.TemporaryFolder;

namespace BatchSync.Tests.Explaining;

/// <summary>
/// A firm whose job and mapping are files: October has two short entries of one day, half-billed travel, a foreign expense, and a client in euros.
/// Every rule that a test does not set has its part in the amounts.
/// </summary>
internal sealed partial class WrittenFirm : IAsyncDisposable
{
    private const string JobFile = "jobs/nightly.yaml";
    private const string MappingFile = "mapping-config/rules.yaml";

    private readonly TemporaryFolder _folder = new();
    private string _mapping;

    private WrittenFirm(Firm firm, string mapping) => (Firm, _mapping) = (firm, mapping);

    public Firm Firm { get; }
    public IStore Store => Firm.Store;

    public static IReadOnlyList<SourceRecord> October { get; } =
    [
        Some.TimeEntry("1") with { Seconds = 1200 },
        Some.TimeEntry("2") with { Seconds = 1260 },
        Some.TimeEntry("3", hours: 1.37m, task: "Travel", date: "2026-10-08"),
        Some.TimeEntry("4", hours: 2.1m, client: "1002", project: "302"),
        Some.Expense("1", amount: 80.55m, currency: "EUR"),
    ];

    /// <param name="rounding">Of time.</param>
    /// <param name="tax">How taxes are computed.</param>
    /// <param name="onChange">The job's policy.</param>
    public static async Task<WrittenFirm> OpenAsync(
        string rounding = "increment: 15m, mode: up, scope: day", string tax = "per: document, inclusive: true", string onChange = "delta", string codes = Plain, string posting = "", params IReadOnlyList<SourceRecord> records)
    {
        var written = new WrittenFirm(await Firm.OpenAsync([.. records.Count == 0 ? October : records]), Mapping(rounding, tax, codes));
        written._folder.Write(JobFile, Job(onChange, posting));
        written.Write(written._mapping);
        FxSource ecb = new("ecb", FxRateKind.Spot);
        NewFxRate Euro(string day, decimal rate, int line) => new(Currency.Of("EUR"), Currency.Of("USD"), Some.Day(day), null, rate, line);
        await written.Store.ImportFxAsync(
            new FxImport(ecb.Provider, ecb.Kind, "hist.csv", "hash-of-hist", new DateTimeOffset(2026, 11, 2, 15, 0, 0, TimeSpan.Zero), [Euro("2026-10-30", 1.1573m, 2), Euro("2026-10-07", 1.1607m, 3)], Replaces: false, "eve", ""),
            CancellationToken.None);
        return written;
    }

    public const string Plain = "vat, rates: [{ rate: 19% }] }";

    private static string Job(string onChange, string posting) => $$"""
        job: nightly
        series: T
        billFrom: 2026-02-01
        period: { every: month, closeAfter: 3d }
        source:
          connector: sandbox-time
          settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN }
          streams: [time_entries, expenses]
          approval: required
        mapping: rules
        destinations:
          all: { connector: sandbox-books, settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN } }
        posting: { as: final, onChange: {{onChange}}{{posting}} }
        limits: { hoursPerEntry: 24 }

        """;

    private static string Mapping(string rounding, string tax, string codes) => $$"""
        mapping: rules
        schema: 2
        version: 1.0.0
        entities: { us: { baseCurrency: USD, timeZone: UTC } }
        defaults: { entity: us, currency: USD, tax: NONE, account: "4000", markup: 5% }
        clients:
          - { code: ACME, source: ["1001"], destination: "58", name: Acme Corp, tax: VAT, withholding: 3%, retainers: [{ amount: 50.00, received: 2026-01-05, reference: R-1 }] }
          - { code: NORDWIND, source: ["1002"], destination: "61", name: Nordwind GmbH, currency: EUR, tax: VAT }
        projects:
          - { code: WEB, source: ["300"], client: ACME, name: Website }
          - { code: ERP, source: ["302"], client: NORDWIND, name: ERP rollout }
        tasks:
          - { code: DEV, name: [Development] }
          - { code: TRAVEL, name: [Travel], account: "4100" }
        rates:
          - { when: { client: NORDWIND }, hourly: 110.00 }
          - { when: { task: TRAVEL }, hourly: 89.95, billable: 0.5 }
          - { when: { task: DEV }, hourly: 99.95 }
        discounts:
          lines: [{ when: { task: DEV }, percent: 7.5% }]
          documents: [{ when: { client: ACME }, percent: 2.5% }, { when: { client: NORDWIND }, fixed: 20.00, currency: EUR }]
        rounding:
          time: { {{rounding}} }
          money: { mode: half-up }
        tax: { {{tax}} }
        taxes:
          VAT: { destination: V, components: [ { name: {{codes}} ] }
          NONE: { destination: NON, exempt: services }
        lines: { groupBy: [project, task], description: [project, task, period] }
        fx: [{ provider: ecb }]
        exclude:
          - { rule: internal, when: { project: INT-* } }

        """;

    /// <summary>Other rules from here on: the part of the mapping's text that is replaced must be in it.</summary>
    public void Rewrite(string old, string now)
    {
        Assert.That(_mapping, Does.Contain(old));
        Write(_mapping = _mapping.Replace(old, now, StringComparison.Ordinal));
    }

    private void Write(string mapping)
    {
        var loaded = _folder.Write(MappingFile, mapping).Load();
        Assert.That(ConfigurationErrorText.Render(loaded.Errors), Is.Empty);
        (Firm.Job, Firm.Mapping, Firm.Files) = (loaded.Set!.Jobs.Single(), loaded.Set.Mappings["rules"], loaded.Set.Files);
    }

    /// <summary>Runs, and goes on to the next day.</summary>
    public async Task RunAsync(int exitCode = 0)
    {
        await Firm.ExpectAsync(exitCode);
        Firm.NextDay();
    }

    /// <summary>The reference of the document with a number in the order of forming, from 1.</summary>
    public string Reference(int number) => Firm.File.Rows("SELECT reference FROM documents ORDER BY document_no")[number - 1];

    public async Task<Explanation> DocumentAsync(int number, int? line = null)
    {
        var row = (await Store.FindDocumentsAsync(Reference(number), CancellationToken.None)).Single();
        return await new DocumentExplainer(Store).ExplainAsync(row, line, CancellationToken.None);
    }

    public Task<Explanation> RecordAsync(string id, StreamKind stream = StreamKind.TimeEntries) =>
        new RecordExplainer(Store).ExplainAsync(new RecordOfSeries("T", new RecordName(stream, id)), CancellationToken.None);

    /// <summary>Every document and every record there is, explained.</summary>
    public async Task<IReadOnlyList<Explanation>> AllAsync()
    {
        var all = new List<Explanation>();
        for (var i = 1; i <= Firm.File.Rows("SELECT document_no FROM documents").Count; i++) all.Add(await DocumentAsync(i));
        foreach (var row in Firm.File.Rows("SELECT DISTINCT stream, source_id FROM records ORDER BY stream, source_id").Select(r => r.Split('|'))) all.Add(await RecordAsync(row[1], StreamNames.Parse(row[0])));
        return all;
    }

    /// <summary>As it is read when piped, with what is another on every run taken out: references, and the hash of contents.</summary>
    public string Read(Explanation explanation)
    {
        using var output = new StringWriter();
        ExplanationView.Show(new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: true, null), noColor: true), explanation);
        return output.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>What does not follow, one text each: <c>net: 1.00 USD comes out, 1.01 USD is stored</c>.</summary>
    public static IReadOnlyList<string> Faults(Explanation explanation) => [.. explanation.Root.All.Where(s => s.Fault.Length > 0).Select(s => $"{Named(s)}: {s.Fault}")];

    public static IReadOnlyList<string> NotChecked(Explanation explanation) => [.. explanation.Root.All.Where(s => s.NotChecked.Length > 0).Select(s => $"{Named(s)}: {s.NotChecked}")];

    public static string Named(Step step) => step.Of.Length == 0 ? step.Name : $"{step.Name} {Reference32().Replace(step.Of, "REF")}";

    public async ValueTask DisposeAsync()
    {
        await Firm.DisposeAsync();
        _folder.Dispose();
    }

    [GeneratedRegex("[A-Z2-7]{32}")]
    private static partial Regex Reference32();
}
