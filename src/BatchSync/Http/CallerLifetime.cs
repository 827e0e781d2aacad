using Microsoft.Extensions.Hosting;

namespace BatchSync.Http;

/// <summary>Whoever started a host stops it: without this, the host would take Ctrl-C for itself.</summary>
internal sealed class CallerLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
