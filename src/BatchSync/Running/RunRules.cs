using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What a job, its store and its destinations add to the mapping for the length of one run.</summary>
internal static class RunRules
{
    public static async Task<BillingRules> OfAsync(RunRequest request, IStore store, IReadOnlyDictionary<string, OpenDestination> destinations, CancellationToken cancel)
    {
        var late = request.Job.Posting.Late == LateRule.NextOpenPeriod;
        return Of(request.Job, request.AsOf) with
        {
            DestinationOpensOn = OpenDays(request, destinations),
            KeysWithOriginal = late ? await store.ListKeysWithOriginalAsync(request.Job.Series, cancel) : null,
        };
    }

    /// <summary>What the job alone says.</summary>
    public static BillingRules Of(JobDefinition job, DateTimeOffset asOf) => new(
        job.BillFrom,
        job.Period.Every,
        job.Period.CloseAfter,
        job.Period.DocumentDate == DocumentDateRule.CloseDate,
        job.Source.ApprovalRequired,
        job.Limits.HoursPerEntry,
        job.Limits.DatesFrom,
        job.Limits.DatesUntil ?? DateOnly.FromDateTime(asOf.UtcDateTime).AddYears(1))
    {
        PilotClients = job.Posting.PilotClients?.ToHashSet(StringComparer.Ordinal),
    };

    private static Dictionary<string, DateOnly> OpenDays(RunRequest request, IReadOnlyDictionary<string, OpenDestination> destinations)
    {
        var days = new Dictionary<string, DateOnly>(StringComparer.Ordinal);
        foreach (var entity in request.Mapping.Entities.Keys)
        {
            var destination = destinations.TryGetValue(entity, out var own) ? own : destinations.GetValueOrDefault("all");
            if (destination?.Tenant.LockedThrough is { } locked) days.Add(entity, locked.AddDays(1));
        }

        return days;
    }
}
