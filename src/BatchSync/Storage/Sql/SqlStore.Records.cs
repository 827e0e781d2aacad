using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Core.Texts;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    /// <summary>Numbers of records whose keys are told apart by the database.</summary>
    private const int RecordsOfKeysAtATime = 250_000;

    /// <summary>The columns of a record in the order in which <see cref="ReadRecord"/> takes them.</summary>
    private const string RecordColumns = """
        r.record_no, r.version, r.stream, r.source_id, r.client_id, r.client_name, r.project_id, r.project_name, r.task_id, r.task_name,
        r.person_id, r.person_name, r.category_id, r.category_name, r.purchase_order, r.service_date, r.start_at, r.seconds, r.amount, r.currency,
        r.billable, r.approved, r.billed_elsewhere, r.deleted, r.notes, r.modified_at, r.name, r.code, r.active, r.faults, r.approved_by, r.approved_at
        """;

    private const int RecordColumnCount = 32;

    private static StoredRecord ReadRecord(ISqlRow row)
    {
        var record = ReadContent(row);
        var hasBucket = row.Columns > RecordColumnCount && !row.IsNull(RecordColumnCount);
        return new StoredRecord(
            row.Number(0),
            (int)row.Number(1),
            record,
            hasBucket ? Bucket.Parse(row.Text(RecordColumnCount), row.Text(RecordColumnCount + 1)) : null,
            hasBucket ? row.Text(RecordColumnCount + 2) : null)
        {
            WasPosted = FlagOf(row, 3),
            IsPosted = FlagOf(row, 4),
            IsUnposted = FlagOf(row, 5),
        };
    }

    private static SourceRecord ReadContent(ISqlRow row) => new()
    {
        Stream = StreamNames.Parse(row.Text(2)),
        Id = row.Text(3),
        Client = new Reference(row.Text(4), row.Text(5)),
        Project = new Reference(row.Text(6), row.Text(7)),
        Task = new Reference(row.Text(8), row.Text(9)),
        Person = new Reference(row.Text(10), row.Text(11)),
        Category = new Reference(row.Text(12), row.Text(13)),
        PurchaseOrder = row.Text(14),
        Date = row.IsNull(15) ? null : StoreText.DateOf(row.Text(15)),
        Start = row.IsNull(16) ? null : StoreText.InstantOf(row.Text(16)),
        Seconds = row.IsNull(17) ? null : row.Number(17),
        Amount = row.IsNull(18) ? null : StoreText.DecimalOf(row.Text(18)),
        Currency = row.Text(19),
        Billable = row.Number(20) != 0,
        Approved = row.IsNull(21) ? null : row.Number(21) != 0,
        BilledElsewhere = row.Number(22) != 0,
        Deleted = row.Number(23) != 0,
        Notes = row.Text(24),
        ModifiedAt = row.IsNull(25) ? null : StoreText.InstantOf(row.Text(25)),
        Name = row.Text(26),
        Code = row.Text(27),
        Active = row.Number(28) != 0,
        Faults = FaultsOf(row.Text(29)),
        ApprovedBy = row.Text(30),
        ApprovedAt = row.IsNull(31) ? null : StoreText.InstantOf(row.Text(31)),
    };

    private static bool FlagOf(ISqlRow row, int column) => row.Columns > RecordColumnCount + column && row.Columns <= RecordColumnCount + 6 && row.Number(RecordColumnCount + column) != 0;

    private static IReadOnlyList<FieldFault> FaultsOf(string json) => json.Length == 0 ? [] : JsonSerializer.Deserialize<List<FieldFault>>(json)!;

    private static List<StoredRecord> QueryRecords(SqlSession session, string sql, params ReadOnlySpan<(string Name, SqlValue Value)> parameters) => session.All(sql, ReadRecord, parameters);

    private static readonly string WasPosted = Flag("EXISTS (SELECT 1 FROM line_shares s WHERE s.series = r.series AND s.stream = r.stream AND s.source_id = r.source_id)");

    private static readonly string Standing = $"""
        {WasPosted}, {Flag(HeldBy("r.series", "r.stream", "r.source_id"))},
        {Flag("EXISTS (SELECT 1 FROM record_marks m WHERE m.series = r.series AND m.stream = r.stream AND m.source_id = r.source_id AND m.mark = 'unposted')")}
        """;

    private static string Flag(string condition) => $"CAST(CASE WHEN {condition} THEN 1 ELSE 0 END AS bigint)";

    public Task<IReadOnlyList<StoredRecord>> ListRecordsToAssessAsync(string series, string rulesHash, long afterRecordNo, int take, CancellationToken cancel) =>
        ReadAsync<IReadOnlyList<StoredRecord>>(
            session => AssessedThrough(session, series) is { } assessed && assessed.RulesHash == rulesHash
                ? QueryRecords(
                    session,
                    $"""
                    SELECT {RecordColumns}, b.bucket, b.reason, b.rules_hash, {Standing}
                    FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no AND b.purpose = @purpose
                    WHERE r.record_no IN (
                        SELECT record_no FROM buckets WHERE series = @series AND purpose = @purpose AND record_no > @after AND {OpenBuckets}
                        UNION ALL SELECT record_no FROM buckets WHERE series = @series AND purpose = @purpose AND record_no > @after AND rules_hash = '' AND bucket <> 'superseded'
                        UNION ALL SELECT record_no FROM records WHERE record_no > @after AND record_no > @through)
                      AND {Assessable}
                    ORDER BY r.record_no LIMIT @take
                    """,
                    ("purpose", Purposes.Revenue), ("series", series), ("after", afterRecordNo), ("through", assessed.Through), ("rules", rulesHash), ("take", take))
                : QueryRecords(
                    session,
                    $"""
                    SELECT {RecordColumns}, b.bucket, b.reason, b.rules_hash, {Standing}
                    FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no AND b.purpose = @purpose
                    WHERE r.record_no > @after AND {Assessable}
                    ORDER BY r.record_no LIMIT @take
                    """,
                    ("purpose", Purposes.Revenue), ("series", series), ("after", afterRecordNo), ("rules", rulesHash), ("take", take)),
            cancel);

    /// <summary>SQL of what may be billed yet, to the word that of the index of open buckets, which is taken for it; a bucket of these by itself is written out as well.</summary>
    private const string OpenBuckets = "(bucket = 'ready' OR bucket = 'held' OR bucket = 'rejected')";

    // No index of the columns of a record may be taken: the records are walked in the order of their numbers.
    private const string Assessable = """
        COALESCE(r.series, '') = @series AND r.is_current = 1 AND COALESCE(r.stream, '') IN ('time_entries', 'expenses')
        AND (b.record_no IS NULL OR b.rules_hash <> @rules OR b.bucket IN ('ready', 'held', 'rejected'))
        """;

    public Task<StoredRecord?> FindRecordAsync(string series, StreamKind stream, string sourceId, CancellationToken cancel) => ReadAsync(
        session => QueryRecords(session, CurrentWhere("r.source_id = @id"), ("series", series), ("stream", StreamText(stream)), ("id", sourceId)).SingleOrDefault(),
        cancel);

    public Task<IReadOnlyList<StoredRecord>> ListRecordsAsync(string series, IReadOnlyCollection<RecordName> names, CancellationToken cancel) => ReadAsync<IReadOnlyList<StoredRecord>>(
        session =>
        {
            var found = AllOf(session, ids => CurrentWhere($"r.source_id IN ({ids})"), series, names, ReadRecord).ToDictionary(r => r.Name);
            return [.. names.Select(found.GetValueOrDefault).OfType<StoredRecord>()];
        },
        cancel);

    private static string CurrentWhere(string which) => $"""
        SELECT {RecordColumns}, b.bucket, b.reason, b.rules_hash, {Standing}
        FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no AND b.purpose = '{Purposes.Revenue}'
        WHERE r.series = @series AND r.stream = @stream AND {which} AND r.is_current = 1
        """;

    /// <summary>Ids that one statement asks for: of a single record, of those of a document key, of many.</summary>
    private static readonly int[] IdsAtATime = [1, 10, 100];

    /// <summary>The rows of many records, stream by stream. A statement that has fewer ids than places asks for its last one again, so that there are few statements to compile.</summary>
    /// <param name="sql">The statement, of the places for ids.</param>
    private static List<T> AllOf<T>(SqlSession session, Func<string, string> sql, string series, IEnumerable<RecordName> names, Func<ISqlRow, T> read)
    {
        var rows = new List<T>();
        foreach (var stream in names.Distinct().GroupBy(n => n.Stream))
        {
            foreach (var ids in stream.Select(n => n.SourceId).Chunk(IdsAtATime[^1]))
            {
                var places = Array.Find(IdsAtATime, size => size >= ids.Length);
                (string Name, SqlValue Value)[] parameters =
                    [("series", series), ("stream", StreamText(stream.Key)), .. Enumerable.Range(0, places).Select(i => (FormattableString.Invariant($"id{i}"), (SqlValue)ids[Math.Min(i, ids.Length - 1)]))];
                rows.AddRange(session.All(sql(string.Join(", ", parameters.Skip(2).Select(p => $"@{p.Name}"))), read, parameters));
            }
        }

        return rows;
    }

    public Task<IReadOnlyList<UnpostedRecord>> ListUnpostedAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<UnpostedRecord>>(
        session => [.. session.Query<(string Stream, string SourceId, string Author, string Reason, string At)>(
            "SELECT stream, source_id, author, reason, marked_at FROM record_marks WHERE series = @series AND mark = 'unposted' ORDER BY stream, source_id", new { series })
            .Select(m => new UnpostedRecord(new RecordName(StreamNames.Parse(m.Stream), m.SourceId), m.Author, m.Reason, StoreText.InstantOf(m.At)))],
        cancel);

    public Task SaveUnpostedAsync(Lease lease, IReadOnlyList<RecordName> records, string author, string reason, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            foreach (var record in records) Mark(session, lease, record, author, reason);
        },
        cancel);

    private void Mark(SqlSession session, Lease lease, RecordName record, string author, string reason)
    {
        session.Execute(
            """
            DELETE FROM record_marks WHERE series = @Name AND stream = @stream AND source_id = @SourceId AND mark = 'unposted';
            INSERT INTO record_marks (series, stream, source_id, mark, author, reason, marked_at) VALUES (@Name, @stream, @SourceId, 'unposted', @author, @reason, @Now);
            """,
            new { lease.Name, stream = StreamText(record.Stream), record.SourceId, author, reason, Now });
        Audit(session, author, "unpost record", $"{lease.Name} {record}", reason);
    }

    public Task<int> ReleaseAsync(Lease lease, IReadOnlyList<RecordName> records, string author, string reason, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var released = 0;
            foreach (var record in records)
            {
                var row = new { lease.Name, stream = StreamText(record.Stream), record.SourceId };
                var found = session.Execute("DELETE FROM record_marks WHERE series = @Name AND stream = @stream AND source_id = @SourceId AND mark = 'unposted'", row);
                if (found > 0) Audit(session, author, "release record", $"{lease.Name} {record}", reason);
                released += found;
            }

            return released;
        },
        cancel);

    public Task SaveBucketsAsync(Lease lease, IReadOnlyList<BucketRow> buckets, IReadOnlyList<RecordVariance> variances, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            foreach (var rules in buckets.Select(b => (b.Series, b.RulesHash)).Distinct()) ForgetAssessment(session, rules.Series, rules.RulesHash);
            using var writer = new BucketWriter(session);
            foreach (var bucket in buckets) writer.Write(bucket);
            foreach (var variance in variances) SaveVariance(session, variance);
            foreach (var (series, kind, from) in writer.Touched) Touch(session, series, kind, from);
        },
        cancel);

    // Every run judges all open variances again: one that stands as it stood is no news.
    private static void SaveVariance(SqlSession session, RecordVariance variance)
    {
        ReadOnlySpan<(string, SqlValue)> key = [("series", variance.Series), ("stream", StreamText(variance.Stream)), ("source_id", variance.SourceId)];
        var known = session.First(
            """
            SELECT version, document_no, posted_net, posted_tax, correct, correct_net, correct_tax, reason, hold
            FROM record_variances WHERE series = @series AND stream = @stream AND source_id = @source_id
            """,
            row => new KnownVariance(row.Number(0), row.Number(1), row.Number(2), row.Number(3), row.Text(4), row.Number(5), row.Number(6), row.Text(7), row.Text(8)),
            key);
        if (variance.IsOpen ? known == KnownVariance.Of(variance) : known is null) return;
        session.Run("DELETE FROM record_variances WHERE series = @series AND stream = @stream AND source_id = @source_id", key);
        if (variance.IsOpen)
        {
            session.Run(
                """
                INSERT INTO record_variances (series, stream, source_id, version, rules_hash, document_no, posted_net, posted_tax, correct, correct_net, correct_tax, reason, hold)
                VALUES (@series, @stream, @source_id, @version, @rules_hash, @document_no, @posted_net, @posted_tax, @correct, @correct_net, @correct_tax, @reason, @hold)
                """,
                [
                    .. key, ("version", variance.Version), ("rules_hash", variance.RulesHash), ("document_no", variance.DocumentNo),
                    ("posted_net", variance.PostedNet.MinorUnits), ("posted_tax", variance.PostedTax.MinorUnits), ("correct", variance.Correct),
                    ("correct_net", variance.CorrectNet.MinorUnits), ("correct_tax", variance.CorrectTax.MinorUnits), ("reason", variance.Reason), ("hold", variance.Hold),
                ]);
        }

        var (kind, from) = session.First("SELECT period_kind, period_from FROM documents WHERE document_no = @document_no", row => (row.Text(0), row.Text(1)), ("document_no", variance.DocumentNo));
        Touch(session, variance.Series, kind, from);
    }

    private sealed record KnownVariance(long Version, long DocumentNo, long PostedNet, long PostedTax, string Correct, long CorrectNet, long CorrectTax, string Reason, string Hold)
    {
        public static KnownVariance Of(RecordVariance v) => new(
            v.Version, v.DocumentNo, v.PostedNet.MinorUnits, v.PostedTax.MinorUnits, v.Correct, v.CorrectNet.MinorUnits, v.CorrectTax.MinorUnits, v.Reason, v.Hold);
    }

    // Range by range of their numbers: of millions of records the database would keep the keys of all of them in memory, each several times as large as it is here.
    public Task<IReadOnlyList<DocumentKey>> ListKeysAsync(string series, Bucket bucket, CancellationToken cancel) => ReadAsync<IReadOnlyList<DocumentKey>>(
        session =>
        {
            var (texts, keys) = (new TextPool(), new HashSet<DocumentKey>());
            var which = $"FROM buckets WHERE series = @series AND purpose = @purpose AND bucket = '{bucket.Name}' AND reason = @reason AND client <> ''";
            for (var last = 0L; FirstBehind(last) is { } first; last = first + RecordsOfKeysAtATime - 1)
            {
                keys.UnionWith(session.All(
                    $"SELECT DISTINCT {KeyFields.Columns} {which} AND record_no >= @first AND record_no < @behind",
                    row => new KeyFields(texts.Of(row.Text(0)), texts.Of(row.Text(1)), row.Text(2), texts.Of(row.Text(3)), row.Text(4), row.Text(5), texts.Of(row.Text(6))).Key,
                    ("series", series), ("purpose", Purposes.Revenue), ("reason", bucket.Reason), ("first", first), ("behind", first + RecordsOfKeysAtATime)));
            }

            return [.. keys.Order()];

            long? FirstBehind(long record) => session.First<long?>(
                $"SELECT record_no {which} AND record_no > @record ORDER BY record_no LIMIT 1", row => row.Number(0), ("series", series), ("purpose", Purposes.Revenue), ("reason", bucket.Reason), ("record", record));
        },
        cancel);

    public Task<IReadOnlyList<StoredRecord>> ListRecordsOfKeyAsync(string series, DocumentKey key, Bucket bucket, CancellationToken cancel) =>
        ReadAsync<IReadOnlyList<StoredRecord>>(
            session => [.. QueryRecords(
                session,
                $"""
                SELECT {RecordColumns}, b.bucket, b.reason, b.rules_hash, {WasPosted}
                FROM buckets b JOIN records r ON r.record_no = b.record_no
                WHERE b.series = @series AND b.purpose = @purpose AND b.bucket = @bucket AND b.reason = @reason AND b.entity = @entity AND b.client = @client
                  AND b.currency = @currency AND b.kind = @kind AND COALESCE(b.period_kind, '') = @periodKind AND b.period_from = @periodFrom AND b.split = @split
                """,
                [
                    ("series", series), ("purpose", Purposes.Revenue), ("bucket", bucket.Name), ("reason", bucket.Reason), ("entity", key.Entity), ("client", key.Client),
                    ("currency", key.Currency.Code), ("kind", key.Kind), ("periodKind", StoreText.Of(key.Period.Kind)), ("periodFrom", StoreText.Of(key.Period.From)), ("split", key.Split),
                ]).OrderBy(r => r.Record.Stream.Name(), StringComparer.Ordinal).ThenBy(r => r.Record.Id, StringComparer.Ordinal)],
            cancel);
}

