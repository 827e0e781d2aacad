using System.CommandLine;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>init</c>: a job and a mapping to start from, which pass <c>check</c> and run against the sandbox.</summary>
internal static class InitCommand
{
    public static Command Create(GlobalOptions options)
    {
        var folder = new Argument<string?>("folder") { Description = "Where to write (default: this folder)", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("init", "Writes a job, a mapping and a source file to start from") { folder };
        command.SetAction(parsed =>
        {
            var target = Path.GetFullPath(parsed.GetValue(folder) ?? ".");
            var files = Files().ToList();
            var taken = files.Where(f => File.Exists(Path.Combine(target, f.Path))).Select(f => f.Path).ToList();
            if (taken.Count > 0) throw new UsageException($"{string.Join(", ", taken)} already exist in {target}; nothing was written. Name an empty folder.");
            TargetFolder.Fill(target, () => files.ForEach(f => Write(Path.Combine(target, f.Path), f.Text)));
            Show(options.Screen(parsed), target, files.Select(f => f.Path));
            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<(string Path, string Text)> Files()
    {
        yield return ("jobs/first-job.yaml", Job);
        yield return ("mapping-config/first-mapping.yaml", Mapping);
        yield return ("sandbox-data/time_entries.json", Rows);
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.ReplaceLineEndings("\n"));
    }

    private static void Show(Screen screen, string target, IEnumerable<string> files)
    {
        foreach (var file in files) screen.Line($"wrote {Path.Combine(target, file)}");
        screen.Line();
        screen.Line("Next:");
        screen.Line($"  batchsync check --config {target}");
        screen.Line($"  batchsync sandbox --data {Path.Combine(target, "sandbox-data")}");
        screen.Line("    in another window; set the variables that it prints in this one");
        screen.Line($"  batchsync plan first-job --config {target}");
        screen.Line($"  batchsync run first-job --config {target}");
    }

    private const string Job = """
        # One job: where time and expenses come from, when, and where their documents go. All fields: docs/configuration.md
        job: first-job
        schema: 2
        series: F                                       # part of every document's identity: never change it
        billFrom: 2026-10-01                            # earlier records were billed before BatchSync
        schedule: { cron: "0 30 2 ? * TUE-SAT", timeZone: America/New_York }
        period: { every: month, closeAfter: 3d, documentDate: period-end }
        source:
          connector: sandbox-time                       # harvest, redmine, or a connector file of your own
          settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN }
          streams: [time_entries]
          approval: required
        mapping: first-mapping
        destinations:
          all: { connector: sandbox-books, settings: { baseUrl: env:BATCHSYNC_SANDBOX_URL, token: env:BATCHSYNC_SANDBOX_TOKEN } }
        posting: { as: draft }
        report:
          csv: { delimiter: ",", decimal: "." }

        """;

    private const string Mapping = """
        # The rules that turn records into documents. All fields: docs/configuration.md
        mapping: first-mapping
        schema: 2
        version: 1.0.0
        entities:
          us: { baseCurrency: USD, timeZone: America/New_York }
        defaults: { entity: us, currency: USD, tax: NONE, terms: net-30, account: "4000" }
        clients:
          - { code: ACME, source: ["1001"], destination: "58", name: Acme Corp }
        projects:
          - { code: ACME-WEB, source: ["300"], client: ACME, name: Website }
        tasks:
          - { code: DEV, name: [Development] }
        rates:                                          # the first that matches wins
          - { when: { project: ACME-WEB, task: DEV }, hourly: 150.00 }
        rounding:
          time: { increment: 15m, mode: up, scope: entry }
          money: { mode: half-up }
        tax: { per: line }
        taxes:
          NONE: { destination: NON, exempt: services }
        lines: { groupBy: [project, task, person], description: [project, task, period] }
        tests:                                          # run by `batchsync check`
          - given: { client: "1001", project: "300", task: Development, person: Dana, date: 2026-10-02, hours: 1.10 }
            expect: { client: ACME, quantity: 1.25, unitPrice: 150.00, net: 187.50, tax: 0.00 }

        """;

    private const string Rows = """
        {"time_entries":[
          {"id":1,"spent_date":"2026-10-02","hours":1.10,"notes":"First hour","billable":true,"is_billed":false,"approval_status":"approved","updated_at":"2026-10-02T17:00:00Z","client":{"id":1001,"name":"Acme Corp"},"project":{"id":300,"name":"Website"},"task":{"id":1,"name":"Development"},"user":{"id":7,"name":"Dana"}}
        ]}

        """;
}
