using BatchSync.Core.Posting;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Documents, and the outbox of a destination, read a portion at a time, so that memory holds few of the documents of a first run. What is behind a row when it is read may have changed by the time it comes.</summary>
internal static class PortionReading
{
    private const int RowsAtATime = 1_000;

    /// <summary>The documents of a period, in the order in which they were made.</summary>
    public static IAsyncEnumerable<DocumentRow> ReadDocumentsAsync(this ActiveRun run, Period period, CancellationToken cancel) =>
        ReadAsync(portion => run.Store.ListDocumentsAsync(run.Series, period, portion, cancel), row => row.DocumentNo);

    /// <summary>Outbox rows in given states, in document order.</summary>
    public static IAsyncEnumerable<OutboxRow> ReadOutboxAsync(this ActiveRun run, OpenDestination destination, IReadOnlyList<OutboxState> states, CancellationToken cancel) =>
        ReadAsync(portion => run.Store.ListOutboxAsync(run.Series, destination.Name, states, portion, cancel), row => row.DocumentNo);

    /// <summary>Outbox rows that are ready and wait for no other document to be at its destination first, in document order.</summary>
    public static IAsyncEnumerable<OutboxRow> ReadSendableAsync(this ActiveRun run, OpenDestination destination, CancellationToken cancel) =>
        ReadAsync(portion => run.Store.ListSendableAsync(run.Series, destination.Name, portion, cancel), row => row.DocumentNo);

    private static async IAsyncEnumerable<T> ReadAsync<T>(Func<DocumentPortion, Task<IReadOnlyList<T>>> readAsync, Func<T, long> numberOf)
    {
        for (var portion = new DocumentPortion(0, RowsAtATime); ;)
        {
            var rows = await readAsync(portion);
            foreach (var row in rows) yield return row;
            if (rows.Count < RowsAtATime) yield break;
            portion = portion with { After = numberOf(rows[^1]) };
        }
    }
}
