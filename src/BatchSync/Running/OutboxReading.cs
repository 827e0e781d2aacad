using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>The outbox of a destination, read a portion at a time, so that memory holds few of the documents of a first run. What is behind a row when it is read may have changed by the time it comes.</summary>
internal static class OutboxReading
{
    private const int RowsAtATime = 1_000;

    /// <summary>Outbox rows in given states, in document order.</summary>
    public static IAsyncEnumerable<OutboxRow> ReadOutboxAsync(this ActiveRun run, OpenDestination destination, IReadOnlyList<OutboxState> states, CancellationToken cancel) =>
        ReadAsync(portion => run.Store.ListOutboxAsync(run.Series, destination.Name, states, portion, cancel));

    /// <summary>Outbox rows that are ready and wait for no other document to be at its destination first, in document order.</summary>
    public static IAsyncEnumerable<OutboxRow> ReadSendableAsync(this ActiveRun run, OpenDestination destination, CancellationToken cancel) =>
        ReadAsync(portion => run.Store.ListSendableAsync(run.Series, destination.Name, portion, cancel));

    private static async IAsyncEnumerable<OutboxRow> ReadAsync(Func<DocumentPortion, Task<IReadOnlyList<OutboxRow>>> readAsync)
    {
        for (var portion = new DocumentPortion(0, RowsAtATime); ;)
        {
            var rows = await readAsync(portion);
            foreach (var row in rows) yield return row;
            if (rows.Count < RowsAtATime) yield break;
            portion = portion with { After = rows[^1].DocumentNo };
        }
    }
}
