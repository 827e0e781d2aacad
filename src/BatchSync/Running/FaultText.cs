using BatchSync.Core.Billing;
using BatchSync.Core.Posting;

namespace BatchSync.Running;

/// <summary>Which destinations failed a run that went on with the others, why, and what is pending there.</summary>
internal static class FaultText
{
    /// <returns>Null where none failed.</returns>
    public static async Task<string?> OfAsync(ActiveRun run, CancellationToken cancel)
    {
        if (run.Stops.Faults.Count == 0) return null;
        var texts = new List<string>();
        foreach (var (name, fault) in run.Stops.Faults) texts.Add($"destination '{name}' ({WhoseIs(run, name)}) was left alone, with {await PendingAsync(run, name, cancel)} pending there: {fault.Message}");
        return $"{string.Join(" ", texts)} What was committed stands; continue with: {run.Request.Again}";
    }

    private static string WhoseIs(ActiveRun run, string name) => run.Mapping.Entities.ContainsKey(name) ? $"entity {name}" : $"entities {string.Join(", ", run.Mapping.Entities.Keys.Where(e => run.DestinationOf(e).Name == name).Order(StringComparer.Ordinal))}";

    private static async Task<string> PendingAsync(ActiveRun run, string name, CancellationToken cancel)
    {
        OutboxState[] pending = [OutboxState.Ready, OutboxState.Sending, OutboxState.Unknown, OutboxState.Created, OutboxState.Finalizing];
        var formed = (await run.Store.CountOutboxAsync(run.Series, name, pending, cancel)).Values.Sum();
        var ready = (await run.Store.ListKeysAsync(run.Series, Bucket.Ready, cancel)).Count(key => run.DestinationOf(key.Entity).Name == name);
        return Counted.Of(formed + ready, "document");
    }
}
