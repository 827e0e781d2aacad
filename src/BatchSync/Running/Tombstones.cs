using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a deletion that a source lists makes of a record that a store has, or has not read yet.</summary>
internal sealed class Tombstones(IStore store, string series)
{
    /// <param name="deletion">With the id of the record and when it was deleted, and nothing else.</param>
    /// <returns>The record as it stands once it is gone, and whether the store ever had it; null where the deletion changes nothing.</returns>
    public async Task<(SourceRecord Record, bool IsKnown)?> OfAsync(SourceRecord deletion, CancellationToken cancel)
    {
        var current = (await store.FindRecordAsync(series, deletion.Stream, deletion.Id, cancel))?.Record;
        if (!Tombstone.Applies(current, deletion.ModifiedAt) || await WasAppliedAsync(deletion, cancel)) return null;
        return ((current ?? deletion) with { Deleted = true, ModifiedAt = deletion.ModifiedAt }, current is not null);
    }

    // The look-back shows deletions again. One that was applied and whose record is back since would take it off once more where the source dates no rows.
    private async Task<bool> WasAppliedAsync(SourceRecord deletion, CancellationToken cancel) =>
        (await store.ListVersionsAsync(series, new RecordName(deletion.Stream, deletion.Id), cancel))
            .Any(v => v.Stored.Record.Deleted && v.Stored.Record.ModifiedAt >= deletion.ModifiedAt);
}
