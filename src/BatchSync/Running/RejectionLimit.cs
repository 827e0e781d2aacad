namespace BatchSync.Running;

/// <summary>Stops a run before it bills half a month because a mapping or a source broke.</summary>
internal static class RejectionLimit
{
    /// <returns>Why nothing may be posted, or null.</returns>
    public static async Task<string?> ExceededAsync(ActiveRun run, CancellationToken cancel)
    {
        var rejected = (await run.Store.CountRejectionsAsync(run.Series, cancel)).Sum(r => r.Records);
        var limit = run.Request.Job.Limits.Rejections;
        return rejected <= limit
            ? null
            : FormattableString.Invariant(
                $"{rejected} records are rejected and the limit is {limit} (limits.rejections): nothing was posted. See exceptions.csv of this run, mend the mapping or the source, then run again: batchsync run {run.Request.Job.Name}");
    }
}
