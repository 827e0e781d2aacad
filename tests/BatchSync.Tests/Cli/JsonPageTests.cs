using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchSync.Cli;
using BatchSync.Core.Scheduling;
using BatchSync.Sandbox;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using BatchSync.Tests.Tidy;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>docs/json.md names every field that a command prints with <c>--json</c>, and no other: what programs read may grow, and never loses a name unseen.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class JsonPageTests
{
    private const string Path = "docs/json.md";

    [Test]
    public void Page_HasEveryCommandWithJson()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, ErrorIsSame: false, null);
        var commands = Below("", CommandLine.Parse([], TimeProvider.System, terminal).RootCommandResult.Command);
        Assert.That(Documented().Keys, Is.EquivalentTo(commands.Where(c => c.Command.Options.Any(o => o.Name == "--json")).Select(c => c.Name)));
    }

    [Test]
    public async Task Page_NamesTheFieldsThatCommandsPrint()
    {
        await using var desk = await Desk.OpenAsync();
        var (printed, documented) = (await desk.PrintAsync(), Documented());
        var unknown = printed.SelectMany(p => p.Value.Except(documented[p.Key]).Select(f => $"{p.Key} prints {f}"));
        var gone = printed.SelectMany(p => documented[p.Key].Except(p.Value).Where(f => IsFilled(p.Value, f)).Select(f => $"{p.Key} does not print {f}"));
        Assert.That(unknown.Concat(gone), Is.Empty);
        Assert.That(documented.Keys.Except(printed.Keys), Is.EquivalentTo(new[] { "auth status", "store adopt", "deadletters discard" }), "a person at a browser, a restored backup, and what is as for retry");
    }

    // Of an object or list that was null or empty nothing can be said.
    private static bool IsFilled(HashSet<string> printed, string field)
    {
        var above = field.LastIndexOf('.');
        return above < 0 || printed.Any(p => p.StartsWith(field[..(above + 1)], StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, Command Command)> Below(string path, Command command) =>
        command.Subcommands.SelectMany(c => Below($"{path} {c.Name}".Trim(), c)).Prepend((path, command));

    // A section may be of several commands: its heading names them.
    private static Dictionary<string, HashSet<string>> Documented()
    {
        var text = Page.Of(Path).Text;
        var shapes = Sections(text, "\n### ").ToDictionary(s => s.Heading, s => s.Text.Split("\n## ")[0], StringComparer.Ordinal);
        var found = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var (heading, section) in Sections(text, "\n## ").Where(s => s.Heading != "Shapes"))
        {
            var fields = Fields("", section, shapes).ToHashSet(StringComparer.Ordinal);
            foreach (Match command in Quoted().Matches(heading)) found.Add(command.Groups["name"].Value, fields);
        }

        return found;
    }

    private static IEnumerable<(string Heading, string Text)> Sections(string text, string mark) =>
        text.Split(mark)[1..].Select(s => s.Split('\n', 2)).Select(s => (s[0], s[1]));

    // What a section says to be of a shape has its fields; a section without a table is that shape itself.
    private static IEnumerable<string> Fields(string above, string section, Dictionary<string, string> shapes)
    {
        var sentences = string.Join('\n', section.Split('\n').Where(line => !line.StartsWith('|')));
        var rows =
            from Match row in Row().Matches(section)
            from Match name in Quoted().Matches(row.Groups["names"].Value)
            select (Name: above + name.Groups["name"].Value, Is: row.Groups["is"].Value);
        return OfShapes(above, sentences).Concat(rows.SelectMany(row => WithThoseAbove(row.Name).Concat(OfShapes(row.Name + ".", row.Is))));

        IEnumerable<string> OfShapes(string name, string text) => Link().Matches(text).SelectMany(link => Fields(name, shapes[link.Groups["shape"].Value], shapes));
    }

    private static IEnumerable<string> WithThoseAbove(string name) =>
        Enumerable.Range(0, name.Length + 1).Where(i => i == name.Length || name[i] == '.').Select(i => name[..i]).Select(part => part.EndsWith("[]", StringComparison.Ordinal) ? part[..^2] : part);

    [GeneratedRegex(@"^\| (?<names>`[^|]*) \| (?<is>[^|\n]*) ?\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[\w+\]\(#(?<shape>\w+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex Quoted();

    /// <summary>A firm with something of everything: rejected rows, a refused document, differences, holidays, rates, changes.</summary>
    private sealed class Desk : IAsyncDisposable
    {
        private const string Job = "weekly-expenses";

        private readonly TemporaryFolder _folder = ExpensesFolder.Create("alerts: { routes: [ { email: { to: [oncall@example.com], from: batchsync@example.com, pickupFolder: alerts } } ] }\n");
        private readonly Dictionary<string, HashSet<string>> _printed = new(StringComparer.Ordinal);
        private RunningSandbox _sandbox = null!;

        public static async Task<Desk> OpenAsync()
        {
            var desk = new Desk { _sandbox = await RunningSandbox.StartAsync(("expenses.json", """{"expenses":[]}""")) };
            desk.Write("token.txt", SandboxOptions.DefaultToken);
            desk.Edit("job.yaml", "connector: journal, settings: { file: books.journal }", $"connector: sandbox-books, settings: {{ baseUrl: {desk._sandbox.Server.Address.ToString().TrimEnd('/')}, token: file:token.txt }}");
            desk.Edit("job.yaml", "posting: { as: final }", "posting: { as: draft }");
            return desk;
        }

        public async Task<Dictionary<string, HashSet<string>>> PrintAsync()
        {
            await NoteAsync("plan", $"plan {Job}");
            _sandbox.Server.UseFaults("faults: [{ on: 'POST /books/v1/invoices/bulk', do: reject-items, positions: [1] }]", "test");
            await NoteAsync("run", $"run {Job}");
            await NoteAsync("deadletters list", "deadletters list");
            var refused = JsonDocument.Parse((await SayAsync("deadletters list --json")).Output).RootElement[0].GetProperty("documentNo").GetInt64();
            await NoteAsync("deadletters show", $"deadletters show {refused}");
            await NoteAsync("deadletters retry", $"deadletters retry {refused} --reason mended");
            await NoteAsync("differences list", "differences list");
            await NoteAsync("alerts", "alerts");
            await NoteAsync("alerts check", "alerts check");
            await SkipAsync();
            await SayAsync($"pause {Job} --reason looked");
            await NoteAsync("status", "status");
            await SayAsync($"resume {Job} --reason looked");
            await NoteAsync("runs occurrences", "runs occurrences");
            await NoteAsync("runs", "runs");
            await NoteAsync("runs show", "runs show 2");
            await NoteAsync("mapping suggest", $"mapping suggest {Job}");
            await NoteAsync("run", $"run {Job}");
            await NoteAsync("explain", "explain expenses/R-1001");
            await NoteAsync("explain", $"explain {await ReferenceAsync()}");
            await NoteAsync("report", "report 2 --no-mail");
            await NoteAsync("audit verify", "audit verify");
            await NoteAsync("audit export", "audit export");
            await NoteAsync("store verify", "store verify");
            await NoteAsync("store backup", $"store backup {System.IO.Path.Combine(_folder.Path, "copy.db")}");
            await NoteAsync("replay", $"replay {Job}");
            Edit("mapping.yaml", "markup: 7.5%", "markup: 12.5%");
            Edit("mapping.yaml", "net: 263.48", "net: 275.74");
            await NoteAsync("replay", $"replay {Job} --mapping {System.IO.Path.Combine(_folder.Path, "mapping.yaml")}");
            await NoteAsync("plan", $"plan {Job} --mapping {System.IO.Path.Combine(_folder.Path, "mapping.yaml")} --from 2026-10-26 --to 2026-11-08");
            await NoteAsync("plan", $"plan {Job}");
            await NoteAsync("unpost", $"unpost 4 --reason wrong");
            await NoteAsync("release", $"release {Job} --run 4 --reason mended");
            Write("rates.csv", "Date,USD\n2026-10-30,1.1\n2026-11-02,1.2\n");
            await NoteAsync("fx import", $"fx import {System.IO.Path.Combine(_folder.Path, "rates.csv")} --provider ecb");
            await NoteAsync("fx show", "fx show");
            await NoteAsync("fx show", "fx show --currency USD");
            await NoteAsync("fx show", "fx show --pair USD/EUR --date 2026-11-02 --provider ecb");
            Edit("job.yaml", "series: E", "seris: E");
            await NoteAsync("check", "check");
            return _printed;
        }

        public async ValueTask DisposeAsync()
        {
            await _sandbox.DisposeAsync();
            _folder.Dispose();
        }

        private async Task NoteAsync(string name, string command)
        {
            var run = await SayAsync(command + " --json");
            Assert.That(run.Output, Is.Not.Empty, $"{command}: {run.Error}");
            if (!_printed.TryGetValue(name, out var fields)) _printed.Add(name, fields = new HashSet<string>(StringComparer.Ordinal));
            foreach (var text in name == "audit export" ? run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [run.Output])
            {
                using var answer = JsonDocument.Parse(text);

                // Steps have steps, as deep as it takes.
                fields.UnionWith(Fields("", answer.RootElement).Select(f => f.StartsWith("explanation.", StringComparison.Ordinal) ? f.Replace("steps[].", "", StringComparison.Ordinal) : f));
            }
        }

        private Task<CommandRun> SayAsync(string command) => CommandRun.OfAsync([.. command.Split(' '), "--config", _folder.Path]);

        // Maps by a name of the user's, such as streams, are one field.
        private static IEnumerable<string> Fields(string above, JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Fields(above.Length == 0 ? "" : above + "[]", item)),
            JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Fields(above, p)),
            _ => [],
        };

        private static IEnumerable<string> Fields(string above, JsonProperty p)
        {
            var name = above.Length == 0 ? p.Name : $"{above}.{p.Name}";
            return (p.Name is "watermarks" or "told" || (p.Name == "amounts" && p.Value.ValueKind == JsonValueKind.Object) ? [] : Fields(name, p.Value)).Prepend(name);
        }

        private async Task<string> ReferenceAsync()
        {
            await using var store = await StoreAsync();
            return (await store.ListDocumentsAsync("E", null, CancellationToken.None))[^1].Reference;
        }

        private async Task SkipAsync()
        {
            await using var store = await StoreAsync();
            var lease = (await store.AcquireLeaseAsync("E", TimeSpan.FromMinutes(1), CancellationToken.None))!;
            await store.SkipOccurrencesAsync(lease, Job, [new SkippedOccurrence(new FireTime(new DateOnly(2026, 11, 3), new DateTimeOffset(2026, 11, 3, 5, 0, 0, TimeSpan.Zero)), "holiday")], CancellationToken.None);
            await store.ReleaseLeaseAsync(lease, CancellationToken.None);
        }

        private async Task<SqlStore> StoreAsync()
        {
            var time = new ManualTime(new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero));
            var store = SqlStore.Open(StorePlace.OfFile(System.IO.Path.Combine(_folder.Path, "batchsync.db")).Dialect(time), time);
            await store.MakeReadyAsync(CancellationToken.None);
            return store;
        }

        private void Write(string file, string text) => File.WriteAllText(System.IO.Path.Combine(_folder.Path, file), text);

        private void Edit(string file, string old, string now)
        {
            var text = File.ReadAllText(System.IO.Path.Combine(_folder.Path, file));
            Assert.That(text, Does.Contain(old));
            Write(file, text.Replace(old, now, StringComparison.Ordinal));
        }
    }
}