/// <summary>Writes bucket rows through prepared statements and notes the periods whose sums changed.</summary>
internal sealed class BucketWriter : IDisposable
{
    // Of the values: those that are the row's own, the last one being the rules; and of these again what the sums of a period depend on, and what makes the key.
    private static readonly Range Own = 2..;
    private static readonly int[] Summed = [1, 2, 3, 4, 5, 7, 8, 9, 16];
    private static readonly int[] KeyParts = [3, 4, 5, 7, 8, 9];
    private const int PeriodKind = 7;
    private const int PeriodFrom = 8;

    private const string SameByOtherRules = "UPDATE buckets SET rules_hash = @rules_hash WHERE record_no = @record_no AND purpose = @purpose";

    private const string Update = """
        UPDATE buckets SET
            series = @series, bucket = @bucket, reason = @reason, entity = @entity, client = @client, currency = @currency, kind = @kind, period_kind = @period_kind, period_from = @period_from, split = @split,
            local_date = @local_date, project = @project, task = @task, person = @person, category = @category, fault_field = @fault_field, fault_value = @fault_value, fault_rule = @fault_rule,
            rules_hash = @rules_hash
        WHERE record_no = @record_no AND purpose = @purpose
        """;

    private const string Insert = """
        INSERT INTO buckets (record_no, purpose, series, bucket, reason, entity, client, currency, kind, period_kind, period_from, split, local_date,
                             project, task, person, category, fault_field, fault_value, fault_rule, rules_hash)
        VALUES (@record_no, @purpose, @series, @bucket, @reason, @entity, @client, @currency, @kind, @period_kind, @period_from, @split, @local_date,
                @project, @task, @person, @category, @fault_field, @fault_value, @fault_rule, @rules_hash)
        """;

