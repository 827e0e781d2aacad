using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Puts every record that may have moved into its bucket. A record that a document holds is judged against what was posted for
/// it: a change of its money is kept as a variance, never ignored and never posted.
/// </summary>
internal sealed class MapStep(ActiveRun run)
{
    private const int RecordsPerTransaction = 2_000;

    private readonly ChangeJudge _judge = new(run);

    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        long after = 0;
        long assessed = 0;
        while (true)
        {
            var records = await run.Store.ListRecordsToAssessAsync(run.Series, run.RulesHash, after, RecordsPerTransaction, cancel);
            if (records.Count == 0) break;
            await AssessAsync(records, cancel);
            after = records[^1].RecordNo;
            assessed += records.Count;
            run.Ports.Progress.Advance("map", assessed, null);
        }

        var rejected = await run.Store.CountRejectionsAsync(run.Series, cancel);
        return FormattableString.Invariant($"{Counted.Of(assessed, "record")} looked at, {rejected.Sum(r => r.Records)} rejected in all");
    }

    private async Task AssessAsync(IReadOnlyList<StoredRecord> records, CancellationToken cancel)
    {
        var buckets = new List<BucketRow>(records.Count);
        var posted = new List<JudgedRecord>();
        foreach (var record in records)
        {
            var assessment = run.Eligibility.Assess(record.Record, record.IsPosted ? AssessmentView.Posted : AssessmentView.New);
            var bucket = record.IsPosted && assessment.Bucket == Bucket.Ready ? Bucket.Billed : assessment.Bucket;
            buckets.Add(new BucketRow(record.RecordNo, run.Series, assessment, bucket, run.RulesHash));
            if (record.IsPosted) posted.Add(new JudgedRecord(record, assessment, await run.Store.ListPostedSharesOfRecordAsync(run.Series, record.Record.Stream, record.Record.Id, cancel)));
        }

        await run.Store.SaveBucketsAsync(run.Lease, buckets, await _judge.JudgeAsync(posted, cancel), cancel);
    }
}
