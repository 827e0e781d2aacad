using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Destinations;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Reads created documents back and, where the job wants them final, makes those final that tie out to the cent. A document that
/// does not tie out stays as it is until a person has looked at it.
/// </summary>
internal sealed class FinishStep(ActiveRun run, OpenDestination destination)
{
    private bool MakesFinal => destination.Port.Traits.HasDrafts && !run.Request.Job.Posting.AsDraft;

    public async Task ExecuteAsync(CancellationToken cancel)
    {
        var created = await run.Store.ListOutboxAsync(run.Series, destination.Name, [OutboxState.Created, OutboxState.Finalizing], cancel);
        foreach (var batch in created.Chunk(destination.Port.Traits.BatchSize)) await FinishAsync(batch, cancel);
    }

    private async Task FinishAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var tied = await ReadBackAsync(rows, cancel);
        if (tied.Count == 0) return;
        var drafts = MakesFinal ? tied.Where(t => t.Found.IsDraft).ToList() : [];
        var done = tied.Except(drafts).Select(t => Changed(t.Row, OutboxState.Posted, "Posted", "")).ToList();
        if (done.Count > 0) await run.Store.SaveOutboxAsync(run.Lease, done, cancel);
        run.Counts.DocumentsPosted += done.Count;
        if (drafts.Count > 0) await FinalizeAsync(drafts, cancel);
    }

    private async Task<List<(OutboxRow Row, DestinationDocument Found)>> ReadBackAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var found = (await destination.Port.LookUpAsync([.. rows.Select(r => r.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
        var tied = new List<(OutboxRow, DestinationDocument)>();
        var untied = new List<OutboxChange>();
        foreach (var row in rows)
        {
            var hits = found[row.Reference].ToList();
            var gaps = DocumentComparison.Differences(row.Expected.PostedBy(destination.Port.Traits.Deductions), hits);
            if (gaps.Count == 0) tied.Add((row, hits[0]));
            else untied.Add(Changed(row, OutboxState.Created, "NotTied", string.Join("; ", gaps.Select(g => $"{g.Code}: expected {g.Expected}, found {g.Actual}"))));
        }

        if (untied.Count > 0) await run.Store.SaveOutboxAsync(run.Lease, untied, cancel);
        return tied;
    }

    private async Task FinalizeAsync(List<(OutboxRow Row, DestinationDocument Found)> drafts, CancellationToken cancel)
    {
        var rows = drafts.ConvertAll(d => d.Row with { DestinationId = d.Found.DestinationId });
        await run.Store.SaveOutboxAsync(run.Lease, [.. rows.Select(r => Changed(r, OutboxState.Finalizing, "Finalizing", "") with { DestinationId = r.DestinationId })], cancel);
        cancel.ThrowIfCancellationRequested();
        // Making final may be repeated, so every run has a key of its own: an old refusal must not be answered again.
        var key = IdempotencyKey.Of(rows.Select(r => FormattableString.Invariant($"final {r.Reference} {run.Row.RunNo}")), null);
        var answer = await destination.Port.FinalizeAsync(new FinalizeBatch(key, [.. rows.Select(r => (r.Reference, r.DestinationId))]), CancellationToken.None);
        var changes = rows.ConvertAll(row => ChangeOf(row, answer.Outcomes.Single(o => o.Reference == row.Reference)));
        await run.Store.SaveOutboxAsync(run.Lease, changes, CancellationToken.None);
        run.Counts.DocumentsPosted += changes.Count(c => c.State == OutboxState.Posted);
    }

    // Making final does no harm when repeated, so whatever is not certain simply stays to be tried by the next run.
    private static OutboxChange ChangeOf(OutboxRow row, PostingOutcome outcome) => outcome.Match(
        _ => Changed(row, OutboxState.Posted, "Posted", ""),
        _ => Changed(row, OutboxState.Posted, "Posted", ""),
        rejected => Changed(row, OutboxState.Finalizing, "Rejected", $"it stays a draft: {rejected.Code}: {rejected.Message}"),
        notTaken => Changed(row, OutboxState.Finalizing, "NotTaken", notTaken.Why),
        unknown => Changed(row, OutboxState.Finalizing, "Unknown", unknown.Why));

    private static OutboxChange Changed(OutboxRow row, OutboxState state, string outcome, string message) => new(row.DocumentNo, row.Reference, state, outcome, message);
}
