using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// The books, and the people who work in them. Calls fail in all the ways that a network and a server know: before they are carried out, after,
/// or later; in part; with other amounts. What people did is kept, so that it can be put right when the world heals.
/// </summary>
internal sealed class Bookkeeping(Stage stage, Adversary adversary)
{
    private readonly List<Action> _undo = [];

    /// <summary>References that were sent and not answered.</summary>
    private readonly HashSet<string> _unanswered = new(StringComparer.Ordinal);

    /// <summary>Whether the books refuse a reference that they have; else whoever sends twice books twice.</summary>
    private readonly bool _knowsReferences = adversary.OneIn(4);

    public FakeBooks Books { get; } = new()
    {
        Traits = new DestinationTraits(
            BatchSize: adversary.Random.Pick([1, 2, 3]), ReferenceLength: 32, QuantityDecimals: 4, HasDrafts: adversary.Random.Next(4) > 0,
            Settle: TimeSpan.FromSeconds(adversary.Random.Pick([2, 30, 120])), CallTimeout: TimeSpan.FromSeconds(10)) { LookUpSize = 4, DeletesDrafts = true },
    };

    /// <summary>A planted bug: calls without an answer are not looked for.</summary>
    public bool HidesUnanswered { get; init; }

    /// <summary>A planted bug: references of documents that look-ups do not find until they are sent once more.</summary>
    public HashSet<string> Hidden { get; } = new(StringComparer.Ordinal);

    /// <summary>Called with what is about to be sent.</summary>
    public Action<CreateBatch> Sends { get; init; } = _ => { };

    /// <summary>Whether people leave the documents there that the program may look for: after a backup took the store's place, until they are adopted.</summary>
    public bool NothingIsDeleted { get; set; }

    private Random Random => adversary.Random;

    public IDestination For(SimulatedProcess process) => new Border(this, process);

    /// <summary>What people do in the books by themselves.</summary>
    public void Touch()
    {
        if (Books.Documents.Count == 0 || !adversary.Strikes(Fault.TouchedByPerson)) return;
        var entry = Random.Pick(Books.Documents);
        var id = entry.Shown.DestinationId;
        switch (Random.Next(6))
        {
            case 0 when entry.Shown.IsDraft:
                Books.Change(id, d => d with { Standing = DocumentStanding.Final });
                stage.Note("a person", $"makes {id} final");
                break;
            case 1 or 2 when entry.Shown.Standing == DocumentStanding.Final:
                var standing = Random.Pick([DocumentStanding.Voided, DocumentStanding.Paid, DocumentStanding.PartPaid]);
                Change(id, d => d with { Standing = standing }, d => d.Standing == standing ? d with { Standing = DocumentStanding.Final } : d, $"sets {id} to {standing}");
                break;
            case 3:
                var one = entry.Shown.Net - entry.Shown.Net + Some.Money("1", entry.Shown.Net.Currency.Code);
                Change(id, d => d with { Net = d.Net + one, Total = d.Total + one }, d => d with { Net = d.Net - one, Total = d.Total - one }, $"edits {id}");
                break;
            // Nobody deletes what the program still waits for: it would have to send it again, and would be right.
            case 4 when entry.Shown.Standing == DocumentStanding.Final && !NothingIsDeleted && !_unanswered.Contains(entry.Shown.Reference):
                Books.Documents.Remove(entry);
                _undo.Add(() => Books.Documents.Add(entry));
                stage.Note("a person", $"deletes {id}");
                break;
        }
    }

    /// <summary>What people did is put right.</summary>
    public void Heal()
    {
        for (var i = _undo.Count - 1; i >= 0; i--) _undo[i]();
        _undo.Clear();
    }

    private void Change(string id, Func<DestinationDocument, DestinationDocument> change, Func<DestinationDocument, DestinationDocument> undo, string what)
    {
        Books.Change(id, change);
        _undo.Add(() =>
        {
            if (Books.Documents.Exists(d => d.Shown.DestinationId == id)) Books.Change(id, undo);
        });
        stage.Note("a person", what);
    }