    private const string Keep = """
        INSERT INTO former_places (record_no, series, entity, client, currency, kind, period_kind, period_from, split)
        SELECT b.record_no, b.series, b.entity, b.client, b.currency, b.kind, b.period_kind, b.period_from, b.split
        FROM buckets b
        WHERE b.record_no = @record_no AND b.purpose = @purpose AND b.currency <> ''
          AND NOT EXISTS (SELECT 1 FROM former_places p
                          WHERE p.record_no = b.record_no AND p.entity = b.entity AND p.client = b.client AND p.currency = b.currency AND p.kind = b.kind
                            AND p.period_kind = b.period_kind AND p.period_from = b.period_from AND p.split = b.split)
        """;

    private static readonly string[] Names =
    [
        "record_no", "purpose", "series", "bucket", "reason", "entity", "client", "currency", "kind", "period_kind", "period_from", "split", "local_date",
        "project", "task", "person", "category", "fault_field", "fault_value", "fault_rule", "rules_hash",
    ];

    private readonly SqlStatement _find;
    private readonly SqlStatement _rules;
    private readonly SqlStatement _keep;
    private readonly SqlStatement _update;
    private readonly SqlStatement _insert;
    private readonly SqlValue[] _values = new SqlValue[Names.Length];
    private readonly HashSet<(string Series, string Kind, string From)> _touched = [];

