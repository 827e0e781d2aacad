using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using System.Data.Common;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    public Task<IReadOnlyList<DocumentRow>> FindDocumentsAsync(string name, CancellationToken cancel) =>
        ReadAsync(session => QueryDocuments(session, "d.reference = @name OR (o.destination_id = @name AND @name <> '')", new { name }), cancel);

    public Task<IReadOnlyList<string>> ListDocumentNamesAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<string>>(
        session => [.. session.Query<string>("SELECT reference FROM documents UNION SELECT destination_id FROM outbox WHERE destination_id <> '' ORDER BY 1")],
        cancel);

    public Task<IReadOnlyList<DocumentRow>> ListRelatedDocumentsAsync(long documentNo, CancellationToken cancel) => ReadAsync(
        session => QueryDocuments(
            session,
            """
            d.document_no <> @documentNo AND d.series = (SELECT m.series FROM documents m WHERE m.document_no = @documentNo)
              AND (d.corrects = (SELECT m.reference FROM documents m WHERE m.document_no = @documentNo)
                OR d.reference = (SELECT m.corrects FROM documents m WHERE m.document_no = @documentNo)
                OR d.document_no IN (SELECT s.document_no FROM line_shares mine JOIN line_shares s ON s.series = mine.series AND s.stream = mine.stream AND s.source_id = mine.source_id
                                     WHERE mine.document_no = @documentNo))
            """,
            new { documentNo }),
        cancel);

    public Task<IReadOnlyList<PostedShare>> ListPostedSharesOfDocumentAsync(long documentNo, CancellationToken cancel) =>
        ReadAsync(session => QueryShares(session, "s.document_no = @documentNo", ("documentNo", documentNo)), cancel);

    private sealed record PostingFields(string Reference, string CreatedAt, string State, string ChangedAt, string DestinationId, string Message, long Misses, string IdempotencyKey);

    private sealed record AttemptFields(
        long AttemptNo, long RunNo, string Destination, string Action, string IdempotencyKey, string StartedAt, string? EndedAt, string? Outcome, string? Message)
    {
        public AttemptRow Row => new(AttemptNo, RunNo, Destination, Action, IdempotencyKey, StoreText.InstantOf(StartedAt), StoreText.InstantOrNull(EndedAt), Outcome ?? "", Message ?? "");
    }

    public Task<PostingHistory> ReadPostingAsync(long documentNo, CancellationToken cancel) => ReadAsync(
        session =>
        {
            var row = session.QuerySingle<PostingFields>(
                """
                SELECT d.reference AS Reference, d.created_at AS CreatedAt, o.state AS State, o.changed_at AS ChangedAt, o.destination_id AS DestinationId, o.message AS Message, o.misses AS Misses,
                       o.idempotency_key AS IdempotencyKey
                FROM documents d JOIN outbox o ON o.document_no = d.document_no WHERE d.document_no = @documentNo
                """,
                new { documentNo });

            // An attempt names its documents when it ends; one that never did is known by its key.
            var attempts = session.Query<AttemptFields>(
                """
                SELECT a.attempt_no AS AttemptNo, a.run_no AS RunNo, a.destination AS Destination, a.action AS Action, a.idempotency_key AS IdempotencyKey, a.started_at AS StartedAt, a.ended_at AS EndedAt,
                       i.outcome AS Outcome, i.message AS Message
                FROM posting_attempts a LEFT JOIN attempt_items i ON i.attempt_no = a.attempt_no AND i.reference = @Reference
                WHERE i.reference IS NOT NULL OR (a.ended_at IS NULL AND a.idempotency_key = @IdempotencyKey AND @IdempotencyKey <> '') ORDER BY a.attempt_no
                """,
                row);
            return new PostingHistory(
                StoreText.InstantOf(row.CreatedAt), [.. attempts.Select(a => a.Row)], Enum.Parse<OutboxState>(row.State), StoreText.InstantOf(row.ChangedAt), row.DestinationId, row.Message, (int)row.Misses);
        },
        cancel);

    private static List<RecordOfSeries> QueryNames(SqlSession session, string where, object parameters) =>
    [
        .. session.Query<(string Series, string Stream, string SourceId)>(
            $"SELECT series, stream, source_id FROM records WHERE stream IN ('time_entries', 'expenses') AND version = 1 AND {where}", parameters)
            .Select(r => new RecordOfSeries(r.Series, new RecordName(StreamNames.Parse(r.Stream), r.SourceId))),
    ];

    public Task<IReadOnlyList<RecordOfSeries>> FindRecordsAsync(StreamKind? stream, string sourceId, CancellationToken cancel) => ReadAsync<IReadOnlyList<RecordOfSeries>>(
        session => QueryNames(
            session, "source_id = @sourceId AND (@stream IS NULL OR stream = @stream) ORDER BY series, stream DESC", new { sourceId, stream = stream is { } one ? StreamText(one) : null }),
        cancel);

    // The text is compared and not matched: a percent sign in it is a character.
    public Task<IReadOnlyList<RecordOfSeries>> FindRecordsLikeAsync(StreamKind? stream, string text, int take, CancellationToken cancel) => ReadAsync<IReadOnlyList<RecordOfSeries>>(
        session => QueryNames(
            session,
            "(@stream IS NULL OR stream = @stream) AND (SUBSTRING(source_id, 1, LENGTH(@text)) = @text OR SUBSTRING(source_id, LENGTH(source_id) - LENGTH(@text) + 1, LENGTH(@text)) = @text) ORDER BY LENGTH(source_id), source_id, series, stream LIMIT @take",
            new { stream = stream is { } one ? StreamText(one) : null, text, take }),
        cancel);

    // A version was brought by the first page of its content after its predecessor was last seen.
    public Task<IReadOnlyList<RecordReading>> ListVersionsAsync(string series, RecordName record, CancellationToken cancel) => ReadAsync<IReadOnlyList<RecordReading>>(
        session =>
        {
            var versions = session.All(
                $"""
                SELECT {RecordColumns}, b.bucket, b.reason, b.rules_hash, r.is_current, b.fault_field, b.fault_value, b.fault_rule, b.entity, b.client, b.currency, b.kind, b.period_kind, b.period_from, b.split,
                       b.local_date, p.location, p.page_no, t.run_no, p.received_at
                FROM records r
                LEFT JOIN buckets b ON b.record_no = r.record_no AND b.purpose = '{Purposes.Revenue}'
                LEFT JOIN records before ON before.series = r.series AND before.stream = r.stream AND before.source_id = r.source_id AND before.version = r.version - 1
                LEFT JOIN pages p ON p.content_hash = r.page_hash AND p.page_set = (SELECT MIN(q.page_set) FROM pages q JOIN page_sets m ON m.page_set = q.page_set
                    WHERE q.content_hash = r.page_hash AND m.series = r.series AND m.stream = r.stream AND q.page_set >= COALESCE(before.seen_in, 0))
                LEFT JOIN page_sets t ON t.page_set = p.page_set
                WHERE r.series = @series AND r.stream = @stream AND r.source_id = @id ORDER BY r.version, p.page_no
                """,
                ReadVersion,
                ("series", series), ("stream", StreamText(record.Stream)), ("id", record.SourceId));
            return [.. versions.DistinctBy(v => v.Stored.Version)];
        },
        cancel);

    private static RecordReading ReadVersion(ISqlRow row)
    {
        const int First = RecordColumnCount + 3;
        string Text(int column) => row.IsNull(First + column) ? "" : row.Text(First + column);
        var stored = ReadRecord(row);
        var fault = Text(1).Length == 0 ? null : new FieldFault(Text(1), Text(2), Text(3));
        var key = Text(5).Length == 0 || Text(6).Length == 0 || Text(9).Length == 0 ? null : new KeyFields(Text(4), Text(5), Text(6), Text(7), Text(8), Text(9), Text(10)).Key;
        var bucket = stored.Bucket is { } found ? new BucketOfRecord(found, fault, key, StoreText.DateOrNull(Text(11)), stored.RulesHash!) : null;
        var page = Text(12).Length == 0 ? null : new PageOfRecord(Text(12), row.Number(First + 13), row.Number(First + 14), StoreText.InstantOf(Text(15)));
        return new RecordReading(stored, row.Number(First) != 0, bucket, page);
    }

    public Task<IReadOnlyList<SeriesOfJob>> ListSeriesAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<SeriesOfJob>>(
        session => [.. session.Query<SeriesOfJob>("SELECT DISTINCT series AS Series, job AS Job FROM runs ORDER BY series, job")],
        cancel);

    private sealed record FileFields(string Path, string ContentHash, byte[] Content)
    {
        public ConfigurationFile File => new(Path, ContentHash, Content);
    }

    private const string Files = "SELECT f.path AS Path, f.content_hash AS ContentHash, c.content AS Content FROM run_files f JOIN configuration_files c ON c.content_hash = f.content_hash";

    public Task<IReadOnlyList<ConfigurationFile>> ListRunFilesAsync(long runNo, CancellationToken cancel) => ReadAsync<IReadOnlyList<ConfigurationFile>>(
        session => [.. session.Query<FileFields>($"{Files} WHERE f.run_no = @runNo ORDER BY f.path", new { runNo }).Select(f => f.File)],
        cancel);

    public Task<ConfigurationFile?> FindConfigurationFileAsync(string contentHash, CancellationToken cancel) => ReadAsync(
        session => session.QueryFirstOrDefault<FileFields>($"{Files} WHERE f.content_hash = @contentHash ORDER BY f.run_no DESC, f.path LIMIT 1", new { contentHash })?.File,
        cancel);
}
