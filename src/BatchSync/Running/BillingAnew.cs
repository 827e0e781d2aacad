using BatchSync.Core.Billing;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Whether records could be billed once more when they come off their documents. What documents hold is left there in spite of a lock, a client
/// that is switched off, or the source's own mark that it is billed; what they let go of meets all these again, and would be on no document.
/// </summary>
internal sealed class BillingAnew(ActiveRun run)
{
    /// <summary>Why one of the records that documents hold could not be billed anew; null: all can, or belong on no document any more.</summary>
    /// <param name="key">Of the documents.</param>
    /// <param name="letStand">Records whose change a person let stand: billed anew, it would be corrected after all.</param>
    public async Task<string?> ObstacleOfAsync(DocumentKey key, IReadOnlyCollection<DocumentRow> documents, IReadOnlySet<RecordName> letStand, CancellationToken cancel)
    {
        var numbers = documents.Select(d => d.DocumentNo).ToHashSet();
        var shares = (await run.Store.ListPostedSharesAsync(run.Series, key, cancel)).Where(s => numbers.Contains(s.DocumentNo));
        foreach (var name in shares.Select(s => s.Record.Name).Distinct())
        {
            if (letStand.Contains(name)) return $"held: a person let {name} stand as it is, and its document cannot be taken back without correcting it. Correct the document at the destination and accept this difference too";
            var stored = (await run.Store.FindRecordAsync(run.Series, name.Stream, name.SourceId, cancel))!;
            var record = JudgedRecord.Of(run, stored, await run.Store.ListPostedSharesOfRecordAsync(run.Series, name.Stream, name.SourceId, cancel));
            if (stored.IsPosted && record.PostedKey == key && ObstacleOf(record) is { } obstacle) return obstacle;
        }

        return null;
    }

    /// <summary>Why a record that documents hold could not be billed anew; null: it can, or it belongs on no document any more.</summary>
    public string? ObstacleOf(JudgedRecord record)
    {
        if (record.Now.Bucket.Kind == BucketKind.Rejected) return Text(record, record.Now.Bucket);
        if (record.Now.Bucket != Bucket.Ready) return null;
        var stays = record.Now.Key == record.PostedKey;
        if (stays && IsAdjusted) return null;
        var anew = run.Eligibility.Assess(record.Record.Record, AssessmentView.New, JudgedRecord.PlaceOf(run, record.Shares), record.Record.IsUnposted).Bucket;
        return anew == Bucket.Ready || (!stays && anew.Kind == BucketKind.Held) ? null : Text(record, anew);
    }

    private bool IsAdjusted => run.Request.Job.Posting.OnChange == Configuration.ChangePolicy.Delta;

    private static string Text(JudgedRecord record, Bucket bucket) =>
        $"held: {record.Name} would come off its document and not be billed anew, since it would be {bucket}. Mend that, or correct the document at the destination and accept this difference";
}
