using System.Runtime.ExceptionServices;

namespace BatchSync.Http;

/// <summary>Several calls under way at once.</summary>
internal static class UnderWay
{
    /// <summary>Begins the work on each item in their order, so many at once. Where one fails, or the next item cannot be had, no further one is begun, and all that were begun are waited for.</summary>
    /// <param name="atOnce">1 and up; with 1 each ends before the next one begins.</param>
    public static async Task EachAsync<T>(IAsyncEnumerable<T> items, int atOnce, Func<T, Task> work)
    {
        var begun = new List<Task>();
        try
        {
            await foreach (var item in items)
            {
                begun.Add(work(item));
                if (begun.Count >= atOnce) await Task.WhenAny(begun);
                if (begun.Exists(task => task.IsFaulted || task.IsCanceled)) break;
                begun.RemoveAll(task => task.IsCompleted);
            }
        }
        catch (Exception e)
        {
            begun.Add(Task.FromException(e));
        }

        // A defect, or a lease that was lost, is told before what an API did.
        var faults = (await Task.WhenAll(begun.Select(FaultOfAsync))).OfType<Exception>().ToList();
        if ((faults.Find(e => e is not OutsideException) ?? faults.FirstOrDefault()) is { } fault) ExceptionDispatchInfo.Throw(fault);
    }

    private static async Task<Exception?> FaultOfAsync(Task task)
    {
        try
        {
            await task;
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
