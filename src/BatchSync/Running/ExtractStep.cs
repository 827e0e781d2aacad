using BatchSync.Core.Diagnostics;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Reads every stream of the job and stages it page by page. A set that an earlier run left open is continued from its cursor;
/// the watermark moves only with a set's last page, to a bound taken before its first.
/// </summary>
internal sealed class ExtractStep(ActiveRun run)
{
    /// <summary>Rows that were being saved at the source while we looked may show up this much later.</summary>
    private static readonly TimeSpan SafetyLag = TimeSpan.FromMinutes(1);

    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        await run.Ports.Source.ProbeAsync(cancel);
        foreach (var stream in run.Request.Job.Source.Streams) await ReadStreamAsync(stream, cancel);
        var staged = run.Counts.Staged;
        return FormattableString.Invariant($"{Counted.Of(run.Counts.Pages, "page")}: {Counted.Of(staged.Added, "record")} new, {staged.Changed} changed, {staged.Unchanged} unchanged");
    }

    private async Task ReadStreamAsync(StreamKind stream, CancellationToken cancel)
    {
        var open = await ResumableSetAsync(stream, cancel);
        if (open is null)
        {
            await ReadSetAsync(await BeginSetAsync(stream, cancel), cancel);
            return;
        }

        try
        {
            await ReadSetAsync(open, cancel);
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Permanent)
        {
            run.Ports.Log.Warning("Page set {PageSet} of {Stream} cannot be continued, it is read again from its start: {Reason}", open.PageSetNo, stream.Name(), e.Message);
            await run.Store.AbandonPageSetAsync(run.Lease, open, cancel);
            await ReadSetAsync(await BeginSetAsync(stream, cancel), cancel);
        }
    }

    private async Task<PageSet?> ResumableSetAsync(StreamKind stream, CancellationToken cancel)
    {
        var open = await run.Store.FindOpenPageSetAsync(run.Series, stream, cancel);
        if (open is null) return null;
        var sameDates = open.Start.FromDate == run.Request.From && open.Start.ToDate == run.Request.To;
        if (sameDates && open.Cursor is not null) return open;
        await run.Store.AbandonPageSetAsync(run.Lease, open, cancel);
        return null;
    }

    private async Task<PageSet> BeginSetAsync(StreamKind stream, CancellationToken cancel)
    {
        var (from, to) = (run.Request.From, run.Request.To);
        var watermark = from is null && to is null && run.Ports.Source.ReadsOnlyChanges(stream) ? await run.Store.FindWatermarkAsync(run.Series, stream, cancel) : null;
        var start = new PageSetStart(run.Series, stream, run.Row.RunNo, watermark - run.Request.Job.Source.Lookback, from, to, run.Ports.Time.GetUtcNow() - SafetyLag);
        return await run.Store.BeginPageSetAsync(run.Lease, start, cancel);
    }

    private async Task ReadSetAsync(PageSet set, CancellationToken cancel)
    {
        var start = set.Start;
        var ended = false;
        long records = 0;
        var request = new PageSetRequest(start.Stream, start.ModifiedSince, start.FromDate, start.ToDate, set.Cursor);
        await foreach (var page in run.Ports.Source.ReadAsync(request, cancel))
        {
            var staged = new StagedPage(page.Body, page.Location, page.Records, page.NextCursor, page.IsLast, page.StatedTotal, page.LeftOut);
            run.Counts.Staged += await run.Store.StagePageAsync(run.Lease, set, staged, cancel);
            run.Counts.Pages++;
            records += page.Records.Count;
            ended = page.IsLast;
            run.Ports.Progress.Advance($"read {start.Stream.Name()}", records, page.StatedTotal);
        }

        Invariant.Holds(ended, $"The page set of {start.Stream.Name()} ends with a page that says so.");
    }
}
