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
internal sealed class FinishStep
{
    private readonly ActiveRun _run;
    private readonly OpenDestination _destination;
    private readonly PostingCall _call;

    public FinishStep(ActiveRun run, OpenDestination destination)
    {
        (_run, _destination) = (run, destination);
        _call = new PostingCall(run, destination, new CallAction("finalize", OutboxState.Finalizing, KeyOf, SendAsync, (row, outcome) => [ChangeOf(row, outcome)]));
    }

    /// <summary>Why nothing more is made final in this run; null: the destination takes something now and then.</summary>
    public string? GivenUp => _call.GivenUp;

    private bool MakesFinal => _destination.Port.Traits.HasDrafts && !_run.Request.Job.Posting.AsDraft;

    // What is made final is read right before, call by call: nobody is to have the time to change a draft between the two. What stays as it is needs no call of its own, and is read in large portions.
    private int AtATime => MakesFinal ? _destination.Port.Traits.BatchSize : _destination.Port.Traits.LookUpSize;

    public async Task ExecuteAsync(CancellationToken cancel)
    {
        await foreach (var batch in _run.ReadOutboxAsync(_destination, [OutboxState.Created, OutboxState.Finalizing], cancel).Chunk(AtATime)) await FinishAsync(batch, cancel);
    }

    private async Task FinishAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var tied = await ReadBackAsync(rows, cancel);
        if (tied.Count == 0) return;
        var drafts = MakesFinal ? tied.Where(t => t.Found.IsDraft).ToList() : [];
        var done = tied.Except(drafts).Select(t => Changed(t.Row, OutboxState.Posted, "Posted", "")).ToList();
        if (done.Count > 0) await _run.Store.SaveOutboxAsync(_run.Lease, done, cancel);
        _run.Counts.DocumentsPosted += done.Count;
        if (drafts.Count > 0) await FinalizeAsync(drafts, cancel);
    }

    private async Task<List<(OutboxRow Row, DestinationDocument Found)>> ReadBackAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var found = (await _destination.Port.LookUpAsync([.. rows.Select(r => r.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
        var tied = new List<(OutboxRow, DestinationDocument)>();
        var untied = new List<OutboxChange>();
        foreach (var row in rows)
        {
            var hits = found[row.Reference].ToList();
            var gaps = DocumentComparison.Differences(row.Expected.PostedBy(_destination.Port.Traits.Deductions), hits);
            if (gaps.Count == 0) tied.Add((row, hits[0]));
            else untied.Add(Changed(row, OutboxState.Created, "NotTied", string.Join("; ", gaps.Select(g => $"{g.Code}: expected {g.Expected}, found {g.Actual}"))));
        }

        if (untied.Count > 0) await _run.Store.SaveOutboxAsync(_run.Lease, untied, cancel);
        return tied;
    }

    private async Task FinalizeAsync(List<(OutboxRow Row, DestinationDocument Found)> drafts, CancellationToken cancel)
    {
        var changes = await _call.SendAsync(drafts.ConvertAll(d => d.Row with { DestinationId = d.Found.DestinationId }), cancel);
        _run.Counts.DocumentsPosted += changes.Count(c => c.State == OutboxState.Posted);
    }

    // Making final may be repeated, so every run has a key of its own: an old refusal must not be answered again.
    private string KeyOf(IReadOnlyList<OutboxRow> rows) => IdempotencyKey.Of(rows.Select(r => FormattableString.Invariant($"final {r.Reference} {_run.Row.RunNo}")), null);

    private Task<DestinationAnswer> SendAsync(OutgoingCall call, CancellationToken cancel) =>
        _destination.Port.FinalizeAsync(new FinalizeBatch(call.Key, [.. call.Rows.Select(r => (r.Reference, r.DestinationId))]) { Slot = call.Slot }, cancel);

    // Making final does no harm when repeated, so whatever is not certain simply stays to be tried by the next run.
    private static OutboxChange ChangeOf(OutboxRow row, PostingOutcome outcome) => outcome.Match(
        _ => Changed(row, OutboxState.Posted, "Posted", "") with { DestinationId = row.DestinationId },
        _ => Changed(row, OutboxState.Posted, "Posted", "") with { DestinationId = row.DestinationId },
        rejected => Changed(row, OutboxState.Finalizing, "Rejected", $"it stays a draft: {rejected.Code}: {rejected.Message}"),
        together => Changed(row, OutboxState.Finalizing, "RefusedTogether", $"it stays a draft: its call was refused as a whole: {together.Code}: {together.Message}"),
        notTaken => Changed(row, OutboxState.Finalizing, "NotTaken", notTaken.Why),
        unknown => Changed(row, OutboxState.Finalizing, "Unknown", unknown.Why));

    private static OutboxChange Changed(OutboxRow row, OutboxState state, string outcome, string message) => new(row.DocumentNo, row.Reference, state, outcome, message);
}
