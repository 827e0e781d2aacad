using BatchSync.Configuration;
using BatchSync.Core.Retry;
using BatchSync.Http;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

public sealed class CallGateTests
{
    private static readonly ApiAllowance Two = new(new Allowance(2, TimeSpan.FromSeconds(10)), null, null);

    [Test]
    public async Task Send_BeyondTheAllowance_WaitsBeforeItsTimeOutBegins()
    {
        var time = new ManualTime();
        var start = time.GetUtcNow();
        using var network = FakeHandler.Of(() => FakeHandler.Json("{}"));
        using var client = Api.Client(network, time, Api.Definition(timeoutSeconds: 1) with { Allowances = [Two] });
        for (var call = 0; call < 3; call++) await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromSeconds(30));
        Assert.That((network.Urls.Count, time.GetUtcNow() - start), Is.EqualTo((3, TimeSpan.FromSeconds(10.1))));
    }

    // Xero's minute and the longest wait that a connector has by default: what was asked in one moment is waited for.
    [Test]
    public async Task Send_BeyondAnAllowanceOfTheLongestWait_IsWaitedFor()
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => FakeHandler.Json("{}"));
        var minute = new ApiAllowance(new Allowance(60, TimeSpan.FromMinutes(1)), null, null);
        using var client = Api.Client(network, time, Api.Definition() with { Allowances = [minute], MaxDelay = TimeSpan.FromMinutes(1) });
        for (var call = 0; call < 130; call++) await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromSeconds(70));
        Assert.That(network.Urls, Has.Count.EqualTo(130));
    }

    // Three tries of one call are three calls of the allowance.
    [Test]
    public async Task Send_ThatIsTriedAgain_TakesItsTurnEachTime()
    {
        var time = new ManualTime();
        var start = time.GetUtcNow();
        using var network = FakeHandler.Of(() => FakeHandler.Status(429, retryAfter: "0"), () => FakeHandler.Status(429, retryAfter: "0"), () => FakeHandler.Json("{}"));
        using var client = Api.Client(network, time, Api.Definition() with { Allowances = [Two] });
        var answer = await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromSeconds(30));
        Assert.That((answer.Status, time.GetUtcNow() - start), Is.EqualTo((200, TimeSpan.FromSeconds(10.1))));
    }

    [Test]
    public async Task Send_ThatIsRedirected_CountsForEachCallThatTheApiSees()
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => Redirect(), () => FakeHandler.Json("{}"));
        using var client = Api.Client(network, time, Api.Definition() with { Allowances = [Two], MaxDelay = TimeSpan.FromSeconds(1) });
        await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None));
        Assert.That(network.Urls, Has.Count.EqualTo(2));

        static HttpResponseMessage Redirect()
        {
            var response = FakeHandler.Status(302);
            response.Headers.Location = new Uri("/v2/other", UriKind.Relative);
            return response;
        }
    }

    // Protocol step 3: the turn comes before the commit, and the call that was committed goes out at once.
    [Test]
    public async Task Ready_BeforeACall_KeepsItsPlaceAndOneThatIsNotUsedIsGivenBack()
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => FakeHandler.Json("{}"));
        using var client = Api.Client(network, time, Api.Definition() with { Allowances = [Two] });
        using (await client.ReadyAsync(CancellationToken.None)) { }
        await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        using var slot = await client.ReadyAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(9));
        var sent = client.SendAsync(Api.Post() with { Slot = slot }, CancellationToken.None);
        Assert.That((sent.IsCompletedSuccessfully, network.Urls.Count), Is.EqualTo((true, 2)));
        Assert.That(client.ReadyAsync(CancellationToken.None).IsCompleted, Is.False, "both are used");
        await sent;
    }

    [Test]
    public async Task Take_WhileItWaits_EndsWithItsRun()
    {
        var time = new ManualTime();
        var gate = new CallGate(new PaceName("", "books"), Api.Definition() with { Allowances = [Two] }, time);
        gate.TakeNow();
        gate.TakeNow();
        using var run = new CancellationTokenSource();
        var waiting = gate.TakeAsync(time.GetUtcNow(), TimeSpan.FromMinutes(1), run.Token);
        Assert.That(waiting.IsCompleted, Is.False);
        await run.CancelAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Take_WithAllUnderWay_GoesOnceOneHasEndedAndGivesUpAtTheLatest()
    {
        var time = new ManualTime();
        var gate = new CallGate(new PaceName("", "books"), Api.Definition(), time);
        var first = await gate.TakeAsync(time.GetUtcNow(), TimeSpan.Zero, CancellationToken.None);
        var second = gate.TakeAsync(time.GetUtcNow(), TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.That(second.IsCompleted, Is.False);
        first.Dispose();
        using var slot = await second;
        var third = gate.TakeAsync(time.GetUtcNow(), TimeSpan.FromSeconds(5), CancellationToken.None);
        var fault = await Assert.ThrowsAsync<OutsideException>(() => time.RunAsync(third, TimeSpan.FromSeconds(10)));
        Assert.That(fault!.Message, Does.StartWith("A call was not sent: books has not answered for too long: of 1 that it takes at once all are under way."));
    }

    // Two at once, and the answer to one of them asks for as long a rest as is waited for: whoever waited already goes when it is over.
    [Test]
    public async Task Take_WhileTheApiRestsForTheLongestWait_CountsFromTheCallThatEndedLast()
    {
        var time = new ManualTime();
        var api = Api.Definition() with { AtOnce = 2 };
        var gate = new CallGate(new PaceName("", "books"), api, time);
        var first = await gate.TakeAsync(time.GetUtcNow(), api.Patience, CancellationToken.None);
        using var second = await gate.TakeAsync(time.GetUtcNow(), api.Patience, CancellationToken.None);
        var third = gate.TakeAsync(time.GetUtcNow(), api.Patience, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(10));
        first.TryUse();
        first.Answered(429, name => name == "Retry-After" ? "30" : null);
        second.Dispose();
        using var slot = await time.RunAsync(third, TimeSpan.FromMinutes(1));
        Assert.That(time.GetUtcNow() - new ManualTime().GetUtcNow(), Is.EqualTo(TimeSpan.FromSeconds(40)));
        await Assert.ThrowsAsync<OutsideException>(() => time.RunAsync(gate.TakeAsync(time.GetUtcNow(), api.Patience, CancellationToken.None), TimeSpan.FromMinutes(1)));
    }

    // Somebody else uses the same account: the header tells, before anything is refused.
    [Test]
    public async Task Send_WithHeadersOfWhatIsLeft_KeepsToThem()
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => Left("0", "30"));
        var allowance = new ApiAllowance(new Allowance(60, TimeSpan.FromMinutes(1)), "X-MinLimit-Remaining", "X-Reset");
        using var client = Api.Client(network, time, Api.Definition() with { Allowances = [allowance], MaxDelay = TimeSpan.FromSeconds(28) });
        await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        var fault = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None));
        Assert.That(fault!.Message, Does.Contain("2026-11-02 03:00:30Z: its allowance of 60 calls in 1 min is used up"));

        static HttpResponseMessage Left(string left, string resets)
        {
            var response = FakeHandler.Json("{}");
            response.Headers.Add("X-MinLimit-Remaining", left);
            response.Headers.Add("X-Reset", resets);
            return response;
        }
    }

    [TestCase("60", 60)]
    [TestCase("0", 1)]
    [TestCase("1793588460", 60)]
    [TestCase("2026-11-02T03:01:00Z", 60)]
    [TestCase("2026-11-02T04:01:00.000+01:00", 60)]
    [TestCase("Mon, 02 Nov 2026 03:01:00 GMT", 60)]
    [TestCase("Mon, 02 Nov 2026 02:00:00 GMT", 1)]
    [TestCase("soon", null)]
    [TestCase(null, null)]
    public void ResetsAt_OfAHeader_IsAnInstant(string? header, int? seconds)
    {
        var now = new ManualTime().GetUtcNow();
        Assert.That(RetryDelay.ResetsAt(header, now), Is.EqualTo(seconds is { } s ? now + TimeSpan.FromSeconds(s) : (DateTimeOffset?)null));
    }

    // Two processes on one store: what one has used the other does not use again, and a dead API is not asked by the next one either.
    [Test]
    public async Task Gates_OfAnotherProcess_GoOnFromWhatIsStored()
    {
        var time = new ManualTime();
        await using var file = TestStore.Of("sqlite");
        await using var store = await file.OpenMigratedAsync(time);
        var api = Api.Definition() with { Allowances = [Two] };
        using var network = FakeHandler.Of(() => FakeHandler.Json("{}"), () => FakeHandler.Status(503));
        var gates = new CallGates(store, time, Serilog.Core.Logger.None);
        using (var client = Client(gates)) await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        await gates.KeepAsync();
        using var next = Client(new CallGates(store, time, Serilog.Core.Logger.None));
        await next.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        var fault = await Assert.ThrowsAsync<OutsideException>(() => next.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None));
        Assert.That(fault!.Message, Does.Contain("its allowance of 2 calls in 10 s is used up"));

        ApiClient Client(CallGates of) => new(
            api with { MaxDelay = TimeSpan.FromSeconds(1), Attempts = 1 }, Api.Settings(), new PacedHandler(network), cancel => of.OfAsync("books", api, Api.Settings(), cancel), time, Serilog.Core.Logger.None);
    }

    [Test]
    public void NameOf_AnAccount_TellsItFromOthersAndHoldsNoSecret()
    {
        var api = Api.Definition();
        var name = CallGates.NameOf("books", api, Api.Settings());
        var other = CallGates.NameOf("books", api with { Headers = new Dictionary<string, ValueReference> { ["X-Account"] = new("43") } }, Api.Settings());
        var token = CallGates.NameOf("books", api with { Authentication = new Authentication.Bearer(new ValueReference("rotated")) }, Api.Settings());
        Assert.Multiple(() =>
        {
            Assert.That(name.Key, Does.StartWith("books ").And.Not.EqualTo(other.Key));
            Assert.That(token, Is.EqualTo(name));
        });
    }
}
