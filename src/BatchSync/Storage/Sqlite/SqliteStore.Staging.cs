using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using BatchSync.Core.Billing;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

internal sealed partial class SqliteStore
{
    private sealed record PageSetFields(
        long PageSetNo, string Series, string Stream, long RunNo, string? ModifiedSince, string? FromDate, string? ToDate, string UpperBound, string? Cursor, long Pages, string Purpose)
    {
        public const string Columns = "page_set AS PageSetNo, series AS Series, stream AS Stream, run_no AS RunNo, modified_since AS ModifiedSince, from_date AS FromDate, to_date AS ToDate, upper_bound AS UpperBound, cursor AS Cursor, pages AS Pages, purpose AS Purpose";

        public PageSet PageSet => new(
            PageSetNo,
            new PageSetStart(
                Series, StreamNames.Parse(Stream), RunNo, StoreText.InstantOrNull(ModifiedSince), StoreText.DateOrNull(FromDate), StoreText.DateOrNull(ToDate), StoreText.InstantOf(UpperBound))
            {
                Purpose = StoreText.PageSetPurposeOf(Purpose),
            },
            Cursor,
            (int)Pages);
    }

    public Task<PageSet?> FindOpenPageSetAsync(string series, StreamKind stream, PageSetPurpose purpose, CancellationToken cancel) => ReadAsync(
        connection => connection.QuerySingleOrDefault<PageSetFields>(
            $"SELECT {PageSetFields.Columns} FROM page_sets WHERE series = @series AND stream = @stream AND purpose = @purpose AND state = 'open'",
            new { series, stream = StreamText(stream), purpose = StoreText.Of(purpose) })?.PageSet,
        cancel);

    public Task<PageSet> BeginPageSetAsync(Lease lease, PageSetStart start, CancellationToken cancel) => WriteAsync(
        lease,
        transaction => new PageSet(
            transaction.Connection!.QuerySingle<long>(
                """
                INSERT INTO page_sets (series, stream, run_no, purpose, modified_since, from_date, to_date, upper_bound, state, started_at)
                VALUES (@Series, @stream, @RunNo, @purpose, @since, @from, @to, @bound, 'open', @Now) RETURNING page_set
                """,
                new
                {
                    start.Series, stream = StreamText(start.Stream), start.RunNo, purpose = StoreText.Of(start.Purpose), since = StoreText.Of(start.ModifiedSince), from = StoreText.Of(start.FromDate),
                    to = StoreText.Of(start.ToDate), bound = StoreText.Of(start.UpperBound), Now,
                },
                transaction),
            start,
            null,
            0),
        cancel);

    public Task AbandonPageSetAsync(Lease lease, PageSet set, CancellationToken cancel) => WriteAsync(
        lease,
        transaction => { transaction.Connection!.Execute("UPDATE page_sets SET state = 'abandoned', ended_at = @Now WHERE page_set = @PageSetNo", new { set.PageSetNo, Now }, transaction); },
        cancel);

