using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Posts the documents of one destination of a run, for the run that offers them: by that run itself, or by any other host. Everything is written under the partition's own lease, which
/// ends with the run's: whoever goes on with the series settles what was left here like anything else that a dead process left.
/// </summary>
internal static class PartitionWork
{
    /// <param name="open">The run as this process knows it, once the partition is its own.</param>
    /// <returns>False where somebody else works on it.</returns>
    /// <exception cref="LeaseLostException">Another run holds the series now, or somebody else the partition.</exception>
    public static async Task<bool> ExecuteAsync(IStore store, PartitionRow partition, TimeProvider time, Func<LeaseKeeper, Task<ActiveRun>> open, CancellationToken cancel)
    {
        if (await store.ClaimPartitionAsync(partition, LeaseKeeper.Length, cancel) is not { } lease) return false;
        await using var keeper = LeaseKeeper.Keep(store, lease, time, cancel);
        try
        {
            var run = await open(keeper);
            var result = await PostAsync(run, run.Destinations[partition.Destination], keeper.Lost);
            await store.EndPartitionAsync(keeper.Lease, partition.RunNo, result, keeper.Lost);
            return true;
        }
        catch (Exception e)
        {
            if (await keeper.CauseOfAsync(e) is LeaseLostException lost) throw lost;
            throw;
        }
    }

    private static async Task<PartitionResult> PostAsync(ActiveRun run, OpenDestination destination, CancellationToken cancel)
    {
        var post = new PostStep(run, destination);
        await run.AtAsync(destination, async () =>
        {
            await post.WithdrawAsync(cancel);
            var tried = new HashSet<long>();
            for (var before = -1; before != tried.Count;)
            {
                before = tried.Count;
                await post.SendAsync(tried, cancel);
            }

            await post.FinishAsync(cancel);
        });
        var fault = run.Stops.Faults.GetValueOrDefault(destination.Name);
        return new PartitionResult(run.Counts.DocumentsPosted, run.Counts.DocumentsAdopted, run.Counts.DocumentsWithdrawn, fault?.Fault, fault?.Message ?? string.Join("; ", post.GivenUp));
    }
}
