using System.Runtime.CompilerServices;
using BatchSync.Running;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

[Parallelizable(ParallelScope.All)]
public sealed class AheadTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Test]
    public async Task Items_ReadAhead_ComeInTheirOrder() =>
        Assert.That(await Ahead.ReadAsync(token => CountAsync(1_000, token), None).ToListAsync(), Is.EqualTo(Enumerable.Range(1, 1_000)));

    [Test]
    public async Task Rows_ReadAheadTogether_ComeInTheirOrder() =>
        Assert.That(await Ahead.ReadAsync(CountAsync(1_001, None), 100, None).ToListAsync(), Is.EqualTo(Enumerable.Range(1, 1_001)));

    [Test]
    public async Task Items_ReadAhead_AreMadeWhileOneIsWorkedOn()
    {
        var second = new TaskCompletionSource();
        await foreach (var item in Ahead.ReadAsync(_ => Told(), None))
        {
            if (item == 1) await second.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }

        async IAsyncEnumerable<int> Told()
        {
            await Task.CompletedTask;
            yield return 1;
            second.SetResult();
            yield return 2;
        }
    }

    [Test]
    public async Task Failure_OfTheSource_IsMetWhereItsItemWouldHaveBeen()
    {
        var met = new List<int>();
        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var item in Ahead.ReadAsync(_ => FailingAfterAsync(3), None)) met.Add(item);
        });
        Assert.That((failure?.Message, string.Join(' ', met)), Is.EqualTo(("broken", "1 2 3")));
    }

    [Test]
    public async Task Source_OfWhoStopsEarly_IsEnded()
    {
        var ended = false;
        await foreach (var _ in Ahead.ReadAsync(Endless, None)) break;
        Assert.That(ended, Is.True);

        async IAsyncEnumerable<int> Endless([EnumeratorCancellation] CancellationToken cancel)
        {
            try
            {
                for (var i = 1; ; i++)
                {
                    cancel.ThrowIfCancellationRequested();
                    await Task.Yield();
                    yield return i;
                }
            }
            finally
            {
                ended = true;
            }
        }
    }

    [Test]
    public void Reading_ThatIsCancelled_EndsAsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        Assert.That(
            async () =>
            {
                await foreach (var item in Ahead.ReadAsync(token => CountAsync(int.MaxValue, token), cancel.Token))
                {
                    if (item == 5) await cancel.CancelAsync();
                }
            },
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static async IAsyncEnumerable<int> CountAsync(int until, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var i = 1; i <= until; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (i % 7 == 0) await Task.Yield();
            yield return i;
        }
    }

    private static async IAsyncEnumerable<int> FailingAfterAsync(int items)
    {
        for (var i = 1; i <= items; i++) yield return i;
        await Task.Yield();
        throw new InvalidDataException("broken");
    }
}
