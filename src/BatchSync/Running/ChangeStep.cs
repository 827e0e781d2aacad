using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Posting;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// What happens to records that changed after they were posted, by the job's policy: reported only, adjusted on a supplement, credited and
/// billed anew, or drafts replaced. Documents that a person changed, paid or voided are left to a person, and a run that would change more
/// than its limits changes nothing.
/// </summary>
internal sealed class ChangeStep(ActiveRun run)
{
    /// <summary>Documents of periods further back than this are changed by an approved plan only.</summary>
    private const int PeriodsBack = 2;

    private readonly ChangeJudge _judge = new(run);
    private readonly StandingDocuments _standing = new(run);
    private readonly TakeBack _takeBack = new(run);
    private readonly BillingAnew _anew = new(run);
    private readonly AdjustmentBuilder _adjustments = new(run.Mapping);

    private ChangePolicy Policy => run.Request.Job.Posting.OnChange;

    /// <summary>The changes of one document key, with the documents that a correction would touch.</summary>
    private sealed record KeyChange(DocumentKey Key, IReadOnlyList<JudgedChange> Changes, IReadOnlyList<DocumentRow> Documents, DocumentReading Reading)
    {
        /// <summary>Why the records could not be billed anew once they are off these documents; null: they can.</summary>
        public string? Obstacle { get; init; }

        /// <summary>Why nothing is changed; null: it may be.</summary>
        public string? Hold => Reading.Hold is { } hold ? $"held: changed at destination: {hold}" : Obstacle;
    }

    /// <summary>Judges all changes and forms the documents that correct them; nothing is sent.</summary>
    /// <param name="mayForm">Whether documents are formed; else changes are only judged.</param>
    public async Task<string> ExecuteAsync(bool mayForm, CancellationToken cancel)
    {
        var (open, letStand, actionable) = (0, new List<JudgedChange>(), new List<JudgedChange>());
        var acts = Policy != ChangePolicy.Report && (mayForm || run.WaitsForPlan);
        await foreach (var change in _judge.ExecuteAsync(cancel))
        {
            open++;
            if (!acts) continue;
            if (change.IsLetStand) letStand.Add(Kept(change));
            else if (change.Verdict != ChangeVerdict.CannotTell) actionable.Add(Kept(change));
        }

        if (acts && !mayForm) await WaitAsync(actionable, cancel);
        if (acts && mayForm && letStand.Count > 0) await LeaveAsync(letStand, cancel);
        if (!mayForm || actionable.Count == 0) return $"{Counted.Of(open, "record")} changed after posting";
        var changes = await ReadAsync(actionable, letStand.Select(c => c.Record.Name).ToHashSet(), cancel);
        var allowed = changes.Where(c => c.Hold is null).ToList();
        var held = changes.Except(allowed).Select(c => (Change: c, Hold: c.Hold!)).ToList();
        if (LimitOf(allowed) is { } limit)
        {
            run.Counts.OverLimit = limit;
            if (!run.IsOfPlan)
            {
                held.AddRange(allowed.Select(c => (c, $"held: {limit}. Look at it and let it through: {run.HowToPlan}")));
                allowed = [];
            }
        }

        foreach (var change in allowed) await ApplyAsync(change, cancel);
        if (allowed.Count > 0) await new MapStep(run).AssessAsync(cancel);
        foreach (var (change, hold) in held) await HoldAsync(change, hold, cancel);
        var corrected = allowed.Sum(c => c.Changes.Count);
        return FormattableString.Invariant($"{Counted.Of(open, "record")} changed after posting, {corrected} corrected, {open - corrected} left open");
    }

    // A line as it should be has all other records of its document on it, and is asked for by adjustments alone.
    private JudgedChange Kept(JudgedChange change) => Policy == ChangePolicy.Delta ? change : change with { Correct = null };

    private async Task<List<KeyChange>> ReadAsync(List<JudgedChange> changes, IReadOnlySet<RecordName> letStand, CancellationToken cancel)
    {
        var found = new List<(DocumentKey Key, List<JudgedChange> Changes, IReadOnlyList<DocumentRow> Documents)>();
        foreach (var key in changes.GroupBy(c => c.Record.PostedKey).OrderBy(g => g.Key))
        {
            if (run.IsReachable(key.Key) && await run.IsConsideredAsync(key.Key.Period, cancel)) found.Add((key.Key, [.. key], await DocumentsAsync(key.Key, key, cancel)));
        }

        var (there, read) = (await _standing.LookUpAsync(found.SelectMany(f => f.Documents), cancel), new List<KeyChange>());
        foreach (var (key, changed, documents) in found)
        {
            var reading = ReadingOf(there, documents);
            if (reading.IsUnread || !run.IsReachable(key)) continue;
            if (Policy == ChangePolicy.Delta) read.AddRange(changed.GroupBy(c => c.Obstacle ?? _anew.ObstacleOf(c.Record)).Select(same => new KeyChange(key, [.. same], documents, reading) { Obstacle = same.Key }));
            else read.Add(new KeyChange(key, changed, documents, reading) { Obstacle = await _anew.ObstacleOfAsync(key, documents, letStand, cancel) });
        }

        return read;
    }

    // What is taken back is taken back in full, also where a run died between two of its documents.
    private async Task<IReadOnlyList<DocumentRow>> DocumentsAsync(DocumentKey key, IEnumerable<JudgedChange> changes, CancellationToken cancel)
    {
        var holders = changes.SelectMany(c => Policy == ChangePolicy.Delta ? c.Record.Held : c.Record.Shares).Select(s => s.DocumentNo).ToHashSet();
        List<DocumentRow> documents = [.. (await _standing.OfKeyAsync(key, cancel)).Where(d => holders.Contains(d.DocumentNo))];
        return Policy != ChangePolicy.Delta && documents.Count > 0 ? await _standing.WithSharedAsync(documents, cancel) : documents;
    }

