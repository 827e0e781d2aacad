using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// The posting protocol for one destination: look up, commit <c>Sending</c>, call, commit the outcomes; then settle what got no
/// answer, read back, and make final. Each step is committed, so that a run that dies is continued by the next.
/// </summary>
internal sealed class PostStep(ActiveRun run, OpenDestination destination)
{
    /// <summary>How long after its commit a batch may still be sent: a host that slept through it must not send it.</summary>
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(5);

    /// <summary>Lines of all documents in one call; a single document may have more.</summary>
    private const int LinesPerCall = 2_000;

    private readonly OutboxSettlement _settlement = new(run, destination);
    private readonly FinishStep _finish = new(run, destination);

    private DestinationTraits Traits => destination.Port.Traits;
    private DateTimeOffset Now => run.Ports.Time.GetUtcNow();

    /// <summary>Finishes what earlier runs began: nothing new is sent before their outcomes are known.</summary>
    public async Task ResolveAsync(CancellationToken cancel)
    {
        await WithdrawAsync([OutboxState.Sending, OutboxState.Unknown], cancel);
        await SettleAndSendAsync(cancel);
        await _finish.ExecuteAsync(cancel);
    }

    /// <summary>Deletes the drafts that are to be taken back.</summary>
    public Task WithdrawAsync(CancellationToken cancel) => WithdrawAsync([OutboxState.Ready], cancel);

    /// <summary>Sends the rows that are ready and wait for no other document.</summary>
    /// <param name="tried">Documents that this run has sent before: none is sent twice.</param>
    /// <returns>How many were sent; those that waited for them may be ready now.</returns>
    public async Task<int> SendAsync(HashSet<long> tried, CancellationToken cancel)
    {
        var rows = (await ReadyAsync(cancel)).Where(r => !r.IsBlocked && r.Purpose != DocumentPurpose.Withdrawal && tried.Add(r.DocumentNo)).ToList();
        if (rows.Count == 0) return 0;
        await SendAllAsync(rows, cancel);
        await SettleAndSendAsync(cancel);
        return rows.Count;
    }

    /// <summary>Reads back and makes final what was sent.</summary>
    public async Task FinishAsync(CancellationToken cancel)
    {
        await _finish.ExecuteAsync(cancel);
        run.Counts.DocumentsPending += (await run.Store.ListOutboxAsync(run.Series, destination.Name, [OutboxState.Ready, OutboxState.Sending, OutboxState.Unknown, OutboxState.Finalizing], cancel)).Count;
    }

    private Task<IReadOnlyList<OutboxRow>> ReadyAsync(CancellationToken cancel) => run.Store.ListOutboxAsync(run.Series, destination.Name, [OutboxState.Ready], cancel);

    private async Task SendAllAsync(IReadOnlyList<OutboxRow> ready, CancellationToken cancel)
    {
        long sent = 0;
        foreach (var batch in Calls(ready))
        {
            await SendNewAsync(batch, cancel);
            sent += batch.Count;
            run.Ports.Progress.Advance("post", sent, ready.Count);
        }
    }

