using System.Security.Cryptography;
using System.Text;
using BatchSync.Configuration;

namespace BatchSync.Sources.Rest;

/// <summary>
/// Stops a page set that goes round in circles, has no end or shifts under us. One instance watches one reading of a set; it keeps hashes,
/// not pages.
/// </summary>
/// <param name="pagesPerSet">The limit of the job.</param>
internal sealed class PageGuards(StreamDefinition stream, int pagesPerSet)
{
    private readonly HashSet<UInt128> _cursorsSeen = [];
    private UInt128? _bodyBefore;
    private long? _totalBefore;
    private int _pages;

    /// <summary>Looks at a page that came.</summary>
    /// <exception cref="UnreadablePageException">It is the page before once more, or the stated total moved under offsets.</exception>
    public void Check(ReadOnlyMemory<byte> body, ParsedPage page)
    {
        _pages++;
        var hash = HashOf(body.Span);
        if (page.Rows > 0 && hash == _bodyBefore)
            throw new UnreadablePageException("it is byte for byte the page before it, so the source ignores the paging parameters: check the paginator of the connector");
        _bodyBefore = hash;
        if (stream.Pagination is Pagination.Offset && _totalBefore is { } before && page.StatedTotal != before)
            throw new UnreadablePageException(
                $"the source stated {before} rows and now {page.StatedTotal}: rows were added or removed while they were read, so offsets no longer fit. Run again, it starts from the first page");
        _totalBefore = page.StatedTotal;
    }

    /// <summary>Looks at where the next page would be.</summary>
    /// <exception cref="UnreadablePageException">We have been there, or have read as many pages as the job allows.</exception>
    public void Check(PagePlace next)
    {
        if (next.Cursor is not null && !_cursorsSeen.Add(HashOf(Encoding.UTF8.GetBytes(next.Cursor))))
            throw new UnreadablePageException("it leads to a next page that was read already, so the set would never end: check the paginator of the connector");
        if (_pages >= pagesPerSet)
            throw new UnreadablePageException(
                $"the set goes on after {_pages} pages, which is the job's limit. If the source really has more, raise limits.pagesPerSet, else check the paginator of the connector");
    }

    private static UInt128 HashOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