    private DocumentReading ReadingOf(LookedUp there, IReadOnlyList<DocumentRow> documents)
    {
        var reading = there.ReadingOf(documents);
        if (Policy != ChangePolicy.Update || reading.Hold is not null) return reading;
        var final = documents.FirstOrDefault(d => !reading.Drafts.Contains(d.Reference) || !run.Destinations[d.Destination].Port.Traits.DeletesDrafts);
        return final is null ? reading : reading with { Hold = $"{final.Reference} is no draft any more, and the policy 'update' changes drafts only" };
    }

    private string? LimitOf(IReadOnlyList<KeyChange> changes)
    {
        var documents = changes.SelectMany(c => c.Documents).ToList();
        var limit = run.Request.Job.Limits.ChangedDocuments;
        if (documents.Count > limit) return FormattableString.Invariant($"this run would change {documents.Count} documents and the limit is {limit} (limits.changedDocuments)");
        return documents.FirstOrDefault(d => IsOld(d.Key)) is { } old ? $"{old.Reference} is of {old.Key.Period}, more than {PeriodsBack} periods back" : null;
    }

    private bool IsOld(DocumentKey key)
    {
        var zone = run.EntityOf(key).Zone;
        var oldest = Period.Of(key.Period.Kind, LocalDate.Of(run.Request.AsOf, zone));
        for (var i = 0; i < PeriodsBack; i++) oldest = Period.Of(key.Period.Kind, oldest.From.AddDays(-1));
        return key.Period.From < oldest.From;
    }

    private Task ApplyAsync(KeyChange change, CancellationToken cancel) =>
        Policy == ChangePolicy.Delta ? AdjustAsync(change, cancel) : _takeBack.FormAsync(change.Documents, change.Reading.Drafts, cancel);

    // Lines of one document have one exchange rate and one customer: those of the documents which they adjust.
    private async Task AdjustAsync(KeyChange change, CancellationToken cancel)
    {
        var documents = new Dictionary<long, Document>();
        foreach (var documentNo in change.Changes.SelectMany(c => c.Record.Held).Select(s => s.DocumentNo).Distinct()) documents.Add(documentNo, await run.Store.LoadWithSharesAsync(documentNo, cancel));
        var destination = run.Destinations[change.Documents[0].Destination];
        foreach (var same in change.Changes.GroupBy(c => RateAndCustomer(documents[c.Record.Held[0].DocumentNo])))
        {
            var identity = await run.IdentityAsync(destination, change.Key, DocumentPurpose.Supplement, cancel);
            var frame = new AdjustmentFrame(
                identity, DocumentReference.Of(identity, destination.Port.Traits.ReferenceLength), run.Rules.DocumentDate(change.Key.Period, run.EntityOf(change.Key)), same.Key.Rate,
                await run.RetainerBalanceAsync(change.Key, cancel));
            var records = same.Select(c => new RecordAdjustment(HeldShares(c.Record, documents), CorrectShare(c))).ToList();
            await run.FormAsync(_adjustments.Build(frame, records, documents[same.First().Record.Held[0].DocumentNo]), destination, after: null, cancel);
        }
    }

    private static (FxRate? Rate, string Customer) RateAndCustomer(Document document) => (document.Valuation?.Rate, document.DestinationClient);

    // The share that adjusts is of the record as it is now: that is the version which documents hold from here on.
    private static HeldShare? CorrectShare(JudgedChange change) => change.Verdict == ChangeVerdict.Amended ? change.Correct : null;

    private static List<HeldShare> HeldShares(JudgedRecord record, Dictionary<long, Document> documents)
    {
        var shares =
            from documentNo in record.Held.Select(s => s.DocumentNo).Distinct()
            from line in documents[documentNo].Lines
            from share in line.Shares
            where share.Stream == record.Name.Stream && string.Equals(share.RecordId, record.Name.SourceId, StringComparison.Ordinal)
            select new HeldShare(documents[documentNo].Type, line, share);
        return [.. shares];
    }

    private Task WaitAsync(List<JudgedChange> changes, CancellationToken cancel)
    {
        run.Counts.ChangesWaiting = changes.Count;
        var hold = $"held: it waits for an approved plan (posting.approval: plan). {run.HowToPlan}";
        return run.Store.SaveBucketsAsync(run.Lease, [], [.. changes.Select(c => c.Variance with { Hold = hold })], cancel);
    }

    private Task LeaveAsync(List<JudgedChange> changes, CancellationToken cancel)
    {
        const string Hold = "held: a person let it stand as it is. Where records beside it have changed what it should be, correct it at the destination and accept this difference once more";
        return run.Store.SaveBucketsAsync(run.Lease, [], [.. changes.Select(c => c.Variance with { Hold = Hold })], cancel);
    }

    // What is still on the books as it was, while a person has to look at it, is not billed in the sense of the buckets.
    private async Task HoldAsync(KeyChange change, string hold, CancellationToken cancel)
    {
        var atDestination = change.Reading.Hold is not null;
        var buckets = change.Changes.Where(c => atDestination && c.Verdict is ChangeVerdict.Amended or ChangeVerdict.Moved)
            .Select(c => new BucketRow(c.Record.Record.RecordNo, run.Series, c.Record.Now, Bucket.ChangedAtDestination, run.RulesHash));
        await run.Store.SaveBucketsAsync(run.Lease, [.. buckets], [.. change.Changes.Select(c => c.Variance with { Hold = hold })], cancel);
    }
}
