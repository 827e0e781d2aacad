using System.IO.Compression;
using BatchSync.Core.Sources;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

internal sealed partial class SqliteStore
{
    /// <summary>One transaction takes at most this many pages, so that nobody waits long for the store.</summary>
    private const int PagesPerPrune = 500;

    // In the order in which they were staged: a stream has one open page set at a time.
    public IAsyncEnumerable<StoredPage> ReadPagesAsync(string series, CancellationToken cancel) => StreamAsync(
        """
        SELECT s.page_set, s.stream, s.run_no, s.modified_since, s.from_date, s.to_date, s.upper_bound, p.page_no,
               CASE WHEN s.state = 'complete' AND p.page_no = s.pages THEN 1 ELSE 0 END, p.content_hash, p.location, p.received_at,
               CASE WHEN b.pruned_at IS NULL THEN b.body END
        FROM pages p JOIN page_sets s ON s.page_set = p.page_set JOIN raw_pages b ON b.content_hash = p.content_hash
        WHERE s.series = @series ORDER BY s.page_set, p.page_no
        """,
        [("@series", series)],
        row => new StoredPage(row.GetInt64(0), ReadSetStart(row, series), row.GetInt64(7), row.GetInt64(8) != 0, row.GetString(9), row.GetString(10), StoreText.InstantOf(row.GetString(11)), row.IsDBNull(12) ? null : Decompressed((byte[])row.GetValue(12))),
        cancel);

    private static PageSetStart ReadSetStart(SqliteDataReader row, string series)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        return new PageSetStart(
            series, StreamNames.Parse(row.GetString(1)), row.GetInt64(2), StoreText.InstantOrNull(Text(3)), StoreText.DateOrNull(Text(4)), StoreText.DateOrNull(Text(5)), StoreText.InstantOf(row.GetString(6)));
    }

    public IAsyncEnumerable<RecordVersion> ReadVersionsAsync(string series, CancellationToken cancel) => StreamAsync(
        """
        SELECT r.stream, r.source_id, r.version, r.content_hash, CASE WHEN b.content_hash IS NULL OR b.pruned_at IS NOT NULL THEN 0 ELSE 1 END
        FROM records r LEFT JOIN raw_pages b ON b.content_hash = r.page_hash
        WHERE r.series = @series ORDER BY r.stream, r.source_id, r.version
        """,
        [("@series", series)],
        row => new RecordVersion(StreamNames.Parse(row.GetString(0)), row.GetString(1), (int)row.GetInt64(2), row.GetString(3), row.GetInt64(4) != 0),
        cancel);

    // A length has no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record PrunedPage
    {
        public string ContentHash { get; init; } = "";
        public long Bytes { get; init; }
    }

    public Task<PrunedPages> PruneRawPagesAsync(Lease lease, DateTimeOffset before, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            var connection = transaction.Connection!;
            var scope = new { lease.Name, before = StoreText.Of(before) };
            var old = connection.Query<PrunedPage>(
                """
                SELECT b.content_hash AS ContentHash, LENGTH(b.body) AS Bytes FROM raw_pages b
                WHERE b.pruned_at IS NULL AND b.first_seen_at < @before
                  AND EXISTS (SELECT 1 FROM pages p JOIN page_sets s ON s.page_set = p.page_set WHERE p.content_hash = b.content_hash AND s.series = @Name)
                  AND NOT EXISTS (SELECT 1 FROM pages p JOIN page_sets s ON s.page_set = p.page_set WHERE p.content_hash = b.content_hash AND (s.series <> @Name OR s.state = 'open' OR p.received_at >= @before))
                ORDER BY b.first_seen_at, b.content_hash
                """,
                scope,
                transaction,
                buffered: false).Take(PagesPerPrune).ToList();
            foreach (var page in old)
                connection.Execute("UPDATE raw_pages SET body = @body, pruned_at = @Now WHERE content_hash = @ContentHash", new { body = Array.Empty<byte>(), Now, page.ContentHash }, transaction);
            var pruned = new PrunedPages(old.Count, old.Sum(p => p.Bytes));
            if (old.Count > 0) Append(transaction, [OfRun(transaction, lease.Name, "prune raw pages", FormattableString.Invariant($"{pruned.Pages} pages received before {scope.before}"))]);
            return pruned;
        },
        cancel);

    // A page whose bytes were given up came again: they are kept again.
    private static void KeepAgain(SqliteTransaction transaction, StagedPage page, string pageHash)
    {
        if (transaction.Connection!.QuerySingle<long>("SELECT COUNT(*) FROM raw_pages WHERE content_hash = @pageHash AND pruned_at IS NOT NULL", new { pageHash }, transaction) == 0) return;
        transaction.Connection!.Execute("UPDATE raw_pages SET body = @body, pruned_at = NULL WHERE content_hash = @pageHash", new { body = Compressed(page.Body), pageHash }, transaction);
    }

    private static byte[] Decompressed(byte[] body)
    {
        using var brotli = new BrotliStream(new MemoryStream(body), CompressionMode.Decompress);
        using var target = new MemoryStream();
        brotli.CopyTo(target);
        return target.ToArray();
    }
}
