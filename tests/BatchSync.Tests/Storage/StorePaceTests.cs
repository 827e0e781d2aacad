using BatchSync.Core.Retry;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StorePaceTests(string kind)
{
    private static readonly PaceName Name = new("books 1", "books");

    [Test]
    public async Task SavePace_OfTwoProcessesAtOneAccount_KeepsWhatBothKnow()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var (minute, now) = (TimeSpan.FromMinutes(1), bench.Time.GetUtcNow());
        var circuit = new Circuit(7, now + minute, TimeSpan.FromSeconds(120));
        var first = new PaceMemory([new WindowMemory(minute, [new UsedCalls(now + minute, 4)])], 3, now + TimeSpan.FromSeconds(20.5), circuit);
        await bench.Store.SavePaceAsync(Name, first, CancellationToken.None);
        var second = new PaceMemory([new WindowMemory(minute, [new UsedCalls(now + minute, 2), new UsedCalls(now + (2 * minute), 1)])], 5, null, null);
        var answered = await bench.Store.SavePaceAsync(Name, second, CancellationToken.None);
        var stored = await bench.Store.FindPaceAsync("books 1", CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(stored!.Windows.Single().Used, Is.EqualTo(new[] { new UsedCalls(now + minute, 4), new UsedCalls(now + (2 * minute), 1) }));
            Assert.That((stored.Windows.Single().Per, stored.AtOnce, stored.WaitsUntil, stored.Circuit), Is.EqualTo((minute, 3, first.WaitsUntil, circuit)));
            Assert.That(answered.Windows.Single().Used, Is.EqualTo(stored.Windows.Single().Used));
            Assert.That(await bench.Store.FindPaceAsync("books 2", CancellationToken.None), Is.Null);
        });
    }

    [Test]
    public async Task SavePace_AfterASpanIsOver_ForgetsItsCalls()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var now = bench.Time.GetUtcNow();
        var memory = new PaceMemory([new WindowMemory(TimeSpan.FromSeconds(15), [new UsedCalls(now + TimeSpan.FromSeconds(15), 99)])], 1, null, Circuit.Closed);
        await bench.Store.SavePaceAsync(Name, memory, CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromSeconds(16));
        await bench.Store.SavePaceAsync(Name, memory with { Windows = [] }, CancellationToken.None);
        Assert.That((await bench.Store.FindPaceAsync("books 1", CancellationToken.None))!.Windows, Is.Empty);
    }
}
