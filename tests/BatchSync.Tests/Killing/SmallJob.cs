using System.Globalization;
using System.Text;

namespace BatchSync.Tests.Killing;

/// <summary>
/// A job that is small and yet goes through everything: two pages of time entries, two of expenses, four documents in three currencies (one a
/// credit note) that go out as drafts in two batches and are made final. Its connectors are the shipped ones with small pages, small batches and short waits.
/// </summary>
internal static class SmallJob
{
    public const string Name = "small";
    public const string Series = "K";
    public const string LateFolder = "late";

    /// <summary>Three of the entries, each an hour longer.</summary>
    public const string EditedFolder = "edited";

    /// <summary>October is closed, November is not.</summary>
    public const string AsOf = "2026-11-05T12:00Z";

    private static readonly (int Id, string Project, string Currency)[] Clients = [(1001, "300", "USD"), (1002, "301", "USD"), (1003, "302", "EUR"), (1004, "303", "JPY")];

    /// <summary>Writes configuration and source rows.</summary>
    /// <param name="timeout">Of one call, in whole seconds.</param>
    /// <param name="sendsKeys">Without keys nothing but the look-ups keeps a document from being made twice.</param>
    /// <param name="replacesDrafts">Documents stay drafts, and a draft whose records change is deleted and made anew; else they are made final.</param>
    public static void Write(string folder, int timeout, bool sendsKeys, bool replacesDrafts)
    {
        WriteFile(folder, "jobs/small.yaml", replacesDrafts ? Changed(Job, ("{ as: final }", "{ as: draft, onChange: update }")) : Job);
        WriteFile(folder, "mapping-config/small.yaml", Mapping);
        WriteFile(folder, "mapping-config/connectors/sandbox-time.yaml", Changed(Shipped("sandbox-time"), [("per_page: \"2000\"", "per_page: \"6\""), .. Waits(timeout, "30s", 5)]));
        var books = Changed(Shipped("sandbox-books"), [("batchSize: 100\n  draftField", "batchSize: 2\n  draftField"), ("settle: 2s", "settle: 1s"), .. Waits(timeout, "10s", 4)]);
        WriteFile(folder, "mapping-config/connectors/sandbox-books.yaml", sendsKeys ? books : Changed(books, ("idempotencyHeader: Idempotency-Key\n", "")));
        WriteFile(folder, "rows/customers.json", """{"customers": ["58", "59", "61", "64"]}""");
        WriteFile(folder, "rows/time_entries.json", Entries(firstId: 9001, count: 12, "2026-10-20T12:00:00Z", hours: 1));
        WriteFile(folder, "rows/expenses.json", Expenses());
        WriteFile(folder, $"rows/{LateFolder}/time_entries.json", Entries(firstId: 9101, count: 3, "2100-01-01T00:00:00Z", hours: 1));
        WriteFile(folder, $"rows/{EditedFolder}/time_entries.json", Entries(firstId: 9001, count: 3, "2100-01-01T00:00:00Z", hours: 2));
    }

    /// <summary>Makes the written job one of two entities, each with a destination of its own, that any host may post, and gives it a schedule.</summary>
    /// <param name="cron">When it fires, in UTC.</param>
    public static void Spread(string folder, string cron)
    {
        Change("jobs/small.yaml", ("cron: \"0 30 2 ? * TUE-SAT\", timeZone: America/New_York", $"cron: \"{cron}\", timeZone: UTC"), ("  all: {", "  us: {"), ("posting:", $"{Destination}\npartitionBy: entity\nposting:"));
        Change("mapping-config/small.yaml", ("  us: { baseCurrency: USD, timeZone: America/New_York }", "  us: { baseCurrency: USD, timeZone: America/New_York }\n  eu: { baseCurrency: EUR, timeZone: Europe/Berlin }"), ("currency: EUR }", "currency: EUR, entity: eu }"));

        void Change(string file, params ReadOnlySpan<(string From, string To)> changes) => WriteFile(folder, file, Changed(File.ReadAllText(Path.Combine(folder, file)), changes));
    }

    private const string Destination = "  eu: { connector: sandbox-books, settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN } }";

    private static (string From, string To)[] Waits(int timeout, string shippedTimeout, int shippedAttempts) =>
    [
        ($"timeout: {shippedTimeout}", FormattableString.Invariant($"timeout: {timeout}s")),
        (FormattableString.Invariant($"attempts: {shippedAttempts}"), "attempts: 2"),
        ("maxDelay: 10s", "maxDelay: 1s"),
    ];

