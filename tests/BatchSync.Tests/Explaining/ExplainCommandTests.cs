using System.Text.Json;
using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Explaining;

/// <summary>The command over the store that the demo leaves: names, near names, ambiguous names, both forms of the answer.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Fixtures)]
public sealed class ExplainCommandTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeSetUp]
    public async Task DemoAsync() => Assert.That((await CommandRun.OfAsync("demo", "--folder", _folder.Path)).Exit, Is.Zero);

    [OneTimeTearDown]
    public void Clean() => _folder.Dispose();

    [Test]
    public async Task Explain_OfEveryDocumentOfTheDemo_Follows()
    {
        foreach (var reference in References)
        {
            var run = await RunAsync("explain", reference);
            Assert.That((run.Exit, run.Error), Is.EqualTo((ExitCodes.Done, "")));
            Assert.That(run.Output, Does.EndWith("\nEvery step follows from what is stored.\n"));
        }
    }

    [Test]
    public async Task Explain_ByTheIdAtTheDestination_IsTheDocumentOfThatReference()
    {
        Assert.That((await RunAsync("explain", IdAtTheDestination)).Output, Is.EqualTo((await RunAsync("explain", Reference)).Output));
    }

    [Test]
    public async Task Explain_AsJson_IsTheSameTree()
    {
        var run = await RunAsync("explain", $"{Reference}/1", "--json");
        using var json = JsonDocument.Parse(run.Output);
        var root = json.RootElement;
        var line = root.GetProperty("explanation").GetProperty("steps").EnumerateArray().Single(s => s.GetProperty("step").GetString() == "line");
        Assert.Multiple(() =>
        {
            Assert.That(root.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "subject", "follows", "doNotFollow", "notChecked", "explanation" }));
            Assert.That(root.GetProperty("follows").GetBoolean(), Is.True);
            Assert.That(line.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("step").GetString()), Is.SupersetOf(new[] { "record", "time", "quantity", "rate", "amount", "tax code", "net" }));
        });
    }

    [TestCase("explain time_entries/9999999", "There is no document and no record 'time_entries/9999999' in this store. A document is named by")]
    [TestCase("explain time_entries/1", "Near: time_entries/9001, time_entries/9011,")]
    [TestCase("explain clients/1001", "There is no document and no record 'clients/1001' in this store.")]
    [TestCase("explain REFERENCE/99", "Document REFERENCE has no line 99: it has lines 1 to ")]
    [TestCase("explain REFERENC", "Near: REFERENCE.")]
    [TestCase("explain REFERENCE --job other", "No job 'other' has run with this store. Jobs that have: consulting.")]
    public async Task Explain_OfWhatIsNotThere_SaysWhatIs(string command, string said)
    {
        var reference = Reference;
        var run = await RunAsync([.. command.Replace("REFERENCE", reference, StringComparison.Ordinal).Replace("REFERENC", reference[..^1], StringComparison.Ordinal).Split(' ')]);
        Assert.That((run.Exit, run.Output), Is.EqualTo((ExitCodes.Configuration, "")));
        Assert.That(run.Error, Does.Contain(said.Replace("REFERENCE", reference, StringComparison.Ordinal)));
    }

    [Test]
    public async Task Explain_OfANameThatTwoThingsHave_ListsThem()
    {
        using var folder = new TemporaryFolder();
        await CommandRun.OfAsync("demo", "--folder", folder.Path);
        var store = $"Data Source={Path.Combine(folder.Path, "batchsync.db")};Pooling=False";
        var id = Query(store, "SELECT source_id FROM records WHERE stream = 'expenses' ORDER BY source_id LIMIT 1");
        Query(store, $"UPDATE records SET source_id = '{id}' WHERE record_no = (SELECT MIN(record_no) FROM records WHERE stream = 'time_entries') RETURNING record_no");
        var run = await CommandRun.OfAsync("explain", id, "--config", folder.Path);
        Assert.That((run.Exit, run.Error), Is.EqualTo((2,
            $"error: '{id}' may be one of 2; name the one that is meant:\n  batchsync explain time_entries/{id}  record of series C\n  batchsync explain expenses/{id}  record of series C\n")));
    }

    [Test]
    public async Task Explain_OfALineOfTheDemo_ReadsAsThePageShows()
    {
        var name = Query(Store, "SELECT d.reference || '/' || l.line_no FROM documents d JOIN document_lines l ON l.document_no = d.document_no WHERE l.description = 'ERP rollout - Travel - Dana Diaz - 2026-10'");
        var run = await RunAsync("explain", name);
        const string Page = "docs/explain.md";
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, Page));
        var begin = text.IndexOf("$ batchsync explain ", StringComparison.Ordinal);
        var end = text.IndexOf("```", begin, StringComparison.Ordinal);
        Repository.Compare(Page, $"{text[..begin]}$ batchsync explain {name}\n{run.Output}{text[end..]}");
    }

    [TestCase(80)]
    [TestCase(160)]
    public async Task Explain_OnATerminal_FitsIt(int width)
    {
        using var output = new StringWriter();
        var exit = await CommandLine.RunAsync(
            ["explain", Reference, "--config", _folder.Path, "--no-color"], new ManualTime(), new Terminal(output, output, IsInteractive: true, ErrorIsSame: true, width), CancellationToken.None);
        Assert.That(exit, Is.Zero);
        Assert.That(output.ToString().ReplaceLineEndings("\n").Split('\n').Select(l => l.Length), Is.All.LessThanOrEqualTo(width));
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--config", _folder.Path]);

    private string Store => $"Data Source={Path.Combine(_folder.Path, "batchsync.db")};Pooling=False;Mode=ReadOnly";

    private string Reference => Query(Store, "SELECT reference FROM documents ORDER BY document_no LIMIT 1");

    private string IdAtTheDestination => Query(Store, "SELECT destination_id FROM outbox ORDER BY document_no LIMIT 1");

    private string[] References => Query(Store, "SELECT group_concat(reference, ' ') FROM documents").Split(' ');

    private static string Query(string store, string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection(store);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return FormattableString.Invariant($"{command.ExecuteScalar()}");
    }
}
