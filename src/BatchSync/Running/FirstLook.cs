using System.Runtime.CompilerServices;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A document that stands at a destination under a reference of ours, and that this store never sent, or not with these amounts.</summary>
/// <param name="IsAdopted">Whether a person lets the store post beside it.</param>
internal sealed record UnknownDocument(string Reference, DocumentKey Key, OpenDestination Destination, IReadOnlyList<DestinationDocument> Found, bool IsAdopted);

/// <summary>
/// Looks up all that is ready at a destination before anything of it is sent, and with it, for each key, the names of the documents that would come next;
/// also for keys that the records of what is ready had before, since a document that bills a record there is not found by where the record is now.
/// What was sent before, with the amounts that are to be sent, is adopted. A document that this store never sent says that the store is behind: it was restored from an older backup, or
/// somebody posts the same series from elsewhere.
/// </summary>
internal sealed class FirstLook(ActiveRun run, OpenDestination destination)
{
    /// <summary>References that are handed to the destination at a time, which asks in portions of its own.</summary>
    private const int ReferencesAtATime = 1_000;

    /// <summary>Documents whose keys are looked up in the store together.</summary>
    private const int DocumentsAtATime = 1_000;

    // A withdrawal makes nothing that could be looked up.
    private static readonly DocumentPurpose[] Probed = [DocumentPurpose.Original, DocumentPurpose.Supplement, DocumentPurpose.Credit, DocumentPurpose.Rebill];

    /// <summary>For each key that has something to be sent, so many further names are asked for.</summary>
    public static int NamesPerKey => Probed.Length;

    /// <summary>A name that is asked for.</summary>
    /// <param name="Row">What is ready to be sent under it; null: nothing, it would come next.</param>
    private sealed record Name(string Reference, DocumentKey Key, OutboxRow? Row);

    /// <summary>A name under which the destination has something.</summary>
    private sealed record Hit(Name Name, IReadOnlyList<DestinationDocument> Found)
    {
        public string Reference => Name.Reference;
    }

    public async Task ExecuteAsync(CancellationToken cancel)
    {
        var former = await FormerAsync(cancel);
        var hits = await LookUpAsync(NamesAsync(former, cancel), cancel);
        if (hits.Count == 0) return;
        var attempted = await run.Store.ListAttemptedAsync(run.Series, destination.Name, OutboxState.Ready, cancel);
        // Under the name of a document whose call did not go through stands what a later run sent, where an older backup was put back: it is ours only with the amounts that are to be sent now.
        var ours = hits.ToLookup(h => attempted.Contains(h.Reference) && h.Found.All(there => DocumentComparison.HasAmounts(ExpectedOf(h.Name.Row!), there)));
        await AdoptAsync([.. ours[true]], cancel);
        var strangers = ours[false].ToList();
        if (strangers.Count > 0) await JudgeAsync(strangers, former, cancel);
    }

