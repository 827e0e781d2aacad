using System.Data.Common;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using BatchSync.Core.Billing;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record PageSetFields(
        long PageSetNo, string Series, string Stream, long RunNo, string? ModifiedSince, string? FromDate, string? ToDate, string UpperBound, string? ResumeAt, long Pages, string Purpose)
    {
        public const string Columns = "page_set AS PageSetNo, series AS Series, stream AS Stream, run_no AS RunNo, modified_since AS ModifiedSince, from_date AS FromDate, to_date AS ToDate, upper_bound AS UpperBound, \"cursor\" AS ResumeAt, pages AS Pages, purpose AS Purpose";

        public PageSet PageSet => new(
            PageSetNo,
            new PageSetStart(
                Series, StreamNames.Parse(Stream), RunNo, StoreText.InstantOrNull(ModifiedSince), StoreText.DateOrNull(FromDate), StoreText.DateOrNull(ToDate), StoreText.InstantOf(UpperBound))
            {
                Purpose = StoreText.PageSetPurposeOf(Purpose),
            },
            ResumeAt,
            (int)Pages);
    }

    public Task<PageSet?> FindOpenPageSetAsync(string series, StreamKind stream, PageSetPurpose purpose, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingleOrDefault<PageSetFields>(
            $"SELECT {PageSetFields.Columns} FROM page_sets WHERE series = @series AND stream = @stream AND purpose = @purpose AND state = 'open'",
            new { series, stream = StreamText(stream), purpose = StoreText.Of(purpose) })?.PageSet,
        cancel);

    public Task<PageSet> BeginPageSetAsync(Lease lease, PageSetStart start, CancellationToken cancel) => WriteAsync(
        lease,
        session => new PageSet(
            session.Insert(
                """
                INSERT INTO page_sets (series, stream, run_no, purpose, modified_since, from_date, to_date, upper_bound, state, started_at)
                VALUES (@Series, @stream, @RunNo, @purpose, @since, @from, @to, @bound, 'open', @Now)
                """,
                new
                {
                    start.Series, stream = StreamText(start.Stream), start.RunNo, purpose = StoreText.Of(start.Purpose), since = StoreText.Of(start.ModifiedSince), from = StoreText.Of(start.FromDate),
                    to = StoreText.Of(start.ToDate), bound = StoreText.Of(start.UpperBound), Now,
                }),
            start,
            null,
            0),
        cancel);

    public Task AbandonPageSetAsync(Lease lease, PageSet set, CancellationToken cancel) => WriteAsync(
        lease,
        session => { session.Execute("UPDATE page_sets SET state = 'abandoned', ended_at = @Now WHERE page_set = @PageSetNo", new { set.PageSetNo, Now }); },
        cancel);

    public Task<StageCounts> StagePageAsync(Lease lease, PageSet set, StagedPage page, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var pageHash = page.Body.Hash;
            SavePage(session, set, page, pageHash);
            var counts = Stage(session, set, pageHash, page.Records);
            if (page.IsLast && EndPageSet(session, set) && set.Start is { Purpose: PageSetPurpose.Records, ModifiedSince: null, FromDate: null, ToDate: null }) counts += EndUnnamed(session, set, pageHash);
            return counts;
        },
        cancel);

    /// <summary>
    /// Ends records of the stream that a full reading did not show again and that had no id of their own: a row that was mended at
    /// the source got its id, and the broken one must not stay rejected for ever. Records with ids are never ended by their absence.
    /// </summary>
    private StageCounts EndUnnamed(SqlSession session, PageSet set, string pageHash)
    {
        var ids = session.Query<string>(
            """
            SELECT source_id FROM records WHERE series = @Series AND stream = @stream AND seen_in <> @PageSetNo AND is_current = 1 AND deleted = 0
              AND (faults LIKE '%"Field":"id"%' OR faults LIKE '%"Field":"row"%')
            """,
            new { set.Start.Series, stream = StreamText(set.Start.Stream), set.PageSetNo }).ToList();
        return Stage(session, set, pageHash, [.. ids.Select(id => HashedRecord.Of(new SourceRecord { Stream = set.Start.Stream, Id = id, Deleted = true }))]);
    }

    private StageCounts Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<HashedRecord> records)
    {
        if (records.Count == 0) return default;
        var staged = _dialect.Stage(session, set, pageHash, records);
        foreach (var (kind, from) in staged.Touched) Touch(session, set.Start.Series, kind, from);
        return staged.Counts;
    }

    private void SavePage(SqlSession session, PageSet set, StagedPage page, string pageHash)
    {
        if (session.QuerySingle<long>("SELECT COUNT(*) FROM raw_pages WHERE content_hash = @pageHash", new { pageHash }) == 0)
        {
            session.Execute(
                "INSERT INTO raw_pages (content_hash, body, length, first_seen_at) VALUES (@pageHash, @body, @Length, @Now)",
                new { pageHash, body = page.Body.Packed, page.Body.Length, Now });
        }
        else KeepAgain(session, page, pageHash);

        session.Execute(
            """
            INSERT INTO pages (page_set, page_no, content_hash, location, received_at, records, left_out)
            SELECT @PageSetNo, COUNT(*) + 1, @pageHash, @Location, @Now, @records, @LeftOut FROM pages WHERE page_set = @PageSetNo
            """,
            new { set.PageSetNo, pageHash, page.Location, Now, records = page.Records.Count, page.LeftOut });
        // The largest total that was ever stated: one that falls while pages are read says that rows moved, and one of them may have been left out.
        session.Execute(
            "UPDATE page_sets SET \"cursor\" = @Cursor, pages = pages + 1, stated_total = CASE WHEN stated_total > @StatedTotal THEN stated_total ELSE COALESCE(@StatedTotal, stated_total) END, left_out = left_out + @LeftOut WHERE page_set = @PageSetNo",
            new { set.PageSetNo, page.Cursor, page.StatedTotal, page.LeftOut });
    }

    // A set that holds fewer records than the source says there are has missed some: the next reading must begin where this one did.
    private bool EndPageSet(SqlSession session, PageSet set)
    {
        var start = set.Start;
        session.Execute(
            """
            UPDATE page_sets SET state = 'complete', ended_at = @Now,
                distinct_records = (SELECT CAST(COUNT(*) AS bigint) FROM records WHERE seen_in = @PageSetNo AND is_current = 1) WHERE page_set = @PageSetNo
            """,
            new { set.PageSetNo, Now });
        var isWhole = start.Purpose == PageSetPurpose.Deletions || session.QuerySingle<long>(
            "SELECT CAST(CASE WHEN distinct_records + left_out < stated_total THEN 0 ELSE 1 END AS bigint) FROM page_sets WHERE page_set = @PageSetNo", new { set.PageSetNo }) == 1;
        if (!isWhole || WatermarkOf(start) is not { } watermark) return isWhole;
        session.Save(
            "UPDATE watermarks SET modified_through = @bound, page_set = @PageSetNo WHERE series = @Series AND stream = @watermark",
            "INSERT INTO watermarks (series, stream, modified_through, page_set) VALUES (@Series, @watermark, @bound, @PageSetNo)",
            new { start.Series, watermark, bound = StoreText.Of(start.UpperBound), set.PageSetNo });
        return true;
    }

    public Task<DateTimeOffset?> FindWatermarkAsync(string series, StreamKind stream, CancellationToken cancel) => ReadAsync(
        session => StoreText.InstantOrNull(session.QuerySingleOrDefault<string>("SELECT modified_through FROM watermarks WHERE series = @series AND stream = @stream", new { series, stream = StreamText(stream) })),
        cancel);

    public Task<IReadOnlyList<WatermarkRow>> ListWatermarksAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<WatermarkRow>>(
        session => [.. session.Query<(string Series, string Stream, string Through)>("SELECT series, stream, modified_through FROM watermarks ORDER BY series, stream")
            .Select(w => new WatermarkRow(w.Series, w.Stream, StoreText.InstantOf(w.Through)))],
        cancel);

    public Task<IReadOnlyList<SourceCount>> ListSourceCountsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<SourceCount>>(
        session => [.. session.Query<(string Stream, long? Stated, long? Read, long LeftOut)>(
            """
            SELECT stream, stated_total, distinct_records, left_out FROM page_sets
            WHERE page_set IN (SELECT MAX(page_set) FROM page_sets WHERE series = @series AND purpose = 'records' AND state = 'complete' GROUP BY stream)
            """,
            new { series }).Select(c => new SourceCount(StreamNames.Parse(c.Stream), c.Stated, c.Read ?? 0, c.LeftOut))],
        cancel);
}
