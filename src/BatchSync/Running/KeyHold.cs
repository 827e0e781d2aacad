using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Keeps the records of keys off the books because their destination holds documents that this store cannot form: they may stand on those. What hangs
/// together with a document that is not sent is not sent either.
/// </summary>
internal sealed class KeyHold(ActiveRun run)
{
    public async Task ExecuteAsync(IReadOnlySet<DocumentKey> keys, CancellationToken cancel)
    {
        await run.Store.UnformDocumentsAsync(run.Lease, [.. (await HangingTogether.ReadyOfAsync(run, keys, cancel)).Select(d => d.DocumentNo)], cancel);
        await new MapStep(run).AssessAsync(cancel);
        await new ChangeStep(run).ExecuteAsync(mayForm: false, cancel);
        foreach (var key in keys) await HoldAsync(key, cancel);
    }

    private async Task HoldAsync(DocumentKey key, CancellationToken cancel)
    {
        var rows = new List<BucketRow>();
        var records = await run.Store.ListRecordsOfKeyAsync(run.Series, key, Bucket.Ready, cancel);
        var shares = await run.Store.ListPostedSharesOfRecordsAsync(run.Series, [.. records.Where(r => r.WasPosted)], cancel);
        foreach (var stored in records)
        {
            var assessed = run.Eligibility.Assess(stored.Record, AssessmentView.New, JudgedRecord.PlaceOf(run, [.. shares[stored.Name]]));
            rows.Add(new BucketRow(stored.RecordNo, run.Series, assessed, Bucket.ChangedAtDestination, run.RulesHash));
        }

        await run.Store.SaveBucketsAsync(run.Lease, rows, [], cancel);
    }
}
