using System.Text;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>Plans, approvals, unposts and releases as a user reads them, piped; as approved. BATCHSYNC_ACCEPT=1 rewrites it.</summary>
[Parallelizable(ParallelScope.Fixtures)]
public sealed class PlanTranscriptTests
{
    private const string Start = "id,date,client,task,hours\n1,2026-10-05,Acme,Design,2\n2,2026-10-06,Acme,Travel,1.5\n3,2026-10-06,Bluebird,Design,4\n4,2026-11-02,Acme,Design,1\n";
    private const string Edited = "id,date,client,task,hours\n1,2026-10-05,Acme,Design,2\n2,2026-10-06,Acme,Travel,2.5\n3,2026-10-06,Bluebird,Design,4\n4,2026-11-02,Acme,Design,1\n5,2026-10-07,Bluebird,Design,3\n";

    [Test]
    public async Task Plan_FromApprovalToRelease_ReadsAsApproved()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path, "none", 100, Start);
        var text = new StringBuilder();
        async Task Say(params string[] commands)
        {
            foreach (var command in commands)
            {
                var run = await CommandRun.OfAsync([.. Words(command).Select(word => word.Replace("FOLDER", folder.Path, StringComparison.Ordinal))]);
                text.Append(run.Transcript(command, folder.Path).Replace($"by {Environment.UserName} ", "by USER ", StringComparison.Ordinal)).Append('\n');
            }
        }

        await Say("plan firm --config FOLDER --out FOLDER/first.json", "run firm --config FOLDER --plan FOLDER/first.json");
        Write(folder.Path, "plan", 120, Edited);
        await Say(
            "run firm --config FOLDER",
            "plan firm --config FOLDER --out FOLDER/second.json",
            "run firm --config FOLDER --plan FOLDER/second.json",
            "plan approve FOLDER/second.json --config FOLDER --reason 'seen with the client'",
            "plan approve FOLDER/second.json --config FOLDER --reason 'once more'");
        Write(folder.Path, "plan", 120, Edited.Replace("Bluebird,Design,3", "Bluebird,Design,3.5", StringComparison.Ordinal));
        await Say("run firm --config FOLDER --plan FOLDER/second.json", "run firm --config FOLDER --plan FOLDER/second.json --as-of 2026-11-05", "run firm --config FOLDER --plan FOLDER/none.json");
        Write(folder.Path, "none", 120, Edited.Replace("Bluebird,Design,3", "Bluebird,Design,3.5", StringComparison.Ordinal));
        Mapping(Path.Combine(folder.Path, "cheaper.yaml"), 90);
        await Say(
            "run firm --config FOLDER",
            "plan firm --config FOLDER --mapping FOLDER/cheaper.yaml --from 2026-10-01 --to 2026-10-31",
            "plan firm --config FOLDER --mapping FOLDER/cheaper.yaml",
            "unpost 1 --config FOLDER --reason 'wrong rates'",
            "unpost 2 --config FOLDER --reason 'wrong rates'",
            "release firm time_entries/9 --config FOLDER --reason mended",
            "release firm --run 2 --config FOLDER --reason mended",
            "plan firm --config FOLDER");
        Repository.Compare("tests/BatchSync.Tests/Cli/Approved/plan.txt", text.ToString());
    }

    // Quotes hold words together, as a shell has it.
    private static IEnumerable<string> Words(string command) => command.Split('\'').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static void Write(string folder, string approval, int rate, string entries)
    {
        Directory.CreateDirectory(Path.Combine(folder, "jobs"));
        Directory.CreateDirectory(Path.Combine(folder, "mapping-config", "connectors"));
        Directory.CreateDirectory(Path.Combine(folder, "exports"));
        File.WriteAllText(Path.Combine(folder, "exports", "time.csv"), entries);
        Mapping(Path.Combine(folder, "mapping-config", "firm.yaml"), rate);
        File.WriteAllText(Path.Combine(folder, "jobs", "firm.yaml"), $$"""
            job: firm
            schema: 2
            series: F
            billFrom: 2026-10-01
            period: { every: month, closeAfter: 3d }
            source: { connector: exports, settings: { folder: exports }, streams: [time_entries], approval: none }
            mapping: firm
            destinations:
              all: { connector: journal, settings: { file: books.journal } }
            posting: { as: final, onChange: credit-and-rebill, approval: {{approval}} }
            """);
        File.WriteAllText(Path.Combine(folder, "mapping-config", "connectors", "exports.yaml"), """
            connector: exports
            schema: 2
            kind: source
            type: csv
            folder: setting:folder
            streams:
              time_entries:
                path: "*.csv"
                fields: { id: id, date: date, clientName: client, taskName: task, seconds: { path: hours, as: hours } }
            """);
    }

    private static void Mapping(string path, int rate) => File.WriteAllText(path, $$"""
        mapping: firm
        schema: 2
        version: 1.0.0
        entities:
          us: { baseCurrency: USD, timeZone: UTC }
        defaults: { entity: us, currency: USD, tax: VAT, terms: net-30, account: "4000" }
        clients:
          - { code: ACME, name: Acme, destination: "58" }
          - { code: BLUEBIRD, name: Bluebird, destination: "70" }
        tasks:
          - { code: DESIGN, name: [Design] }
          - { code: TRAVEL, name: [Travel] }
        rates:
          - { when: { task: DESIGN }, hourly: {{rate}}.00 }
          - { when: { task: TRAVEL }, hourly: 80.00, billable: 0.5 }
        taxes:
          VAT: { destination: TAX, components: [ { name: vat, rates: [ { rate: 10% } ] } ] }
        lines: { groupBy: [task], description: [task, period] }
        """);
}
