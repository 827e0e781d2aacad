using BatchSync.Http;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class UnderWayTests
{
    [Test]
    public async Task Each_ThreeAtOnce_HasNeverMoreThanThreeUnderWayAndBeginsAllInTheirOrder()
    {
        var (begun, most, now) = (new List<int>(), 0, 0);
        await UnderWay.EachAsync(Enumerable.Range(0, 20).ToAsyncEnumerable(), atOnce: 3, async i =>
        {
            begun.Add(i);
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
        });
        Assert.Multiple(() =>
        {
            Assert.That(begun, Is.EqualTo(Enumerable.Range(0, 20)));
            Assert.That(most, Is.InRange(1, 3));
        });
    }

    [Test]
    public void Each_OfItemsThatEndInAFailure_WaitsForWhatWasBegunAndTellsIt()
    {
        var (hold, done) = (new TaskCompletionSource(), 0);
        var all = UnderWay.EachAsync(TwoAndAFailure(), atOnce: 5, async _ =>
        {
            await hold.Task;
            Interlocked.Increment(ref done);
        });
        Assert.That(all.IsCompleted, Is.False, "two are under way");
        hold.SetResult();
        Assert.Multiple(() =>
        {
            Assert.That(async () => await all, Throws.InstanceOf<InvalidDataException>().With.Message.EqualTo("the third cannot be read"));
            Assert.That(done, Is.EqualTo(2));
        });
    }

    [Test]
    public void Each_WhereOneFails_BeginsNoFurtherOne()
    {
        var begun = new List<int>();
        Assert.Multiple(() =>
        {
            Assert.That(
                async () => await UnderWay.EachAsync(Enumerable.Range(0, 20).ToAsyncEnumerable(), atOnce: 1, i =>
                {
                    begun.Add(i);
                    return i == 2 ? Task.FromException(new InvalidDataException("the third")) : Task.CompletedTask;
                }),
                Throws.InstanceOf<InvalidDataException>());
            Assert.That(begun, Is.EqualTo(new[] { 0, 1, 2 }));
        });
    }

    // At once, so that the failure has been met when the call returns.
    private static async IAsyncEnumerable<int> TwoAndAFailure()
    {
        yield return 1;
        await Task.CompletedTask;
        yield return 2;
        throw new InvalidDataException("the third cannot be read");
    }
}
