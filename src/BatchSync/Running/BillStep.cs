using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Forms documents from the records that are ready, one key at a time, so that memory holds one document's records.</summary>
internal sealed class BillStep(ActiveRun run)
{
    private readonly DocumentBuilder _builder = new(run.Mapping);

    /// <summary>Stores each document with its outbox row; nothing is sent.</summary>
    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        await foreach (var (document, destination) in FormAsync(Bucket.Ready, cancel))
        {
            await run.Store.CreateDocumentAsync(run.Lease, new DocumentEntry(run.Row.RunNo, destination.Name, DocumentContent.Hash(document)), document, cancel);
            run.Counts.DocumentsFormed++;
            run.Ports.Progress.Advance("bill", run.Counts.DocumentsFormed, null);
        }

        var left = await run.Store.ListKeysAsync(run.Series, Bucket.Ready, cancel);
        Invariant.Holds(run.Request.IsRange || left.Count == 0, $"No ready record is left without a document: {string.Join(", ", left)}.");
        return $"{Counted.Of(run.Counts.DocumentsFormed, "document")} formed";
    }

    /// <summary>The documents that the records of a bucket make, in key order; nothing is stored. Held records of open periods make a preview.</summary>
    public async IAsyncEnumerable<(Document Document, OpenDestination Destination)> FormAsync(
        Bucket bucket, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var key in await run.Store.ListKeysAsync(run.Series, bucket, cancel))
        {
            if (!await run.IsConsideredAsync(key.Period, cancel)) continue;
            var destination = run.DestinationOf(key.Entity);
            var records = await RecordsAsync(key, bucket, cancel);
            if (records.Count > 0) yield return (await FormAsync(key, records, destination, cancel), destination);
        }
    }

    private async Task<List<AssessedRecord>> RecordsAsync(DocumentKey key, Bucket bucket, CancellationToken cancel)
    {
        var stored = await run.Store.ListRecordsOfKeyAsync(run.Series, key, bucket, cancel);
        return [.. stored
            .Select(r => new AssessedRecord(r.Record, r.Version, run.Eligibility.Assess(r.Record, bucket == Bucket.PeriodOpen ? AssessmentView.Preview : AssessmentView.New)))
            .Where(r => r.Assessment.Bucket == Bucket.Ready)];
    }

    private async Task<Document> FormAsync(DocumentKey key, List<AssessedRecord> records, OpenDestination destination, CancellationToken cancel)
    {
        var tenant = destination.Tenant.Tenant;
        var originals = await run.Store.CountRevisionsAsync(tenant, run.Series, key, DocumentPurpose.Original, cancel);
        var purpose = originals == 0 ? DocumentPurpose.Original : DocumentPurpose.Supplement;
        var revisions = purpose == DocumentPurpose.Original ? 0 : await run.Store.CountRevisionsAsync(tenant, run.Series, key, purpose, cancel);
        var identity = new DocumentIdentity(tenant, run.Series, key, purpose, revisions + 1);
        var traits = destination.Port.Traits;
        var frame = new DocumentFrame(identity, DocumentReference.Of(identity, traits.ReferenceLength), run.Rules.DocumentDate(key.Period, run.Mapping.Entities[key.Entity]), traits.QuantityDecimals);
        return _builder.Build(frame, records, await PostedTimeAsync(key, cancel)).Document!;
    }

    // Only where time is summed over a day or a line does it matter what earlier documents of the key billed.
    private async Task<IReadOnlyList<PostedTime>> PostedTimeAsync(DocumentKey key, CancellationToken cancel)
    {
        if (run.Mapping.Time.Scope == RoundingScope.Entry) return [];
        var shares = await run.Store.ListPostedSharesAsync(run.Series, key, cancel);
        return [.. shares
            .Select(s => new PostedTime(new AssessedRecord(s.Record.Record, s.Record.Version, run.Eligibility.Assess(s.Record.Record, AssessmentView.Posted)), s.BilledSeconds))
            .Where(p => p.Record.Assessment.Pricing is not null)];
    }
}
