using System.Globalization;
using BatchSync.Core.Amounts;

namespace BatchSync.Cli;

/// <summary>A connector that comes with the program, as a first job uses it.</summary>
/// <param name="Settings">As YAML, secrets by the names of environment variables.</param>
/// <param name="Says">What else the job has to say because of it: of a source whether it knows approval, of a destination whether it has drafts.</param>
internal sealed record FirstConnector(string Name, string Settings, string Says)
{
    private const string Sandbox = "{ baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN }";

    public static IReadOnlyList<FirstConnector> Sources { get; } =
    [
        new("sandbox-time", Sandbox, "required"),
        new("harvest", "{ accountId: env:HARVEST_ACCOUNT, token: env:HARVEST_TOKEN, contact: env:HARVEST_CONTACT }", "required"),
        new("redmine", "{ baseUrl: env:REDMINE_URL, apiKey: env:REDMINE_KEY }", "none"),
    ];

    public static IReadOnlyList<FirstConnector> Destinations { get; } =
    [
        new("sandbox-books", Sandbox, "draft"),
        new("journal", "{ file: books.journal }", "final"),
    ];

    /// <summary>Whether the sandbox plays it.</summary>
    public bool IsPlayed => Settings == Sandbox;
}

/// <summary>The files that <c>init</c> writes: they pass <c>check</c>, and run once the names in them are those of the firm.</summary>
internal sealed record FirstFiles(FirstConnector Source, FirstConnector Destination, Currency Currency, string TimeZone, DateOnly BillFrom)
{
    public IEnumerable<(string Path, string Text)> All()
    {
        yield return ("jobs/first-job.yaml", Job());
        yield return ("mapping-config/first-mapping.yaml", Mapping());
        if (Source.IsPlayed) yield return ("sandbox-data/time_entries.json", Rows());
    }

    private string Day(int days) => BillFrom.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Amount(decimal amount) => Money.Round(amount, Currency, RoundingMode.HalfUp).ToAmountString();

    // Comments stand below each other whatever is before them.
    private static string Noted(string line, string note) => $"{line,-47} # {note}";

    private string Job() => $$"""
        # One job: where time and expenses come from, when, and where their documents go. All fields: docs/configuration.md
        job: first-job
        schema: 2
        {{Noted("series: F", "part of every document's identity: never change it")}}
        {{Noted($"billFrom: {Day(0)}", "earlier records were billed before BatchSync")}}
        schedule: { cron: "0 30 2 ? * TUE-SAT", timeZone: {{TimeZone}} }
        period: { every: month, closeAfter: 3d, documentDate: period-end }
        source:
        {{Noted($"  connector: {Source.Name}", "harvest, redmine, or a connector file of your own")}}
          settings: {{Source.Settings}}
          streams: [time_entries]
          approval: {{Source.Says}}
        mapping: first-mapping
        destinations:
          all: { connector: {{Destination.Name}}, settings: {{Destination.Settings}} }
        posting: { as: {{Destination.Says}} }
        report:
          csv: { delimiter: ",", decimal: "." }

        """;

    private string Mapping() => $$"""
        # The rules that turn records into documents. All fields: docs/configuration.md
        mapping: first-mapping
        schema: 2
        version: 1.0.0
        entities:
          main: { baseCurrency: {{Currency.Code}}, timeZone: {{TimeZone}} }
        defaults: { entity: main, currency: {{Currency.Code}}, tax: NONE, terms: net-30, account: "4000" }
        clients:
          - { code: ACME, source: ["1001"], destination: "58", name: Acme Corp }
        projects:
          - { code: ACME-WEB, source: ["300"], client: ACME, name: Website }
        tasks:
          - { code: DEV, name: [Development] }
        {{Noted("rates:", "the first that matches wins")}}
          - { when: { project: ACME-WEB, task: DEV }, hourly: 150.00 }
        rounding:
          time: { increment: 15m, mode: up, scope: entry }
          money: { mode: half-up }
        tax: { per: line }
        taxes:
          NONE: { destination: NON, exempt: services }
        lines: { groupBy: [project, task, person], description: [project, task, period] }
        {{Noted("tests:", "run by `batchsync check`")}}
          - given: { client: "1001", project: "300", task: Development, person: Dana, date: {{Day(1)}}, hours: 1.10 }
            expect: { client: ACME, quantity: 1.25, unitPrice: 150.00, net: {{Amount(187.50m)}}, tax: {{Amount(0)}} }

        """;

    private string Rows() => $$$"""
        {"time_entries":[
          {"id":1,"spent_date":"{{{Day(1)}}}","hours":1.10,"notes":"First hour","billable":true,"is_billed":false,"approval_status":"approved","updated_at":"{{{Day(1)}}}T17:00:00Z","client":{"id":1001,"name":"Acme Corp"},"project":{"id":300,"name":"Website"},"task":{"id":1,"name":"Development"},"user":{"id":7,"name":"Dana"}}
        ]}

        """;
}
