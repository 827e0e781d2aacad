using System.Globalization;
using System.Text;

namespace BatchSync.Benchmarks.Macro;

/// <summary>The configuration by which the product does the job, its defaults all on.</summary>
internal static class ProductFolder
{
    public const string Job = "bench";
    public const string AsOf = "2026-01-10T12:00Z";

    /// <summary>As many calls under way as the floor has.</summary>
    private const string FourAtOnce = "calls: { inFlight: 4 }\n";

    /// <param name="timeCalls">What the time tracker's connector says of calls; empty: nothing.</param>
    /// <param name="booksCalls">The same of the books.</param>
    /// <param name="documentsPerCall">How many documents are created in one call.</param>
    public static void Write(string folder, int entries, string timeCalls = "", string booksCalls = FourAtOnce, int documentsPerCall = 100)
    {
        WriteFile(folder, "jobs/bench.yaml", JobText);
        WriteFile(folder, "mapping-config/bench.yaml", MappingOf(entries));
        WriteFile(folder, "mapping-config/connectors/bench-time.yaml", Time + timeCalls);
        WriteFile(folder, "mapping-config/connectors/bench-books.yaml", BooksOf(documentsPerCall) + booksCalls);
    }

    /// <summary>Adds a client to the mapping that no entry is of: the rules are others from there on, and the same for every entry.</summary>
    public static void AddClient(string folder)
    {
        const string Clients = "\nclients:\n";
        var file = Path.Combine(folder, "mapping-config/bench.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace(Clients, $"{Clients}  - {{ code: NEW, source: [\"1\"], destination: \"new\", name: New client, tax: VAT }}\n", StringComparison.Ordinal));
    }

    private static void WriteFile(string folder, string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string MappingOf(int entries)
    {
        var text = new StringBuilder(MappingHead);
        for (var client = 0; client < Entry.ClientsOf(entries); client++)
            text.Append(CultureInfo.InvariantCulture, $"  - {{ code: C{client}, source: [\"{5_735_000 + client}\"], destination: \"{client}\", name: Client {client}, tax: VAT }}\n");
        text.Append("projects:\n");
        for (var client = 0; client < Entry.ClientsOf(entries); client++)
            text.Append(CultureInfo.InvariantCulture, $"  - {{ code: P{client}, source: [\"{14_307_000 + client}\"], client: C{client}, name: Project {client} }}\n");
        text.Append("tasks:\n");
        for (var task = 0; task < Entry.Tasks; task++) text.Append(CultureInfo.InvariantCulture, $"  - {{ code: T{task}, source: [\"{8_083_000 + task}\"], item: \"{task + 1}\", name: Task {task} }}\n");
        text.Append("rates:\n");
        for (var client = 0; client < Entry.ClientsOf(entries); client++) text.Append(CultureInfo.InvariantCulture, $"  - {{ when: {{ client: C{client} }}, hourly: {Entry.RateOf(client)}.00 }}\n");
        return text.ToString();
    }

    private const string JobText = """
        job: bench
        schema: 2
        series: B
        billFrom: 2025-01-01
        period: { every: month, closeAfter: 3d }
        source:
          connector: bench-time
          settings: { baseUrl: env:BENCH_URL }
          streams: [time_entries]
          approval: required
        mapping: bench
        destinations:
          all: { connector: bench-books, settings: { baseUrl: env:BENCH_URL } }
        posting: { as: final }

        """;

    private const string MappingHead = """
        mapping: bench
        schema: 2
        version: 1.0.0
        entities:
          de: { baseCurrency: EUR, timeZone: Europe/Berlin }
        defaults: { entity: de, currency: EUR, tax: VAT, terms: net-30, account: "4000" }
        rounding:
          time: { increment: 15m, mode: half-up, scope: entry }
          money: { mode: half-up }
        tax: { per: line }
        taxes:
          VAT: { destination: VAT, components: [ { name: vat, rates: [ { rate: 20% } ] } ] }
        lines: { groupBy: [project, task], description: [project, task, period] }
        clients:

        """;

    private const string Time = """
        connector: bench-time
        schema: 2
        kind: source
        type: rest
        baseUrl: setting:baseUrl
        probe: { path: /account, field: account.id }
        streams:
          time_entries:
            path: /time_entries
            paginator: { cursor: { path: next_cursor, parameter: cursor } }
            records: time_entries
            statedTotal: total_entries
            modifiedSince: updated_since
            fields:
              id: id
              date: spent_date
              seconds: { path: hours, as: hours }
              client: client.id
              clientName: client.name
              project: project.id
              projectName: project.name
              task: task.id
              taskName: task.name
              person: user.id
              personName: user.name
              billable: billable
              billedElsewhere: is_billed
              approved: { path: approval_status, as: boolean, trueValues: [approved] }
              notes: notes
              modifiedAt: updated_at

        """;

    private static string BooksOf(int documentsPerCall) => $$"""
        connector: bench-books
        schema: 2
        kind: destination
        type: rest
        baseUrl: setting:baseUrl
        company: { path: /company, tenantField: company.id, environmentField: company.environment }
        create:
          path: /invoices/bulk
          envelope: invoices
          batchSize: {{documentsPerCall}}
          results: results
          resultReference: reference
          resultId: id
          resultStatus: status
          createdValues: [created]
          errorCode: error.code
          errorMessage: error.message
        lookUp:
          path: /invoices
          parameter: references
          separator: ","
          batchSize: 100
          results: invoices
          fields: { reference: reference, id: id, client: customer, type: type, currency: currency, net: net, tax: tax, total: total }
        documentFields: { reference: reference, type: type, customer: client, date: date, due_date: due, currency: currency, net: net, tax: tax, total: total }
        linesField: lines
        lineFields: { description: description, quantity: quantity, unit_price: unitPrice, account: account, item: item, tax_code: taxCode, amount: amount, net: net, tax: tax }
        invoiceValue: invoice
        creditNoteValue: credit_note
        referenceLength: 32
        quantityDecimals: 4
        settle: 2s

        """;
}