    public BucketWriter(SqlSession session)
    {
        _find = session.Prepared($"SELECT {string.Join(", ", Names[Own])} FROM buckets WHERE record_no = @record_no AND purpose = @purpose", Names.AsSpan(0, 2));
        _rules = session.Prepared(SameByOtherRules, "record_no", "purpose", "rules_hash");
        _keep = session.Prepared(Keep, Names.AsSpan(0, 2));
        _update = session.Prepared(Update, Names);
        _insert = session.Prepared(Insert, Names);
    }

    public IReadOnlyCollection<(string Series, string Kind, string From)> Touched => _touched;

    public void Write(BucketRow row)
    {
        var found = row.Assessment;
        var key = found.Key;
        var (kind, from) = (key?.Period ?? found.Period) is { } period ? (StoreText.Of(period.Kind), StoreText.Of(period.From)) : ("", "");
        ReadOnlySpan<SqlValue> all =
        [
            row.RecordNo, Purposes.Revenue, row.Series, row.Bucket.Name, row.Bucket.Reason, key?.Entity ?? "", found.Facts.Client, key?.Currency.Code ?? "", key?.Kind ?? "", kind, from, key?.Split ?? "",
            StoreText.Of(found.Date), found.Facts.Project, found.Facts.Task, found.Facts.Person, found.Facts.Category,
            found.Fault?.Field ?? "", found.Fault?.Value ?? "", found.Fault?.Rule ?? "", row.RulesHash,
        ];
        var values = _values;
        all.CopyTo(values);
        if ((row.IsFirst ? null : Find(values)) is not { } was)
        {
            _touched.Add((row.Series, kind, from));
            _insert.Run(values);
            return;
        }

        var now = Array.ConvertAll(values[Own], value => value.Text);
        if (now.AsSpan(..^1).SequenceEqual(was.AsSpan(..^1)))
        {
            if (now[^1] != was[^1]) _rules.Run(values[0], values[1], values[^1]);
            return;
        }

        if (Differ(Summed, now, was)) NoteChange(row, values, now, was);
        _update.Run(values);
    }

