using System.Runtime.CompilerServices;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What became of a record after it was posted.</summary>
internal enum ChangeVerdict
{
    /// <summary>It belongs where it is, for another amount.</summary>
    Amended,

    /// <summary>It belongs to another document key now.</summary>
    Moved,

    /// <summary>It is not billed any more: deleted, excluded, not billable, or not approved.</summary>
    Gone,

    /// <summary>The rules cannot say: it would be rejected. A person mends the mapping or the source first.</summary>
    CannotTell,
}

/// <summary>A record whose documents hold another amount than they should.</summary>
/// <param name="Correct">Of an amended record its line and share as they should be.</param>
internal sealed record JudgedChange(JudgedRecord Record, ChangeVerdict Verdict, RecordVariance Variance, HeldShare? Correct)
{
    /// <summary>Whether a person let it stand as it is.</summary>
    public bool IsLetStand { get; init; }

    /// <summary>Why no adjustment of it makes its line right; null: one does.</summary>
    public string? Obstacle { get; init; }
}

/// <summary>
/// Says of every record that changed after posting what it should be. All changes of a key are judged together, beside what stands, so that
/// the answer does not depend on the order in which they were seen.
/// </summary>
internal sealed class ChangeJudge(ActiveRun run)
{
    /// <summary>Verdicts are stored together: none depends on another key's, and what was not stored is judged again.</summary>
    private const int VerdictsTogether = 1_000;

    private readonly DocumentBuilder _builder = new(run.Mapping);
    private IReadOnlyDictionary<string, string> _letStand = new Dictionary<string, string>();

    /// <summary>A key with open variances, with all that its records are judged by.</summary>
    /// <param name="Amended">Those of the records that belong where they are, for another amount; where there is none the rest is empty.</param>
    /// <param name="Shares">What documents of the key hold, of all its records.</param>
    /// <param name="Billed">All records of the key that are billed.</param>
    /// <param name="Times">The time that other documents hold, where time is rounded over more than an entry.</param>
    private sealed record Evidence(
        DocumentKey Key, IReadOnlyList<JudgedRecord> Records, IReadOnlyList<JudgedRecord> Amended, IReadOnlyList<PostedShare> Shares, IReadOnlyList<StoredRecord> Billed, IReadOnlyList<PostedTime> Times);

    /// <summary>Judges all open variances anew and stores what was found.</summary>
    /// <returns>Those that are open, by document key. What was found is stored once all are taken.</returns>
    public async IAsyncEnumerable<JudgedChange> ExecuteAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        _letStand = await ChangedDifference.LetStandAsync(run, cancel);
        var judged = new List<RecordVariance>();
        await foreach (var key in run.AheadAsync((reading, token) => new ChangeJudge(reading).ReadAsync(token), cancel))
        {
            foreach (var change in Judge(key))
            {
                judged.Add(change.Variance);
                if (change.Variance.IsOpen) yield return change;
            }

            if (judged.Count >= VerdictsTogether) await SaveAsync(judged, cancel);
        }

