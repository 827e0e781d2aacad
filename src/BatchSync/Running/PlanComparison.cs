using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Holds what a run formed against the plan that a person let through. Documents that hang together (one key, or one waiting for another) are
/// posted together or not at all: an invoice without the credit that it follows would bill twice.
/// </summary>
internal sealed class PlanComparison(ActiveRun run)
{
    /// <summary>Lets through what is identical and takes the rest apart.</summary>
    public async Task<string> ExecuteAsync(PostablePlan plan, CancellationToken cancel)
    {
        var formed = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => d.State == OutboxState.Planned).ToList();
        var stale = Stale(formed, plan);
        var missing = plan.ContentByReference.Keys.Except(formed.Select(d => d.Reference), StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var posted = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => d.State != OutboxState.Planned).Select(d => d.Reference).ToHashSet(StringComparer.Ordinal);
        var admitted = formed.Where(d => !stale.Contains(d.DocumentNo)).ToList();
        await run.Store.UnformDocumentsAsync(run.Lease, [.. stale], cancel);
        await run.Store.SaveOutboxAsync(run.Lease, [.. admitted.Select(d => new OutboxChange(d.DocumentNo, d.Reference, OutboxState.Ready, "Planned", $"as in {plan.Name}"))], cancel);
        run.Counts.StalePlan = [.. formed.Where(d => stale.Contains(d.DocumentNo)).Select(d => d.Reference).Concat(missing.Where(m => !posted.Contains(m))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        run.Counts.DocumentsFormed = admitted.Count;
        return FormattableString.Invariant($"{Counted.Of(admitted.Count, "document")} as in the plan, {run.Counts.StalePlan.Count} stale");
    }

    private static HashSet<long> Stale(List<DocumentRow> formed, PostablePlan plan)
    {
        var stale = formed.Where(d => !plan.ContentByReference.TryGetValue(d.Reference, out var content) || content != d.ContentHash).Select(d => d.DocumentNo).ToHashSet();
        for (var before = -1; before != stale.Count;)
        {
            before = stale.Count;
            var keys = formed.Where(d => stale.Contains(d.DocumentNo)).Select(d => d.Key).ToHashSet();
            stale.UnionWith(formed.Where(d => keys.Contains(d.Key) || (d.After is { } after && stale.Contains(after))).Select(d => d.DocumentNo));
            var followed = formed.Where(d => stale.Contains(d.DocumentNo)).Select(d => d.After).OfType<long>().ToHashSet();
            stale.UnionWith(formed.Where(d => followed.Contains(d.DocumentNo)).Select(d => d.DocumentNo));
        }

        return stale;
    }
}
