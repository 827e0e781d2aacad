using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Holds what a run formed against the plan that a person let through. Documents that hang together (<see cref="HangingTogether"/>) are posted
/// together or not at all.
/// </summary>
internal sealed class PlanComparison(ActiveRun run)
{
    /// <summary>Lets through what is identical and takes the rest apart.</summary>
    public async Task<string> ExecuteAsync(PostablePlan plan, CancellationToken cancel)
    {
        var documents = (await run.Store.ListDocumentsAsync(run.Series, null, cancel)).ToLookup(d => d.State == OutboxState.Planned);
        List<DocumentRow> formed = [.. documents[true]];
        var stale = await HangingTogether.WithAsync(run.Store, formed, d => !plan.IsAsPlanned(d), cancel);
        var admitted = formed.Where(d => !stale.Contains(d.DocumentNo)).ToList();
        await run.Store.UnformDocumentsAsync(run.Lease, [.. stale], cancel);
        await run.Store.SaveOutboxAsync(run.Lease, [.. admitted.Select(d => new OutboxChange(d.DocumentNo, d.Reference, OutboxState.Ready, "Planned", $"as in {plan.Name}"))], cancel);
        if (stale.Count > 0) await JudgeAgainAsync(cancel);
        run.Counts.StalePlan = [.. formed.Where(d => stale.Contains(d.DocumentNo)).Select(d => d.Reference).Concat(Missing(plan, admitted, documents[false])).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        run.Counts.DocumentsFormed = admitted.Count;
        return FormattableString.Invariant($"{Counted.Of(admitted.Count, "document")} as in the plan, {run.Counts.StalePlan.Count} stale");
    }

    // What an earlier run with the same plan posted is done; what another one posted under its name is not what was let through.
    private static IEnumerable<string> Missing(PostablePlan plan, IEnumerable<DocumentRow> admitted, IEnumerable<DocumentRow> before) =>
        plan.ContentByReference.Keys.Except(admitted.Concat(before.Where(d => d.State != OutboxState.Rejected && plan.IsAsPlanned(d))).Select(d => d.Reference), StringComparer.Ordinal);

    // Records of documents that were taken apart are where they were, and the proof has to say so.
    private async Task JudgeAgainAsync(CancellationToken cancel)
    {
        await new MapStep(run).AssessAsync(cancel);
        await new ChangeStep(run).ExecuteAsync(mayForm: false, cancel);
    }
}
