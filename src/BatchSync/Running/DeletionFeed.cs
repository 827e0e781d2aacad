using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Reads the source's own lists of deleted records, each with a watermark of its own that moves with its last page. A deletion of a record that was
/// never read is kept as a record that is gone: an older row of it that comes later stays gone, too.
/// </summary>
internal sealed class DeletionFeed(ActiveRun run)
{
    private readonly Tombstones _tombstones = new(run.Store, run.Series);
    private int _gone;
    private int _unknown;
    private int _before;

    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        var reader = new PageSetReader(run, TombstonesAsync);
        foreach (var stream in run.Request.Job.Source.Streams.Where(s => s.IsBilled()))
        {
            var watermark = await run.Store.FindDeletionsWatermarkAsync(run.Series, stream, cancel);
            await reader.ReadAsync(reader.Start(stream, PageSetPurpose.Deletions, watermark - run.Request.Job.Source.Lookback, null, null), cancel);
        }

        return FormattableString.Invariant($"{Counted.Of(_gone, "record")} deleted at the source, {_unknown} deleted that were never read, {_before} known before or saved again since");
    }

    private async Task<IReadOnlyList<SourceRecord>> TombstonesAsync(IReadOnlyList<SourceRecord> read, CancellationToken cancel)
    {
        var tombstones = new List<SourceRecord>();
        foreach (var deletion in read)
        {
            if (await TombstoneAsync(deletion, cancel) is { } tombstone) tombstones.Add(tombstone);
            else _before++;
        }

        return tombstones;
    }

    // Null where the deletion changes nothing.
    private async Task<SourceRecord?> TombstoneAsync(SourceRecord deletion, CancellationToken cancel)
    {
        if (deletion.Faults is [var fault, ..])
        {
            throw new OutsideException(
                OutsideFault.Permanent,
                $"A deletion in {deletion.Stream.Name()} of {run.Request.Job.Source.Connector} cannot be read: '{fault.Field}' is '{fault.Value}', allowed is {fault.Rule}. Check 'deletions' of the connector.");
        }

        if (await _tombstones.OfAsync(deletion, cancel) is not { } found) return null;
        if (found.IsKnown) _gone++;
        else _unknown++;
        return found.Record;
    }
}
