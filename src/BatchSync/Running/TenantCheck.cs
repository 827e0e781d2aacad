using BatchSync.Configuration;
using BatchSync.Destinations;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>The store belongs to another company, or to another environment of it: the configuration's fault (exit code 2), nothing was posted.</summary>
internal sealed class TenantException(string message) : Exception(message);

/// <summary>Asks every destination of a job who it is, before anything is posted, and holds the answer against what the store knows.</summary>
internal static class TenantCheck
{
    /// <exception cref="TenantException">A destination answers as another company or environment than before.</exception>
    public static async Task<IReadOnlyDictionary<string, OpenDestination>> OpenAsync(RunPorts ports, JobDefinition job, Lease lease, CancellationToken cancel)
    {
        var open = new SortedDictionary<string, OpenDestination>(StringComparer.Ordinal);
        foreach (var (name, port) in ports.Destinations)
        {
            var tenant = await port.ProbeAsync(cancel);
            await CheckAsync(ports.Store, job, name, tenant, lease, cancel);
            open.Add(name, new OpenDestination(name, port, tenant));
        }

        return open;
    }

    private static async Task CheckAsync(IStore store, JobDefinition job, string name, DestinationTenant tenant, Lease lease, CancellationToken cancel)
    {
        var known = await store.FindTenantAsync(job.Series, name, cancel);
        if (known is null)
        {
            await store.SaveTenantAsync(lease, new TenantRow(job.Series, name, job.Destinations[name].Connector, tenant.Tenant, tenant.Environment), cancel);
            return;
        }

        if (known.Tenant != tenant.Tenant || known.Environment != tenant.Environment)
        {
            throw new TenantException(
                $"Destination '{name}' of job '{job.Name}' answers as company '{tenant.Tenant}' ({tenant.Environment}), but this store holds the postings of company '{known.Tenant}' ({known.Environment}). "
                + "Nothing was posted. Correct the destination's settings, or give the other company a store of its own with --store.");
        }
    }
}
