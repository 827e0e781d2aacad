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
        var making = Task.Run(() => MakeAsync(source(stop.Token), made.Writer, stop.Token), CancellationToken.None);
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

    private static async Task MakeAsync<T>(IAsyncEnumerable<T> source, ChannelWriter<T> made, CancellationToken cancel)
    {
        try
        {
            await foreach (var item in source.WithCancellation(cancel)) await made.WriteAsync(item, cancel);
            made.Complete();
        }
        catch (Exception e)
        {
            made.Complete(e);
        }
    }
}
