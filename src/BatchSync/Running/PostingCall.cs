using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Storage;
using BatchSync.Telemetry;

namespace BatchSync.Running;

/// <summary>What a call does at a destination.</summary>
/// <param name="Name">As the history of attempts calls it.</param>
/// <param name="Marks">What its documents are while it is out.</param>
/// <param name="KeyOf">The idempotency key of a call for these documents.</param>
/// <param name="SendAsync">Carries it out at once: nothing of the store is waited for any more.</param>
/// <param name="Changes">What an outcome makes of a document.</param>
internal sealed record CallAction(
    string Name, OutboxState Marks, Func<IReadOnlyList<OutboxRow>, string> KeyOf, Func<OutgoingCall, CancellationToken, Task<DestinationAnswer>> SendAsync, Func<OutboxRow, PostingOutcome, IEnumerable<OutboxChange>> Changes)
{
    /// <summary>Whether it sends the documents themselves, and not their ids alone.</summary>
    public bool SendsContent { get; init; }
}

/// <summary>A call that is committed and goes out.</summary>
/// <param name="Documents">The content of the rows, in their order; empty where ids are sent alone.</param>
internal sealed record OutgoingCall(string Key, IReadOnlyList<OutboxRow> Rows, IReadOnlyList<Document> Documents, CallSlot Slot);

/// <summary>
/// The one way in which a run creates, makes final or deletes at a destination: each call is committed before it goes out and its answer after it, and
/// what a person paused is not sent. A call that is refused as a whole is halved, each half a call of its own, until those documents stand alone
/// that it was refused for.
/// </summary>
internal sealed class PostingCall(ActiveRun run, OpenDestination destination, CallAction action)
{
    /// <summary>
    /// Calls in a row that are refused for all that they contain: beyond it the destination refuses everything, and no halving finds out why. A call of a
    /// thousand documents is refused ten times on the way to a single bad one. Of several calls under way at once each has its own way.
    /// </summary>
    public const int RefusalLimit = 20;

    /// <summary>How long after its commit a call may still go out: a host that slept through it must not send it.</summary>
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _counting = new();
    private int _refusals;

    /// <summary>Why nothing more is sent in this run; null: the destination takes something now and then.</summary>
    public string? GivenUp { get; private set; }

    /// <summary>Sends the documents in one call, or in as many as it takes to find those that are refused.</summary>
    /// <returns>All that became of them, the last change of each being the one that stands.</returns>
    /// <exception cref="OutsideException">
    /// The destination refuses the call whatever it contains, and what became of it is stored; or the turn of a call is too far off, and the rest was not begun.
    /// </exception>
    public async Task<IReadOnlyList<OutboxChange>> SendAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var changes = new List<OutboxChange>();
        var parts = new Stack<IReadOnlyList<OutboxRow>>([rows]);
        while (GivenUp is null && parts.TryPop(out var part))
        {
            using var span = new BatchSpan(action.Name, destination.Name);
            using var slot = await destination.Port.ReadyAsync(cancel);
            if (await BeginAsync(part, slot, cancel) is not var (attempt, call)) continue;
            var id = Correlation.Of(run.Series, run.Row.RunNo, attempt.AttemptNo);
            span.Begun(id, call.Rows.Count);
            using var named = Correlation.Begin(id);
            run.Ports.Log.Debug("Call {Action} of {Documents} documents to destination {Destination}", action.Name, call.Rows.Count, destination.Name);
            var (answer, fault) = await CallAsync(attempt, call, cancel);
            var outcomes = call.Rows.Select(row => (Row: row, Outcome: OutcomeOf(row, answer, call))).ToList();
            var made = outcomes.SelectMany(o => action.Changes(o.Row, o.Outcome)).ToList();
            await run.Store.EndAttemptAsync(run.Lease, attempt.AttemptNo, answer.Request, answer.Response, made, CancellationToken.None);
            span.Ended(outcomes.Select(o => OutcomeText.NameOf(o.Outcome)));
            changes.AddRange(made);
            if (fault is not null) throw fault;
            cancel.ThrowIfCancellationRequested();
            Count(answer);
            Halve(parts, [.. outcomes.Where(o => o.Outcome is PostingOutcome.RefusedTogether).Select(o => o.Row with { State = made.Single(c => c.DocumentNo == o.Row.DocumentNo).State })]);
        }