    // Deleting a draft may be repeated, so whatever is not certain is simply asked again.
    private async Task WithdrawAsync(IReadOnlyList<OutboxState> states, CancellationToken cancel)
    {
        var rows = (await run.Store.ListOutboxAsync(run.Series, destination.Name, states, cancel)).Where(r => r.Purpose == DocumentPurpose.Withdrawal).ToList();
        if (rows.Count == 0) return;
        var originals = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).ToDictionary(d => d.Reference, StringComparer.Ordinal);
        foreach (var batch in rows.Chunk(Traits.BatchSize))
        {
            var key = IdempotencyKey.Of(batch.Select(r => FormattableString.Invariant($"withdraw {r.Reference} {run.Row.RunNo}")), null);
            var attemptNo = await run.Store.BeginAttemptAsync(run.Lease, new AttemptStart(run.Row.RunNo, destination.Name, "withdraw", key, Now + SendWithin), batch, cancel);
            var answer = await WithdrawAsync(new FinalizeBatch(key, [.. batch.Select(r => (r.Reference, originals[r.Corrects].DestinationId))]));
            var changes = batch.SelectMany(row => WithdrawalChanges(row, originals[row.Corrects], answer.Outcomes.Single(o => o.Reference == row.Reference))).ToList();
            await run.Store.EndAttemptAsync(run.Lease, attemptNo, answer.Request, answer.Response, changes, CancellationToken.None);
            run.Counts.DocumentsWithdrawn += changes.Count(c => c.State == OutboxState.Withdrawn) / 2;
            cancel.ThrowIfCancellationRequested();
        }
    }

    private async Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch)
    {
        try
        {
            return await destination.Port.WithdrawAsync(batch, CancellationToken.None);
        }
        catch (OutsideException e)
        {
            return new DestinationAnswer([.. batch.Items.Select(i => new PostingOutcome.Unknown(i.Reference, e.Message))], "", e.Message);
        }
    }

    // The draft and what took it back are gone from the destination together.
    private static IEnumerable<OutboxChange> WithdrawalChanges(OutboxRow row, DocumentRow original, PostingOutcome outcome)
    {
        var change = ChangeOf(row, outcome);
        if (change.State != OutboxState.Created) return [change];
        return [change with { State = OutboxState.Withdrawn, DestinationId = null }, new OutboxChange(original.DocumentNo, original.Reference, OutboxState.Withdrawn, "Withdrawn", $"taken back by {row.Reference}")];
    }

    // As many documents as the destination takes, but no more lines than fit in memory together.
    private List<IReadOnlyList<OutboxRow>> Calls(IReadOnlyList<OutboxRow> rows)
    {
        var calls = new List<IReadOnlyList<OutboxRow>>();
        for (var first = 0; first < rows.Count;)
        {
            var (count, lines) = (1, rows[first].Lines);
            while (count < Traits.BatchSize && first + count < rows.Count && lines + rows[first + count].Lines <= LinesPerCall) lines += rows[first + count++].Lines;
            calls.Add([.. rows.Skip(first).Take(count)]);
            first += count;
        }

        return calls;
    }

    // Rows of one call are sent again together: where all of them are missing, their key is the one that the destination may know.
    private async Task SettleAndSendAsync(CancellationToken cancel)
    {
        foreach (var call in (await _settlement.ExecuteAsync(cancel)).GroupBy(r => r.IdempotencyKey, StringComparer.Ordinal))
        {
            foreach (var batch in Calls([.. call])) await SendAsync(batch, cancel);
        }
    }

    // A reference that the destination knows already was created by a call whose answer we never stored: it is adopted, not sent.
    private async Task SendNewAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var found = (await destination.Port.LookUpAsync([.. rows.Select(r => r.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
        var known = rows.Where(r => found.Contains(r.Reference)).ToList();
        if (known.Count > 0)
        {
            await run.Store.SaveOutboxAsync(run.Lease, [.. known.Select(r => Adoption.Of(r, [.. found[r.Reference]]))], cancel);
            run.Counts.DocumentsAdopted += known.Count;
        }

        var fresh = rows.Where(r => !found.Contains(r.Reference)).ToList();
        if (fresh.Count > 0) await SendAsync(fresh, cancel);
    }

    private async Task SendAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        var documents = await run.Store.LoadDocumentsAsync([.. rows.Select(r => r.DocumentNo)], cancel);
        var batch = new CreateBatch(KeyOf(rows), documents, AsDraft: Traits.HasDrafts || run.Request.Job.Posting.AsDraft);
        var committedAt = run.Ports.Time.GetTimestamp();
        var sendBy = Now + SendWithin;
        var attemptNo = await run.Store.BeginAttemptAsync(run.Lease, new AttemptStart(run.Row.RunNo, destination.Name, "create", batch.IdempotencyKey, sendBy), rows, cancel);
        var answer = IsTooLate(committedAt, sendBy) ? TooLate(rows) : await CallAsync(batch, rows, cancel);
        var changes = rows.Select(row => ChangeOf(row, answer.Answer.Outcomes.Single(o => o.Reference == row.Reference))).ToList();
        await run.Store.EndAttemptAsync(run.Lease, attemptNo, answer.Answer.Request, answer.Answer.Response, changes, CancellationToken.None);
        if (answer.Fault is not null) throw answer.Fault;
        cancel.ThrowIfCancellationRequested();
    }

    // The same stored documents have the same key however often they are sent; a document that was formed anew has another number
    // and so another key, since a destination would answer the old key with its old refusal.
    private static string KeyOf(IReadOnlyList<OutboxRow> rows) => IdempotencyKey.Of(rows.Select(r => FormattableString.Invariant($"{r.Reference} {r.DocumentNo}")), null);

    // The monotonic clock cannot be set back, but on some systems it stands still while the host sleeps; the other one does not.
    private bool IsTooLate(long committedAt, DateTimeOffset sendBy) => run.Ports.Time.GetElapsedTime(committedAt) > SendWithin || Now > sendBy;

    private static (DestinationAnswer Answer, OutsideException? Fault) TooLate(IReadOnlyList<OutboxRow> rows) =>
        (new DestinationAnswer([.. rows.Select(r => new PostingOutcome.NotTaken(r.Reference, "not sent: this host was held up between commit and call"))], "", ""), null);

    // Once the call is out it is waited for even when the run is cancelled: its answer must be stored.
    private async Task<(DestinationAnswer Answer, OutsideException? Fault)> CallAsync(CreateBatch batch, IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return (new DestinationAnswer([.. rows.Select(r => new PostingOutcome.NotTaken(r.Reference, "not sent: the run was cancelled"))], "", ""), null);
        try
        {
            return (await destination.Port.CreateAsync(batch, CancellationToken.None), null);
        }
        catch (OutsideException e)
        {
            PostingOutcome Outcome(OutboxRow row) => e.Fault == OutsideFault.Unknown ? new PostingOutcome.Unknown(row.Reference, e.Message) : new PostingOutcome.NotTaken(row.Reference, e.Message);
            var answer = new DestinationAnswer([.. rows.Select(Outcome)], "", e.Message);
            return (answer, e.Fault == OutsideFault.Permanent ? e : null);
        }
    }

    private static string NameOf(PostingOutcome outcome) => outcome.Match(_ => "Posted", _ => "AlreadyPosted", _ => "Rejected", _ => "NotTaken", _ => "Unknown");

    private static OutboxChange ChangeOf(OutboxRow row, PostingOutcome outcome)
    {
        var name = NameOf(outcome);
        return outcome.Match(
            posted => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Created, name, "", posted.DestinationId),
            already => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Created, name, "the destination had it already", already.DestinationId),
            rejected => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Rejected, name, $"{rejected.Code}: {rejected.Message}"),
            notTaken => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Ready, name, notTaken.Why),
            unknown => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Unknown, name, unknown.Why));
    }
}
