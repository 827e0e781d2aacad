using System.Net.Http.Json;
using System.Text.Json.Nodes;
using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary><c>serve</c> as a user starts it, on a clock that the test moves: its own threads, Quartz, HTTP and a store.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class ServeCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Serve_WhenAScheduleFires_RunsTheJobAndStopsWithZero()
    {
        using var folder = ExpensesFolder.Create();
        var (time, output, error) = (new ManualTime(new DateTimeOffset(2026, 11, 9, 12, 0, 0, TimeSpan.Zero)), new Lines(), new Lines());
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => CommandLine.RunAsync(["serve", "--config", folder.Path, "--health", "127.0.0.1:0"], time, new Terminal(output, error, IsInteractive: false, ErrorIsSame: false, Width: null), stop.Token));
        var address = (await output.WaitForAsync("Health: ", serving)).Split("Health: ")[1].Split("live")[0];
        await error.WaitForAsync("Schedules of 1 jobs are kept", serving);
        using var http = new HttpClient();
        Assert.That(await http.GetStringAsync($"{address}ready"), Is.EqualTo("""{"ready":true}"""));
        Assert.That(output.Text, Does.StartWith("weekly-expenses: tomorrow 06:00 (Europe/Berlin), in 17 h"));

        time.AdvanceTo(new DateTimeOffset(2026, 11, 10, 5, 0, 0, TimeSpan.Zero));
        await error.WaitForAsync("run 1 ended with", serving);
        var job = (await http.GetFromJsonAsync<JsonArray>($"{address}jobs"))![0]!;
        await stop.CancelAsync();
        Assert.Multiple(async () =>
        {
            Assert.That(await serving, Is.EqualTo(ExitCodes.Done), error.Text);
            Assert.That(job["last"]!.ToJsonString(), Does.Contain("\"date\":\"2026-11-10\",\"state\":\"done\"").And.Contain("\"run\":1"));
            Assert.That(job["next"]!.GetValue<string>(), Is.EqualTo("2026-11-17T05:00:00+00:00"));
            Assert.That(File.Exists(Path.Combine(folder.Path, "books.journal")), "the run posted");
            Assert.That((await CommandRun.OfAsync("runs", "--config", folder.Path)).Output, Does.Contain("weekly-expenses  2026-11-10"));
            Assert.That((await CommandRun.OfAsync("runs", "occurrences", "--config", folder.Path)).Output, Does.Contain("weekly-expenses  2026-11-10  2026-11-10 05:00Z  done"));
        });
    }

    // A run that does not come to its end is looked at by nobody who waits for it.
    [Test]
    public async Task Serve_WhereNoRunComesToAnEndInTime_TellsWhoWantsToKnow()
    {
        using var folder = ExpensesFolder.Create("alerts: { routes: [ { on: [missed], email: { to: oncall@example.com, from: batchsync@example.com, pickupFolder: alerts } } ] }\n");
        var (time, output, error) = (new ManualTime(new DateTimeOffset(2026, 11, 9, 12, 0, 0, TimeSpan.Zero)), new Lines(), new Lines());
        using var stop = new CancellationTokenSource();
        var serving = Task.Run(() => CommandLine.RunAsync(["serve", "--config", folder.Path], time, new Terminal(output, error, IsInteractive: false, ErrorIsSame: false, Width: null), stop.Token));
        await error.WaitForAsync("Schedules of 1 jobs are kept", serving);
        await using (var store = SqlStore.Open(new SqliteDialect(Path.Combine(folder.Path, "batchsync.db"), time), time)) await store.AcquireLeaseAsync("E", TimeSpan.FromDays(2), CancellationToken.None);
        using var patience = new CancellationTokenSource(Patience);
        var alerts = Path.Combine(folder.Path, "alerts");
        while (!Directory.Exists(alerts) || Directory.GetFiles(alerts).Length == 0)
        {
            time.Advance(AlertRounds.Every);
            Assert.That(patience.IsCancellationRequested, Is.False, () => $"At {time.GetUtcNow():u}: {error.Text}");
            await Task.Delay(20, CancellationToken.None);
        }

        await stop.CancelAsync();
        Assert.That((await serving, error.Text.Contains("alert missed stands", StringComparison.Ordinal)), Is.EqualTo((ExitCodes.Done, true)), error.Text);
        var mail = await File.ReadAllTextAsync(Directory.GetFiles(alerts).Single());
        Assert.That(mail, Does.Contain("no run since 2026-11-10 06:00 (Europe/Berlin)"));
    }

    [Test]
    public async Task Serve_WithErrorsInTheConfiguration_StartsNothing()
    {
        using var folder = ExpensesFolder.Create();
        File.AppendAllText(Path.Combine(folder.Path, "job.yaml"), "roundng: up\n");
        File.AppendAllText(Path.Combine(folder.Path, "mapping.yaml"), "taxs: {}\n");
        var run = await CommandRun.OfAsync("serve", "--config", folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
            Assert.That(run.Error, Does.Contain("'roundng'").And.Contain("'taxs'").And.EndWith("Nothing was started.\n"));
            Assert.That(File.Exists(Path.Combine(folder.Path, "batchsync.db")), Is.False);
        });
    }

    [Test]
    public async Task Serve_WithSettingsThatAreNotThere_NamesThemAllAndStartsNothing()
    {
        using var folder = ExpensesFolder.Create("alerts: { routes: [ { webhook: { url: file:hook.txt, headers: { Authorization: file:key.txt } } } ], heartbeat: file:heart.txt }\n");
        var job = Path.Combine(folder.Path, "job.yaml");
        File.WriteAllText(job, File.ReadAllText(job).Replace("folder: exports", "folder: env:BATCHSYNC_TEST_NOWHERE", StringComparison.Ordinal).Replace("file: books.journal", "file: file:nothing.txt", StringComparison.Ordinal));
        var run = await CommandRun.OfAsync("serve", "--config", folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
            Assert.That(run.Error, Does.StartWith("error: Job 'weekly-expenses': The environment variable 'BATCHSYNC_TEST_NOWHERE' is not set or empty.").And.Contain("nothing.txt' that a setting names cannot be read").And.Contain("'hook.txt'").And.Contain("'key.txt'").And.Contain("'heart.txt'").And.EndWith("Nothing was started.\n"));
            Assert.That(File.Exists(Path.Combine(folder.Path, "batchsync.db")), Is.False);
        });
    }

    [Test]
    public async Task Serve_WithoutAnySchedule_SaysHowToAddOne()
    {
        using var folder = ExpensesFolder.Create();
        var job = Path.Combine(folder.Path, "job.yaml");
        File.WriteAllLines(job, File.ReadAllLines(job).Where(l => !l.StartsWith("schedule:", StringComparison.Ordinal)));
        var run = await CommandRun.OfAsync("serve", "--config", folder.Path);
        Assert.That((run.Exit, run.Error), Is.EqualTo((ExitCodes.Configuration, "error: No job has a schedule. Add one, such as: schedule: { cron: \"0 30 2 ? * TUE-SAT\", timeZone: America/New_York }\n")));
    }

    [TestCase("--health", "0.0.0.0:8086", "'0.0.0.0:8086' is no address of this machine alone")]
    [TestCase("--health", "127.0.0.1", "'127.0.0.1' is no address of this machine alone")]
    [TestCase("--stop-within", "soon", "'soon' is no duration")]
    public async Task Serve_WithAnOptionThatCannotBe_IsRefused(string option, string value, string message)
    {
        var run = await CommandRun.OfAsync("serve", option, value);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain(message));
    }

    /// <summary>What a command has written so far, for a test that waits for it.</summary>
    private sealed class Lines : StringWriter
    {
        private readonly Lock _gate = new();

        public string Text
        {
            get
            {
                lock (_gate) return ToString();
            }
        }

        public override void Write(char value)
        {
            lock (_gate) base.Write(value);
        }

        public override void Write(string? value)
        {
            lock (_gate) base.Write(value);
        }

        public override void WriteLine(string? value)
        {
            lock (_gate) base.WriteLine(value);
        }

        /// <summary>The first line that holds a text.</summary>
        public async Task<string> WaitForAsync(string text, Task command)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                if (Text.Split('\n').FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } line) return line;
                Assert.That(command.IsCompleted, Is.False, $"The command ended without saying '{text}'.");
                await Task.Delay(20, patience.Token);
            }
        }
    }
}
