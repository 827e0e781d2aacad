namespace BatchSync.Http;

/// <summary>Several calls under way at once.</summary>
internal static class UnderWay
{
    /// <summary>Begins the work on each item in their order, so many at once. Where one fails no further one is begun, and all that were begun are waited for.</summary>
    /// <param name="atOnce">1 and up; with 1 each ends before the next one begins.</param>
    public static async Task EachAsync<T>(IEnumerable<T> items, int atOnce, Func<T, Task> work)
    {
        var begun = new List<Task>();
        try
        {
            foreach (var item in items)
            {
                begun.Add(work(item));
                if (begun.Count < atOnce) continue;
                var ended = await Task.WhenAny(begun);
                begun.Remove(ended);
                await ended;
            }
        }
        finally
        {
            await Task.WhenAll(begun);
        }
    }
}
