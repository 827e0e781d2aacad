using System.Globalization;
using BatchSync.Core.Retry;
using BatchSync.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

public sealed class CircuitTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Test]
    public void Failed_OftenEnoughInARow_RestsAndLongerEachTime()
    {
        var (circuit, now) = (Circuit.Closed, Now);
        var rests = new List<int>();
        for (var round = 0; round < 7; round++)
        {
            while (circuit.MayCall(now)) circuit = circuit.Begin(now).Failed(now);
            rests.Add((int)(circuit.RestsUntil!.Value - now).TotalSeconds);
            now = circuit.RestsUntil.Value;
        }

        Assert.That(rests, Is.EqualTo(new[] { 30, 60, 120, 240, 480, 600, 600 }));
    }

    [Test]
    public void Begin_AfterARest_LetsOneCallThroughUntilItIsKnownHowItEnded()
    {
        var resting = Enumerable.Range(0, Circuit.FailuresToOpen).Aggregate(Circuit.Closed, (c, _) => c.Failed(Now));
        var later = Now + Circuit.FirstRest;
        Assert.Multiple(() =>
        {
            Assert.That(resting.MayCall(later - TimeSpan.FromTicks(1)), Is.False);
            Assert.That(resting.MayCall(later), Is.True);
            Assert.That(resting.Begin(later).MayCall(later), Is.False);
            Assert.That(resting.Begin(later).Failed(later).RestsUntil, Is.EqualTo(later + Circuit.FirstRest + Circuit.FirstRest));
        });
    }

    // Every try of every call would reach a dead server: 3 tries each, 10 calls.
    [TestCase("503", 5)]
    [TestCase("reset", 5)]
    [TestCase("429", 30)]
    [TestCase("404", 10)]
    public async Task Send_ToAServerThatIsDead_StopsAskingIt(string what, int reached)
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => what == "reset" ? throw new HttpRequestException(HttpRequestError.ConnectionError) : FakeHandler.Status(int.Parse(what, CultureInfo.InvariantCulture), "{}"));
        using var client = Api.Client(network, time);
        var refused = 0;
        for (var call = 0; call < 10; call++)
        {
            try
            {
                // The wait between tries is shorter than the rest.
                await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromSeconds(5));
            }
            catch (OutsideException fault) when (fault.Message.Contains("it is not asked again before", StringComparison.Ordinal))
            {
                Assert.That(fault.Fault, Is.EqualTo(OutsideFault.Transient), "it was certainly not carried out");
                refused++;
            }
            catch (OutsideException)
            {
                // It reached the server, which did not answer.
            }
        }

        Assert.That((network.Urls.Count, refused > 0), Is.EqualTo((reached, reached == 5)));
    }

    // An API that says by 408 that it is busy has answered: the same status is a failure elsewhere.
    [TestCase(true, 30)]
    [TestCase(false, 5)]
    public async Task Send_ToAServerThatIsBusyInItsOwnWay_GoesOnAskingIt(bool isBusy, int reached)
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => FakeHandler.Status(408, "{}"));
        using var client = Api.Client(network, time, Api.Definition() with { BusyStatuses = isBusy ? [408] : [] });
        for (var call = 0; call < 10; call++)
        {
            try
            {
                await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromSeconds(5));
            }
            catch (OutsideException fault) when (!isBusy)
            {
                Assert.That(fault.Fault, Is.EqualTo(OutsideFault.Transient));
            }
        }

        Assert.That(network.Urls, Has.Count.EqualTo(reached));
    }

    [Test]
    public async Task Send_AfterTheRest_AsksOnceAndGoesOnWhereTheServerIsBack()
    {
        var time = new ManualTime();
        var isDead = true;
        using var network = FakeHandler.Of(() => FakeHandler.Status(isDead ? 502 : 200, "{}"));
        using var client = Api.Client(network, time);
        for (var call = 0; call < 3; call++)
        {
            try
            {
                await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromSeconds(5));
            }
            catch (OutsideException)
            {
                // The circuit is open by now.
            }
        }

        isDead = false;
        await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(Api.Post(), CancellationToken.None));
        time.Advance(Circuit.FirstRest);
        Assert.That((await client.SendAsync(Api.Post(), CancellationToken.None)).Status, Is.EqualTo(200));
        Assert.That((await client.SendAsync(Api.Post(), CancellationToken.None)).Status, Is.EqualTo(200));
    }
}
