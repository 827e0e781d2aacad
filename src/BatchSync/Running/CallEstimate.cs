using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Storage;

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
            var (ready, keys) = (0, new HashSet<DocumentKey>());
            await foreach (var row in run.ReadOutboxAsync(destination, [OutboxState.Ready], cancel))
            {
                ready++;
                keys.Add(row.Key);
            }

            documents += ready;
            calls += Posting(ready, keys.Count, destination.Port.Traits);
        }

        return documents == 0 || calls <= left
            ? null
            : FormattableString.Invariant(
                $"posting {Counted.Of(documents, "document")} and proving them takes {Counted.Of(calls, "call")} or more, and {left} of {run.Ports.Calls.Limit} are left (limits.calls): nothing was posted. Raise the limit, then run again: batchsync run {run.Request.Job.Name}");
    }

    // All that is ready is looked up together, with what else its keys may have; what no draft has to be made of is read back together as well.
    private static int Posting(int documents, int keys, DestinationTraits traits)
    {
        var looked = documents + (keys * FirstLook.NamesPerKey);
        var readBack = traits.HasDrafts ? 0 : documents;
        return (Portions(documents, traits.BatchSize) * traits.CallsPerBatch) + Portions(looked, traits.ReferencesPerLookUp) + Portions(readBack, traits.ReferencesPerLookUp);
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
                calls += Portions(group.Count(), traits.ReferencesPerLookUp);
            }
        }

        return calls;
    }

    private static int Portions(int number, int size) => size == 0 ? 0 : (number + size - 1) / size;
}