    private static string Shipped(string connector) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "connectors", connector + ".yaml")).ReplaceLineEndings("\n");

    private static string Changed(string text, params ReadOnlySpan<(string From, string To)> changes)
    {
        foreach (var (from, to) in changes)
        {
            if (!text.Contains(from, StringComparison.Ordinal)) throw new InvalidOperationException($"The shipped connector no longer has '{from}'; adapt the small job to it.");
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }

    private static void WriteFile(string folder, string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    // The second client has expenses alone, a refund, so that its document is a credit note.
    private static string Entries(int firstId, int count, string updatedAt, int hours)
    {
        var rows = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var (client, project, _) = Clients[(i % 3) switch { 0 => 0, 1 => 2, _ => 3 }];
            if (i > 0) rows.Append(',');
            rows.Append(CultureInfo.InvariantCulture, $$"""
                {"id":{{firstId + i}},"spent_date":"2026-10-{{i + 1:00}}","hours":{{hours + i}}.{{37 + i}},"notes":"","billable":true,"is_billed":false,"approval_status":"approved","updated_at":"{{updatedAt}}",
                 "client":{"id":{{client}},"name":"C"},"project":{"id":{{project}},"name":"P"},"task":{"id":501,"name":"Development"},"user":{"id":17,"name":"Dana"} }
                """);
        }

        return $$"""{"time_entries":[{{rows}}]}""";
    }

    private static string Expenses()
    {
        string[] amounts = ["48.33", "-210.40", "189.55", "12480", "31.07", "-19.99", "7.77", "905"];
        var rows = amounts.Select((amount, i) => FormattableString.Invariant($$"""
            {"id":{{701 + i}},"spent_date":"2026-10-{{i + 1:00}}","total_cost":{{amount}},"currency":"{{Clients[i % 4].Currency}}","notes":"","billable":true,"is_billed":false,"approval_status":"approved","updated_at":"2026-10-20T12:00:00Z",
             "client":{"id":{{Clients[i % 4].Id}},"name":"C"},"project":{"id":{{Clients[i % 4].Project}},"name":"P"},"expense_category":{"id":71,"name":"Lodging"},"user":{"id":17,"name":"Dana"} }
            """));
        return $$"""{"expenses":[{{string.Join(',', rows)}}]}""";
    }

    private const string Job = """
        job: small
        schema: 2
        series: K
        billFrom: 2026-10-01
        schedule: { cron: "0 30 2 ? * TUE-SAT", timeZone: America/New_York }
        period: { every: month, closeAfter: 3d, documentDate: period-end }
        source:
          connector: sandbox-time
          settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN }
          streams: [time_entries, expenses]
          lookback: 2d
          approval: required
        mapping: small
        destinations:
          all: { connector: sandbox-books, settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN } }
        posting: { as: final }
        limits: { rejections: 50, hoursPerEntry: 24 }
        report:
          folder: reports
          csv: { delimiter: ",", decimal: "." }
          email: { to: [books@example.com], from: batchsync@example.com, when: always, pickupFolder: mail }

        """;

    private const string Mapping = """
        mapping: small
        schema: 2
        version: 1.0.0
        entities:
          us: { baseCurrency: USD, timeZone: America/New_York }
        defaults: { entity: us, currency: USD, tax: NONE, terms: net-30, account: "4000" }
        clients:
          - { code: ACME, source: ["1001"], destination: "58", name: Acme Corp, tax: CA-SALES }
          - { code: BLUEBIRD, source: ["1002"], destination: "59", name: Bluebird LLC, tax: CA-SALES }
          - { code: NORDWIND, source: ["1003"], destination: "61", name: Nordwind GmbH, currency: EUR }
          - { code: SAKURA, source: ["1004"], destination: "64", name: Sakura KK, currency: JPY }
        projects:
          - { code: A-WEB, source: ["300"], client: ACME, name: Website }
          - { code: B-AUDIT, source: ["301"], client: BLUEBIRD, name: Audit }
          - { code: N-ERP, source: ["302"], client: NORDWIND, name: ERP }
          - { code: S-APP, source: ["303"], client: SAKURA, name: App }
        tasks:
          - { code: DEV, name: [Development], item: "12" }
        categories:
          - { code: HOTEL, name: [Lodging], account: "4900", item: "21" }
        people:
          - { code: dana@example.com, source: ["17"], name: Dana }
        rates:
          - { when: { client: SAKURA }, hourly: 16500 }
          - { when: { task: DEV }, hourly: 150.00 }
        rounding:
          time: { increment: 15m, mode: up, scope: entry }
          money: { mode: half-up }
        tax: { per: line }
        taxes:
          CA-SALES: { destination: TAX, components: [ { name: state, rates: [ { rate: 7.25% } ] } ] }
          NONE: { destination: NON, exempt: services }
        lines: { groupBy: [project, task, person], description: [project, task, person, period] }

        """;
}
