using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Http;

namespace BatchSync.Sources.Rest;

/// <summary>
/// The rule for the next page, as functions of the rule, the place and the page; the base URL is <c>https://a.example/v1</c> and the path <c>/rows</c>:
/// <list type="table">
/// <item><term>none</term><description><c>{"rows":[..]}</c>: one page is all.</description></item>
/// <item><term>cursor (path <c>meta.next</c>, parameter <c>after</c>)</term>
/// <description><c>{"rows":[..],"meta":{"next":"eyJ9"}}</c> leads to <c>https://a.example/v1/rows?after=eyJ9</c>; null, empty or absent ends.</description></item>
/// <item><term>link (path <c>links.next</c>)</term>
/// <description><c>{"rows":[..],"links":{"next":"https://a.example/v1/rows?page=2"}}</c> leads there; without a path the header
/// <c>Link: &lt;/v1/rows?page=2&gt;; rel="next"</c> leads to <c>https://a.example/v1/rows?page=2</c>. Another scheme, host or port is refused.</description></item>
/// <item><term>page (parameter <c>p</c>, first 1, size parameter <c>n</c>, size 100)</term>
/// <description><c>{"rows":[100 rows]}</c> from <c>?p=1&amp;n=100</c> leads to <c>?p=2&amp;n=100</c>; ends at the stated number of pages, else at the stated
/// total, else at a page of fewer rows than the size.</description></item>
/// <item><term>offset (parameter <c>offset</c>, limit parameter <c>limit</c>, limit 100)</term>
/// <description><c>{"rows":[100 rows],"total_count":250}</c> from <c>?offset=0&amp;limit=100</c> leads to <c>?offset=100&amp;limit=100</c>. It goes on by the
/// rows that came, not by the limit, so a server that gives fewer than asked loses nothing. Rows that come or go meanwhile shift the rest,
/// so it cannot be resumed.</description></item>
/// </list>
/// </summary>
internal static class Paginator
{
    /// <summary>Where to begin: at the text of an earlier <see cref="ResumeText"/>, or at the start where there is none or the rule cannot use it.</summary>
    public static PagePlace Begin(Pagination rule, string? resumeCursor) => rule switch
    {
        Pagination.Cursor when !string.IsNullOrEmpty(resumeCursor) => new PagePlace(resumeCursor, 1, 0),
        Pagination.Link when resumeCursor is ['/', ..] => new PagePlace(resumeCursor, 1, 0),
        Pagination.Page page => NumberedPlace(resumeCursor) ?? PagePlace.Start(page.First),
        _ => PagePlace.Start(1),
    };

    /// <summary>What a later run needs to go on at a place; null where the rule cannot resume.</summary>
    public static string? ResumeText(Pagination rule, PagePlace place) => rule switch
    {
        Pagination.Cursor or Pagination.Link => place.Cursor,
        Pagination.Page => string.Create(CultureInfo.InvariantCulture, $"{place.Number}:{place.RowsBefore}"),
        _ => null,
    };

    /// <summary>The query parameters that ask for the page at a place.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Parameters(Pagination rule, PagePlace place)
    {
        switch (rule)
        {
            case Pagination.Cursor cursor when place.Cursor is not null:
                yield return new(cursor.Parameter, place.Cursor);
                break;
            case Pagination.Page page:
                yield return new(page.Parameter, Invariant(place.Number));
                if (page.SizeParameter is not null) yield return new(page.SizeParameter, Invariant(page.Size));
                break;
            case Pagination.Offset offset:
                yield return new(offset.Parameter, Invariant(place.RowsBefore));
                yield return new(offset.LimitParameter, Invariant(offset.Limit));
                break;
        }
    }

    /// <summary>The place after a page; null where the set ends with it.</summary>
    /// <param name="url">Where the page came from: links may be relative to it.</param>
    /// <param name="linkHeader">The Link header of the answer; null: none.</param>
    /// <exception cref="UnreadablePageException">The page does not say what the rule needs, or ends before the total that it states.</exception>
    /// <exception cref="OutsideException">A link leads to another scheme, host or port.</exception>
    public static PagePlace? Next(StreamDefinition stream, PagePlace here, ParsedPage page, Uri url, string? linkHeader)
    {
        var after = here with { Number = here.Number + 1, RowsBefore = here.RowsBefore + page.Rows };
        return stream.Pagination switch
        {
            Pagination.Cursor => page.Next is null ? null : after with { Cursor = page.Next },
            Pagination.Link link => (link.Path is null ? LinkHeader.Next(linkHeader) : page.Next) is { } next
                ? after with { Cursor = ApiAddress.Follow(url, next).PathAndQuery } : null,
            Pagination.Page { TotalPages: { } path } numbered => after.Number - numbered.First >= Stated(page.StatedPages, path) ? null : after,
            Pagination.Page numbered => IsLast(stream, after, page, numbered.Size) ? null : after,
            Pagination.Offset offset => IsLast(stream, after, page, offset.Limit) ? null : after,
            _ => null,
        };
    }

    private static bool IsLast(StreamDefinition stream, PagePlace after, ParsedPage page, int size)
    {
        if (stream.StatedTotal is null) return page.Rows == 0 || page.Rows < size;
        var total = Stated(page.StatedTotal, stream.StatedTotal);
        if (after.RowsBefore >= total) return true;
        return page.Rows > 0 ? false : throw new UnreadablePageException(
            $"the source states {total} rows but the pages ended after {after.RowsBefore}: rows were removed while they were read. Run again, it starts from the first page");
    }

    private static long Stated(long? count, string path) =>
        count ?? throw new UnreadablePageException($"there is no '{path}', where the connector says the source states how much there is");

    private static PagePlace? NumberedPlace(string? text)
    {
        var parts = text?.Split(':');
        if (parts is not [var number, var rows]) return null;
        var isPlace = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            & long.TryParse(rows, NumberStyles.None, CultureInfo.InvariantCulture, out var before);
        return isPlace ? new PagePlace(null, n, before) : null;
    }

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);
}
