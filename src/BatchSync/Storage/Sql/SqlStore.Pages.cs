using System.Data.Common;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    /// <summary>One transaction takes at most this many pages, so that nobody waits long for the store.</summary>
    private const int PagesPerPrune = 500;

    // In the order in which they were staged: a stream has one open page set of a purpose at a time.
    public IAsyncEnumerable<StoredPage> ReadPagesAsync(string series, CancellationToken cancel) => StreamAsync(
        """
        SELECT s.page_set, s.stream, s.run_no, s.modified_since, s.from_date, s.to_date, s.upper_bound, s.purpose, p.page_no,
               CAST(CASE WHEN s.state = 'complete' AND p.page_no = s.pages THEN 1 ELSE 0 END AS bigint), p.content_hash, p.location, p.received_at,
               CASE WHEN b.pruned_at IS NULL THEN b.body END
        FROM pages p JOIN page_sets s ON s.page_set = p.page_set JOIN raw_pages b ON b.content_hash = p.content_hash
        WHERE s.series = @series ORDER BY s.page_set, p.page_no
        """,
        [("series", series)],
        row => new StoredPage(row.Number(0), ReadSetStart(row, series), row.Number(8), row.Number(9) != 0, row.Text(10), row.Text(11), StoreText.InstantOf(row.Text(12)), row.IsNull(13) ? null : PackedPage.Unpack(row.Bytes(13))),
        cancel);

    private static PageSetStart ReadSetStart(ISqlRow row, string series)
    {
        string? Text(int column) => row.IsNull(column) ? null : row.Text(column);
        return new PageSetStart(
            series, StreamNames.Parse(row.Text(1)), row.Number(2), StoreText.InstantOrNull(Text(3)), StoreText.DateOrNull(Text(4)), StoreText.DateOrNull(Text(5)), StoreText.InstantOf(row.Text(6)))
        {
            Purpose = StoreText.PageSetPurposeOf(row.Text(7)),
        };
    }

    public IAsyncEnumerable<RecordVersion> ReadVersionsAsync(string series, CancellationToken cancel) => StreamAsync(
        """
        SELECT r.stream, r.source_id, r.version, r.content_hash, CAST(CASE WHEN b.content_hash IS NULL OR b.pruned_at IS NOT NULL THEN 0 ELSE 1 END AS bigint)
        FROM records r LEFT JOIN raw_pages b ON b.content_hash = r.page_hash
        WHERE r.series = @series ORDER BY r.stream, r.source_id, r.version
        """,
        [("series", series)],
        row => new RecordVersion(StreamNames.Parse(row.Text(0)), row.Text(1), (int)row.Number(2), row.Text(3), row.Number(4) != 0),
        cancel);

    private sealed record PrunedPage(string ContentHash, byte[] Body);

    public Task<PrunedPages> PruneRawPagesAsync(Lease lease, DateTimeOffset before, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var scope = new { lease.Name, before = StoreText.Of(before) };
            var old = session.Query<PrunedPage>(
                """
                SELECT b.content_hash AS ContentHash, b.body AS Body FROM raw_pages b
                WHERE b.pruned_at IS NULL AND b.first_seen_at < @before
                  AND EXISTS (SELECT 1 FROM pages p JOIN page_sets s ON s.page_set = p.page_set WHERE p.content_hash = b.content_hash AND s.series = @Name)
                  AND NOT EXISTS (SELECT 1 FROM pages p JOIN page_sets s ON s.page_set = p.page_set WHERE p.content_hash = b.content_hash AND (s.series <> @Name OR s.state = 'open' OR p.received_at >= @before))
                ORDER BY b.first_seen_at, b.content_hash LIMIT @take
                """,
                new { scope.Name, scope.before, take = PagesPerPrune }).ToList();
            foreach (var page in old)
                session.Execute("UPDATE raw_pages SET body = @body, pruned_at = @Now WHERE content_hash = @ContentHash", new { body = Array.Empty<byte>(), Now, page.ContentHash });
            var pruned = new PrunedPages(old.Count, old.Sum(p => (long)p.Body.Length));
            if (old.Count > 0) Append(session, [OfRun(session, lease.Name, "prune raw pages", FormattableString.Invariant($"{pruned.Pages} pages received before {scope.before}"))]);
            return pruned;
        },
        cancel);

    // A page whose bytes were given up came again: they are kept again.
    private static void KeepAgain(SqlSession session, StagedPage page, string pageHash)
    {
        if (session.QuerySingle<long>("SELECT CAST(COUNT(*) AS bigint) FROM raw_pages WHERE content_hash = @pageHash AND pruned_at IS NOT NULL", new { pageHash }) == 0) return;
        session.Execute("UPDATE raw_pages SET body = @body, pruned_at = NULL WHERE content_hash = @pageHash", new { body = page.Body.Packed, pageHash });
    }
}
