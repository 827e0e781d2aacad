using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A document that stands at a destination under a reference of ours, and that this store never sent.</summary>
/// <param name="IsAdopted">Whether a person lets the store post beside it.</param>
internal sealed record UnknownDocument(string Reference, DocumentKey Key, OpenDestination Destination, IReadOnlyList<DestinationDocument> Found, bool IsAdopted);

/// <summary>
/// Looks up all that is ready at a destination before anything of it is sent, and with it, for each key, the names of the documents that would come next;
/// also for keys that the records of what is ready had before, since a document that bills a record there is not found by where the record is now.
/// What was sent before is adopted. A document that this store never sent says that the store is behind: it was restored from an older backup, or
/// somebody posts the same series from elsewhere.
/// </summary>
internal sealed class FirstLook(ActiveRun run, OpenDestination destination)
{
    /// <summary>References that are handed to the destination at a time, which asks in portions of its own.</summary>
    private const int ReferencesAtATime = 1_000;

    // A withdrawal makes nothing that could be looked up.
    private static readonly DocumentPurpose[] Probed = [DocumentPurpose.Original, DocumentPurpose.Supplement, DocumentPurpose.Credit, DocumentPurpose.Rebill];

    /// <summary>For each key that has something to be sent, so many further names are asked for.</summary>
    public static int NamesPerKey => Probed.Length;

    public async Task ExecuteAsync(CancellationToken cancel)
    {
        var ready = await run.Store.ListOutboxAsync(run.Series, destination.Name, [OutboxState.Ready], cancel);
        var former = await FormerAsync(cancel);
        if (ready.Count == 0 && former.Count == 0) return;
        var rows = ready.Where(r => r.Purpose != DocumentPurpose.Withdrawal).ToDictionary(r => r.Reference, StringComparer.Ordinal);
        var keys = rows.ToDictionary(r => r.Key, r => r.Value.Key, StringComparer.Ordinal);
        foreach (var (reference, key) in await NextAsync([.. ready.Select(r => r.Key)], former, cancel)) keys.TryAdd(reference, key);
        var found = await LookUpAsync([.. keys.Keys], cancel);
        if (found.Count == 0) return;
        var attempted = await run.Store.ListAttemptedAsync(run.Series, destination.Name, OutboxState.Ready, cancel);
        await AdoptAsync([.. rows.Values.Where(r => found.Contains(r.Reference) && attempted.Contains(r.Reference))], found, cancel);
        var strangers = found.Where(f => !attempted.Contains(f.Key)).ToList();
        if (strangers.Count > 0) await JudgeAsync(rows, former, [.. strangers.Select(f => (f.Key, keys[f.Key], f.ToList()))], found, cancel);
    }

