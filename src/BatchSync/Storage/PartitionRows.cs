using BatchSync.Http;

namespace BatchSync.Storage;

internal enum PartitionState
{
    /// <summary>Nobody has begun.</summary>
    Waiting,

    /// <summary>Somebody has; where the lease has run out, it is anybody's again.</summary>
    Working,
    Done,
}

/// <summary>The documents of one destination of a run, which any host may post. The run goes on when all its partitions are done.</summary>
/// <param name="SeriesToken">Of the lease under which the run offers it: once another run holds the series, nobody may begin it any more, nor go on.</param>
/// <param name="Host">Who began it last; empty: nobody yet.</param>
/// <param name="ChangedAt">When it was offered, begun or done.</param>
internal sealed record PartitionRow(long RunNo, string Job, string Series, string Destination, long SeriesToken, PartitionState State, string Host, DateTimeOffset ChangedAt)
{
    /// <summary>What came of it, once it is done.</summary>
    public PartitionResult Result { get; init; } = new(0, 0, 0, null, "");
}

/// <summary>What came of a partition.</summary>
/// <param name="Posted">Documents that tied out and are posted.</param>
/// <param name="Adopted">Documents of those that were found at the destination.</param>
/// <param name="Withdrawn">Drafts deleted there.</param>
/// <param name="Fault">How the destination failed; null: it did not.</param>
/// <param name="Message">Why not all was sent; empty: all was.</param>
internal sealed record PartitionResult(int Posted, int Adopted, int Withdrawn, OutsideFault? Fault, string Message);

/// <summary>A process that keeps schedules.</summary>
/// <param name="Host">The machine.</param>
/// <param name="Cluster">The cluster that it is part of; empty: none.</param>
/// <param name="ConfigurationHash">Of all its configuration files: hosts of one store should have the same.</param>
internal sealed record HostRow(string Host, int ProcessId, DateTimeOffset StartedAt, DateTimeOffset SeenAt, string Cluster, string ConfigurationHash);
