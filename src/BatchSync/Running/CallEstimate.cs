using BatchSync.Core.Posting;
using BatchSync.Destinations;

namespace BatchSync.Running;

/// <summary>Whether the calls that are left of the job's limit are enough to post what was formed: half of it would stay behind without a proof.</summary>
internal static class CallEstimate
{
    /// <returns>Why nothing may be posted, or null.</returns>
    public static async Task<string?> ExceededAsync(ActiveRun run, CancellationToken cancel)
    {
        if (run.Ports.Calls.Left is not { } left) return null;
        var (calls, documents) = (await ReadBackAsync(run, cancel), 0);
        foreach (var destination in run.Destinations.Values)
        {
            var rows = await run.Store.ListOutboxAsync(run.Series, destination.Name, [OutboxState.Ready], cancel);
            documents += rows.Count;
            calls += Batches(rows.Count, destination.Port.Traits) * destination.Port.Traits.CallsPerBatch;
        }

        return documents == 0 || calls <= left
            ? null
            : FormattableString.Invariant(
                $"posting {Counted.Of(documents, "document")} and proving them takes {Counted.Of(calls, "call")} or more, and {left} of {run.Ports.Calls.Limit} are left (limits.calls): nothing was posted. Raise the limit, then run again: batchsync run {run.Request.Job.Name}");
    }

    // The reconciliation asks for every document of the touched periods once more.
    private static async Task<int> ReadBackAsync(ActiveRun run, CancellationToken cancel)
    {
        var calls = 0;
        foreach (var period in await run.Store.ListTouchedPeriodsAsync(run.Series, cancel))
        {
            foreach (var group in (await run.Store.ListDocumentsAsync(run.Series, period, cancel)).GroupBy(d => d.Destination))
            {
                var traits = run.Destinations[group.Key].Port.Traits;
                if (traits.CallsPerBatch > 0) calls += Batches(group.Count(), traits);
            }
        }

        return calls;
    }

    private static int Batches(int documents, DestinationTraits traits) => (documents + traits.BatchSize - 1) / traits.BatchSize;
}
