using BatchSync.Configuration;
using BatchSync.Core.Retry;
using BatchSync.Http;
using BatchSync.Storage;
using BatchSync.Telemetry;
using BatchSync.Tests.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Telemetry;

/// <summary>What calls to APIs show, and by which name the API is told what they are for.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CallSignalsTests
{
    [Test]
    public async Task Calls_ThatAreTriedAgain_AreEachShownAndCounted()
    {
        using var watcher = new Watcher();
        var network = FakeHandler.Of(() => FakeHandler.Status(503), () => FakeHandler.Json("{}"));
        using var api = Client("watched-api", network);
        await api.SendAsync(ApiRequest.Get("/time_entries?person=Dana"), CancellationToken.None);
        var metrics = watcher.MetricsOf(SignalTags.Connector, "watched-api");
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Where(m => m.Name == "batchsync.api.call.duration").Select(m => m.Tags[SignalTags.Status]), Is.EqualTo(new[] { "503", "200" }));
            Assert.That(metrics.Where(m => m.Name == "batchsync.api.retries").Sum(m => m.Value), Is.EqualTo(1));
            Assert.That(metrics.Where(m => m.Name == "batchsync.api.quota.left").Select(m => (m.Tags[SignalTags.Allowance], m.Value)), Is.EqualTo(new[] { ("100 calls in 15 s", 99d), ("100 calls in 15 s", 98d) }));
            Assert.That(metrics.SelectMany(m => m.Tags.Values), Has.None.Contains("Dana").And.None.Contains("time_entries"), "only the server's name is told of the address");
        });
    }

    [Test]
    public async Task Spans_OfCalls_HaveTheNameOfWhatTheyAreFor()
    {
        using var watcher = new Watcher();
        using var api = Client("watched-spans-api", FakeHandler.Of(() => FakeHandler.Json("{}")));
        using (var run = Signals.Spans.StartActivity("run")!.SetTag(SignalTags.Job, "watched-call"))
        using (Correlation.Begin("H-12-345"))
        {
            await api.SendAsync(ApiRequest.Get("/time_entries"), CancellationToken.None);
        }

        var call = watcher.SpansOf("watched-call").Single(s => s.OperationName == "GET");
        Assert.That((Watcher.Tag(call, SignalTags.Correlation), Watcher.Tag(call, SignalTags.Status), Watcher.Tag(call, SignalTags.Server), call.Kind), Is.EqualTo(("H-12-345", "200", "api.example.com", System.Diagnostics.ActivityKind.Client)));
    }

    [TestCase("X-Request-Id", "H-12-345")]
    [TestCase(null, null)]
    public async Task Correlation_OfACall_GoesWhereTheConnectorSays(string? header, string? sent)
    {
        var network = FakeHandler.Of(() => FakeHandler.Json("{}"));
        using var api = Api.Client(network, definition: Api.Definition() with { CorrelationHeader = header });
        using (Correlation.Begin("H-12-345")) await api.SendAsync(Api.Post(), CancellationToken.None);
        Assert.That(network.Requests[0].Headers.TryGetValues("X-Request-Id", out var values) ? values.Single() : null, Is.EqualTo(sent));
    }

    [Test]
    public async Task Correlation_OutsideOfWork_IsNotSent()
    {
        var network = FakeHandler.Of(() => FakeHandler.Json("{}"));
        using var api = Api.Client(network, definition: Api.Definition() with { CorrelationHeader = "X-Request-Id" });
        await api.SendAsync(Api.Post(), CancellationToken.None);
        Assert.That(network.Requests[0].Headers.Contains("X-Request-Id"), Is.False);
    }

    private static ApiClient Client(string connector, HttpMessageHandler network)
    {
        var definition = Api.Definition() with { Allowances = [new ApiAllowance(new Allowance(100, TimeSpan.FromSeconds(15)), null, null)], MaxDelay = TimeSpan.FromMilliseconds(20) };
        var gate = new CallGate(new PaceName(connector, connector), definition, TimeProvider.System);
        return new ApiClient(definition, Api.Settings(), new PacedHandler(new MeasuredHandler(connector, TimeProvider.System, network)), _ => Task.FromResult(gate), TimeProvider.System, Serilog.Core.Logger.None);
    }
}
