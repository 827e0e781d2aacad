using BatchSync.Configuration;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>The store belongs to another company, or to another environment of it: the configuration's fault (exit code 2), nothing was posted.</summary>
internal sealed class TenantException(string message) : Exception(message);

/// <summary>Asks every destination of a job who it is, before anything is posted, and holds the answer against what the store knows.</summary>
internal static class TenantCheck
{
    /// <param name="stops">Where destinations are noted that do not answer, while others do; null: all of them have to.</param>
    /// <exception cref="TenantException">A destination answers as another company or environment than before.</exception>
    /// <exception cref="OutsideException">No destination answers, or one of them where all have to.</exception>
    public static async Task<IReadOnlyDictionary<string, OpenDestination>> OpenAsync(RunPorts ports, JobDefinition job, Lease lease, DestinationStops? stops, CancellationToken cancel)
    {
        await CheckNamesAsync(ports.Store, job, cancel);
        var open = new SortedDictionary<string, OpenDestination>(StringComparer.Ordinal);
        foreach (var (name, port) in ports.Destinations)
        {
            var tenant = await ProbeAsync(name, port, stops, cancel);
            if (tenant is not null) await CheckAsync(ports.Store, job, name, tenant, lease, cancel);
            open.Add(name, new OpenDestination(name, port, tenant ?? await LastKnownAsync(ports.Store, job, name, cancel)));
        }

        if (stops is not null && open.Keys.All(stops.IsDown)) throw stops.Together();
        return open;
    }

    /// <summary>Asks the destination of a partition alone; the others are whoever they were.</summary>
    /// <exception cref="TenantException">It answers as another company or environment than before.</exception>
    /// <exception cref="OutsideException">It does not answer.</exception>
    public static async Task<IReadOnlyDictionary<string, OpenDestination>> OpenAsync(RunPorts ports, JobDefinition job, PartitionGrant partition, Lease lease, CancellationToken cancel)
    {
        var open = new SortedDictionary<string, OpenDestination>(StringComparer.Ordinal);
        foreach (var (name, port) in ports.Destinations)
        {
            var tenant = name == partition.Name ? await port.ProbeAsync(cancel) : await LastKnownAsync(ports.Store, job, name, cancel);
            if (name == partition.Name) await CheckAsync(ports.Store, job, name, tenant, lease, cancel);
            open.Add(name, new OpenDestination(name, port, tenant));
        }

        return open;
    }

    private static async Task<DestinationTenant?> ProbeAsync(string name, IDestination port, DestinationStops? stops, CancellationToken cancel)
    {
        try
        {
            return await port.ProbeAsync(cancel);
        }
        catch (OutsideException e) when (stops is not null)
        {
            stops.AddFault(name, e);
            return null;
        }
    }

    // Nothing is formed for a destination that does not answer: the name only tells whose it is.
    private static async Task<DestinationTenant> LastKnownAsync(IStore store, JobDefinition job, string name, CancellationToken cancel) =>
        await store.FindTenantAsync(job.Series, name, cancel) is { } known ? new DestinationTenant(known.Tenant, known.Environment) : new DestinationTenant("", "");

    /// <summary>Holds the companies that answer against those that a plan was made for.</summary>
    /// <exception cref="TenantException">They are not the same.</exception>
    public static void Check(PostablePlan plan, IReadOnlyDictionary<string, OpenDestination> destinations)
    {
        if (plan.Tenants.Count == 0) return;
        var planned = string.Join(", ", plan.Tenants.OrderBy(t => t.Destination, StringComparer.Ordinal).Select(t => $"{t.Destination}: {t.Tenant} ({t.Environment})"));
        var found = string.Join(", ", destinations.Values.OrderBy(d => d.Name, StringComparer.Ordinal).Select(d => $"{d.Name}: {d.Tenant.Tenant} ({d.Tenant.Environment})"));
        if (planned != found) throw new TenantException($"{plan.Name} was made for {planned}, and the destinations answer as {found}. Nothing was posted. Plan again for these companies, or correct the destinations' settings.");
    }

    // Documents can only be settled and proven where they were posted: a destination that vanished from the job would orphan them.
    private static async Task CheckNamesAsync(IStore store, JobDefinition job, CancellationToken cancel)
    {
        var missing = (await store.ListDestinationsOfDocumentsAsync(job.Series, cancel)).Where(name => !job.Destinations.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            throw new TenantException(
                $"The store holds documents that job '{job.Name}' posted to destination '{string.Join("', '", missing)}', which the job does not list any more. "
                + "Nothing was posted. List it again under 'destinations:', or give the job a new series and a new billFrom date.");
        }
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
