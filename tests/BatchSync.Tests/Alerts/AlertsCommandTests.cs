using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using BatchSync.Running;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace BatchSync.Tests.Alerts;

/// <summary>Alerts as a user has them: a job in a folder, a receiver on this machine, mails in a folder.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class AlertsCommandTests
{
    private const string Alerts = """
        alerts:
          routes:
            - webhook: file:hook.txt
            - { on: [failure], email: { to: [oncall@example.com], from: batchsync@example.com, pickupFolder: alerts } }
          heartbeat: file:heartbeat.txt

        """;

    [Test]
    public async Task Run_ThatFailsAndThenComesThrough_TellsBothAndIsSeen()
    {
        await using var receiver = await Receiver.StartAsync();
        using var folder = Folder(receiver);
        Directory.Move(Path.Combine(folder.Path, "exports"), Path.Combine(folder.Path, "elsewhere"));
        Assert.That((await RunAsync(folder, "run", "weekly-expenses")).Exit, Is.EqualTo(ExitCodes.Failed));
        var (listed, checkedAgain, status) = (await RunAsync(folder, "alerts"), await RunAsync(folder, "alerts", "check", "--json"), await RunAsync(folder, "status", "--json"));
        Assert.Multiple(() =>
        {
            Assert.That(listed.Output, Does.Contain("1  weekly-expenses  failure  2026-11-05 12:00Z    1  e-mail to oncall@example.com, webhook file:hook.txt  run 1 failed: "));
            Assert.That(checkedAgain.Exit, Is.EqualTo(ExitCodes.Differences));
            Assert.That((string?)JsonNode.Parse(checkedAgain.Output)![0]!["kind"], Is.EqualTo("failure"));
            Assert.That((int)JsonNode.Parse(status.Output)!["jobs"]![0]!["openAlerts"]!, Is.EqualTo(1));
        });

        Directory.Move(Path.Combine(folder.Path, "elsewhere"), Path.Combine(folder.Path, "exports"));
        Assert.That((await RunAsync(folder, "run", "weekly-expenses")).Exit, Is.EqualTo(ExitCodes.Differences));
        var after = await RunAsync(folder, "alerts", "--job", "weekly-expenses");
        Assert.Multiple(() =>
        {
            Assert.That(receiver.Told.Where(t => t.StartsWith("failure", StringComparison.Ordinal)), Is.EqualTo(new[] { "failure raised", "failure resolved" }));
            Assert.That(receiver.Told, Does.Contain("rejections raised"), "the sample has records that cannot be billed");
            Assert.That(receiver.Beats, Is.EqualTo(1));
            Assert.That(Directory.GetFiles(Path.Combine(folder.Path, "alerts")), Has.Length.EqualTo(2), "of failures alone");
            Assert.That(after.Output, Does.Contain("rejections").And.Not.Contain("failure"));
        });
    }

    [Test]
    public async Task Test_OfAJob_SendsThroughEachRouteAndLeavesTheHeartbeatAlone()
    {
        await using var receiver = await Receiver.StartAsync();
        using var folder = Folder(receiver);
        var sent = await RunAsync(folder, "alerts", "test", "weekly-expenses");
        File.Delete(Path.Combine(folder.Path, "hook.txt"));
        var failed = await RunAsync(folder, "alerts", "test", "weekly-expenses");
        Assert.Multiple(() =>
        {
            Assert.That((sent.Exit, sent.Output), Is.EqualTo((ExitCodes.Done, "webhook file:hook.txt: sent\ne-mail to oncall@example.com: sent\n")));
            Assert.That(receiver.Told, Is.EqualTo(new[] { "test test" }));
            Assert.That(Directory.GetFiles(Path.Combine(folder.Path, "alerts")).Select(Path.GetFileName), Is.EqualTo(new[] { "weekly-expenses-20261105T120000Z-alert-test.eml" }));
            Assert.That(receiver.Beats, Is.Zero);
            Assert.That(failed.Exit, Is.EqualTo(ExitCodes.Failed));
            Assert.That(failed.Output, Does.StartWith("webhook file:hook.txt: not sent: The file 'hook.txt'").And.EndWith("e-mail to oncall@example.com: sent\n"));
        });
    }

    [Test]
    public async Task Check_WhereSomebodyCannotBeTold_EndsWithOne()
    {
        await using var receiver = await Receiver.StartAsync();
        using var folder = Folder(receiver);
        await RunAsync(folder, "run", "weekly-expenses");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "job.yaml"), (await File.ReadAllTextAsync(Path.Combine(folder.Path, "job.yaml"))).Replace("file:hook.txt", "file:new-hook.txt", StringComparison.Ordinal));
        var check = await RunAsync(folder, "alerts", "check", "weekly-expenses");
        Assert.That((check.Exit, check.Error), Is.EqualTo((ExitCodes.Failed, check.Error)));
        Assert.That(check.Error, Does.Contain("Not told: weekly-expenses: webhook file:new-hook.txt: The file 'new-hook.txt'"));
    }

    [TestCase("check")]
    [TestCase("check", "weekly-expenses")]
    [TestCase("test", "weekly-expenses")]
    public async Task Alerts_OfAJobThatHasNone_AreRefusedWithAnExample(params string[] arguments)
    {
        using var folder = ExpensesFolder.Create();
        var run = await RunAsync(folder, ["alerts", .. arguments]);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain("has").And.Contain("alerts: { routes: ["));
    }

    [Test]
    public async Task Check_BeforeAnyRun_SaysThatThereIsNoStore()
    {
        await using var receiver = await Receiver.StartAsync();
        using var folder = Folder(receiver);
        var run = await RunAsync(folder, "alerts", "check");
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain("There is no store"));
    }

    private static TemporaryFolder Folder(Receiver receiver)
    {
        var folder = ExpensesFolder.Create(Alerts);
        File.WriteAllText(Path.Combine(folder.Path, "hook.txt"), receiver.Url + "/hook?channel=books\n");
        File.WriteAllText(Path.Combine(folder.Path, "heartbeat.txt"), receiver.Url + "/beat\n");
        return folder;
    }

    private static Task<CommandRun> RunAsync(TemporaryFolder folder, params string[] arguments) => CommandRun.OfAsync([.. arguments, "--config", folder.Path]);

    private sealed class Receiver : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _told = [];
        private LoopbackServer _server = null!;
        private int _beats;

        public string Url => _server.Url;

        public IReadOnlyList<string> Told => [.. _told];

        public int Beats => _beats;

        public static async Task<Receiver> StartAsync()
        {
            var receiver = new Receiver();
            receiver._server = await LoopbackServer.StartAsync(receiver.TakeAsync);
            return receiver;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            if (http.Request is { Method: "GET", Path.Value: "/beat" }) Interlocked.Increment(ref _beats);
            if (http.Request is not { Method: "POST", Path.Value: "/hook", QueryString.Value: "?channel=books", ContentType: "application/json" }) return;
            var notice = (await JsonNode.ParseAsync(http.Request.Body))!;
            _told.Enqueue($"{notice["kind"]} {notice["state"]}");
        }
    }
}
