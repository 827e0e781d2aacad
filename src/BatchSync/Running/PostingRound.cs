using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>The posting protocol over all destinations of a run. One that fails us keeps the others from nothing.</summary>
internal sealed class PostingRound(ActiveRun run)
{
    private readonly List<PostStep> _destinations = [.. run.Destinations.Values.Select(destination => new PostStep(run, destination))];
    private IReadOnlyDictionary<string, string> _heldUp = new Dictionary<string, string>();

    /// <summary>Finishes what earlier runs sent.</summary>
    public async Task<string> SettleAsync(CancellationToken cancel)
    {
        await EachAsync(post => post.ResolveAsync(cancel));
        return FormattableString.Invariant($"of earlier runs {Counted.Of(run.Counts.DocumentsPosted, "document")} settled, {run.Counts.DocumentsAdopted} found at the destination");
    }

    /// <summary>Finishes what was begun to be taken back, also in a run that may post nothing else: nobody must bill around it.</summary>
    /// <returns>How many documents are taken back.</returns>
    public async Task<int> FinishTakeBacksAsync(CancellationToken cancel)
    {
        var documents = await new UnpostStep(run).ContinueAsync(cancel);
        if (documents == 0) return 0;
        var others = new HashSet<long>();
        foreach (var destination in run.Destinations.Values)
        {
            await foreach (var row in run.ReadOutboxAsync(destination, [OutboxState.Ready], cancel).Where(r => r.Purpose != DocumentPurpose.Credit)) others.Add(row.DocumentNo);
        }

        await LookAsync(cancel);
        await EachAsync(post => post.WithdrawAsync(cancel));
        await EachAsync(post => post.SendAsync(others, cancel));
        return documents;
    }

    /// <summary>Sends all that is ready, reads it back and makes it final.</summary>
    public async Task<string> PostAsync(CancellationToken cancel)
    {
        var before = run.Counts.DocumentsPosted;
        await SendAsync(cancel);
        await EachAsync(post => post.FinishAsync(cancel));
        run.Counts.GivenUp = [.. _heldUp.Values, .. _destinations.SelectMany(post => post.GivenUp)];
        await CountWaitingAsync(cancel);
        return FormattableString.Invariant($"{Counted.Of(run.Counts.DocumentsPosted - before, "document")} posted, {run.Counts.DocumentsPending} pending");
    }

    // All is looked up before anything is sent. What waited for a document, maybe of another destination, is sent as soon as that one is there.
    private async Task SendAsync(CancellationToken cancel)
    {
        await LookAsync(cancel);
        if (run.Request.Job.PartitionBy == PartitionBy.Entity) await SendByEntityAsync(cancel);
        await EachAsync(post => post.WithdrawAsync(cancel));
        var tried = new HashSet<long>();
        for (var before = -1; before != tried.Count;)
        {
            before = tried.Count;
            await EachAsync(post => _heldUp.ContainsKey(post.Destination.Name) ? Task.CompletedTask : post.SendAsync(tried, cancel));
        }
    }

    // What is left waited for a document of another destination, or was found to be unknown there: it is looked at as if nothing had been sent.
    private async Task SendByEntityAsync(CancellationToken cancel)
    {
        _heldUp = await new PartitionRound(run).ExecuteAsync(cancel);
        await LookAsync(cancel);
    }

    // Where a record came from cannot be looked at: what bills it now has to wait.
    private async Task LookAsync(CancellationToken cancel)
    {
        await EachAsync(post => post.LookAsync(cancel));
        if (run.Stops.Faults.Count == 0) return;
        foreach (var key in await run.Store.ListFormerKeysAsync(run.Series, cancel))
        {
            if (run.FindDestination(key.Former.Entity) is { } source && run.Stops.Faults.TryGetValue(source.Name, out var fault)) run.Stops.AddFault(run.DestinationOf(key.Open.Entity).Name, fault);
        }
    }

    private async Task CountWaitingAsync(CancellationToken cancel)
    {
        run.Counts.Pauses = await run.PausesAsync(cancel);
        foreach (var destination in run.Destinations.Values)
        {
            var waiting = await run.Store.CountOutboxAsync(run.Series, destination.Name, [OutboxState.Ready, OutboxState.Sending, OutboxState.Unknown, OutboxState.Finalizing], cancel);
            var paused = waiting.Where(w => run.Counts.Pauses.Any(p => p.Covers(run.Series, w.Key))).Sum(w => w.Value);
            run.Counts.DocumentsPaused += paused;
            if (!run.Stops.IsBehind(destination)) run.Counts.DocumentsPending += waiting.Values.Sum() - paused;
        }
    }

    private async Task EachAsync(Func<PostStep, Task> work)
    {
        foreach (var post in _destinations) await run.AtAsync(post.Destination, () => work(post));
    }
}
