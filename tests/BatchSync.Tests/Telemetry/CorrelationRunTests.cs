using System.Text.RegularExpressions;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Telemetry;

/// <summary>The name of a call in a whole run: what the API is told is what the log and the kept attempt say.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class CorrelationRunTests
{
    [Test]
    public async Task Run_WithAHeaderForIt_TellsTheApiWhatTheLogAndTheAttemptSay()
    {
        var told = new List<string>();
        await using var sandbox = await RunningSandbox.StartAsync(("expenses.json", """{"expenses":[]}"""));
        sandbox.Server.UseFaults("faults: [{ on: 'POST /books/v1/invoices/bulk', do: reject-items, positions: [1] }]", "test");
        await using var between = await LoopbackServer.StartAsync(http => ForwardAsync(http, sandbox.Server.Address, told));
        using var folder = Folder(between.Url);
        var run = await CommandRun.OfAsync("run", "weekly-expenses", "--config", folder.Path, "--log-level", "debug", "--log-file", Path.Combine(folder.Path, "log", "batchsync.log"));
        var listed = await CommandRun.OfAsync("deadletters", "list", "--config", folder.Path, "--json");
        var shown = await CommandRun.OfAsync("deadletters", "show", Number().Match(listed.Output).Groups["number"].Value, "--config", folder.Path);
        var log = File.ReadAllText(Directory.GetFiles(Path.Combine(folder.Path, "log")).Single());
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Differences), run.Output + run.Error);
            Assert.That(told.Where(t => t.StartsWith("POST", StringComparison.Ordinal)), Does.Contain("POST /books/v1/invoices/bulk E-1-1"));
            Assert.That(told.Where(t => t.StartsWith("GET", StringComparison.Ordinal)), Is.Not.Empty.And.All.EndsWith(" E-1"), "what is only looked up is for the run");
            Assert.That(shown.Output, Does.Match("POST /books/v1/invoices/bulk key [A-Z2-7]+ correlation E-1-1\n"));
            Assert.That(log, Does.Contain("DBG [weekly-expenses 1 E-1-1] Call create of "));
        });
    }

    private static async Task ForwardAsync(Microsoft.AspNetCore.Http.HttpContext http, Uri sandbox, List<string> told)
    {
        lock (told) told.Add($"{http.Request.Method} {http.Request.Path} {http.Request.Headers["X-Request-Id"]}");
        using var client = new HttpClient();
        using var call = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(sandbox, http.Request.Path + http.Request.QueryString.ToString()));
        foreach (var name in new[] { "Authorization", "Idempotency-Key" }) if (http.Request.Headers.TryGetValue(name, out var value)) call.Headers.TryAddWithoutValidation(name, value.ToString());
        if (http.Request.ContentLength is > 0)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            call.Content = new ByteArrayContent(body.ToArray());
            call.Content.Headers.TryAddWithoutValidation("Content-Type", http.Request.ContentType);
        }

        using var answer = await client.SendAsync(call);
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(http.Response.Body);
    }

    private static TemporaryFolder Folder(string books)
    {
        var folder = ExpensesFolder.Create();
        File.WriteAllText(Path.Combine(folder.Path, "token.txt"), SandboxOptions.DefaultToken);
        var shipped = File.ReadAllText(Path.Combine(Repository.Root, "mapping-config/connectors/sandbox-books.yaml"));
        File.WriteAllText(Path.Combine(folder.Path, "connectors", "ledger.yaml"), Calls().Replace(shipped.Replace("connector: sandbox-books", "connector: ledger", StringComparison.Ordinal), "calls: { timeout: 10s, correlationHeader: X-Request-Id }"));
        var job = Path.Combine(folder.Path, "job.yaml");
        File.WriteAllText(job, File.ReadAllText(job).Replace("connector: journal, settings: { file: books.journal }", $"connector: ledger, settings: {{ baseUrl: {books}, token: file:token.txt }}", StringComparison.Ordinal));
        return folder;
    }

    [GeneratedRegex("^calls: .*$", RegexOptions.Multiline)]
    private static partial Regex Calls();

    [GeneratedRegex("\"documentNo\": (?<number>\\d+)")]
    private static partial Regex Number();
}
