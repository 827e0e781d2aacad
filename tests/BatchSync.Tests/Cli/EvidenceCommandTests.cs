using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchSync.Running;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>The commands of evidence, tried on what a demo leaves: 78 records of 2 pages on 4 documents.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class EvidenceCommandTests
{
    [Test]
    public async Task AuditVerify_AfterARun_IsWholeAndHasTheHeadThatTheMailNamed()
    {
        using var folder = await DemoAsync();
        var mailed = HashLine().Match(Mail(folder).Single()).Value;
        var plain = await OfAsync(folder, "audit verify");
        var known = await OfAsync(folder, $"audit verify --head {mailed.ToUpperInvariant()}");
        var unknown = await OfAsync(folder, $"audit verify --head {new string('a', 64)}");
        Assert.Multiple(() =>
        {
            Assert.That(mailed, Has.Length.EqualTo(64));
            Assert.That(plain.Exit, Is.EqualTo(ExitCodes.Done), plain.Error);
            Assert.That(plain.Output, Does.Match("^The audit trail of [0-9]+ events is whole.\nhead [0-9a-f]{64}\n$"));
            Assert.That((known.Exit, known.Output), Is.EqualTo((ExitCodes.Done, plain.Output.Replace("head", $"The hash {mailed} is in it.\nhead", StringComparison.Ordinal))));
            Assert.That(unknown.Exit, Is.EqualTo(ExitCodes.Differences));
            Assert.That(unknown.Output, Does.Contain("No event has the hash aaaa").And.Contain("or this is an older backup"));
        });
    }

    [Test]
    public async Task AuditVerify_WhereAnEventWasRewritten_NamesItAndEndsWithThree()
    {
        using var folder = await DemoAsync();
        Execute(folder, "DROP TRIGGER audit_events_keep; UPDATE audit_events SET author = 'mallory' WHERE event_no = 3");
        var text = await OfAsync(folder, "audit verify");
        var json = await OfAsync(folder, "audit verify --json");
        using var answer = JsonDocument.Parse(json.Output);
        Assert.That((text.Exit, json.Exit), Is.EqualTo((ExitCodes.Differences, ExitCodes.Differences)));
        Assert.That(text.Output, Does.Contain("The audit trail is broken at event 3 of "));
        Assert.That((answer.RootElement.GetProperty("holds").GetBoolean(), answer.RootElement.GetProperty("broken").GetProperty("eventNo").GetInt64()), Is.EqualTo((false, 3)));
    }

    [Test]
    public async Task AuditExport_GivesEveryEventAndTellsOfItself()
    {
        using var folder = await DemoAsync();
        await OfAsync(folder, "runs show 1");
        await OfAsync(folder, "explain time_entries/9001");
        var file = Path.Combine(folder.Path, "audit.csv");
        var toFile = await OfAsync(folder, $"audit export --out {file}");
        var again = await OfAsync(folder, $"audit export --out {file}");
        var lines = await OfAsync(folder, "audit export --json");
        var events = lines.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var csv = await File.ReadAllLinesAsync(file);
        Assert.Multiple(() =>
        {
            Assert.That((toFile.Exit, again.Exit), Is.EqualTo((ExitCodes.Done, ExitCodes.Configuration)), "an export overwrites nothing");
            Assert.That(events.Select(e => $"{e.GetProperty("authorKind")} {e.GetProperty("action")} {e.GetProperty("subject")}"), Has.Some.EqualTo("person show run run 1").And.Some.EqualTo("person explain C time_entries/9001").And.Some.StartsWith("run use configuration job.yaml content ")
                .And.Exactly(4).StartsWith("run form document ").And.Exactly(4).StartsWith("run post document ").And.Exactly(1).StartsWith("run write report summary.csv content ").And.Exactly(1).EqualTo("run send report email"));
            Assert.That(events[^1].GetProperty("author").GetString(), Is.EqualTo(Environment.UserName));
            Assert.That(events[^1].GetProperty("action").GetString(), Is.EqualTo("export audit trail"));
            Assert.That(csv[0], Is.EqualTo("event,at,author_kind,author,run,action,subject,reason,previous_hash,hash"));
            Assert.That(csv, Has.Length.EqualTo(events.Count), "a header, and all events but that of the second export");
        });
    }

    [Test]
    public async Task Report_OfARunWhereNothingChanged_IsToTheByteWhatWasFirstSent()
    {
        using var folder = await DemoAsync();
        var run = await OfAsync(folder, "report 1");
        var (first, again) = (Path.Combine(folder.Path, "reports", "consulting", "000001"), Path.Combine(folder.Path, "reports", "consulting", "000001", "again-02"));
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Error);
            Assert.That(run.Output, Does.Contain("Every file is to the byte what was first sent."));
            foreach (var name in new[] { "summary.csv", "detail.csv", "exceptions.csv" })
                Assert.That(Hash(Path.Combine(again, name)), Is.EqualTo(Hash(Path.Combine(first, name))), name);
            Assert.That(Mail(folder), Has.Count.EqualTo(2));
            Assert.That(Mail(folder).Select(m => HashLine().Match(m).Value).Distinct().Count(), Is.EqualTo(1), "the head is that of the first report");
            Assert.That(Mail(folder).Count(m => m.Contains("Every file is to the byte what was first sent.", StringComparison.Ordinal)), Is.EqualTo(1));
        });
        var third = await OfAsync(folder, "report 1 --no-mail --json");
        using var answer = JsonDocument.Parse(third.Output);
        Assert.That(answer.RootElement.GetProperty("folder").GetString(), Does.EndWith("again-03"));
        Assert.That(Mail(folder), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Report_OfARunAfterWhichTheStoreChanged_SaysWhichFileIsNotAsFirstSent()
    {
        using var folder = await DemoAsync();
        Execute(folder, "UPDATE outbox SET destination_id = 'INV-77' WHERE document_no = 1");
        var run = await OfAsync(folder, "report 1");
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Error);
        Assert.That(run.Output, Does.Contain("Not as first sent: detail.csv. Sums of the reconciliation are those of the run"));
        Assert.That(Mail(folder).Count(m => m.Contains("Not as first sent", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase("report 9", "There is no run 9.")]
    [TestCase("report 2", "Run 2 left no proof: plan")]
    public async Task Report_OfARunWithoutProof_IsRefused(string command, string said)
    {
        using var folder = await DemoAsync();
        Execute(folder, "INSERT INTO runs (kind, job, series, host, as_of, started_at, status) VALUES ('Plan', 'consulting', 'C', 'h', '2026-11-05T12:00:00.0000000Z', '2026-11-05T12:00:00.0000000Z', 'Succeeded')");
        var run = await OfAsync(folder, command);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain(said));
    }

    [Test]
    public async Task StoreBackup_IsACopyThatVerifiesAndNeverOverwrites()
    {
        using var folder = await DemoAsync();
        var named = await OfAsync(folder, "store backup");
        var copy = Path.Combine(folder.Path, "batchsync-20261105T120000Z.db");
        var again = await OfAsync(folder, "store backup");
        var verify = await CommandRun.OfAsync("store", "verify", "--store", copy, "--config", folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(named.Exit, Is.EqualTo(ExitCodes.Done), named.Error);
            Assert.That(named.Output, Does.Contain($"{copy}: ").And.Contain("2 raw pages against their hashes").And.Contain("4 documents against their lines"));
            Assert.That((again.Exit, again.Error), Is.EqualTo((ExitCodes.Configuration, $"error: {copy} is there already, and a backup never overwrites anything. Name another file.\n")));
            Assert.That(verify.Exit, Is.EqualTo(ExitCodes.Done), verify.Output + verify.Error);
            Assert.That(Directory.EnumerateFiles(folder.Path, "*.partial*"), Is.Empty);
        });
    }

    [Test]
    public async Task StoreBackup_WhereItCannotBeWritten_LeavesNothing()
    {
        using var folder = await DemoAsync();
        var target = Path.Combine(folder.Path, "job.yaml", "copy.db");
        var run = await OfAsync(folder, $"store backup {target}");
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Error, Does.Contain($"The backup {target} cannot be written").And.Contain("the store itself is as it was"));
    }

    [Test]
    public async Task StoreVerify_OfDamagedBooks_NamesThemAndEndsWithThree()
    {
        using var folder = await DemoAsync();
        var well = await OfAsync(folder, "store verify");
        Execute(folder, "UPDATE document_lines SET net = net + 1 WHERE document_no = 1 AND line_no = 1");
        var damaged = await OfAsync(folder, "store verify");
        Assert.Multiple(() =>
        {
            Assert.That(well.Exit, Is.EqualTo(ExitCodes.Done), well.Output);
            Assert.That(well.Output, Does.Contain("batchsync.db is whole."));
            Assert.That(damaged.Exit, Is.EqualTo(ExitCodes.Differences));
            Assert.That(damaged.Output, Does.Contain("documents against their lines: ").And.Contain("it is not the sum of its lines").And.Contain("is damaged"));
        });
    }

    [Test]
    public async Task Replay_OfAWholeStore_MakesWhatItHolds()
    {
        using var folder = await DemoAsync();
        var before = Everything(folder);
        var run = await OfAsync(folder, "replay consulting");
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Output + run.Error);
            Assert.That(run.Output, Does.Contain("Every page is kept: all can be rebuilt from 2026-11-05 12:00Z on.").And.Contain("Records: 78 versions as stored, 0 different, 0 not rebuilt").And.Contain("0 different, 0 on the books not rebuilt")
                .And.Contain("The pages alone make what the store holds."));
            Assert.That(Everything(folder), Is.EqualTo(before), "the store is only read");
        });
    }

    [Test]
    public async Task Replay_WhereARecordAndAShareWereChangedInTheStore_NamesBothToTheCent()
    {
        using var folder = await DemoAsync();
        Execute(folder, "UPDATE records SET content_hash = 'forged' WHERE stream = 'time_entries' AND record_no = (SELECT MIN(record_no) FROM records WHERE stream = 'time_entries')");
        Execute(folder, "UPDATE line_shares SET net = net + 12345 WHERE document_no = 1 AND line_no = 1 AND record_no = (SELECT MIN(record_no) FROM line_shares WHERE document_no = 1 AND line_no = 1)");
        var run = await OfAsync(folder, "replay consulting --json");
        using var answer = JsonDocument.Parse(run.Output);
        var (records, books) = (answer.RootElement.GetProperty("records").GetProperty("differences"), answer.RootElement.GetProperty("books").GetProperty("differences"));
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Differences));
            Assert.That(records.EnumerateArray().Select(r => r.GetProperty("what").GetString()), Has.Exactly(1).Contains("(content forged) is in the store, and its page does not say so").And.Exactly(1).Contains("the store does not have it"));
            Assert.That(books.GetArrayLength(), Is.EqualTo(1));
            Assert.That(Math.Abs(books[0].GetProperty("difference").GetProperty("net").GetDecimal()), Is.EqualTo(123.45m));
        });
    }

    [Test]
    public async Task Replay_ByAnotherMapping_ShowsWhatItWouldHaveBilled()
    {
        using var folder = await DemoAsync();
        var other = Path.Combine(folder.Path, "..", Path.GetFileName(folder.Path) + "-other.yaml");
        var rules = await File.ReadAllTextAsync(Path.Combine(folder.Path, "mapping.yaml"));
        await File.WriteAllTextAsync(other, rules[..rules.IndexOf("\ntests:", StringComparison.Ordinal)].Replace("increment: 15m", "increment: 30m", StringComparison.Ordinal) + "\n");
        var run = await OfAsync(folder, $"replay consulting --from 2026-10-01 --to 2026-10-31 --mapping {other}");
        File.Delete(other);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("The pages say what the store says; the mapping bills them otherwise.").And.Contain("posted net"));
    }

    [Test]
    public async Task Replay_WherePagesAreNotKept_SaysWhatItCannotRebuild()
    {
        using var folder = await DemoAsync();
        Execute(folder, "UPDATE raw_pages SET body = x'', pruned_at = '2026-12-01T00:00:00.0000000Z' WHERE content_hash = (SELECT content_hash FROM pages WHERE page_set = 1)");
        var some = await OfAsync(folder, "replay consulting");
        Execute(folder, "UPDATE raw_pages SET body = x'', pruned_at = '2026-12-01T00:00:00.0000000Z'");
        var none = await OfAsync(folder, "replay consulting");
        Assert.Multiple(() =>
        {
            Assert.That((some.Exit, none.Exit), Is.EqualTo((ExitCodes.Done, ExitCodes.Done)), some.Output + some.Error);
            Assert.That(some.Output, Does.Contain("No full reading of every stream is whole: from 2026-11-05 12:00Z on only what was read since can be rebuilt. 1 page not kept, 0 unreadable.").And.Match("0 different, [1-9][0-9]* not rebuilt because").And.Contain("What is left of the pages makes what the store holds."));
            Assert.That(none.Output, Does.Contain("No page is kept: nothing can be rebuilt.").And.Contain("Records: 0 versions as stored, 0 different, 78 not rebuilt"));
        });
    }

    private static async Task<TemporaryFolder> DemoAsync()
    {
        var folder = new TemporaryFolder();
        var demo = await CommandRun.OfAsync("demo", "--folder", folder.Path);
        Assert.That(demo.Exit, Is.EqualTo(ExitCodes.Done), demo.Output + demo.Error);
        return folder;
    }

    private static Task<CommandRun> OfAsync(TemporaryFolder folder, string command) => CommandRun.OfAsync([.. command.Split(' '), "--config", folder.Path]);

    private static void Execute(TemporaryFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "batchsync.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.That(command.ExecuteNonQuery(), Is.Not.Zero);
    }

    private static List<string> Everything(TemporaryFolder folder)
    {
        var tables = Rows(folder, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
        return [.. tables.SelectMany(table => Rows(folder, $"SELECT * FROM {table}").Select(row => $"{table} {row}"))];
    }

    private static List<string> Rows(TemporaryFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "batchsync.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => FormattableString.Invariant($"{reader.GetValue(i)}"))));
        return rows;
    }

    // Quoted-printable breaks a long line with '=' at its end.
    private static IReadOnlyList<string> Mail(TemporaryFolder folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder.Path, "mail"), "*.eml").Order(StringComparer.Ordinal).Select(f => File.ReadAllText(f).Replace("=\r\n", "", StringComparison.Ordinal).ReplaceLineEndings("\n"))];

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    [GeneratedRegex("(?m)^[0-9a-f]{64}$")]
    private static partial Regex HashLine();
}
