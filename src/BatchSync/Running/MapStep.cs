using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Puts every record that may have moved into its bucket. A record that documents hold and whose inputs changed is noted as a variance, for
/// <see cref="ChangeJudge"/> to say what it should be: it is never ignored.
/// </summary>
internal sealed class MapStep(ActiveRun run)
{
    private const int RecordsPerTransaction = 2_000;

    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        var assessed = await AssessAsync(cancel);
        var rejected = await run.Store.CountRejectionsAsync(run.Series, cancel);
        return FormattableString.Invariant($"{Counted.Of(assessed, "record")} looked at, {rejected.Sum(r => r.Records)} rejected in all");
    }

    /// <summary>Assesses what may have moved since the last time.</summary>
    /// <returns>How many records.</returns>
    public async Task<long> AssessAsync(CancellationToken cancel)
    {
        long after = 0;
        long assessed = 0;
        while (true)
        {
            var records = await run.Store.ListRecordsToAssessAsync(run.Series, run.RulesHash, after, RecordsPerTransaction, cancel);
            if (records.Count == 0) return assessed;
            await AssessAsync(records, cancel);
            after = records[^1].RecordNo;
            assessed += records.Count;
            run.Ports.Progress.Advance("map", assessed, null);
        }
    }

    private async Task AssessAsync(IReadOnlyList<StoredRecord> records, CancellationToken cancel)
    {
        var buckets = new List<BucketRow>(records.Count);
        var variances = new List<RecordVariance>();
        foreach (var record in records)
        {
            var shares = record.WasPosted ? await run.Store.ListPostedSharesOfRecordAsync(run.Series, record.Record.Stream, record.Record.Id, cancel) : [];
            var judged = JudgedRecord.Of(run, record, shares);
            var bucket = record.IsPosted && judged.Now.Bucket == Bucket.Ready ? Bucket.Billed : judged.Now.Bucket;
            buckets.Add(new BucketRow(record.RecordNo, run.Series, judged.Now, bucket, run.RulesHash));
            if (record.WasPosted) variances.Add(judged.IsChanged(run.Mapping) ? judged.ToBeJudged(run) : judged.AsPosted(run));
        }

        await run.Store.SaveBucketsAsync(run.Lease, buckets, variances, cancel);
    }
}