    /// <summary>Of rows that are to be sent once more those whose keys have nothing at the destination that this store never sent: what is there may bill the same.</summary>
    public async Task<IReadOnlyList<OutboxRow>> WithoutStrangersAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        if (rows.Count == 0) return rows;
        var former = await FormerAsync(cancel);
        var keys = (await NextAsync([.. rows.Select(r => r.Key)], former, cancel)).ToDictionary(n => n.Reference, n => n.Key, StringComparer.Ordinal);
        var found = await LookUpAsync([.. keys.Keys], cancel);
        if (found.Count == 0) return rows;
        var adopted = await run.Store.ListAdoptedAsync(run.Series, cancel);
        var strangers = found.Select(f => new UnknownDocument(f.Key, keys[f.Key], destination, [.. f], adopted.Contains(f.Key))).ToList();
        if (strangers.Exists(s => !s.IsAdopted)) StopBehind(strangers, former);
        else run.Stops.AddHeld(strangers);
        var held = HeldBy(strangers, former);
        return run.Stops.IsBehind(destination) ? [] : [.. rows.Where(r => !held.Contains(r.Key))];
    }

    /// <summary>Keys of this destination that the records of open documents had before, with the keys of those documents.</summary>
    private async Task<ILookup<DocumentKey, DocumentKey>> FormerAsync(CancellationToken cancel) =>
        (await run.Store.ListFormerKeysAsync(run.Series, cancel)).Where(f => run.FindDestination(f.Former.Entity) == destination).ToLookup(f => f.Former, f => f.Open);

    /// <summary>The references of the next document of each purpose: of keys that are open, and of others.</summary>
    private async Task<IReadOnlyList<(string Reference, DocumentKey Key)>> NextAsync(HashSet<DocumentKey> open, ILookup<DocumentKey, DocumentKey> former, CancellationToken cancel)
    {
        var tenant = destination.Tenant.Tenant;
        var newest = (await run.Store.ListRevisionsOfOpenKeysAsync(tenant, run.Series, destination.Name, cancel)).ToDictionary(r => (r.Key, r.Purpose), r => r.Revision);
        var next = new List<DocumentIdentity>(
            from key in open
            from purpose in Probed
            select new DocumentIdentity(tenant, run.Series, key, purpose, newest.GetValueOrDefault((key, purpose)) + 1));
        foreach (var key in former.Select(f => f.Key).Where(key => !open.Contains(key)))
        {
            foreach (var purpose in Probed) next.Add(await run.IdentityAsync(destination, key, purpose, cancel));
        }

        return next.ConvertAll(identity => (DocumentReference.Of(identity, destination.Port.Traits.ReferenceLength), identity.Key));
    }

    private async Task<ILookup<string, DestinationDocument>> LookUpAsync(IReadOnlyList<string> references, CancellationToken cancel)
    {
        var found = new List<DestinationDocument>();
        foreach (var chunk in references.Chunk(ReferencesAtATime)) found.AddRange(await destination.Port.LookUpAsync(chunk, cancel));
        return found.ToLookup(d => d.Reference, StringComparer.Ordinal);
    }

    private async Task AdoptAsync(IReadOnlyList<OutboxRow> rows, ILookup<string, DestinationDocument> found, CancellationToken cancel)
    {
        if (rows.Count == 0) return;
        await run.Store.SaveOutboxAsync(run.Lease, [.. rows.Select(r => Adoption.Of(r, [.. found[r.Reference]]))], cancel);
        run.Counts.DocumentsAdopted += rows.Count;
    }

    private async Task JudgeAsync(
        Dictionary<string, OutboxRow> rows, ILookup<DocumentKey, DocumentKey> former, List<(string Reference, DocumentKey Key, List<DestinationDocument> Found)> strangers,
        ILookup<string, DestinationDocument> found, CancellationToken cancel)
    {
        var adopted = await run.Store.ListAdoptedAsync(run.Series, cancel);
        var unknown = strangers.ConvertAll(s => new UnknownDocument(s.Reference, s.Key, destination, s.Found, adopted.Contains(s.Reference)));
        if (unknown.Exists(u => !u.IsAdopted))
        {
            StopBehind(unknown, former);
            return;
        }

        // What ties out beside something that does not may have been taken back by that: all of a key is taken over, or nothing, and with it what hangs together with
        // it. What ties out by chance may bill a record that has gone elsewhere.
        var loose = unknown.Where(u => former.Contains(u.Key) || !rows.TryGetValue(u.Reference, out var row) || !Ties(row, u)).Select(u => u.Key).ToHashSet();
        loose.UnionWith(await HangingKeysAsync(loose, cancel));
        var ties = unknown.Where(u => !loose.Contains(u.Key)).ToList();
        await AdoptAsync([.. ties.Select(u => rows[u.Reference])], found, cancel);
        var others = unknown.Except(ties).ToList();
        if (others.Count == 0) return;
        run.Stops.AddHeld(others);
        await new KeyHold(run).ExecuteAsync(HeldBy(others, former), cancel);
    }

    // A record that leaves one key for another stands on documents of both: taken over on one side alone, it would be billed twice.
    private async Task<IEnumerable<DocumentKey>> HangingKeysAsync(HashSet<DocumentKey> keys, CancellationToken cancel)
    {
        var ready = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => d.State == OutboxState.Ready).ToList();
        var hanging = await HangingTogether.WithAsync(run.Store, ready, d => keys.Contains(d.Key), cancel);
        return ready.Where(d => hanging.Contains(d.DocumentNo)).Select(d => d.Key);
    }

    // What bills the same records may be of another company.
    private void StopBehind(List<UnknownDocument> unknown, ILookup<DocumentKey, DocumentKey> former)
    {
        run.Stops.AddBehind(destination, unknown);
        foreach (var key in unknown.SelectMany(u => former[u.Key])) run.Stops.Close(run.DestinationOf(key.Entity));
    }

    private static HashSet<DocumentKey> HeldBy(IEnumerable<UnknownDocument> unknown, ILookup<DocumentKey, DocumentKey> former) => [.. unknown.SelectMany(u => former[u.Key].Append(u.Key))];

    private bool Ties(OutboxRow row, UnknownDocument there) => DocumentComparison.Differences(row.Expected.PostedBy(destination.Port.Traits.Deductions), there.Found).Count == 0;
}
