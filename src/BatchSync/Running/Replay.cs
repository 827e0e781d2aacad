using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What stored pages make when they are read again, against what the store holds.</summary>
/// <param name="Mapping">The rules that billed it again.</param>
/// <param name="AsOf">The instant against which periods were open or closed.</param>
internal sealed record Replay(MappingName Mapping, DateTimeOffset AsOf, ReplayedPages Pages, ReplayedRecords Records, ReplayedBooks Books);

/// <param name="ContentHash">Of its file.</param>
internal sealed record MappingName(string Name, string Version, string ContentHash);

/// <summary>What was there to be read.</summary>
/// <param name="Sets">Page sets with at least one page.</param>
/// <param name="NotKept">Pages whose bytes were given up (<c>source.keepRawPages</c>).</param>
/// <param name="Unreadable">Pages that the connector does not fit, each with why.</param>
/// <param name="First">When the first page that is still kept was received; null where none is.</param>
/// <param name="RebuildsFrom">From when on all that a source said is rebuilt; null: from nowhere on.</param>
/// <param name="RunsReadByNow">Runs whose pages were read by the configuration of now, because that of then is not known.</param>
internal sealed record ReplayedPages(
    int Sets, int Pages, int NotKept, IReadOnlyList<string> Unreadable, DateTimeOffset? First, DateTimeOffset? RebuildsFrom, IReadOnlyList<long> RunsReadByNow)
{
    public bool IsWhole => NotKept == 0 && Unreadable.Count == 0;
}

/// <summary>Records by content.</summary>
/// <param name="Same">Versions that are in the store and in the replay.</param>
/// <param name="NotRebuilt">Versions whose page is not kept, and that no later page brought again.</param>
/// <param name="Differences">In the order of stream and id.</param>
internal sealed record ReplayedRecords(long Same, long NotRebuilt, IReadOnlyList<RecordDifference> Differences);

internal sealed record RecordDifference(RecordName Record, string What);

/// <summary>Money by document key and record.</summary>
/// <param name="Compared">Records that either is billed for.</param>
/// <param name="Differences">In the order of key, stream and id.</param>
/// <param name="NotRebuilt">What is on the books of records that no page is kept of.</param>
internal sealed record ReplayedBooks(int Compared, IReadOnlyList<RecordMoney> Differences, IReadOnlyList<RecordMoney> NotRebuilt);

/// <param name="Posted">With the sign of the books.</param>
internal sealed record RecordMoney(DocumentKey Key, RecordName Record, BookedMoney Posted, BookedMoney Replayed)
{
    public BookedMoney Difference => Replayed - Posted;
}
