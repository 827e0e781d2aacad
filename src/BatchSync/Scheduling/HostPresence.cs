using BatchSync.Storage;
using Microsoft.Extensions.Hosting;
using Serilog;

namespace BatchSync.Scheduling;

/// <summary>Notes in the store, again and again, that this process keeps schedules, and at its end that it does not.</summary>
internal sealed class HostPresence(IStore store, string cluster, string configurationHash, TimeProvider time, ILogger log) : BackgroundService
{
    /// <summary>Who was not seen for so long is gone, or cut off from the store.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(() => store.RemoveHostAsync(CancellationToken.None));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryAsync(() => store.SaveHostAsync(cluster, configurationHash, stoppingToken));
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Nothing but what people are shown depends on it.
    private async Task TryAsync(Func<Task> note)
    {
        try
        {
            await note();
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            log.Debug("Presence could not be noted: {Reason}", e.Message);
        }
    }
}