    /// <summary>Of rows that are to be sent once more those whose keys have nothing at the destination that this store never sent: what is there may bill the same.</summary>
    public async Task<IReadOnlyList<OutboxRow>> WithoutStrangersAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        if (rows.Count == 0) return rows;
        var (former, open) = (await FormerAsync(cancel), new HashSet<DocumentKey>());
        var names = await NextAsync(rows, open, cancel);
        names.AddRange(await NextElsewhereAsync(former, open, cancel));
        var hits = await LookUpAsync(names.ToAsyncEnumerable(), cancel);
        if (hits.Count == 0) return rows;
        var strangers = await UnknownAsync(hits, cancel);
        if (strangers.Exists(s => !s.IsAdopted)) StopBehind(strangers, former);
        else run.Stops.AddHeld(strangers);
        var held = HeldBy(strangers, former);
        return run.Stops.IsBehind(destination) ? [] : [.. rows.Where(r => !held.Contains(r.Key))];
    }

    /// <summary>Keys of this destination that the records of open documents had before, with the keys of those documents.</summary>
    private async Task<ILookup<DocumentKey, DocumentKey>> FormerAsync(CancellationToken cancel) =>
        (await run.Store.ListFormerKeysAsync(run.Series, cancel)).Where(f => run.FindDestination(f.Former.Entity) == destination).ToLookup(f => f.Former, f => f.Open);

    /// <summary>The names of what is ready, of what would come next of its keys, and of what would come next of the keys that its records had before.</summary>
    private async IAsyncEnumerable<Name> NamesAsync(ILookup<DocumentKey, DocumentKey> former, [EnumeratorCancellation] CancellationToken cancel)
    {
        var open = new HashSet<DocumentKey>();
        await foreach (var rows in run.ReadOutboxAsync(destination, [OutboxState.Ready], cancel).Chunk(DocumentsAtATime))
        {
            foreach (var row in rows.Where(r => r.Purpose != DocumentPurpose.Withdrawal)) yield return new Name(row.Reference, row.Key, row);
            foreach (var name in await NextAsync(rows, open, cancel)) yield return name;
        }

        foreach (var name in await NextElsewhereAsync(former, open, cancel)) yield return name;
    }

    /// <summary>The next document of each purpose, of keys of rows that were not among those seen before.</summary>
    private async Task<List<Name>> NextAsync(IReadOnlyList<OutboxRow> rows, HashSet<DocumentKey> seen, CancellationToken cancel)
    {
        var tenant = destination.Tenant.Tenant;
        var newest = (await run.Store.ListRevisionsOfOpenKeysAsync(tenant, run.Series, destination.Name, rows.Min(r => r.DocumentNo), rows.Max(r => r.DocumentNo), cancel))
            .ToDictionary(r => (r.Key, r.Purpose), r => r.Revision);
        var next =
            from row in rows
            where seen.Add(row.Key)
            from purpose in Probed
            select NameOf(new DocumentIdentity(tenant, run.Series, row.Key, purpose, newest.GetValueOrDefault((row.Key, purpose)) + 1));
        return [.. next];
    }

    private async Task<IReadOnlyList<Name>> NextElsewhereAsync(ILookup<DocumentKey, DocumentKey> former, HashSet<DocumentKey> open, CancellationToken cancel)
    {
        var next = new List<Name>();
        foreach (var key in former.Select(f => f.Key).Where(key => !open.Contains(key)))
        {
            foreach (var purpose in Probed) next.Add(NameOf(await run.IdentityAsync(destination, key, purpose, cancel)));
        }

        return next;
    }

    private Name NameOf(DocumentIdentity identity) => new(DocumentReference.Of(identity, destination.Port.Traits.ReferenceLength), identity.Key, null);

    private async Task<IReadOnlyList<Hit>> LookUpAsync(IAsyncEnumerable<Name> names, CancellationToken cancel)
    {
        var hits = new List<Hit>();
        await foreach (var some in names.Chunk(ReferencesAtATime))
        {
            var found = (await destination.Port.LookUpAsync([.. some.Select(n => n.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
            hits.AddRange(some.Where(n => found.Contains(n.Reference)).Select(n => new Hit(n, [.. found[n.Reference]])));
            HeapBound.Keep();
        }

        return hits;
    }

    private async Task<List<UnknownDocument>> UnknownAsync(IReadOnlyList<Hit> hits, CancellationToken cancel)
    {
        var adopted = await run.Store.ListAdoptedAsync(run.Series, cancel);
        return [.. hits.Select(h => new UnknownDocument(h.Reference, h.Name.Key, destination, h.Found, adopted.Contains(h.Reference)))];
    }

    private async Task AdoptAsync(IReadOnlyList<Hit> hits, CancellationToken cancel)
    {
        if (hits.Count == 0) return;
        await run.Store.SaveOutboxAsync(run.Lease, [.. hits.Select(h => Adoption.Of(h.Name.Row!, h.Found))], cancel);
        run.Counts.DocumentsAdopted += hits.Count;
    }

    private async Task JudgeAsync(List<Hit> strangers, ILookup<DocumentKey, DocumentKey> former, CancellationToken cancel)
    {
        var unknown = await UnknownAsync(strangers, cancel);
        if (unknown.Exists(u => !u.IsAdopted))
        {
            StopBehind(unknown, former);
            return;
        }

        // What ties out beside something that does not may have been taken back by that: all of a key is taken over, or nothing, and with it what hangs together with
        // it: a record that leaves one key for another stands on documents of both, and taken over on one side alone it would be billed twice. What ties out by chance
        // may bill a record that has gone elsewhere.
        var loose = strangers.Where(h => former.Contains(h.Name.Key) || h.Name.Row is not { } row || !Ties(row, h)).Select(h => h.Name.Key).ToHashSet();
        loose.UnionWith((await HangingTogether.ReadyOfAsync(run, loose, cancel)).Select(d => d.Key));
        await AdoptAsync([.. strangers.Where(h => !loose.Contains(h.Name.Key))], cancel);
        var others = unknown.Where(u => loose.Contains(u.Key)).ToList();
        if (others.Count == 0) return;
        run.Stops.AddHeld(others);
        await new KeyHold(run).ExecuteAsync(HeldBy(others, former), cancel);
    }

    // What bills the same records may be of another company.
    private void StopBehind(List<UnknownDocument> unknown, ILookup<DocumentKey, DocumentKey> former)
    {
        run.Stops.AddBehind(destination, unknown);
        foreach (var key in unknown.SelectMany(u => former[u.Key])) run.Stops.Close(run.DestinationOf(key.Entity));
    }

    private static HashSet<DocumentKey> HeldBy(IEnumerable<UnknownDocument> unknown, ILookup<DocumentKey, DocumentKey> former) => [.. unknown.SelectMany(u => former[u.Key].Append(u.Key))];

    private bool Ties(OutboxRow row, Hit there) => DocumentComparison.Differences(ExpectedOf(row), there.Found).Count == 0;

    private ExpectedDocument ExpectedOf(OutboxRow row) => row.Expected.PostedBy(destination.Port.Traits.Deductions);
}