    private DestinationAnswer CarryOut(CreateBatch batch, Func<Document, PostingOutcome?> refuse)
    {
        var number = Books.Documents.Count;
        var answer = Books.Book(batch, d => refuse(d) ?? AlreadyThere(d));
        foreach (var entry in Books.Documents.Skip(number).ToList())
        {
            if (adversary.Strikes(Fault.WrongTotals)) BookWrongly(entry);
        }

        return answer;
    }

    private void BookWrongly(BookedEntry entry)
    {
        var one = Some.Money("1", entry.Shown.Net.Currency.Code);
        Change(entry.Shown.DestinationId, d => d with { Net = d.Net + one, Total = d.Total + one }, d => d with { Net = d.Net - one, Total = d.Total - one }, $"the books take {entry.Shown.DestinationId} with other amounts");
    }

    private PostingOutcome? AlreadyThere(Document document) =>
        _knowsReferences && Books.Documents.Find(d => d.Shown.Reference == document.Reference) is { } there ? new PostingOutcome.AlreadyPosted(document.Reference, there.Shown.DestinationId) : null;

    private void CarryOutLater(CreateBatch batch, TimeSpan after) => stage.At(stage.Now + after, () =>
    {
        stage.Note("the books", $"carry out what was sent before: {Names(batch)}");
        CarryOut(batch, _ => null);
    });

    private static string Names(CreateBatch batch) => string.Join(", ", batch.Documents.Select(d => FormattableString.Invariant($"{d.Reference[..6]} {d.Identity.Purpose} {d.Type} {d.Total} for {d.DestinationClient}")));

    /// <summary>The books as one process reaches them.</summary>
    private sealed class Border(Bookkeeping keeping, SimulatedProcess process) : IDestination
    {
        private Adversary Adversary { get; } = keeping.Adversary;
        private Stage Stage { get; } = keeping.Stage;

        public DestinationTraits Traits => keeping.Books.Traits;

        public Task<CallSlot> ReadyAsync(CancellationToken cancel) => Task.FromResult(CallSlot.Free);

        public async Task<DestinationTenant> ProbeAsync(CancellationToken cancel)
        {
            await process.PassAsync("before the books' probe");
            return keeping.Books.Tenant;
        }

        public async Task<IReadOnlyList<DestinationDocument>> LookUpAsync(IReadOnlyList<string> references, CancellationToken cancel)
        {
            await process.PassAsync("before a look-up");
            if (Adversary.Strikes(Fault.LookUpFails)) throw Failed(OutsideFault.Transient, "the look-up answered 503");
            var found = await keeping.Books.LookUpAsync(references, cancel);
            return [.. found.Where(d => !keeping.Hidden.Contains(d.Reference) && !(keeping.HidesUnanswered && keeping._unanswered.Contains(d.Reference)))];
        }

        public async Task<DestinationAnswer> CreateAsync(CreateBatch batch, CancellationToken cancel)
        {
            await process.PassAsync("before a create", maySleep: false);
            process.Note($"creates {Names(batch)}");
            Stage.Advance(TimeSpan.FromMilliseconds(100));
            if (Adversary.Strikes(Fault.CallRefused)) throw Failed(OutsideFault.Transient, "answered 429");
            if (Adversary.Strikes(Fault.CallNotAllowed)) throw Failed(OutsideFault.Permanent, "answered 401");
            keeping.Sends(batch);
            keeping.Hidden.ExceptWith(batch.Documents.Select(d => d.Reference));
            keeping._unanswered.UnionWith(batch.Documents.Select(d => d.Reference));
            DieInCall(batch);
            TimeOut(batch);
            var answer = Adversary.Strikes(Fault.PartialBatch) ? InPart(batch) : keeping.CarryOut(batch, Rejected);
            process.Note($"answer: {string.Join(", ", answer.Outcomes.Select(o => $"{o.Reference[..6]} {o.GetType().Name}"))}");
            await process.PassAsync("before the answer of a create is stored");
            keeping._unanswered.ExceptWith(answer.Outcomes.Where(o => o is not PostingOutcome.Unknown).Select(o => o.Reference));
            return answer;
        }

