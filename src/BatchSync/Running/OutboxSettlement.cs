using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Finds out about rows that were sent and never answered. They are left alone until no call for them can still take effect;
/// then a look-up that hits adopts the document, and two that miss, apart by the destination's settle time, free it to be sent again. All of it goes by the
/// store's clock: the one that sent and the one that asks may be two hosts.
/// </summary>
internal sealed class OutboxSettlement(ActiveRun run, OpenDestination destination)
{
    /// <summary>The longest that a run waits for a call of an earlier one to settle; beyond it the rows stay pending.</summary>
    public static readonly TimeSpan PatienceLimit = TimeSpan.FromMinutes(10);

    private const int MissesThatFree = 2;

    private TimeSpan Settle => destination.Port.Traits.Settle;

    /// <returns>The rows that certainly are not at the destination and may be sent again.</returns>
    public async Task<IReadOnlyList<OutboxRow>> ExecuteAsync(CancellationToken cancel)
    {
        // What an earlier look missed may have been sent since, where an older backup was put back: nothing is sent again that was not looked up just now.
        var free = (await OpenRowsAsync(cancel)).Where(r => r.Misses >= MissesThatFree).ToList();
        if (free.Count > 0) await LookUpAsync(free, cancel);
        await LookUpOnceAsync(misses: 0, QuietFrom, cancel);
        await LookUpOnceAsync(misses: 1, row => row.MissedAt!.Value + Settle, cancel);
        return [.. (await OpenRowsAsync(cancel)).Where(r => r.Misses >= MissesThatFree)];
    }

    // The time of the first miss is stored, so that a long settle time may pass between two runs.
    private async Task LookUpOnceAsync(int misses, Func<OutboxRow, DateTimeOffset> from, CancellationToken cancel)
    {
        var rows = (await OpenRowsAsync(cancel)).Where(r => r.Misses == misses).ToList();
        if (rows.Count > 0 && await WaitUntilAsync(rows.Max(from), cancel)) await LookUpAsync(rows, cancel);
    }

    // A withdrawal creates nothing that a look-up could find: it is repeated instead.
    private ValueTask<List<OutboxRow>> OpenRowsAsync(CancellationToken cancel) =>
        run.ReadOutboxAsync(destination, [OutboxState.Sending, OutboxState.Unknown], cancel).Where(r => r.Purpose != DocumentPurpose.Withdrawal).ToListAsync(cancel);

    private DateTimeOffset QuietFrom(OutboxRow row) => (row.SendBy ?? DateTimeOffset.MinValue) + destination.Port.Traits.CallTimeout + Settle;

    private async Task<bool> WaitUntilAsync(DateTimeOffset instant, CancellationToken cancel)
    {
        var wait = instant - await run.Store.ReadClockAsync(cancel);
        if (wait > PatienceLimit) return false;
        if (wait <= TimeSpan.Zero) return true;
        run.Ports.Progress.Done("settle", FormattableString.Invariant($"waiting {Math.Ceiling(wait.TotalSeconds)} s until calls without an answer have settled at destination '{destination.Name}'"));
        await Task.Delay(wait, run.Ports.Time, cancel);
        return true;
    }

    private async Task LookUpAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var found = (await destination.Port.LookUpAsync([.. rows.Select(r => r.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
        var now = await run.Store.ReadClockAsync(cancel);
        var changes = rows.Select(row => found.Contains(row.Reference)
            ? Adoption.Of(row, [.. found[row.Reference]])
            : new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Unknown, "Missed", "not found at the destination", Misses: row.Misses + 1, MissedAt: now)).ToList();
        run.Counts.DocumentsAdopted += changes.Count(c => c.State == OutboxState.Created);
        await run.Store.SaveOutboxAsync(run.Lease, changes, cancel);
    }
}
