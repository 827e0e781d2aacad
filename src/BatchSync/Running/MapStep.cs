using System.Runtime.CompilerServices;
using BatchSync.Core.Billing;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Puts every record that may have moved into its bucket. A record that documents hold and whose inputs changed is noted as a variance, for
/// <see cref="ChangeJudge"/> to say what it should be: it is never ignored.
/// </summary>
internal sealed class MapStep(ActiveRun run)
{
    private const int RecordsPerTransaction = 5_000;

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
        long assessed = 0;
        await foreach (var (buckets, variances) in run.AheadAsync(AssessedAsync, cancel))
        {
            await run.Store.SaveBucketsAsync(run.Lease, buckets, variances, cancel);
            assessed += buckets.Count;
            HeapBound.Keep();
            run.Ports.Progress.Advance("map", assessed, null);
        }

        await run.Store.SaveAssessmentAsync(run.Lease, run.RulesHash, cancel);
        return assessed;
    }

    private static async IAsyncEnumerable<(List<BucketRow> Buckets, List<RecordVariance> Variances)> AssessedAsync(ActiveRun run, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (long after = 0; ;)
        {
            var records = await run.Store.ListRecordsToAssessAsync(run.Series, run.RulesHash, after, RecordsPerTransaction, cancel);
            if (records.Count == 0) yield break;
            yield return await AssessAsync(run, records, cancel);
            after = records[^1].RecordNo;
        }
    }

    private static async Task<(List<BucketRow> Buckets, List<RecordVariance> Variances)> AssessAsync(ActiveRun run, IReadOnlyList<StoredRecord> records, CancellationToken cancel)
    {
        var buckets = new List<BucketRow>(records.Count);
        var variances = new List<RecordVariance>();
        var shares = await run.Store.ListPostedSharesOfRecordsAsync(run.Series, [.. records.Where(r => r.WasPosted)], cancel);
        foreach (var record in records)
        {
            var judged = JudgedRecord.Of(run, record, [.. shares[record.Name]]);
            var bucket = record.IsPosted && judged.Now.Bucket == Bucket.Ready ? Bucket.Billed : judged.Now.Bucket;
            buckets.Add(new BucketRow(record.RecordNo, run.Series, judged.Now, bucket, run.RulesHash) { IsFirst = record.Bucket is null });
            if (record.WasPosted) variances.Add(judged.IsChanged(run.Mapping) ? judged.ToBeJudged(run) : judged.AsPosted(run));
        }

        return (buckets, variances);
    }
}