    private void NoteChange(BucketRow row, SqlValue[] values, string?[] now, string?[] was)
    {
        _touched.Add((row.Series, was[PeriodKind]!, was[PeriodFrom]!));
        _touched.Add((row.Series, now[PeriodKind]!, now[PeriodFrom]!));
        if (Differ(KeyParts, now, was)) _keep.Run(values[0], values[1]);
    }

    private static bool Differ(int[] places, string?[] now, string?[] was) => Array.Exists(places, at => now[at] != was[at]);

    private string?[]? Find(SqlValue[] values)
    {
        _find.Set(0, values[0], values[1]);
        return _find.First(ReadOwn);
    }

    private static string?[] ReadOwn(ISqlRow row)
    {
        var texts = new string?[row.Columns];
        for (var i = 0; i < texts.Length; i++) texts[i] = row.IsNull(i) ? null : row.Text(i);
        return texts;
    }

    public void Dispose()
    {
        _find.Dispose();
        _rules.Dispose();
        _keep.Dispose();
        _update.Dispose();
        _insert.Dispose();
    }
}

/// <summary>The columns of a document key, the same in buckets and documents.</summary>
internal sealed record KeyFields(string Entity, string Client, string Currency, string Kind, string PeriodKind, string PeriodFrom, string Split)
{
    public const string Columns = "entity AS Entity, client AS Client, currency AS Currency, kind AS Kind, period_kind AS PeriodKind, period_from AS PeriodFrom, split AS Split";

    /// <summary>The columns of a table by its short name.</summary>
    public static string Of(string table) =>
        $"{table}.entity AS Entity, {table}.client AS Client, {table}.currency AS Currency, {table}.kind AS Kind, {table}.period_kind AS PeriodKind, {table}.period_from AS PeriodFrom, {table}.split AS Split";

    public DocumentKey Key => new(
        Entity, Client, Core.Amounts.Currency.Of(Currency), Kind, Core.Time.Period.Of(StoreText.PeriodKindOf(PeriodKind), StoreText.DateOf(PeriodFrom)), Split);
}
