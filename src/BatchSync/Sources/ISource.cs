using BatchSync.Core.Sources;

namespace BatchSync.Sources;

/// <summary>Where data comes from: one account of one API, or a folder of exports.</summary>
internal interface ISource
{
    /// <summary>
    /// One call that must succeed before anything the source says is believed, above all that there is nothing. A source
    /// without a probe (files) checks that it can be read.
    /// </summary>
    /// <exception cref="Http.OutsideException">It cannot be reached or refuses us.</exception>
    Task ProbeAsync(CancellationToken cancel);

    /// <summary>Whether a reading with <see cref="PageSetRequest.ModifiedSince"/> leaves unchanged records of the stream out; else every reading is a full one.</summary>
    bool ReadsOnlyChanges(StreamKind stream);

    /// <summary>The pages of one page set, in order, from the start or from a page's <see cref="SourcePage.NextCursor"/>.</summary>
    /// <exception cref="Http.OutsideException">A page cannot be had, is not what the connector says, repeats, or never ends.</exception>
    IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, CancellationToken cancel);
}

/// <summary>What to read in one go.</summary>
/// <param name="ModifiedSince">Only records changed since then (UTC); null: all.</param>
/// <param name="FromDate">First service date, inclusive; null: no bound. Sent only where the connector names a parameter for it.</param>
/// <param name="ToDate">Last service date, inclusive; null: no bound.</param>
/// <param name="ResumeCursor">Null: from the first page.</param>
internal sealed record PageSetRequest(StreamKind Stream, DateTimeOffset? ModifiedSince, DateOnly? FromDate, DateOnly? ToDate, string? ResumeCursor);

/// <summary>One page as received and as read.</summary>
/// <param name="Number">From 1 within this reading of the set.</param>
/// <param name="Location">The URL or file it came from, without secrets.</param>
/// <param name="Body">The bytes as received, decompressed.</param>
/// <param name="NextCursor">From where a later run may go on; null where this is the last page or the paginator cannot resume.</param>
/// <param name="IsLast">Whether the set ends here.</param>
/// <param name="StatedTotal">The number of records in the whole set as the source states it; null where it states none.</param>
/// <param name="LeftOut">Rows of the page that the stream's <c>where</c> says belong to another stream; counted, never lost.</param>
internal sealed record SourcePage(
    int Number, string Location, ReadOnlyMemory<byte> Body, IReadOnlyList<SourceRecord> Records, string? NextCursor, bool IsLast, long? StatedTotal, int LeftOut);
