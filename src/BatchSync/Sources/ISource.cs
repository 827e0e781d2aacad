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

    /// <summary>What the source can do for a stream.</summary>
    StreamTraits TraitsOf(StreamKind stream);

    /// <summary>The pages of one page set, in order, from the start or from a page's <see cref="SourcePage.NextCursor"/>.</summary>
    /// <exception cref="Http.OutsideException">A page cannot be had, is not what the connector says, repeats, or never ends.</exception>
    IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, CancellationToken cancel);

    /// <summary>Whether the source has a record, asked for by its id. Only where <see cref="StreamTraits.FindsById"/>.</summary>
    /// <exception cref="Http.OutsideException">It does not say so plainly: only "there is none" is a no.</exception>
    Task<bool> HasAsync(StreamKind stream, string id, CancellationToken cancel);
}

/// <summary>What a source can do for one stream.</summary>
/// <param name="ReadsOnlyChanges">Whether a reading with <see cref="PageSetRequest.ModifiedSince"/> leaves unchanged records out; else every reading is a full one.</param>
internal sealed record StreamTraits(bool ReadsOnlyChanges)
{
    /// <summary>Whether a full reading shows every record that there is, so that one it does not show may be gone.</summary>
    public bool ShowsAll { get; init; }

    /// <summary>Whether it can be asked for one record by its id.</summary>
    public bool FindsById { get; init; }

    /// <summary>Whether it lists what was deleted.</summary>
    public bool TellsDeletions { get; init; }
}

/// <summary>What to read in one go.</summary>
/// <param name="ModifiedSince">Only records changed since then (UTC); null: all.</param>
/// <param name="FromDate">First service date, inclusive; null: no bound. Sent only where the connector names a parameter for it.</param>
/// <param name="ToDate">Last service date, inclusive; null: no bound.</param>
/// <param name="ResumeCursor">Null: from the first page.</param>
internal sealed record PageSetRequest(StreamKind Stream, DateTimeOffset? ModifiedSince, DateOnly? FromDate, DateOnly? ToDate, string? ResumeCursor)
{
    /// <summary>Whether the source's list of deleted records is read instead of the records: each has its id, when it was deleted, and nothing else.</summary>
    public bool OfDeletions { get; init; }
}

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
