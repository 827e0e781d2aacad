using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>What hosts do, and did, of a run.</summary>
internal static class PartitionText
{
    public static object View(PartitionRow partition) => new
    {
        partition.RunNo, partition.Destination, partition.State, partition.Host, Since = partition.ChangedAt, partition.Result.Posted, partition.Result.Message,
    };

    public static string Sentence(PartitionRow partition) => FormattableString.Invariant($"Run {partition.RunNo} of {partition.Job}, destination {partition.Destination}: {Said(partition)}");

    private static string Said(PartitionRow partition) => partition.State switch
    {
        PartitionState.Waiting => "waits for a host.",
        PartitionState.Working => $"posted by {partition.Host} since {RunsCommand.Minute(partition.ChangedAt)}.",
        _ => $"done by {partition.Host}, {Counted.Of(partition.Result.Posted, "document")} posted.{(partition.Result.Message.Length == 0 ? "" : $" {partition.Result.Message}")}",
    };
}