        if (judged.Count > 0) await SaveAsync(judged, cancel);
    }

    private async Task SaveAsync(List<RecordVariance> judged, CancellationToken cancel)
    {
        await run.Store.SaveBucketsAsync(run.Lease, [], judged, cancel);
        judged.Clear();
        HeapBound.Keep();
    }

    private async IAsyncEnumerable<Evidence> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var key in (await run.Store.ListVariancesAsync(run.Series, cancel)).GroupBy(v => v.Key).OrderBy(g => g.Key))
        {
            var records = await JudgedRecord.LoadAsync(run, [.. key.Select(v => v.Variance.Record)], cancel);
            var amended = records.Where(r => r.IsChanged(run.Mapping) && r.Now.Bucket == Bucket.Ready && r.Now.Key == key.Key).ToList();
            yield return amended.Count == 0
                ? new Evidence(key.Key, records, [], [], [], [])
                : new Evidence(
                    key.Key, records, amended,
                    await run.Store.ListPostedSharesAsync(run.Series, key.Key, cancel),
                    await run.Store.ListRecordsOfKeyAsync(run.Series, key.Key, Bucket.Billed, cancel),
                    await new PostedTimes(run).OfAsync([key.Key], except: key.Key, cancel));
        }
    }

    private IEnumerable<JudgedChange> Judge(Evidence key)
    {
        var correct = key.Amended.Count == 0 ? [] : Correct(key);
        return key.Records.Select(r => (correct.TryGetValue(r.Name, out var share) ? Amended(r, share) with { Obstacle = ObstacleOf(key, share) } : r.IsChanged(run.Mapping) ? NotHere(r) : Same(r)) with { IsLetStand = IsLetStand(r) });
    }

    // Time that cancels out on a line leaves nothing to share: each record's part of it is nothing, also where others hold theirs since before they were cancelled out,
    // and keep it: they did not change, or a person let them stand.
    private string? ObstacleOf(Evidence key, HeldShare correct)
    {
        var line = correct.Line;
        if (line.Type != RecordFacts.Time || line.ChargedSeconds != Rational.Zero || correct.Share.BilledSeconds == 0) return null;
        var changed = key.Amended.Where(r => !IsLetStand(r)).Select(r => r.Name).ToHashSet();
        var others = line.Shares.Select(s => new RecordName(s.Stream, s.RecordId)).Where(name => !changed.Contains(name)).ToHashSet();
        var held = Money.Sum(key.Shares.Where(s => others.Contains(s.Record.Name)).Select(s => s.Net), key.Key.Currency);
        return held.Sign == 0
            ? null
            : $"held: the time on its line cancels out to nothing, and what documents hold of the other records on it is {held}: no amount of this record says what is owed. Correct the documents at the destination and accept this difference, or take them back with 'batchsync unpost' and release their records";
    }

    private bool IsLetStand(JudgedRecord record) => _letStand.TryGetValue(record.Name.ToString(), out var basis) && basis == record.Basis(run.Mapping);

    private JudgedChange Same(JudgedRecord record) => new(record, ChangeVerdict.Amended, record.AsPosted(run), null);

    private JudgedChange NotHere(JudgedRecord record)
    {
        var posted = record.AsPosted(run);
        var zero = Money.Zero(posted.PostedNet.Currency);
        var (verdict, correct, reason) = record.Now.Bucket switch
        {
            { Kind: BucketKind.Ready } => (ChangeVerdict.Moved, $"belongs to {record.Now.Key}", "the record belongs elsewhere now"),
            { Kind: BucketKind.Rejected } bucket => (ChangeVerdict.CannotTell, bucket.ToString(), $"the record is {bucket} now"),
            var bucket => (ChangeVerdict.Gone, bucket.ToString(), $"the record is {bucket} now"),
        };
        return new(record, verdict, posted with { CorrectNet = zero, CorrectTax = zero, Correct = correct, Reason = reason }, null);
    }

    private JudgedChange Amended(JudgedRecord record, HeldShare correct)
    {
        var account = record.Shares[^1].Account;
        var variance = record.AsPosted(run) with { CorrectNet = correct.Net, CorrectTax = Money.Sum(correct.Taxes, correct.Net.Currency), Reason = "the record or its rules changed" };
        var movesMoney = variance.PostedNet.Sign != 0 || variance.PostedTax.Sign != 0;
        if (movesMoney && !string.Equals(correct.Line.Account, account, StringComparison.Ordinal)) variance = variance with { Correct = $"account {correct.Line.Account} instead of {account}" };
        return new(record, ChangeVerdict.Amended, variance, correct);
    }

    // What each changed record would be billed beside all that stands: that keeps its seconds, and its part of a fixed discount.
    private Dictionary<RecordName, HeldShare> Correct(Evidence key)
    {
        var (changed, shares) = (key.Amended, key.Shares);
        var discount = FixedDiscount.Of(run.Mapping, key.Key);
        var rebuilt = Rebuilt(key, discount?.Whole);
        var correct = changed.ToDictionary(r => r.Name, r => HeldShare.Of(rebuilt, r.Name.Stream, r.Name.SourceId));
        if (discount is null) return correct;

        // What a person let stand keeps its part of the discount as well: the others share what it leaves.
        foreach (var names in new[] { changed, changed.Where(r => !IsLetStand(r)) }.Select(records => records.Select(r => r.Name).OrderBy(n => n.Stream).ThenBy(n => n.SourceId, StringComparer.Ordinal).ToList()))
        {
            var others = Money.Sum(shares.Where(s => !names.Contains(s.Record.Name)).Select(s => s.DocumentDiscount), key.Key.Currency);
            var spread = discount.Spread(names.ConvertAll(name => HeldShare.Of(rebuilt, name.Stream, name.SourceId)), others);
            foreach (var (name, share) in names.Zip(spread)) correct[name] = share;
        }

        return correct;
    }

    private Document Rebuilt(Evidence evidence, Money? discountTaken)
    {
        var (key, changed) = (evidence.Key, evidence.Amended);
        var known = changed.Select(r => r.Name).ToHashSet();
        var shares = evidence.Shares.ToLookup(s => s.Record.Name);
        var beside = new List<AssessedRecord>();
        foreach (var other in evidence.Billed)
        {
            if (known.Contains(other.Name) || !shares.Contains(other.Name)) continue;
            var judged = JudgedRecord.Of(run, other with { IsPosted = true }, [.. shares[other.Name]]);
            if (judged.Now.Key == key && judged.Now.Pricing is not null) beside.Add(judged.Assessed with { FixedSeconds = judged.Held.Sum(s => s.BilledSeconds) });
        }

        var identity = new DocumentIdentity(run.DestinationOf(key.Entity).Tenant.Tenant, run.Series, key, DocumentPurpose.Original, 1);
        var frame = new DocumentFrame(identity, "", changed[0].Held[0].DocumentDate, run.DestinationOf(key.Entity).Port.Traits.QuantityDecimals) { DiscountTaken = discountTaken };
        return _builder.Build(frame, [.. changed.Select(r => r.Assessed), .. beside], evidence.Times).Document!;
    }
}
