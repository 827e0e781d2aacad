using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    /// <summary>The name of the watermark that a set moves when it ends; null: none, since it is cut by service dates or no reading.</summary>
    private static string? WatermarkOf(PageSetStart start) => start switch
    {
        { Purpose: PageSetPurpose.Records, FromDate: null, ToDate: null } => StreamText(start.Stream),
        { Purpose: PageSetPurpose.Deletions } => DeletionsWatermark(start.Stream),
        _ => null,
    };

    private static string DeletionsWatermark(StreamKind stream) => StreamText(stream) + ".deletions";

    public Task<DateTimeOffset?> FindDeletionsWatermarkAsync(string series, StreamKind stream, CancellationToken cancel) => ReadAsync(
        session => StoreText.InstantOrNull(session.QuerySingleOrDefault<string>(
            "SELECT modified_through FROM watermarks WHERE series = @series AND stream = @watermark", new { series, watermark = DeletionsWatermark(stream) })),
        cancel);

    public Task<CompleteReading?> FindCompleteReadingAsync(string series, StreamKind stream, long runNo, CancellationToken cancel) => ReadAsync(
        session => session.Query<(long PageSetNo, long? Stated, long? Read, long LeftOut)>(
            """
            SELECT page_set, stated_total, distinct_records, left_out FROM page_sets
            WHERE page_set = (SELECT MAX(page_set) FROM page_sets WHERE series = @series AND stream = @stream AND run_no = @runNo AND state = 'complete' AND modified_since IS NULL
                              AND (purpose = 'window' OR (purpose = 'records' AND from_date IS NULL AND to_date IS NULL)))
            """,
            new { series, stream = StreamText(stream), runNo })
            .Select(r => new CompleteReading(r.PageSetNo, new SourceCount(stream, r.Stated, r.Read ?? 0, r.LeftOut))).SingleOrDefault(),
        cancel);

    // A record whose row had no id got one from its content: the next full reading ends it, and nobody can be asked for it.
    public Task<IReadOnlyList<MissingRecord>> ListMissingAsync(string series, StreamKind stream, CompleteReading reading, DateOnly first, DateOnly last, CancellationToken cancel) => ReadAsync<IReadOnlyList<MissingRecord>>(
        session =>
        {
            var missed = session.Query<string>(
                """
                SELECT m.source_id FROM missing_records m JOIN page_sets p ON p.page_set = @PageSetNo
                JOIN records r ON r.series = m.series AND r.stream = m.stream AND r.source_id = m.source_id AND r.is_current = 1 AND r.seen_in < m.page_set
                WHERE m.series = @series AND m.stream = @stream AND m.run_no <> p.run_no
                """,
                new { reading.PageSetNo, series, stream = StreamText(stream) }).ToHashSet(StringComparer.Ordinal);
            return [.. QueryRecords(
                session,
                $"""
                SELECT {RecordColumns} FROM records r
                WHERE r.series = @series AND r.stream = @stream AND r.is_current = 1 AND r.deleted = 0 AND r.seen_in < @reading
                  AND COALESCE(r.service_date, SUBSTRING(r.start_at, 1, 10)) BETWEEN @first AND @last
                  AND r.faults NOT LIKE '%"Field":"id"%' AND r.faults NOT LIKE '%"Field":"row"%'
                ORDER BY r.source_id
                """,
                ("series", series), ("stream", StreamText(stream)), ("reading", reading.PageSetNo), ("first", StoreText.Of(first)), ("last", StoreText.Of(last)))
                .Select(r => new MissingRecord(r.Record, missed.Contains(r.Record.Id)))];
        },
        cancel);

    public Task<string?> FindShownAsync(string series, StreamKind stream, CompleteReading reading, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingleOrDefault<string?>(
            """
            SELECT MIN(source_id) FROM records
            WHERE seen_in = @PageSetNo AND series = @series AND stream = @stream AND is_current = 1 AND deleted = 0 AND faults NOT LIKE '%"Field":"id"%' AND faults NOT LIKE '%"Field":"row"%'
            """,
            new { reading.PageSetNo, series, stream = StreamText(stream) }),
        cancel);

    public Task SaveMissingAsync(Lease lease, StreamKind stream, long runNo, CompleteReading reading, IReadOnlyList<MissingRecord> missing, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var of = new { lease.Name, stream = StreamText(stream) };
            var known = session.Query<string>("SELECT source_id FROM missing_records WHERE series = @Name AND stream = @stream", of).ToHashSet(StringComparer.Ordinal);
            var kept = missing.Where(m => m.MissedBefore).Select(m => m.Record.Id);
            foreach (var id in known.Except(kept, StringComparer.Ordinal))
                session.Execute("DELETE FROM missing_records WHERE series = @Name AND stream = @stream AND source_id = @id", new { of.Name, of.stream, id });
            foreach (var record in missing.Where(m => !m.MissedBefore).Select(m => m.Record))
            {
                session.Execute(
                    "INSERT INTO missing_records (series, stream, source_id, run_no, page_set, missed_at) VALUES (@Name, @stream, @Id, @runNo, @PageSetNo, @Now)",
                    new { of.Name, of.stream, record.Id, runNo, reading.PageSetNo, Now });
            }
        },
        cancel);
}
