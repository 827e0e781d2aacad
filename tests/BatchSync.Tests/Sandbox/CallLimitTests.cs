using BatchSync.Core.Retry;
using BatchSync.Sandbox;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

public sealed class CallLimitTests
{
    [TestCase("100/15s", 100, 15)]
    [TestCase("60/1m", 60, 60)]
    [TestCase("0/1m", 0, 0)]
    [TestCase("60/0s", 0, 0)]
    [TestCase("60", 0, 0)]
    [TestCase("-1/1m", 0, 0)]
    [TestCase("60/1m/1h", 0, 0)]
    public void Parse_OfAText_ReadsCallsAndTime(string text, int calls, int seconds) =>
        Assert.That(CallLimit.Parse(text), Is.EqualTo(calls == 0 ? null : new Allowance(calls, TimeSpan.FromSeconds(seconds))));

    [Test]
    public void Take_OfOneTooMany_SaysWhenToComeAgainAndCountsEachApiByItself()
    {
        var time = new ManualTime();
        var limit = new CallLimit(new Allowance(2, TimeSpan.FromSeconds(10)), time);
        Assert.That((Left("/time/v1/a"), Left("/time/v1/b")), Is.EqualTo((1, 0)));
        time.Advance(TimeSpan.FromSeconds(3.5));
        var refusal = limit.Take(Call("/time/v1/a")).Refusal!;
        Assert.Multiple(() =>
        {
            Assert.That((refusal.Status, refusal.Headers.Single()), Is.EqualTo((429, ("Retry-After", "7"))));
            Assert.That((Left("/books/v1/a"), Left("/companies/de/books/v1/a"), Left("/companies/us/books/v1/a")), Is.EqualTo((1, 1, 1)));
            Assert.That(limit.Refused, Is.EqualTo(1));
        });
        time.Advance(TimeSpan.FromSeconds(6.5));
        Assert.That((Left("/time/v1/a"), limit.Refused), Is.EqualTo((1, 1)), "what was turned away does not count");

        int Left(string path) => limit.Take(Call(path)).Left;
    }

    [Test]
    public async Task Requests_WithALimit_TellWhatWasTurnedAway()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        await using var sandbox = await RunningSandbox.StartAsync(
            new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System) { Limit = new Allowance(1, TimeSpan.FromHours(1)) }, ownsFolder: true);
        await sandbox.GetAsync("/time/v1/account");
        await sandbox.GetAsync("/time/v1/account");
        Assert.That((await sandbox.GetAsync("/_sandbox/requests")).Text, Is.EqualTo("""{"refused_by_limit":1,"requests":[{"method":"GET","path":"/time/v1/account","count":2}]}"""));
    }

    private static SandboxRequest Call(string path) => new("GET", "http://127.0.0.1", path, new Dictionary<string, string>(), _ => null, ReadOnlyMemory<byte>.Empty);
}
