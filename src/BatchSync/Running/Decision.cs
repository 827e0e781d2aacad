using BatchSync.Core.Reconciliation;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a person decides about the postings of a job. It is carried out under the job's lease, and no destination is asked.</summary>
/// <param name="Kind">As the list of runs calls it.</param>
/// <param name="ExecuteAsync">Carries it out, for a job of a name; gives back what it did, in words.</param>
internal sealed record Decision(RunKind Kind, Func<IStore, Lease, string, CancellationToken, Task<string>> ExecuteAsync)
{
    /// <summary>Records that were taken off the books may be billed by the next run.</summary>
    public static Decision Release(IReadOnlyList<RecordName> records, string author, string reason) => new(RunKind.Release, async (store, lease, job, cancel) =>
        $"{Counted.Of(await store.ReleaseAsync(lease, records, author, reason, cancel), "record")} released. The next run bills what can be billed: batchsync run {job}");

    /// <summary>Documents that were refused are formed and sent anew by the next run.</summary>
    public static Decision Retry(IReadOnlyList<long> documents, string author, string reason) => new(RunKind.Retry, async (store, lease, job, cancel) =>
        $"{Counted.Of(await store.RetryDeadLettersAsync(lease, documents, author, reason, cancel), "document")} taken apart. The next run forms and sends what its records make now: batchsync run {job}");

    /// <summary>The records of documents that were refused are kept off the books until they are released.</summary>
    public static Decision Discard(IReadOnlyList<long> documents, string author, string reason) => new(RunKind.Discard, async (store, lease, job, cancel) =>
        $"{Counted.Of(await store.DiscardDeadLettersAsync(lease, documents, author, reason, cancel), "document")} discarded; the records are held: unposted until they are released: batchsync release {job} RECORD --reason TEXT");

    /// <summary>The store may post beside the documents that the last run found at a destination and that it does not know.</summary>
    public static Decision Adopt(string author, string reason) => new(RunKind.Adopt, async (store, lease, job, cancel) =>
    {
        var found = (await store.ListDifferencesAsync(job, cancel)).Select(d => d.Judged.Difference).Where(d => d.Code == DifferenceCodes.UnknownToStore).Select(d => d.Subject);
        var references = found.Except(await store.ListAdoptedAsync(lease.Name, cancel), StringComparer.Ordinal).ToList();
        await store.AdoptAsync(lease, references, author, reason, cancel);
        return references.Count == 0
            ? "Nothing to adopt: the last run found no document that this store does not know"
            : $"{Counted.Of(references.Count, "document")} adopted: {string.Join(", ", references)}. The next run takes over what ties out, and leaves the rest to you: batchsync run {job}";
    });
}