        public Task<DestinationAnswer> FinalizeAsync(FinalizeBatch batch, CancellationToken cancel) => ChangeAsync("make final", batch, MakeFinal);

        public Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch, CancellationToken cancel) => ChangeAsync("withdraw", batch, keeping.Books.Withdraw);

        // Repeating these does no harm, so it does not matter whether they were carried out, as long as somebody asks again.
        private async Task<DestinationAnswer> ChangeAsync(string what, FinalizeBatch batch, Func<FinalizeBatch, DestinationAnswer> carryOut)
        {
            await process.PassAsync($"before {what}", maySleep: false);
            process.Note($"{what}: {string.Join(", ", batch.Items.Select(i => i.DestinationId))}");
            Stage.Advance(TimeSpan.FromMilliseconds(100));
            if (Adversary.Strikes(Fault.CallRefused)) throw Failed(OutsideFault.Transient, "answered 429");
            if (Adversary.Strikes(Fault.TimeOutBeforeCommit)) throw NoAnswer();
            var answer = carryOut(batch);
            if (Adversary.Strikes(Fault.TimeOutAfterCommit)) throw NoAnswer();
            await process.PassAsync($"before the answer of {what} is stored");
            return answer;
        }

        private DestinationAnswer MakeFinal(FinalizeBatch batch)
        {
            var standing = batch.Items.Where(i => keeping.Books.Documents.Exists(d => d.Shown.DestinationId == i.DestinationId && d.Shown.Standing is DocumentStanding.Draft or DocumentStanding.Final)).ToList();
            var answer = keeping.Books.MakeFinal(batch with { Items = standing });
            var refused = batch.Items.Except(standing).Select(i => new PostingOutcome.Rejected(i.Reference, "no draft", $"{i.DestinationId} cannot be made final"));
            return answer with { Outcomes = [.. answer.Outcomes, .. refused] };
        }

        // The call is out, its sender is gone: it is carried out now, a little later, or never.
        private void DieInCall(CreateBatch batch)
        {
            if (!Adversary.Strikes(Fault.ProcessDiesInCall)) return;
            if (!Adversary.OneIn(4)) keeping.CarryOutLater(batch, (Traits.CallTimeout + Traits.Settle) * Adversary.Random.NextDouble());
            process.End("ends while its call is on the way");
        }

        private void TimeOut(CreateBatch batch)
        {
            if (Adversary.Strikes(Fault.TimeOutBeforeCommit)) throw NoAnswer();
            if (Adversary.Strikes(Fault.TimeOutAfterCommit))
            {
                keeping.CarryOut(batch, _ => null);
                throw NoAnswer();
            }

            if (!Adversary.Strikes(Fault.LateCommit)) return;
            keeping.CarryOutLater(batch, Traits.CallTimeout + (Traits.Settle * Adversary.Random.NextDouble()));
            throw NoAnswer();
        }

        private PostingOutcome.Rejected? Rejected(Document document) =>
            Adversary.Strikes(Fault.DocumentRejected) ? new PostingOutcome.Rejected(document.Reference, "closed", "the month is closed") : null;

        private DestinationAnswer InPart(CreateBatch batch)
        {
            var done = batch.Documents.Count(_ => Adversary.OneIn(2));
            keeping.CarryOut(batch with { Documents = [.. batch.Documents.Take(done)] }, _ => null);
            return new DestinationAnswer([.. batch.Documents.Select(d => new PostingOutcome.Unknown(d.Reference, "the answer broke off"))], "", "");
        }

        private OutsideException NoAnswer()
        {
            Stage.Advance(Traits.CallTimeout);
            return Failed(OutsideFault.Unknown, "gave no full answer within 10 s");
        }

        private OutsideException Failed(OutsideFault fault, string message)
        {
            process.Note($"the books: {message}");
            return new OutsideException(fault, message);
        }
    }

    private Adversary Adversary => adversary;
    private Stage Stage => stage;
}