    public Task<StageCounts> StagePageAsync(Lease lease, PageSet set, StagedPage page, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            var pageHash = Convert.ToHexStringLower(SHA256.HashData(page.Body.Span));
            SavePage(transaction, set, page, pageHash);
            using var writer = new RecordWriter(transaction, set, pageHash);
            foreach (var record in page.Records) writer.Write(record);
            foreach (var (kind, from) in writer.Touched) Touch(transaction, set.Start.Series, kind, from);
            if (page.IsLast) EndPageSet(transaction, set, page);
            if (page.IsLast && set.Start is { Purpose: PageSetPurpose.Records, ModifiedSince: null, FromDate: null, ToDate: null }) writer.EndUnnamed();
            return writer.Counts;
        },
        cancel);

    private void SavePage(SqliteTransaction transaction, PageSet set, StagedPage page, string pageHash)
    {
        var connection = transaction.Connection!;
        if (connection.QuerySingle<long>("SELECT COUNT(*) FROM raw_pages WHERE content_hash = @pageHash", new { pageHash }, transaction) == 0)
        {
            connection.Execute(
                "INSERT INTO raw_pages (content_hash, body, length, first_seen_at) VALUES (@pageHash, @body, @Length, @Now)",
                new { pageHash, body = Compressed(page.Body), page.Body.Length, Now },
                transaction);
        }

        connection.Execute(
            """
            INSERT INTO pages (page_set, page_no, content_hash, location, received_at, records, left_out)
            SELECT @PageSetNo, COUNT(*) + 1, @pageHash, @Location, @Now, @records, @LeftOut FROM pages WHERE page_set = @PageSetNo
            """,
            new { set.PageSetNo, pageHash, page.Location, Now, records = page.Records.Count, page.LeftOut },
            transaction);
        connection.Execute(
            "UPDATE page_sets SET cursor = @Cursor, pages = pages + 1, stated_total = COALESCE(@StatedTotal, stated_total), left_out = left_out + @LeftOut WHERE page_set = @PageSetNo",
            new { set.PageSetNo, page.Cursor, page.StatedTotal, page.LeftOut },
            transaction);
    }

    private void EndPageSet(SqliteTransaction transaction, PageSet set, StagedPage page)
    {
        var connection = transaction.Connection!;
        var start = set.Start;
        connection.Execute(
            """
            UPDATE page_sets SET state = 'complete', ended_at = @Now,
                distinct_records = (SELECT COUNT(*) FROM records WHERE seen_in = @PageSetNo AND is_current = 1) WHERE page_set = @PageSetNo
            """,
            new { set.PageSetNo, Now },
            transaction);
        if (WatermarkOf(start) is not { } watermark) return;
        connection.Execute(
            """
            INSERT INTO watermarks (series, stream, modified_through, page_set) VALUES (@Series, @watermark, @bound, @PageSetNo)
            ON CONFLICT (series, stream) DO UPDATE SET modified_through = excluded.modified_through, page_set = excluded.page_set
            """,
            new { start.Series, watermark, bound = StoreText.Of(start.UpperBound), set.PageSetNo },
            transaction);
    }

    private static byte[] Compressed(ReadOnlyMemory<byte> body)
    {
        using var target = new MemoryStream();
        using (var brotli = new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true)) brotli.Write(body.Span);
        return target.ToArray();
    }

    public Task<DateTimeOffset?> FindWatermarkAsync(string series, StreamKind stream, CancellationToken cancel) => ReadAsync(
        connection => StoreText.InstantOrNull(connection.QuerySingleOrDefault<string>("SELECT modified_through FROM watermarks WHERE series = @series AND stream = @stream", new { series, stream = StreamText(stream) })),
        cancel);

    public Task<IReadOnlyList<WatermarkRow>> ListWatermarksAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<WatermarkRow>>(
        connection => [.. connection.Query<(string Series, string Stream, string Through)>("SELECT series, stream, modified_through FROM watermarks ORDER BY series, stream")
            .Select(w => new WatermarkRow(w.Series, w.Stream, StoreText.InstantOf(w.Through)))],
        cancel);

    public Task<IReadOnlyList<SourceCount>> ListSourceCountsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<SourceCount>>(
        connection => [.. connection.Query<(string Stream, long? Stated, long? Read, long LeftOut)>(
            """
            SELECT stream, stated_total, distinct_records, left_out FROM page_sets
            WHERE page_set IN (SELECT MAX(page_set) FROM page_sets WHERE series = @series AND purpose = 'records' AND state = 'complete' GROUP BY stream)
            """,
            new { series }).Select(c => new SourceCount(StreamNames.Parse(c.Stream), c.Stated, c.Read ?? 0, c.LeftOut))],
        cancel);
}

/// <summary>Stages the records of one page through prepared statements: new, changed (a new version), or seen again.</summary>
internal sealed class RecordWriter : IDisposable
{
    private static readonly string[] Columns =
    [
        "series", "stream", "source_id", "version", "is_current", "content_hash", "page_hash", "seen_in", "client_id", "client_name", "project_id", "project_name", "task_id", "task_name",
        "person_id", "person_name", "category_id", "category_name", "purchase_order", "service_date", "start_at", "seconds", "amount", "currency",
        "billable", "approved", "billed_elsewhere", "deleted", "notes", "modified_at", "name", "code", "active", "faults",
    ];

    private readonly PageSet _set;
    private readonly string _pageHash;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _seen;
    private readonly SqliteCommand _replace;
    private readonly SqliteCommand _supersede;
    private readonly SqliteCommand _unnamed;
    private readonly HashSet<(string Kind, string From)> _touched = [];

