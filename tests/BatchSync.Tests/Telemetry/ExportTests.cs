using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BatchSync.Telemetry;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Telemetry;

/// <summary>The program as a process, with a collector on loopback: one that takes everything, one that takes nothing, and none.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ExportTests
{
    /// <summary>What a busy machine takes beside the wait that is allowed.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(4);

    private sealed record Received(string Path, string? Key, string? Type, byte[] Body);

    [Test]
    public async Task Demo_WithACollector_SendsItsSpansAndMetricsBeforeItEnds()
    {
        var received = new ConcurrentQueue<Received>();
        await using var collector = await LoopbackServer.StartAsync(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.Enqueue(new Received(http.Request.Path.Value!, http.Request.Headers["x-api-key"], http.Request.ContentType, body.ToArray()));
            http.Response.ContentType = "application/x-protobuf";
        });
        var (exit, _, _) = await DemoAsync(collector.Url);
        var (traces, metrics) = (All(received, "/v1/traces"), All(received, "/v1/metrics"));
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.Zero);
            Assert.That(received.Select(r => (r.Key, r.Type)), Is.All.EqualTo(("s3cret", "application/x-protobuf")));
            foreach (var span in new[] { "nightly-books", "step extract", "page", "batch create", "batchsync.correlation_id", "C-1-1" }) Assert.That(traces, Does.Contain(span), span);
            foreach (var metric in new[] { "nightly-books", "batchsync.runs", "batchsync.records", "batchsync.documents", "batchsync.api.call.duration", "batchsync.lag", "batchsync.dead_letters" }) Assert.That(metrics, Does.Contain(metric), metric);
            foreach (var secret in new[] { "sandbox-token", "ACME", "NORDWIND", "11966.92" }) Assert.That(traces + metrics, Does.Not.Contain(secret), secret);
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Demo_WithACollectorThatDoesNotAnswer_EndsAsItWouldAndSoon(bool isThere)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (!isThere) listener.Stop();
        var (exit, output, afterLastLine) = await DemoAsync($"http://127.0.0.1:{port}");
        Assert.That((exit, output.Contains("the reconciliation balances", StringComparison.Ordinal)), Is.EqualTo((0, true)), output);
        Assert.That(afterLastLine, Is.LessThan(TelemetryExport.Patience + Slack));
    }

    [Test]
    public async Task Demo_WithVariablesThatCannotBeUsed_SaysSoAndEndsAsItWould()
    {
        var (exit, output, _) = await DemoAsync("http://127.0.0.1:9", headers: "no equals sign");
        Assert.That((exit, output.Contains("the reconciliation balances", StringComparison.Ordinal), output.Contains("Telemetry is off: ", StringComparison.Ordinal)), Is.EqualTo((0, true, true)), output);
    }

    private static string All(IEnumerable<Received> received, string path) => string.Concat(received.Where(r => r.Path == path).Select(r => Encoding.Latin1.GetString(r.Body)));

    private static async Task<(int Exit, string Output, TimeSpan AfterLastLine)> DemoAsync(string collector, string headers = "x-api-key=s3cret")
    {
        using var folder = new TemporaryFolder();
        var program = Path.Combine(TestContext.CurrentContext.TestDirectory, "batchsync.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, "demo", "--folder", folder.Path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector;
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        start.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = headers;
        start.Environment["OTEL_SERVICE_NAME"] = "nightly-books";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var (output, sinceLine) = (new StringBuilder(), Stopwatch.StartNew());
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            output.AppendLine(line);
            sinceLine.Restart();
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, output.Append(await errors).ToString(), sinceLine.Elapsed);
    }
}
