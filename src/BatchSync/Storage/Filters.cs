using BatchSync.Core.Scheduling;

namespace BatchSync.Storage;

/// <summary>Which runs are wanted; what is left out lets any through.</summary>
/// <param name="Since">First day on which they started, in UTC.</param>
/// <param name="Until">Last day, inclusive.</param>
internal readonly record struct RunFilter(string? Job = null, DateOnly? Since = null, DateOnly? Until = null, RunStatus? Status = null, int? ExitCode = null);

/// <summary>Which occurrences are wanted; what is left out lets any through.</summary>
/// <param name="Since">First local date.</param>
/// <param name="Until">Last local date, inclusive.</param>
internal readonly record struct OccurrenceFilter(string? Series = null, DateOnly? Since = null, DateOnly? Until = null, OccurrenceState? State = null, int? ExitCode = null);

/// <summary>Lists by their owner alone.</summary>
internal static class OwnedLists
{
    /// <param name="job">Null: all.</param>
    public static Task<IReadOnlyList<RunRow>> ListRunsAsync(this IStore store, string? job, int take, CancellationToken cancel) => store.ListRunsAsync(new RunFilter(job), take, cancel);

    /// <param name="series">Null: all.</param>
    public static Task<IReadOnlyList<OccurrenceRow>> ListOccurrencesAsync(this IStore store, string? series, int take, CancellationToken cancel) => store.ListOccurrencesAsync(new OccurrenceFilter(series), take, cancel);
}
