using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace BatchSync.Cli;

/// <summary>A command line as somebody would type it.</summary>
/// <param name="Does">What for, in a few words.</param>
/// <param name="Line">Without the program's name.</param>
internal sealed record Example(string Does, string Line);

/// <summary>The examples with which the help of each command ends, by the command's names; a command of commands shows the first one of each of them.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, Example[]> ByCommand = new(StringComparer.Ordinal)
    {
        [""] =
        [
            new("A whole run on this machine, with nothing but the program", "demo"),
            new("Files to start from", "init books"),
            new("What a run would post, to the cent", "plan first-job --config books"),
            new("One run now", "run first-job --config books"),
        ],
        ["demo"] = [new("Leaves everything in a folder of this name", "demo --folder demo")],
        ["init"] =
        [
            new("A job against the sandbox; on a terminal, a few questions are asked first", "init books"),
            new("From Harvest into a plain-text ledger, without a question", "init books --source harvest --destination journal --currency EUR --time-zone Europe/Berlin --bill-from 2026-10-01"),
        ],
        ["check"] = [new("Everything in a configuration folder", "check --config /srv/books"), new("One file", "check jobs/harvest-to-ledger.yaml")],
        ["config upgrade"] = [new("Whether files are of an older schema; exit 3 where one is", "config upgrade --check"), new("Rewrites them", "config upgrade")],
        ["plan"] =
        [
            new("What a run would do now", "plan harvest-to-ledger"),
            new("To be approved, then posted as it is", "plan harvest-to-ledger --out plan.json"),
            new("What other rules would have done to a month", "plan harvest-to-ledger --mapping new-rates.yaml --from 2026-10-01 --to 2026-10-31"),
        ],
        ["plan approve"] = [new("Lets a plan through", "plan approve plan.json --reason \"seen with the client\"")],
        ["run"] =
        [
            new("What is due", "run harvest-to-ledger"),
            new("For cron: waits for another run, says nothing where all is well, and logs into a file", "run harvest-to-ledger --lock-wait 30m --quiet --log-file log/batchsync.log"),
            new("A month once more, from the source on", "run harvest-to-ledger --from 2026-10-01 --to 2026-10-31"),
            new("What a person has approved", "run harvest-to-ledger --plan plan.json"),
        ],
        ["serve"] = [new("All schedules of a folder, with an address for a monitor", "serve --config /srv/books --health 127.0.0.1:8086 --log-file log/batchsync.log")],
        ["unpost"] = [new("All documents of run 12", "unpost 12 --reason \"wrong rates\""), new("One of them", "unpost 12 --document 7Q2M5VXK --reason \"wrong client\"")],
        ["release"] = [new("One record", "release harvest-to-ledger time_entries/17 --reason mended"), new("All that run 12 had billed", "release harvest-to-ledger --run 12 --reason \"rates mended\"")],
        ["status"] = [new("All jobs", "status"), new("For a program", "status --json")],
        ["runs"] = [new("The newest", "runs"), new("What went wrong since the first of the month", "runs --status failed --since 2026-11-01"), new("Those that want a person, of one job", "runs --job harvest-to-ledger --exit 3 --last 5")],
        ["runs show"] = [new("Steps and proof of run 12", "runs show 12")],
        ["runs occurrences"] = [new("Why there was no run", "runs occurrences --status skipped --since 2026-11-01")],
        ["report"] = [new("Writes and mails it once more", "report 12"), new("Only the files", "report 12 --no-mail")],
        ["alerts"] = [new("All that stand", "alerts")],
        ["alerts check"] = [new("For cron: looks, and tells those who are to be told", "alerts check --config /srv/books")],
        ["alerts test"] = [new("Whether alerts arrive", "alerts test harvest-to-ledger")],
        ["differences list"] = [new("All that stand", "differences list")],
        ["differences accept"] = [new("Lets number 7 stand", "differences accept 7 --reason \"credited by hand, CN-112\"")],
        ["deadletters list"] = [new("All that stand refused", "deadletters list")],
        ["deadletters show"] = [new("Every call for number 17", "deadletters show 17")],
        ["deadletters retry"] = [new("Tried again by the next run", "deadletters retry 17 --reason \"customer made at the destination\"")],
        ["deadletters discard"] = [new("Off the books until released", "deadletters discard 17 --reason \"billed by hand, INV-123\"")],
        ["pause"] = [new("Everything", "pause all --reason \"wrong rates\""), new("One job", "pause harvest-to-ledger --reason \"books are closed\"")],
        ["resume"] = [new("Everything", "resume all --reason \"rates mended\"")],
        ["explain"] = [new("Line 2 of a document", "explain 7Q2M5VXK/2"), new("What became of a record", "explain time_entries/17")],
        ["replay"] = [new("All that was ever read", "replay harvest-to-ledger"), new("A month", "replay harvest-to-ledger --from 2026-10-01 --to 2026-10-31")],
        ["audit verify"] = [new("Against a hash that stands in a mailed report", "audit verify --head HASH-OF-A-MAILED-REPORT")],
        ["audit export"] = [new("A quarter, for the auditor", "audit export --from 2026-10-01 --to 2026-12-31 --out audit-2026-q4.csv")],
        ["mapping suggest"] = [new("What is missing, with the YAML to paste", "mapping suggest harvest-to-ledger")],
        ["auth login"] = [new("In a browser on this machine", "auth login my-connector"), new("Where there is no browser", "auth login my-connector --refresh-token")],
        ["auth status"] = [new("Who is signed in", "auth status")],
        ["fx import"] = [new("History of the European Central Bank", "fx import eurofxref-hist.zip --provider ecb")],
        ["fx show"] = [new("What there is", "fx show"), new("The rate that a document would use", "fx show --pair USD/EUR --date 2026-10-31")],
        ["sandbox"] = [new("With books that last, and faults by script", "sandbox --data books/sandbox-data --books books/sandbox-books.jsonl --faults books/faults.yaml")],
        ["store migrate"] = [new("After an update, where the store is on SQL Server", "store migrate")],
        ["store backup"] = [new("While runs go on", "store backup /backup/batchsync.db")],
        ["store verify"] = [new("The store", "store verify"), new("A backup", "store verify --store /backup/batchsync.db")],
        ["store adopt"] = [new("After a restored backup", "store adopt harvest-to-ledger --reason \"looked at every document\"")],
        ["completion"] = [new("For the shell that is open", "completion bash")],
    };

    /// <summary>Those of a command; none where somebody forgot them.</summary>
    public static IReadOnlyList<Example> Of(Command command) => ByCommand.TryGetValue(NameOf(command), out var own) ? own : [.. command.Subcommands.SelectMany(c => Of(c).Take(1))];

    private static string NameOf(Command command)
    {
        var names = new Stack<string>();
        for (Symbol? at = command; at is not null and not RootCommand; at = at.Parents.FirstOrDefault()) names.Push(at.Name);
        return string.Join(' ', names);
    }
}

/// <summary>Help as the library writes it, and examples at its end.</summary>
internal sealed class HelpWithExamples(HelpAction sections) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var exit = sections.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in Examples.Of(parseResult.CommandResult.Command))
        {
            output.WriteLine($"  # {example.Does}");
            output.WriteLine($"  batchsync {example.Line}");
        }

        output.WriteLine();
        return exit;
    }
}
