using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Deletes drafts that are to be taken back. Deleting may be repeated, so whatever is not certain is simply asked again.</summary>
internal sealed class DraftWithdrawal
{
    private readonly ActiveRun _run;
    private readonly OpenDestination _destination;
    private readonly PostingCall _call;
    private Dictionary<string, DocumentRow> _originals = [];

    public DraftWithdrawal(ActiveRun run, OpenDestination destination)
    {
        (_run, _destination) = (run, destination);
        _call = new PostingCall(run, destination, new CallAction("withdraw", OutboxState.Sending, KeyOf, SendAsync, Changes));
    }

    /// <summary>Why nothing more is sent in this run; null: the destination takes something now and then.</summary>
    public string? GivenUp => _call.GivenUp;

    public async Task ExecuteAsync(IReadOnlyList<OutboxState> states, CancellationToken cancel)
    {
        var rows = await _run.ReadOutboxAsync(_destination, states, cancel).Where(r => r.Purpose == DocumentPurpose.Withdrawal).ToListAsync(cancel);
        if (rows.Count == 0) return;
        _originals = (await _run.Store.ListDocumentsAsync(_run.Series, null, cancel)).ToDictionary(d => d.Reference, StringComparer.Ordinal);
        foreach (var batch in rows.Chunk(_destination.Port.Traits.BatchSize))
        {
            var changes = await _call.SendAsync(batch, cancel);
            _run.Counts.DocumentsWithdrawn += changes.Count(c => c.State == OutboxState.Withdrawn) / 2;
        }
    }

    // Deleting may be repeated, so every run has a key of its own: an old refusal must not be answered again.
    private string KeyOf(IReadOnlyList<OutboxRow> rows) => IdempotencyKey.Of(rows.Select(r => FormattableString.Invariant($"withdraw {r.Reference} {_run.Row.RunNo}")), null);

    private Task<DestinationAnswer> SendAsync(OutgoingCall call, CancellationToken cancel) =>
        _destination.Port.WithdrawAsync(new FinalizeBatch(call.Key, [.. call.Rows.Select(r => (r.Reference, _originals[r.Corrects].DestinationId))]) { Slot = call.Slot }, cancel);

    // The draft and what took it back are gone from the destination together.
    private IEnumerable<OutboxChange> Changes(OutboxRow row, PostingOutcome outcome)
    {
        var change = OutcomeText.ChangeOf(row, outcome);
        if (change.State != OutboxState.Created) return [change];
        var original = _originals[row.Corrects];
        return [change with { State = OutboxState.Withdrawn, DestinationId = null }, new OutboxChange(original.DocumentNo, original.Reference, OutboxState.Withdrawn, "Withdrawn", $"taken back by {row.Reference}")];
    }
}
