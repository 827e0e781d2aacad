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
internal sealed class PostStep
{
    /// <summary>Lines of all documents in one call; a single document may have more.</summary>
    private const int LinesPerCall = 2_000;

    private readonly ActiveRun _run;
    private readonly OpenDestination _destination;
    private readonly FirstLook _firstLook;
    private readonly PostingCall _create;
    private readonly DraftWithdrawal _withdrawal;
    private readonly OutboxSettlement _settlement;
    private readonly FinishStep _finish;

    public PostStep(ActiveRun run, OpenDestination destination)
    {
        (_run, _destination) = (run, destination);
        _firstLook = new FirstLook(run, destination);
        _create = new PostingCall(run, destination, new CallAction("create", OutboxState.Sending, KeyOf, CreateAsync, (row, outcome) => [OutcomeText.ChangeOf(row, outcome)]) { SendsContent = true });
        _withdrawal = new DraftWithdrawal(run, destination);
        _settlement = new OutboxSettlement(run, destination);
        _finish = new FinishStep(run, destination);
    }

    public OpenDestination Destination => _destination;

    /// <summary>Why documents that could be sent were not; empty: none was left.</summary>
    public IEnumerable<string> GivenUp => new[] { _create.GivenUp, _withdrawal.GivenUp, _finish.GivenUp }.OfType<string>();

    private DestinationTraits Traits => _destination.Port.Traits;

    /// <summary>Whether this run leaves what is ready as it is.</summary>
    private bool IsClosed => _run.Stops.IsBehind(_destination);

    /// <summary>Finishes what earlier runs began: nothing new is sent before their outcomes are known.</summary>
    public async Task ResolveAsync(CancellationToken cancel)
    {
        await _withdrawal.ExecuteAsync([OutboxState.Sending, OutboxState.Unknown], cancel);
        await SettleAndSendAsync(cancel);
        await _finish.ExecuteAsync(cancel);
    }

    /// <summary>Asks for all that is ready before any of it is sent: see <see cref="FirstLook"/>.</summary>
    public Task LookAsync(CancellationToken cancel) => _firstLook.ExecuteAsync(cancel);

    /// <summary>Deletes the drafts that are to be taken back.</summary>
    public Task WithdrawAsync(CancellationToken cancel) => IsClosed ? Task.CompletedTask : _withdrawal.ExecuteAsync([OutboxState.Ready], cancel);

    /// <summary>Sends the rows that are ready, were looked up, and wait for no other document.</summary>
    /// <param name="tried">Documents that this run has sent before: none is sent twice. Those that are sent now are added, and what waited for them may be ready then.</param>
    public async Task SendAsync(HashSet<long> tried, CancellationToken cancel)
    {
        if (IsClosed) return;
        var before = tried.Count;
        await SendAllAsync(tried, cancel);
        if (tried.Count > before) await SettleAndSendAsync(cancel);
    }

    /// <summary>Reads back and makes final what was sent.</summary>
    public Task FinishAsync(CancellationToken cancel) => _finish.ExecuteAsync(cancel);

    // What was refused before goes last and by itself: it must hold up nothing that was never sent.
    private async Task SendAllAsync(HashSet<long> tried, CancellationToken cancel)
    {
        var ready = (await _run.Store.CountOutboxAsync(_run.Series, _destination.Name, [OutboxState.Ready], cancel)).Values.Sum();
        if (ready == 0) return;
        var attempted = await _run.Store.ListAttemptedAsync(_run.Series, _destination.Name, OutboxState.Ready, cancel);
        var sent = new SentCount(_run.Ports.Progress, ready);
        IAsyncEnumerable<IReadOnlyList<OutboxRow>> Which(bool wasAttempted) => Calls(
            _run.ReadSendableAsync(_destination, cancel).Where(r => r.Purpose != DocumentPurpose.Withdrawal && attempted.Contains(r.Reference) == wasAttempted && tried.Add(r.DocumentNo)));
        await UnderWay.EachAsync(Which(wasAttempted: false), Traits.CallsAtOnce, batch => SendAsync(batch, sent, cancel));
        if (attempted.Count > 0) await UnderWay.EachAsync(Which(wasAttempted: true), atOnce: 1, batch => SendAsync(batch, sent, cancel));
    }

    // Committed before it goes out, and its answer after it, however many are under way: none of these documents waits for another one.
    private async Task SendAsync(IReadOnlyList<OutboxRow> batch, SentCount sent, CancellationToken cancel)
    {
        if (_create.GivenUp is not null) return;
        await _create.SendAsync(batch, cancel);
        sent.Add(batch.Count);
        HeapBound.Keep();
    }

    /// <summary>Tells how far it got, one call at a time.</summary>
    private sealed class SentCount(RunProgress progress, int total)
    {
        private readonly Lock _lock = new();
        private long _sent;

        public void Add(int documents)
        {
            lock (_lock) progress.Advance("post", _sent += documents, total);
        }
    }

    // As many documents as the destination takes, but no more lines than fit in memory together.
    private async IAsyncEnumerable<IReadOnlyList<OutboxRow>> Calls(IAsyncEnumerable<OutboxRow> rows)
    {
        var (call, lines) = (new List<OutboxRow>(), 0);
        await foreach (var row in rows)
        {
            if (call.Count > 0 && (call.Count == Traits.BatchSize || lines + row.Lines > LinesPerCall))
            {
                yield return call;
                (call, lines) = ([], 0);
            }

            call.Add(row);
            lines += row.Lines;
        }

        if (call.Count > 0) yield return call;
    }

    // Rows of one call are sent again together: where all of them are missing, their key is the one that the destination may know.
    private async Task SettleAndSendAsync(CancellationToken cancel)
    {
        foreach (var call in (await _firstLook.WithoutStrangersAsync(await _settlement.ExecuteAsync(cancel), cancel)).GroupBy(r => r.IdempotencyKey, StringComparer.Ordinal))
        {
            await foreach (var batch in Calls(call.ToAsyncEnumerable())) await _create.SendAsync(batch, cancel);
        }
    }

    private Task<DestinationAnswer> CreateAsync(OutgoingCall call, CancellationToken cancel) =>
        _destination.Port.CreateAsync(new CreateBatch(call.Key, call.Documents, AsDraft: Traits.HasDrafts || _run.Request.Job.Posting.AsDraft) { Slot = call.Slot }, cancel);

    // The same stored documents have the same key however often they are sent; a document that was formed anew has another number
    // and so another key, since a destination would answer the old key with its old refusal. A half of a call has a key of its own.
    private static string KeyOf(IReadOnlyList<OutboxRow> rows) => IdempotencyKey.Of(rows.Select(r => FormattableString.Invariant($"{r.Reference} {r.DocumentNo}")), null);
}