    public RecordWriter(SqliteTransaction transaction, PageSet set, string pageHash)
    {
        _set = set;
        _pageHash = pageHash;
        _find = transaction.Prepared("SELECT record_no, version, content_hash, deleted, modified_at FROM records WHERE series = $series AND stream = $stream AND source_id = $source_id ORDER BY version DESC LIMIT 1", "series", "stream", "source_id");
        _insert = transaction.Prepared($"INSERT INTO records ({string.Join(", ", Columns)}) VALUES ({string.Join(", ", Columns.Select(c => "$" + c))})", Columns);
        _seen = transaction.Prepared("UPDATE records SET seen_in = $seen_in WHERE record_no = $record_no", "seen_in", "record_no");
        _replace = transaction.Prepared("UPDATE records SET is_current = 0 WHERE record_no = $record_no", "record_no");
        _supersede = transaction.Prepared(
            $"""
            INSERT INTO buckets (record_no, purpose, series, bucket, reason, entity, client, currency, kind, period_kind, period_from, split, local_date,
                                 project, task, person, category, fault_field, fault_value, fault_rule, rules_hash)
            VALUES ($record_no, '{Purposes.Revenue}', $series, 'superseded', '', '', '', '', '', '', '', '', NULL, '', '', '', '', '', '', '', '')
            ON CONFLICT (record_no, purpose) DO UPDATE SET bucket = 'superseded', reason = '', fault_field = '', fault_value = '', fault_rule = ''
            RETURNING period_kind, period_from
            """,
            "record_no",
            "series");
        _unnamed = transaction.Prepared(
            """
            SELECT source_id FROM records WHERE series = $series AND stream = $stream AND seen_in <> $seen_in AND is_current = 1 AND deleted = 0
              AND (faults LIKE '%"Field":"id"%' OR faults LIKE '%"Field":"row"%')
            """,
            "series", "stream", "seen_in");
        _find.Parameters[0].Value = set.Start.Series;
        _find.Parameters[1].Value = set.Start.Stream.Name();
    }

    public StageCounts Counts { get; private set; }

    public IReadOnlyCollection<(string Kind, string From)> Touched => _touched;

    public void Write(SourceRecord record)
    {
        var hash = RecordContent.Hash(record);
        _find.Parameters[2].Value = record.Id;
        using var reader = _find.ExecuteReader();
        if (!reader.Read())
        {
            reader.Close();
            Insert(record, 1, hash);
            Counts += new StageCounts(1, 0, 0);
            return;
        }

        var (recordNo, version, known) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2));
        var goneSince = reader.GetInt64(3) != 0 && !reader.IsDBNull(4) ? StoreText.InstantOf(reader.GetString(4)) : (DateTimeOffset?)null;
        reader.Close();
        if (string.Equals(known, hash, StringComparison.Ordinal) || Tombstone.Outlives(goneSince, record))
        {
            Run(_seen, _set.PageSetNo, recordNo);
            Counts += new StageCounts(0, 0, 1);
            return;
        }

        Run(_replace, recordNo);
        if (record.Stream.IsBilled()) Supersede(recordNo);
        Insert(record, version + 1, hash);
        Counts += new StageCounts(0, 1, 0);
    }

    /// <summary>
    /// Ends records of the stream that a full reading did not show again and that had no id of their own: a row that was mended at
    /// the source got its id, and the broken one must not stay rejected for ever. Records with ids are never ended by their absence.
    /// </summary>
    public void EndUnnamed()
    {
        _unnamed.Set(0, _set.Start.Series, _set.Start.Stream.Name(), _set.PageSetNo);
        var gone = new List<SourceRecord>();
        using (var reader = _unnamed.ExecuteReader())
        {
            while (reader.Read()) gone.Add(new SourceRecord { Stream = _set.Start.Stream, Id = reader.GetString(0), Deleted = true });
        }

        foreach (var record in gone) Write(record);
    }

    private void Supersede(long recordNo)
    {
        _supersede.Parameters[0].Value = recordNo;
        _supersede.Parameters[1].Value = _set.Start.Series;
        using var reader = _supersede.ExecuteReader();
        reader.Read();
        _touched.Add((reader.GetString(0), reader.GetString(1)));
    }

    private void Insert(SourceRecord r, long version, string hash) => Run(
        _insert,
        _set.Start.Series, r.Stream.Name(), r.Id, version, 1, hash, _pageHash, _set.PageSetNo, r.Client.Id, r.Client.Name, r.Project.Id, r.Project.Name, r.Task.Id, r.Task.Name,
        r.Person.Id, r.Person.Name, r.Category.Id, r.Category.Name, r.PurchaseOrder, OrNull(StoreText.Of(r.Date)), OrNull(StoreText.Of(r.Start)), OrNull(r.Seconds),
        OrNull(r.Amount is { } amount ? Core.Amounts.NumberText.Canonical(amount) : null), r.Currency, r.Billable ? 1 : 0, OrNull(r.Approved is { } approved ? (approved ? 1 : 0) : null),
        r.BilledElsewhere ? 1 : 0, r.Deleted ? 1 : 0, r.Notes, OrNull(StoreText.Of(r.ModifiedAt)), r.Name, r.Code, r.Active ? 1 : 0,
        r.Faults.Count == 0 ? "" : JsonSerializer.Serialize(r.Faults));

    private static object OrNull(object? value) => value ?? DBNull.Value;

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        command.Set(0, values);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _find.Dispose();
        _insert.Dispose();
        _seen.Dispose();
        _replace.Dispose();
        _supersede.Dispose();
        _unnamed.Dispose();
    }
}
