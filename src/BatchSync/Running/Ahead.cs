using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BatchSync.Running;

/// <summary>Makes the next things ready while what came before them is worked on.</summary>
internal static class Ahead
{
    /// <summary>The items of a source, made by a task of its own: one waits while the one before it is worked on.</summary>
    /// <param name="source">A failure of it is met where its item would have been; whoever stops early ends it.</param>
    public static async IAsyncEnumerable<T> ReadAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> source, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var made = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });
        var making = Task.Run(() => MakeAsync(source, made.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var item in made.Reader.ReadAllAsync(cancel)) yield return item;
        }
        finally
        {
            await stop.CancelAsync();
            await making;
        }
    }

    /// <summary>Rows that are read by a task of their own, so many of them together: handing over each by itself would cost more than reading it.</summary>
    public static async IAsyncEnumerable<T> ReadAsync<T>(IAsyncEnumerable<T> rows, int together, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var some in ReadAsync(_ => rows.Chunk(together), cancel))
        {
            foreach (var row in some) yield return row;
        }
    }

    private static async Task MakeAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> source, ChannelWriter<T> made, CancellationToken cancel)
    {
        try
        {
            await foreach (var item in source(cancel).WithCancellation(cancel)) await made.WriteAsync(item, cancel);
            made.Complete();
        }
        catch (Exception e)
        {
            made.Complete(e);
        }
    }
}
