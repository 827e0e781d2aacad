using BatchSync.Core.Posting;
using BatchSync.Http;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Offers the documents of a run to all hosts, a destination each, works on them itself meanwhile, and waits until all are done: one run forms the documents and proves them.
/// What a host left that died is anybody's as soon as its lease has run out.
/// </summary>
internal sealed class PartitionRound(ActiveRun run)
{
    /// <summary>How often it is asked what other hosts have done.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private IStore Store => run.Store;

    /// <returns>Why destinations did not take all that was to be sent, by name.</returns>
    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(CancellationToken cancel)
    {
        var offered = await ToOfferAsync(cancel);
        if (offered.Count < 2) return new Dictionary<string, string>();
        await Store.OfferPartitionsAsync(run.Lease, run.Row.RunNo, offered, cancel);
        return Gather(await WorkUntilDoneAsync(cancel));
    }

    private async Task<List<string>> ToOfferAsync(CancellationToken cancel)
    {
        var offered = new List<string>();
        foreach (var destination in run.Destinations.Values.Where(d => !run.Stops.IsDown(d.Name) && !run.Stops.IsBehind(d)))
        {
            if ((await Store.CountOutboxAsync(run.Series, destination.Name, [OutboxState.Ready], cancel)).Count > 0) offered.Add(destination.Name);
        }

        return offered;
    }

    private async Task<IReadOnlyList<PartitionRow>> WorkUntilDoneAsync(CancellationToken cancel)
    {
        while (true)
        {
            var partitions = await Store.ListPartitionsAsync(run.Row.RunNo, cancel);
            var done = partitions.Count(p => p.State == PartitionState.Done);
            if (done == partitions.Count) return partitions;
            run.Ports.Progress.Advance("post", done, partitions.Count);
            if (!await WorkOnOneAsync(cancel)) await Task.Delay(AskEvery, run.Ports.Time, cancel);
        }
    }

    private async Task<bool> WorkOnOneAsync(CancellationToken cancel)
    {
        foreach (var partition in (await Store.ListFreePartitionsAsync(cancel)).Where(p => p.RunNo == run.Row.RunNo))
        {
            if (await WorkOnAsync(partition, cancel)) return true;
        }

        return false;
    }

    // Held up for long, this host may lose a partition to another one and still hold the run.
    private async Task<bool> WorkOnAsync(PartitionRow partition, CancellationToken cancel)
    {
        try
        {
            return await PartitionWork.ExecuteAsync(Store, partition, run.Ports.Time, keeper => Task.FromResult(run with { Keeper = keeper, Counts = new RunCounts() }), cancel);
        }
        catch (LeaseLostException lost)
        {
            if (await run.Keeper.CauseOfAsync(lost) != lost) throw;
            run.Ports.Log.Warning("Destination {Destination} of run {RunNo} is worked on by another host now", partition.Destination, run.Row.RunNo);
            return false;
        }
    }

    private Dictionary<string, string> Gather(IReadOnlyList<PartitionRow> partitions)
    {
        var heldUp = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (destination, result) in partitions.Select(p => (p.Destination, p.Result)))
        {
            run.Counts.DocumentsPosted += result.Posted;
            run.Counts.DocumentsAdopted += result.Adopted;
            run.Counts.DocumentsWithdrawn += result.Withdrawn;
            if (result.Fault is { } fault) run.Stops.AddFault(destination, new OutsideException(fault, result.Message));
            else if (result.Message.Length > 0) heldUp.Add(destination, result.Message);
        }

        if (run.Destinations.Keys.All(run.Stops.IsDown)) throw run.Stops.Together();
        return heldUp;
    }
}