        return changes;
    }

    private sealed record BegunCall(BegunAttempt Attempt, OutgoingCall Call);

    // Loaded before it is committed, since loading may wait for the store and a committed call waits for nothing. Who is paused is left out and stays as it is; the others go.
    private async Task<BegunCall?> BeginAsync(IReadOnlyList<OutboxRow> rows, CallSlot slot, CancellationToken cancel)
    {
        var documents = action.SendsContent ? await run.Store.LoadDocumentsAsync([.. rows.Select(r => r.DocumentNo)], cancel) : [];
        while (rows.Count > 0)
        {
            var key = action.KeyOf(rows);
            try
            {
                var start = new AttemptStart(run.Row.RunNo, destination.Name, action.Name, key, SendWithin) { Marks = action.Marks };
                var begun = await run.Store.BeginAttemptAsync(run.Lease, start, rows, cancel);
                return new BegunCall(begun, new OutgoingCall(key, rows, documents, slot));
            }
            catch (PausedException e)
            {
                rows = [.. rows.Where(row => !e.Pauses.Any(p => p.Covers(run.Series, row.Key.Entity)))];
                documents = [.. documents.Where(d => rows.Any(row => row.Reference == d.Reference))];
            }
        }

        return null;
    }

    // Once the call is out it is waited for even when the run is cancelled: its answer must be stored.
    private async Task<(DestinationAnswer Answer, OutsideException? Fault)> CallAsync(BegunAttempt attempt, OutgoingCall call, CancellationToken cancel)
    {
        if (IsTooLate(attempt)) return (NotSent(call, "not sent: this host was held up between commit and call"), null);
        if (cancel.IsCancellationRequested) return (NotSent(call, "not sent: the run was cancelled"), null);
        try
        {
            return (await action.SendAsync(call, CancellationToken.None), null);
        }
        catch (OutsideException e)
        {
            PostingOutcome Outcome(OutboxRow row) => e.Fault == OutsideFault.Unknown ? new PostingOutcome.Unknown(row.Reference, e.Message) : new PostingOutcome.NotTaken(row.Reference, e.Message);
            return (new DestinationAnswer([.. call.Rows.Select(Outcome)], "", e.Message), e.Fault == OutsideFault.Permanent ? e : null);
        }
    }

    // The monotonic clock cannot be set back, but on some systems it stands still while the host sleeps; the other one does not.
    private bool IsTooLate(BegunAttempt attempt) => run.Ports.Time.GetElapsedTime(attempt.Begun) > SendWithin || run.Ports.Time.GetUtcNow() > attempt.SendBy;

    private static DestinationAnswer NotSent(OutgoingCall call, string why) => new([.. call.Rows.Select(r => new PostingOutcome.NotTaken(r.Reference, why))], "", "");

    // Of a call for one document it is known which one it was refused for.
    private static PostingOutcome OutcomeOf(OutboxRow row, DestinationAnswer answer, OutgoingCall call)
    {
        var outcome = answer.Outcomes.Single(o => o.Reference == row.Reference);
        return outcome is PostingOutcome.RefusedTogether refused && call.Rows.Count == 1 ? new PostingOutcome.Rejected(refused.Item, refused.Code, refused.Message) : outcome;
    }

    private void Count(DestinationAnswer answer)
    {
        using var counting = _counting.EnterScope();
        _refusals = answer.Outcomes.All(o => o is PostingOutcome.Rejected or PostingOutcome.RefusedTogether) ? _refusals + 1 : 0;
        if (_refusals < RefusalLimit * destination.Port.Traits.CallsAtOnce) return;
        var said = answer.Outcomes[0] switch
        {
            PostingOutcome.Rejected r => $"{r.Code}: {r.Message}",
            PostingOutcome.RefusedTogether r => $"{r.Code}: {r.Message}",
            _ => "",
        };
        GivenUp = FormattableString.Invariant($"destination '{destination.Name}' refused {_refusals} calls in a row for all that they contained, the last one with '{said.TrimEnd('.')}', so the rest was not sent. Mend what it names in the mapping, the connector or the destination's settings");
    }

    private static void Halve(Stack<IReadOnlyList<OutboxRow>> parts, List<OutboxRow> together)
    {
        if (together.Count < 2)
        {
            if (together.Count == 1) parts.Push(together);
            return;
        }

        var half = together.Count / 2;
        parts.Push(together[half..]);
        parts.Push(together[..half]);
    }
}
