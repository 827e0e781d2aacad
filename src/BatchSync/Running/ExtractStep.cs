using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Reads every stream of the job and stages it page by page. A set that an earlier run left open is continued from its cursor;
/// the watermark moves only with a set's last page, to a bound taken before its first.
/// </summary>
internal sealed class ExtractStep(ActiveRun run)
{
    private readonly PageSetReader _reader = new(run);

    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        await run.Ports.Source.ProbeAsync(cancel);
        foreach (var stream in run.Request.Job.Source.Streams) await _reader.ReadAsync(await StartAsync(stream, cancel), cancel);
        var staged = run.Counts.Staged;
        return FormattableString.Invariant($"{Counted.Of(run.Counts.Pages, "page")}: {Counted.Of(staged.Added, "record")} new, {staged.Changed} changed, {staged.Unchanged} unchanged");
    }

    private async Task<PageSetStart> StartAsync(StreamKind stream, CancellationToken cancel)
    {
        var (from, to) = (run.Request.From, run.Request.To);
        var onlyChanges = !run.Request.IsRange && run.Ports.Source.TraitsOf(stream).ReadsOnlyChanges;
        var watermark = onlyChanges ? await run.Store.FindWatermarkAsync(run.Series, stream, cancel) : null;
        return _reader.Start(stream, PageSetPurpose.Records, watermark - run.Request.Job.Source.Lookback, from, to);
    }
}
