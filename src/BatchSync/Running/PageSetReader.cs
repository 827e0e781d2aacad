using System.Runtime.CompilerServices;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Makes the records that are staged of those that a page has.</summary>
internal delegate Task<IReadOnlyList<SourceRecord>> PageRecords(IReadOnlyList<SourceRecord> read, CancellationToken cancel);

/// <summary>Reads page sets and stages them page by page.</summary>
/// <param name="recordsOf">Null: the records as they are read.</param>
internal sealed class PageSetReader(ActiveRun run, PageRecords? recordsOf = null)
{
    /// <summary>Rows that were being saved at the source while we looked may show up this much later.</summary>
    private static readonly TimeSpan SafetyLag = TimeSpan.FromMinutes(1);

    /// <summary>A set that begins now: the bound to which its watermark moves is taken before its first page.</summary>
    public PageSetStart Start(StreamKind stream, PageSetPurpose purpose, DateTimeOffset? modifiedSince, DateOnly? from, DateOnly? to) =>
        new(run.Series, stream, run.Row.RunNo, modifiedSince, from, to, run.Ports.Time.GetUtcNow() - SafetyLag) { Purpose = purpose };

    /// <summary>Reads a set: what an earlier run left open of one of the same dates is continued from its cursor.</summary>
    public async Task ReadAsync(PageSetStart start, CancellationToken cancel)
    {
        var open = await ResumableAsync(start, cancel);
        if (open is null)
        {
            await ReadSetAsync(await run.Store.BeginPageSetAsync(run.Lease, start, cancel), cancel);
            return;
        }

        try
        {
            await ReadSetAsync(open, cancel);
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Permanent)
        {
            run.Ports.Log.Warning("Page set {PageSet} of {Stream} cannot be continued, it is read again from its start: {Reason}", open.PageSetNo, start.Stream.Name(), e.Message);
            await run.Store.AbandonPageSetAsync(run.Lease, open, cancel);
            await ReadSetAsync(await run.Store.BeginPageSetAsync(run.Lease, start, cancel), cancel);
        }
    }

    /// <summary>Begins a set that is whole in this run, whatever an earlier run left open of one like it.</summary>
    public async Task<PageSet> BeginAnewAsync(PageSetStart start, CancellationToken cancel)
    {
        if (await run.Store.FindOpenPageSetAsync(run.Series, start.Stream, start.Purpose, cancel) is { } open) await run.Store.AbandonPageSetAsync(run.Lease, open, cancel);
        return await run.Store.BeginPageSetAsync(run.Lease, start, cancel);
    }

    /// <summary>Reads what is left of a set.</summary>
    public async Task ReadSetAsync(PageSet set, CancellationToken cancel)
    {
        var start = set.Start;
        var ended = false;
        long records = 0;
        var request = new PageSetRequest(start.Stream, start.ModifiedSince, start.FromDate, start.ToDate, set.Cursor) { OfDeletions = start.Purpose == PageSetPurpose.Deletions };
        using var spans = new PageSpans(start.Stream.Name());
        await foreach (var (page, ready) in run.Ports.ReadsAhead ? Ahead.ReadAsync(token => PagesAsync(request, token), cancel) : PagesAsync(request, cancel))
        {
            var staged = ready ?? StagedOf(page, await recordsOf!(page.Records, cancel));
            run.Counts.Staged += await run.Store.StagePageAsync(run.Lease, set, staged, cancel);
            run.Counts.Pages++;
            spans.Staged(page.Number, staged.Records.Count, page.IsLast);
            records += page.Records.Count;
            ended = page.IsLast;
            HeapBound.Keep();
            run.Ports.Progress.Advance($"read {start.Stream.Name()}", records, page.StatedTotal);
        }

        Invariant.Holds(ended, $"The page set of {start.Stream.Name()} ends with a page that says so.");
    }

    // Ready to be staged, unless what is staged of it depends on what the store holds by then.
    private async IAsyncEnumerable<(SourcePage Page, StagedPage? Ready)> PagesAsync(PageSetRequest request, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var page in run.Ports.Source.ReadAsync(request, cancel)) yield return (page, recordsOf is null ? StagedOf(page, page.Records) : null);
    }

    private static StagedPage StagedOf(SourcePage page, IReadOnlyList<SourceRecord> records) =>
        new(new PackedPage(page.Body), page.Location, HashedRecord.Of(records), page.NextCursor, page.IsLast, page.StatedTotal, page.LeftOut);

    private async Task<PageSet?> ResumableAsync(PageSetStart start, CancellationToken cancel)
    {
        var open = await run.Store.FindOpenPageSetAsync(run.Series, start.Stream, start.Purpose, cancel);
        if (open is null) return null;
        var sameDates = open.Start.FromDate == start.FromDate && open.Start.ToDate == start.ToDate;
        if (sameDates && open.Cursor is not null) return open;
        await run.Store.AbandonPageSetAsync(run.Lease, open, cancel);
        return null;
    }
}
