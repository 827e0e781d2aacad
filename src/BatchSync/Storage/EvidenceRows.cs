using BatchSync.Core.Sources;

namespace BatchSync.Storage;

/// <summary>The proof of a run as it first went out.</summary>
/// <param name="Failure">Why the run posted nothing; null where nothing stopped it.</param>
/// <param name="Audit">Where the trail stood when it was written.</param>
internal sealed record ReportRow(long RunNo, string SummaryHash, string DetailHash, string ExceptionsHash, long Rejections, string? Failure, AuditHead Audit)
{
    public IReadOnlyList<string> Hashes => [SummaryHash, DetailHash, ExceptionsHash];
}

/// <summary>A page as it was received.</summary>
/// <param name="SetNo">Of its page set.</param>
/// <param name="Number">Within its page set, from 1.</param>
/// <param name="IsLast">Whether its page set ended with it.</param>
/// <param name="Body">Null where it is not kept any more.</param>
internal sealed record StoredPage(long SetNo, PageSetStart Start, long Number, bool IsLast, string ContentHash, string Location, DateTimeOffset ReceivedAt, byte[]? Body);

/// <summary>A version of a record, by its content.</summary>
/// <param name="HasPage">Whether the page that brought it is still kept.</param>
internal sealed record RecordVersion(StreamKind Stream, string SourceId, int Version, string ContentHash, bool HasPage)
{
    public RecordName Name => new(Stream, SourceId);
}

/// <summary>What pages a prune took the bytes of.</summary>
internal sealed record PrunedPages(int Pages, long Bytes);

/// <summary>One thing that was verified of a store.</summary>
/// <param name="What">In a few words.</param>
/// <param name="Count">How many of them were looked at.</param>
/// <param name="Problems">Empty where all is well; not more than <see cref="MostProblems"/>, with how many there are in all in front.</param>
internal sealed record StoreCheck(string What, long Count, IReadOnlyList<string> Problems)
{
    public const int MostProblems = 20;

    public static StoreCheck Of(string what, long count, IReadOnlyCollection<string> problems) => new(
        what,
        count,
        problems.Count <= MostProblems ? [.. problems] : [FormattableString.Invariant($"{problems.Count} in all, the first {MostProblems}:"), .. problems.Take(MostProblems)]);
}
