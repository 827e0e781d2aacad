using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using Microsoft.Extensions.Hosting;
using Serilog;

namespace BatchSync.Scheduling;

/// <summary>Posts a partition for a run of another process.</summary>
/// <returns>False where somebody else works on it.</returns>
internal delegate Task<bool> PartitionPosting(JobDefinition job, RunRow run, PartitionRow partition, CancellationToken cancel);

/// <summary>Looks for partitions that runs of other hosts offer, and works on them one after the other.</summary>
/// <param name="files">The configuration of this process: it works for runs with the same alone.</param>
internal sealed class PartitionKeeper(IStore store, IReadOnlyCollection<JobDefinition> jobs, IReadOnlyList<ConfigurationFile> files, PartitionPosting post, TimeProvider time, ILogger log) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, JobDefinition> _jobs = jobs.Where(j => j.PartitionBy == PartitionBy.Entity).ToDictionary(j => j.Name, StringComparer.Ordinal);
    private readonly HashSet<(long RunNo, string Destination)> _left = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_jobs.Count == 0) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (StoreException e)
            {
                log.Warning("Partitions of other hosts' runs are looked for again: {Reason}", e.Message);
            }

            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Works on all that is there to be taken.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        foreach (var partition in await store.ListFreePartitionsAsync(cancel))
        {
            if (cancel.IsCancellationRequested) return;
            if (_left.Contains((partition.RunNo, partition.Destination)) || !_jobs.TryGetValue(partition.Job, out var job) || job.Series != partition.Series) continue;
            if (await HasSameFilesAsync(partition, cancel)) await WorkAsync(job, partition, cancel);
        }
    }

    // Other rules would post other documents than the run formed, or to another place.
    private async Task<bool> HasSameFilesAsync(PartitionRow partition, CancellationToken cancel)
    {
        var theirs = (await store.ListRunFilesAsync(partition.RunNo, cancel)).Select(f => (f.Path, f.ContentHash)).ToHashSet();
        if (theirs.SetEquals(files.Select(f => (f.Path, f.ContentHash)))) return true;
        Leave(partition, "its configuration is not the one of this host");
        return false;
    }

    private async Task WorkAsync(JobDefinition job, PartitionRow partition, CancellationToken cancel)
    {
        var run = (await store.FindRunAsync(partition.RunNo, cancel))!;
        try
        {
            if (await post(job, run, partition, cancel)) log.Information("Destination {Destination} of run {RunNo}: done for the host {Host} that made the run", partition.Destination, run.RunNo, run.Host);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // What was committed stands; the partition is anybody's again.
        }
        catch (Exception e) when (e is LeaseLostException or OutsideException or SettingException or TenantException)
        {
            Leave(partition, e.Message);
        }
        catch (Exception e) when (e is not StoreException)
        {
            log.Error(e, "Destination {Destination} of run {RunNo}: bug in BatchSync", partition.Destination, run.RunNo);
            Leave(partition, e.Message);
        }
    }

    // Another host may do better; the run itself takes what nobody takes, and tells what was wrong.
    private void Leave(PartitionRow partition, string reason)
    {
        _left.Add((partition.RunNo, partition.Destination));
        log.Warning("Destination {Destination} of run {RunNo} is left to other hosts: {Reason}", partition.Destination, partition.RunNo, reason);
    }
}
