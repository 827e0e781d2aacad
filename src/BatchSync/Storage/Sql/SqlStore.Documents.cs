using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using System.Data.Common;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    /// <summary>The version of what <c>content_hash</c> covers.</summary>
    private const int ContentHashVersion = 1;

    /// <summary>One query asks for at most this many documents.</summary>
    private const int DocumentsPerQuery = 100;

    public Task<int> UnformDocumentsAsync(Lease lease, IReadOnlyList<long> documentNos, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var documents = session.Query<long>(
                "SELECT document_no FROM outbox WHERE series = @Name AND state IN ('Planned', 'Ready', 'Rejected')", new { lease.Name }).Intersect(documentNos).ToList();
            AuditTakenApart(session, documents);
            UnformAll(session, documents);
            return documents.Count;
        },
        cancel);

    // A record goes back to where the documents that are left have it: on the books, or ready to be billed anew.
    private static void UnformAll(SqlSession session, IReadOnlyList<long> documents)
    {
        var records = documents.SelectMany(documentNo => session.Query<(string Series, string Stream, string SourceId)>(
            "SELECT DISTINCT series, stream, source_id FROM line_shares WHERE document_no = @documentNo", new { documentNo })).Distinct().ToList();
        foreach (var documentNo in documents) Unform(session, documentNo);
        using var restore = session.Prepared(
            $"""
            UPDATE buckets SET rules_hash = '', reason = CASE WHEN bucket = 'billed' OR {HeldBy("@series", "@stream", "@source_id")} THEN '' ELSE reason END,
                bucket = CASE WHEN {HeldBy("@series", "@stream", "@source_id")} THEN 'billed' WHEN bucket = 'billed' THEN 'ready' ELSE bucket END
            WHERE record_no = (SELECT r.record_no FROM records r WHERE r.series = @series AND r.stream = @stream AND r.source_id = @source_id AND r.is_current = 1)
            """,
            "series", "stream", "source_id");
        foreach (var record in records)
        {
            restore.Set(0, record.Series, record.Stream, record.SourceId);
            restore.Execute();
        }
    }

    /// <summary>SQL that says whether documents hold a record: its newest share does not take it off the books. One that is undone says nothing of it.</summary>
    private static string HeldBy(string series, string stream, string sourceId) =>
        $"COALESCE((SELECT h.inputs_hash FROM line_shares h WHERE h.series = {series} AND h.stream = {stream} AND h.source_id = {sourceId} AND h.inputs_hash <> '{Reversal.Elsewhere}' ORDER BY h.document_no DESC, h.line_no DESC LIMIT 1), '') <> ''";

    private static void Unform(SqlSession session, long documentNo)
    {
        var (series, kind, from) = session.QuerySingle<(string, string, string)>(
            "SELECT series, period_kind, period_from FROM documents WHERE document_no = @documentNo", new { documentNo });
        session.Execute(
            """
            DELETE FROM record_variances WHERE document_no = @documentNo;
            DELETE FROM line_shares WHERE document_no = @documentNo;
            DELETE FROM line_taxes WHERE document_no = @documentNo;
            DELETE FROM document_lines WHERE document_no = @documentNo;
            DELETE FROM document_taxes WHERE document_no = @documentNo;
            DELETE FROM outbox WHERE document_no = @documentNo;
            DELETE FROM documents WHERE document_no = @documentNo;
            """,
            new { documentNo });
        Touch(session, series, kind, from);
    }

    private const string ShareColumns = """
        s.document_no, d.reference, d.entity, d.client, d.currency, d.kind, d.period_kind, d.period_from, d.split, d.type, s.billed_seconds, s.net, s.tax, l.account, s.inputs_hash, d.document_date, s.document_discount
        """;

    public Task<IReadOnlyList<PostedShare>> ListPostedSharesAsync(string series, DocumentKey key, CancellationToken cancel) => ReadAsync(
        session => QueryShares(
            session,
            """
            d.series = @series AND d.entity = @entity AND d.client = @client AND d.currency = @currency AND d.kind = @kind
              AND d.period_kind = @periodKind AND d.period_from = @periodFrom AND d.split = @split
            """,
            ("series", series), ("entity", key.Entity), ("client", key.Client), ("currency", key.Currency.Code), ("kind", key.Kind),
            ("periodKind", StoreText.Of(key.Period.Kind)), ("periodFrom", StoreText.Of(key.Period.From)), ("split", key.Split)),
        cancel);

    public Task<IReadOnlyList<PostedShare>> ListPostedSharesOfRecordAsync(string series, StreamKind stream, string sourceId, CancellationToken cancel) => ReadAsync(
        session => QueryShares(session, "s.series = @series AND s.stream = @stream AND s.source_id = @id", ("series", series), ("stream", StreamText(stream)), ("id", sourceId)),
        cancel);

    public Task<ILookup<RecordName, PostedShare>> ListPostedSharesOfRecordsAsync(string series, IReadOnlyCollection<StoredRecord> records, CancellationToken cancel) => ReadAsync(
        session =>
        {
            var atHand = records.ToDictionary(r => r.RecordNo);
            return AllOf(
                session, ids => SharesWhere($"s.series = @series AND s.stream = @stream AND s.source_id IN ({ids})"), series, records.Select(r => r.Name),
                row => ReadShare(row, atHand.GetValueOrDefault(row.Number(0)) ?? ReadRecord(row))).ToLookup(s => s.Record.Name);
        },
        cancel);

    private static IReadOnlyList<PostedShare> QueryShares(SqlSession session, string where, params ReadOnlySpan<(string Name, SqlValue Value)> parameters) =>
        session.All(SharesWhere(where), row => ReadShare(row, ReadRecord(row)), parameters);

    private static string SharesWhere(string where) =>
        $"""
        SELECT {RecordColumns}, NULL, NULL, NULL, {ShareColumns}
        FROM line_shares s
        JOIN documents d ON d.document_no = s.document_no
        JOIN document_lines l ON l.document_no = s.document_no AND l.line_no = s.line_no
        JOIN records r ON r.record_no = s.record_no
        WHERE {where} AND s.inputs_hash <> '{Reversal.Elsewhere}' ORDER BY s.document_no, s.line_no, r.source_id
        """;

    private static PostedShare ReadShare(ISqlRow row, StoredRecord posted)
    {
        const int First = RecordColumnCount + 3;
        string Text(int column) => row.Text(First + column);
        var key = new KeyFields(Text(2), Text(3), Text(4), Text(5), Text(6), Text(7), Text(8)).Key;
        var sign = StoreText.TypeOf(Text(9)) == DocumentType.CreditNote ? -1 : 1;
        return new PostedShare(
            row.Number(First),
            Text(1),
            key,
            posted,
            row.Number(First + 10),
            Money.OfMinorUnits(sign * row.Number(First + 11), key.Currency),
            Money.OfMinorUnits(sign * row.Number(First + 12), key.Currency),
            Text(13),
            Text(14),
            StoreText.DateOf(Text(15)))
        {
            DocumentDiscount = Money.OfMinorUnits(sign * row.Number(First + 16), key.Currency),
        };
    }

    public Task<IReadOnlySet<DocumentKey>> ListKeysWithOriginalAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlySet<DocumentKey>>(
        session => session.Query<KeyFields>(
            $"""
            SELECT DISTINCT {KeyFields.Columns} FROM documents d JOIN outbox o ON o.document_no = d.document_no
            WHERE d.series = @series AND d.purpose IN ('original', 'rebill') AND o.state NOT IN ('Planned', 'Ready', 'Rejected')
              AND NOT EXISTS (
                  SELECT 1 FROM documents c JOIN outbox t ON t.document_no = c.document_no
                  WHERE c.series = d.series AND c.corrects = d.reference AND c.purpose IN ('credit', 'withdrawal') AND t.state NOT IN ('Planned', 'Ready', 'Rejected'))
            """,
            new { series }).Select(k => k.Key).ToHashSet(),
        cancel);

    public Task<UsedUp> SumUsedUpAsync(string series, DocumentKey key, CancellationToken cancel) => ReadAsync(
        session =>
        {
            const string Sign = "CASE d.type WHEN 'credit-note' THEN -1 ELSE 1 END";
            var scope = new
            {
                series, key.Entity, key.Client, currency = key.Currency.Code, key.Kind, periodKind = StoreText.Of(key.Period.Kind), periodFrom = StoreText.Of(key.Period.From), key.Split,
                purpose = Purposes.Revenue, stream = StreamText(StreamKind.TimeEntries),
            };
            Money Of(long units) => Money.OfMinorUnits(units, key.Currency);
            var discount = session.QuerySingle<long>(
                $"""
                SELECT COALESCE(SUM({Sign} * s.document_discount), 0) FROM documents d JOIN line_shares s ON s.document_no = d.document_no
                WHERE d.series = @series AND d.entity = @Entity AND d.client = @Client AND d.currency = @currency AND d.kind = @Kind AND d.period_kind = @periodKind AND d.period_from = @periodFrom AND d.split = @Split
                """,
                scope);
            var retainer = session.QuerySingle<long>($"SELECT COALESCE(SUM({Sign} * d.retainer), 0) FROM documents d WHERE d.series = @series AND d.client = @Client AND d.currency = @currency", scope);
            var time = session.Query<ProjectSum>(
                $"""
                SELECT b.project AS Project, SUM({Sign} * s.net) AS Net
                FROM documents d JOIN line_shares s ON s.document_no = d.document_no JOIN buckets b ON b.record_no = s.record_no AND b.purpose = @purpose
                WHERE d.series = @series AND d.entity = @Entity AND d.client = @Client AND d.currency = @currency AND d.period_kind = @periodKind AND d.period_from = @periodFrom AND s.stream = @stream
                GROUP BY b.project
                """,
                scope);
            return new UsedUp(Of(discount), Of(retainer), time.ToDictionary(t => t.Project, t => Of(t.Net), StringComparer.Ordinal));
        },
        cancel);

    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record ProjectSum
    {
        public string Project { get; init; } = "";
        public long Net { get; init; }
    }

    public Task<int> CountRevisionsAsync(string tenant, string series, DocumentKey key, DocumentPurpose purpose, CancellationToken cancel) => ReadAsync(
        session => (int)session.First(
            """
            SELECT COALESCE(MAX(revision), 0) FROM documents
            WHERE tenant = @tenant AND series = @series AND entity = @entity AND client = @client AND currency = @currency AND kind = @kind
              AND period_kind = @periodKind AND period_from = @periodFrom AND split = @split AND purpose = @purpose
            """,
            row => row.Number(0),
            ("tenant", tenant), ("series", series), ("entity", key.Entity), ("client", key.Client), ("currency", key.Currency.Code), ("kind", key.Kind),
            ("periodKind", StoreText.Of(key.Period.Kind)), ("periodFrom", StoreText.Of(key.Period.From)), ("split", key.Split), ("purpose", StoreText.Of(purpose))),
        cancel);

    public Task CreateDocumentsAsync(Lease lease, IReadOnlyList<NewDocument> documents, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            using var shares = new ShareWriter(session);
            using var lines = new LineWriter(session, shares);
            var (told, touched) = (new List<AuditEntry>(), new HashSet<(string Series, string Kind, string From)>());
            foreach (var (entry, document) in documents)
            {
                var documentNo = InsertDocument(session, entry, document);
                shares.Begin(documentNo, document.Identity.Series, document.Identity.Purpose);
                foreach (var line in document.Lines) lines.Write(documentNo, line);
                shares.Check();
                InsertTaxes(session, documentNo, document);
                InsertOutbox(session, documentNo, entry, document);
                if (Formed(session, entry, document) is { } formed) told.Add(formed);
                var key = document.Identity.Key;
                touched.Add((document.Identity.Series, StoreText.Of(key.Period.Kind), StoreText.Of(key.Period.From)));
            }

            Append(session, told);
            foreach (var (series, kind, from) in touched) Touch(session, series, kind, from);
        },
        cancel);

    private long InsertDocument(SqlSession session, DocumentEntry entry, Document document)
    {
        var (identity, key, rate) = (document.Identity, document.Identity.Key, document.Valuation?.Rate);
        return session.Insert(
            """
            INSERT INTO documents (reference, tenant, series, destination, entity, client, currency, kind, period_kind, period_from, split, purpose, revision, type,
                                   document_date, due_date, destination_client, client_name, net, tax, total, withholding, retainer, discount_cut, corrects, after_document,
                                   base_currency, base_rate, base_rate_date, base_rate_kind, base_rate_provider, base_rate_retrieved_at, base_total, base_rounding,
                                   content_hash, hash_version, mapping_hash, run_no, created_at)
            VALUES (@reference, @tenant, @series, @destination, @entity, @client, @currency, @kind, @periodKind, @periodFrom, @split, @purpose, @revision, @type,
                    @date, @due, @destinationClient, @clientName, @net, @tax, @total, @withholding, @retainer, @discountCut, @corrects, @after,
                    @baseCurrency, @baseRate, @baseRateDate, @baseRateKind, @baseRateProvider, @baseRateRetrievedAt, @baseTotal, @baseRounding,
                    @contentHash, @contentHashVersion, @mappingHash, @runNo, @now)
            """,
            ("reference", document.Reference), ("tenant", identity.Tenant), ("series", identity.Series), ("destination", entry.Destination), ("entity", key.Entity), ("client", key.Client),
            ("currency", key.Currency.Code), ("kind", key.Kind), ("periodKind", StoreText.Of(key.Period.Kind)), ("periodFrom", StoreText.Of(key.Period.From)), ("split", key.Split),
            ("purpose", StoreText.Of(identity.Purpose)), ("revision", identity.Revision), ("type", StoreText.Of(document.Type)), ("date", StoreText.Of(document.Date)), ("due", StoreText.Of(document.Due)),
            ("destinationClient", document.DestinationClient), ("clientName", document.ClientName), ("net", document.Net.MinorUnits), ("tax", document.Tax.MinorUnits), ("total", document.Total.MinorUnits),
            ("withholding", document.Withholding.MinorUnits), ("retainer", document.Retainer.MinorUnits), ("discountCut", document.DiscountCut.MinorUnits), ("corrects", document.Corrects), ("after", entry.After),
            ("baseCurrency", rate?.To.Code ?? ""), ("baseRate", rate is null ? "" : StoreText.Of(rate.Rate)), ("baseRateDate", rate is null ? "" : StoreText.Of(rate.RateDate)),
            ("baseRateKind", rate?.Kind.ToString() ?? ""), ("baseRateProvider", rate?.Provider ?? ""), ("baseRateRetrievedAt", StoreText.Of(rate?.RetrievedAt) ?? ""),
            ("baseTotal", document.Valuation?.Total.MinorUnits ?? 0), ("baseRounding", document.Valuation?.RoundingDifference.MinorUnits ?? 0),
            ("contentHash", entry.ContentHash), ("contentHashVersion", ContentHashVersion), ("mappingHash", document.MappingHash), ("runNo", entry.RunNo), ("now", Now));
    }

    private static void InsertTaxes(SqlSession session, long documentNo, Document document)
    {
        for (var i = 0; i < document.Taxes.Count; i++)
        {
            var tax = document.Taxes[i];
            session.Run(
                "INSERT INTO document_taxes (document_no, position, tax_code, component, rate, amount) VALUES (@documentNo, @position, @taxCode, @component, @rate, @amount)",
                ("documentNo", documentNo), ("position", i + 1), ("taxCode", tax.TaxCode), ("component", tax.Component), ("rate", tax.Rate.ToString()), ("amount", tax.Amount.MinorUnits));
        }
    }

    private void InsertOutbox(SqlSession session, long documentNo, DocumentEntry entry, Document document) => session.Run(
        """
        INSERT INTO outbox (document_no, series, destination, state, attempts, idempotency_key, misses, destination_id, message, changed_at)
        VALUES (@documentNo, @series, @destination, @state, 0, '', 0, '', '', @now)
        """,
        ("documentNo", documentNo), ("series", document.Identity.Series), ("destination", entry.Destination), ("state", entry.State.ToString()), ("now", Now));

    // A count has no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record OutboxFields
    {
        public long DocumentNo { get; init; }
        public string Reference { get; init; } = "";
        public string Entity { get; init; } = "";
        public string Client { get; init; } = "";
        public string Currency { get; init; } = "";
        public string Kind { get; init; } = "";
        public string PeriodKind { get; init; } = "";
        public string PeriodFrom { get; init; } = "";
        public string Split { get; init; } = "";
        public string DestinationClient { get; init; } = "";
        public string Type { get; init; } = "";
        public long Net { get; init; }
        public long Tax { get; init; }
        public long Total { get; init; }
        public long Withholding { get; init; }
        public long Retainer { get; init; }
        public long Lines { get; init; }
        public string State { get; init; } = "";
        public long Attempts { get; init; }
        public string IdempotencyKey { get; init; } = "";
        public string? SendBy { get; init; }
        public long Misses { get; init; }
        public string? MissedAt { get; init; }
        public string DestinationId { get; init; } = "";
        public string Message { get; init; } = "";
        public string Purpose { get; init; } = "";
        public string Corrects { get; init; } = "";

        public OutboxRow Row => new(
            DocumentNo, Expected, (int)Lines, Enum.Parse<OutboxState>(State), (int)Attempts, IdempotencyKey, StoreText.InstantOrNull(SendBy), (int)Misses, StoreText.InstantOrNull(MissedAt), DestinationId, Message)
        {
            Purpose = StoreText.PurposeOf(Purpose), Corrects = Corrects,
        };

        private ExpectedDocument Expected
        {
            get
            {
                var key = new KeyFields(Entity, Client, Currency, Kind, PeriodKind, PeriodFrom, Split).Key;
                Money Of(long units) => Money.OfMinorUnits(units, key.Currency);
                return new ExpectedDocument(Reference, key, DestinationClient, StoreText.TypeOf(Type), Of(Net), Of(Tax), Of(Total), Of(Withholding), Of(Retainer));
            }
        }
    }

    public Task<IReadOnlyList<OutboxRow>> ListOutboxAsync(string series, string destination, IReadOnlyList<OutboxState> states, DocumentPortion portion, CancellationToken cancel) =>
        ReadAsync(session => QueryOutbox(session, "o.state IN @states", new { series, destination, states = NamesOf(states), portion.After, portion.AtMost }), cancel);

    public Task<IReadOnlyList<OutboxRow>> ListSendableAsync(string series, string destination, DocumentPortion portion, CancellationToken cancel) => ReadAsync(
        session => QueryOutbox(
            session,
            """
            o.state = 'Ready'
            AND NOT EXISTS (
                SELECT 1 FROM documents d JOIN outbox a ON a.document_no = d.after_document
                WHERE d.document_no = o.document_no AND a.state NOT IN ('Created', 'Finalizing', 'Posted', 'Withdrawn'))
            AND NOT EXISTS (
                SELECT 1 FROM line_shares m
                JOIN line_shares e ON e.series = m.series AND e.stream = m.stream AND e.source_id = m.source_id AND e.document_no < m.document_no
                JOIN outbox a ON a.document_no = e.document_no
                WHERE m.document_no = o.document_no AND a.state NOT IN ('Created', 'Finalizing', 'Posted', 'Withdrawn'))
            """,
            new { series, destination, portion.After, portion.AtMost }),
        cancel);

    public Task<IReadOnlyDictionary<string, int>> CountOutboxAsync(string series, string destination, IReadOnlyList<OutboxState> states, CancellationToken cancel) => ReadAsync<IReadOnlyDictionary<string, int>>(
        session => session.Query<(string Entity, long Rows)>(
            """
            SELECT d.entity, CAST(COUNT(*) AS bigint) FROM outbox o JOIN documents d ON d.document_no = o.document_no
            WHERE o.series = @series AND o.destination = @destination AND o.state IN @states GROUP BY d.entity
            """,
            new { series, destination, states = NamesOf(states) }).ToDictionary(c => c.Entity, c => (int)c.Rows, StringComparer.Ordinal),
        cancel);

    private static string[] NamesOf(IEnumerable<OutboxState> states) => [.. states.Select(s => s.ToString())];

    // The numbers first, of the index alone: the rows of several states would otherwise all be read to find the first of them.
    private static IReadOnlyList<OutboxRow> QueryOutbox(SqlSession session, string where, object parameters)
    {
        var numbers = session.Query<long>(
            $"SELECT o.document_no FROM outbox o WHERE o.series = @series AND o.destination = @destination AND o.document_no > @After AND {where} ORDER BY o.document_no LIMIT @AtMost", parameters).ToList();
        if (numbers.Count == 0) return [];
        return [.. session.Query<OutboxFields>(
            """
            SELECT o.document_no AS DocumentNo, d.reference AS Reference, d.entity AS Entity, d.client AS Client, d.currency AS Currency, d.kind AS Kind, d.period_kind AS PeriodKind,
                   d.period_from AS PeriodFrom, d.split AS Split, d.destination_client AS DestinationClient, d.type AS Type, d.net AS Net, d.tax AS Tax, d.total AS Total,
                   d.withholding AS Withholding, d.retainer AS Retainer,
                   (SELECT COUNT(*) FROM document_lines l WHERE l.document_no = d.document_no) AS Lines, o.state AS State, o.attempts AS Attempts, o.idempotency_key AS IdempotencyKey, o.send_by AS SendBy,
                   o.misses AS Misses, o.missed_at AS MissedAt, o.destination_id AS DestinationId, o.message AS Message, d.purpose AS Purpose, d.corrects AS Corrects
            FROM outbox o JOIN documents d ON d.document_no = o.document_no
            WHERE o.document_no IN @numbers ORDER BY o.document_no
            """,
            new { numbers }).Select(o => o.Row)];
    }

    public Task<BegunAttempt> BeginAttemptAsync(Lease lease, AttemptStart attempt, IReadOnlyList<OutboxRow> rows, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            CheckPauses(session, lease, rows);

            // Before the clock of the store is read: by the host's own clock a call is held up a little too early rather than too late.
            var (begun, sendByHere) = (_time.GetTimestamp(), _time.GetUtcNow() + attempt.SendWithin);
            var attemptNo = session.Insert(
                """
                INSERT INTO posting_attempts (run_no, destination, action, idempotency_key, started_at, request, response)
                VALUES (@RunNo, @Destination, @Action, @IdempotencyKey, @Now, '', '')
                """,
                new { attempt.RunNo, attempt.Destination, attempt.Action, attempt.IdempotencyKey, Now });
            var sendBy = StoreText.Of(_dialect.LeaseClock(session) + attempt.SendWithin);
            foreach (var row in rows)
            {
                var changed = session.Run(
                    """
                    UPDATE outbox SET state = @marks, attempts = attempts + 1, idempotency_key = @idempotencyKey, lease_token = @token, send_by = @sendBy, misses = 0, missed_at = NULL, changed_at = @now
                    WHERE document_no = @documentNo AND state = @state
                    """,
                    ("idempotencyKey", attempt.IdempotencyKey), ("token", lease.Token), ("sendBy", sendBy), ("now", Now), ("documentNo", row.DocumentNo), ("state", row.State.ToString()),
                    ("marks", attempt.Marks.ToString()));
                Invariant.Holds(changed == 1, $"Document {row.Reference} is sent from the state in which it was read ({row.State}).");
            }

            return new BegunAttempt(attemptNo, begun, sendByHere);
        },
        cancel);

    public Task EndAttemptAsync(Lease lease, long attemptNo, string request, string response, IReadOnlyList<OutboxChange> changes, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            session.Execute(
                "UPDATE posting_attempts SET ended_at = @Now, request = @request, response = @response WHERE attempt_no = @attemptNo", new { attemptNo, request, response, Now });
            foreach (var change in changes)
            {
                session.Run(
                    "INSERT INTO attempt_items (attempt_no, reference, outcome, message) VALUES (@attemptNo, @reference, @outcome, @message)",
                    ("attemptNo", attemptNo), ("reference", change.Reference), ("outcome", change.Outcome), ("message", change.Message));
            }

            ApplyChanges(session, changes);
        },
        cancel);

    public Task SaveOutboxAsync(Lease lease, IReadOnlyList<OutboxChange> changes, CancellationToken cancel) => WriteAsync(lease, session => ApplyChanges(session, changes), cancel);

    private void ApplyChanges(SqlSession session, IReadOnlyList<OutboxChange> changes)
    {
        var (told, touched) = (new List<AuditEntry>(), new HashSet<(string Series, string Kind, string From)>());
        foreach (var change in changes)
        {
            var before = DocumentToAudit(session, change.DocumentNo);
            if (ChangeToAudit(session, before, change) is { } entry) told.Add(entry);
            session.Run(
                """
                UPDATE outbox SET state = @state, message = @message, destination_id = COALESCE(@destinationId, destination_id), misses = @misses, missed_at = @missedAt, changed_at = @now
                WHERE document_no = @documentNo
                """,
                ("state", change.State.ToString()), ("message", change.Message), ("destinationId", change.DestinationId), ("misses", change.Misses), ("missedAt", StoreText.Of(change.MissedAt)), ("now", Now),
                ("documentNo", change.DocumentNo));
            touched.Add((before.Series, before.PeriodKind, before.PeriodFrom));
        }

        Append(session, told);
        foreach (var (series, kind, from) in touched) Touch(session, series, kind, from);
    }

    private sealed record DocumentFields(
        long DocumentNo, string Reference, string Tenant, string Series, string Destination, string Entity, string Client, string Currency, string Kind, string PeriodKind, string PeriodFrom, string Split,
        string Purpose, long Revision, string Type, string DocumentDate, string DueDate, string DestinationClient, string ClientName, long Net, long Tax, long Total, string MappingHash,
        long Withholding, long Retainer, long DiscountCut, string Corrects, long RunNo, string ContentHash, long? AfterDocument, string BaseCurrency, string BaseRate, string BaseRateDate, string BaseRateKind, string BaseRateProvider, string BaseRateRetrievedAt,
        long BaseTotal, long BaseRounding)
    {
        public const string Columns = """
            d.document_no AS DocumentNo, d.reference AS Reference, d.tenant AS Tenant, d.series AS Series, d.destination AS Destination, d.entity AS Entity, d.client AS Client, d.currency AS Currency,
            d.kind AS Kind, d.period_kind AS PeriodKind, d.period_from AS PeriodFrom, d.split AS Split, d.purpose AS Purpose, d.revision AS Revision, d.type AS Type, d.document_date AS DocumentDate,
            d.due_date AS DueDate, d.destination_client AS DestinationClient, d.client_name AS ClientName, d.net AS Net, d.tax AS Tax, d.total AS Total, d.mapping_hash AS MappingHash,
            d.withholding AS Withholding, d.retainer AS Retainer, d.discount_cut AS DiscountCut, d.corrects AS Corrects, d.run_no AS RunNo, d.content_hash AS ContentHash, d.after_document AS AfterDocument, d.base_currency AS BaseCurrency, d.base_rate AS BaseRate,
            d.base_rate_date AS BaseRateDate, d.base_rate_kind AS BaseRateKind, d.base_rate_provider AS BaseRateProvider, d.base_rate_retrieved_at AS BaseRateRetrievedAt, d.base_total AS BaseTotal,
            d.base_rounding AS BaseRounding
            """;

        public DocumentKey Key => new KeyFields(Entity, Client, Currency, Kind, PeriodKind, PeriodFrom, Split).Key;

        public Money Money(long minorUnits) => Core.Amounts.Money.OfMinorUnits(minorUnits, Key.Currency);

        public Valuation? Valuation
        {
            get
            {
                if (BaseCurrency.Length == 0) return null;
                var currency = Core.Amounts.Currency.Of(BaseCurrency);
                var rate = new FxRate
                {
                    From = Key.Currency, To = currency, Rate = StoreText.RationalOf(BaseRate), RateDate = StoreText.DateOf(BaseRateDate), Kind = Enum.Parse<FxRateKind>(BaseRateKind),
                    Provider = BaseRateProvider, RetrievedAt = BaseRateRetrievedAt.Length == 0 ? null : StoreText.InstantOf(BaseRateRetrievedAt),
                };
                return new Valuation(rate, Core.Amounts.Money.OfMinorUnits(BaseTotal, currency), Core.Amounts.Money.OfMinorUnits(BaseRounding, currency));
            }
        }
    }

    private sealed record LineFields(
        long DocumentNo, long LineNumber, string Type, string GroupValues, string Description, string Account, string Item, string TaxCode, string DestinationTaxCode, string TaxTreatment, string TaxReason,
        long BilledSeconds, string ChargedSeconds, string Quantity, string UnitPrice, long Amount, long LineDiscount, long DocumentDiscount, long Net, string Variance, string Dimensions, long? BaseNet);

    private sealed record LineTaxFields(long DocumentNo, long LineNumber, string Component, string Rate, long Amount, long? BaseAmount);

    private sealed record DocumentTaxFields(long DocumentNo, string TaxCode, string Component, string Rate, long Amount);

    public Task<IReadOnlyList<Document>> LoadDocumentsAsync(IReadOnlyList<long> documentNos, CancellationToken cancel) =>
        ReadAsync<IReadOnlyList<Document>>(session => [.. documentNos.Chunk(DocumentsPerQuery).SelectMany(some => LoadDocuments(session, some))], cancel);

    public Task<Document> LoadWithSharesAsync(long documentNo, CancellationToken cancel) => ReadAsync(
        session =>
        {
            var document = LoadDocuments(session, [documentNo]).Single();
            var shares = session.Query<ShareFields>(
                """
                SELECT line_no AS LineNumber, stream AS Stream, source_id AS SourceId, version AS Version, billed_seconds AS BilledSeconds, discount AS Discount, document_discount AS DocumentDiscount, net AS Net, taxes AS Taxes, inputs_hash AS InputsHash
                FROM line_shares WHERE document_no = @documentNo ORDER BY line_no, source_id
                """,
                new { documentNo }).ToLookup(s => s.LineNumber);
            return document with { Lines = [.. document.Lines.Select(line => line with { Shares = [.. shares[line.Number].Select(s => s.Share(document.Currency).WithTaxesOf(line))] })] };
        },
        cancel);

    private sealed record ShareFields(long LineNumber, string Stream, string SourceId, long Version, long BilledSeconds, long Discount, long DocumentDiscount, long Net, string Taxes, string InputsHash)
    {
        public RecordShare Share(Currency currency) => new(
            StreamNames.Parse(Stream), SourceId, (int)Version, BilledSeconds, Money.OfMinorUnits(Discount, currency), Money.OfMinorUnits(DocumentDiscount, currency), Money.OfMinorUnits(Net, currency),
            [.. Taxes.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(t => Money.OfMinorUnits(long.Parse(t, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), currency))], InputsHash);
    }

    private static IEnumerable<Document> LoadDocuments(SqlSession session, long[] numbers)
    {
        var documents = session.Query<DocumentFields>($"SELECT {DocumentFields.Columns} FROM documents d WHERE d.document_no IN @numbers", new { numbers }).ToDictionary(d => d.DocumentNo);
        var lines = session.Query<LineFields>(
            """
            SELECT document_no AS DocumentNo, line_no AS LineNumber, type AS Type, group_values AS GroupValues, description AS Description, account AS Account, item AS Item, tax_code AS TaxCode,
                   destination_tax_code AS DestinationTaxCode, tax_treatment AS TaxTreatment, tax_reason AS TaxReason, billed_seconds AS BilledSeconds, charged_seconds AS ChargedSeconds, quantity AS Quantity,
                   unit_price AS UnitPrice, amount AS Amount, line_discount AS LineDiscount, document_discount AS DocumentDiscount, net AS Net, variance AS Variance, dimensions AS Dimensions, base_net AS BaseNet
            FROM document_lines WHERE document_no IN @numbers ORDER BY document_no, line_no
            """,
            new { numbers }).ToLookup(l => l.DocumentNo);
        var lineTaxes = session.Query<LineTaxFields>(
            """
            SELECT document_no AS DocumentNo, line_no AS LineNumber, component AS Component, rate AS Rate, amount AS Amount, base_amount AS BaseAmount
            FROM line_taxes WHERE document_no IN @numbers ORDER BY document_no, line_no, position
            """,
            new { numbers }).ToLookup(t => (t.DocumentNo, t.LineNumber));
        var taxes = session.Query<DocumentTaxFields>(
            "SELECT document_no AS DocumentNo, tax_code AS TaxCode, component AS Component, rate AS Rate, amount AS Amount FROM document_taxes WHERE document_no IN @numbers ORDER BY document_no, position",
            new { numbers }).ToLookup(t => t.DocumentNo);
        return numbers.Select(no => DocumentOf(
            documents.GetValueOrDefault(no) ?? throw new InvariantException($"Document number {no} is in the store."),
            d => [.. lines[no].Select(l => LineOf(d, l, [.. lineTaxes[(no, l.LineNumber)]]))],
            taxes[no]));
    }

    private static Document DocumentOf(DocumentFields d, Func<DocumentFields, IReadOnlyList<DocumentLine>> lines, IEnumerable<DocumentTaxFields> taxes) => new()
    {
        Identity = new DocumentIdentity(d.Tenant, d.Series, d.Key, StoreText.PurposeOf(d.Purpose), (int)d.Revision),
        Reference = d.Reference,
        Type = StoreText.TypeOf(d.Type),
        Date = StoreText.DateOf(d.DocumentDate),
        Due = StoreText.DateOf(d.DueDate),
        DestinationClient = d.DestinationClient,
        ClientName = d.ClientName,
        Lines = lines(d),
        Taxes = [.. taxes.Select(t => new DocumentTax(t.TaxCode, t.Component, new TaxRate(StoreText.DecimalOf(t.Rate)), d.Money(t.Amount)))],
        Net = d.Money(d.Net),
        Tax = d.Money(d.Tax),
        Total = d.Money(d.Total),
        Withholding = d.Money(d.Withholding),
        Retainer = d.Money(d.Retainer),
        DiscountCut = d.Money(d.DiscountCut),
        Valuation = d.Valuation,
        Corrects = d.Corrects,
        MappingHash = d.MappingHash,
    };

    // Shares stay in the store: what is posted or looked at needs the lines only.
    private static DocumentLine LineOf(DocumentFields d, LineFields l, IReadOnlyList<LineTaxFields> taxes) => new()
    {
        Number = (int)l.LineNumber,
        Type = l.Type,
        Group = JsonSerializer.Deserialize<List<string>>(l.GroupValues)!,
        Description = l.Description,
        Account = l.Account,
        Item = l.Item,
        TaxCode = new TaxCode(l.TaxCode, l.DestinationTaxCode, [], l.TaxTreatment.Length == 0 ? null : Enum.Parse<TaxTreatment>(l.TaxTreatment), l.TaxReason),
        BilledSeconds = l.BilledSeconds,
        ChargedSeconds = l.ChargedSeconds.Length == 0 ? l.BilledSeconds : StoreText.RationalOf(l.ChargedSeconds),
        Quantity = new Quantity(StoreText.DecimalOf(l.Quantity)),
        UnitPrice = new UnitPrice(StoreText.DecimalOf(l.UnitPrice), d.Key.Currency),
        Amount = d.Money(l.Amount),
        LineDiscount = d.Money(l.LineDiscount),
        DocumentDiscount = d.Money(l.DocumentDiscount),
        Dimensions = l.Dimensions.Length == 0 ? Dimensions.None : Dimensions.Of(JsonSerializer.Deserialize<Dictionary<string, string>>(l.Dimensions)!),
        BaseNet = l.BaseNet is { } baseNet ? Money.OfMinorUnits(baseNet, Currency.Of(d.BaseCurrency)) : null,
        BaseTaxes = [.. taxes.Where(t => t.BaseAmount is not null).Select(t => Money.OfMinorUnits(t.BaseAmount!.Value, Currency.Of(d.BaseCurrency)))],
        Net = d.Money(l.Net),
        Taxes = [.. taxes.Select(t => new LineTax(t.Component, new TaxRate(StoreText.DecimalOf(t.Rate)), d.Money(t.Amount)))],
        Variance = StoreText.RationalOf(l.Variance),
        Shares = [],
    };
}

/// <summary>
/// Writes the shares of one document through prepared statements. A share bills a record that no document holds, adjusts one that documents
/// hold, or takes one off the books; whatever else somebody asks for is a defect and stops the run.
/// </summary>
internal sealed class ShareWriter : IDisposable
{
    private readonly SqlStatement _find;
    private readonly SqlStatement _insert;
    private readonly SqlStatement _earlier;
    private readonly SqlStatement _bill;
    private readonly SqlStatement _judge;
    private readonly SqlStatement _left;
    private readonly List<(string Stream, string Id)> _freed = [];
    private DocumentPurpose _purpose;

    public ShareWriter(SqlSession session)
    {
        // The newest version is the current one, and its number stands in the index of identities: the row itself is not read.
        _find = session.Prepared(
            "SELECT record_no, version, "
            + "COALESCE((SELECT s.inputs_hash FROM line_shares s WHERE s.series = @series AND s.stream = @stream AND s.source_id = @source_id AND s.inputs_hash <> '" + Reversal.Elsewhere + "' ORDER BY s.document_no DESC, s.line_no DESC LIMIT 1), '')"
            + " FROM records WHERE series = @series AND stream = @stream AND source_id = @source_id ORDER BY version DESC LIMIT 1",
            "series", "stream", "source_id");
        _insert = session.Prepared(
            """
            INSERT INTO line_shares (document_no, line_no, series, stream, source_id, record_no, version, billed_seconds, discount, document_discount, net, tax, taxes, inputs_hash)
            VALUES (@document_no, @line_no, @series, @stream, @source_id, @record_no, @version, @billed_seconds, @discount, @document_discount, @net, @tax, @taxes, @inputs_hash)
            """,
            "document_no", "series", "line_no", "stream", "source_id", "record_no", "version", "billed_seconds", "discount", "document_discount", "net", "tax", "taxes", "inputs_hash");
        _earlier = session.Prepared("SELECT record_no FROM records WHERE series = @series AND stream = @stream AND source_id = @source_id AND version = @version", "series", "stream", "source_id", "version");
        _bill = session.Prepared("UPDATE buckets SET bucket = 'billed', reason = '' WHERE record_no = @record_no AND purpose = @purpose AND bucket = @bucket", "purpose", "record_no", "bucket");
        _judge = session.Prepared("UPDATE buckets SET rules_hash = '' WHERE record_no = @record_no AND purpose = @purpose", "purpose", "record_no");
        _left = session.Prepared(
            """
            SELECT CAST(COUNT(*) AS bigint) FROM (
                SELECT d.currency FROM line_shares s JOIN documents d ON d.document_no = s.document_no
                WHERE s.series = @series AND s.stream = @stream AND s.source_id = @source_id
                GROUP BY d.currency
                HAVING SUM(CASE d.type WHEN 'credit-note' THEN -s.net ELSE s.net END) <> 0 OR SUM(CASE d.type WHEN 'credit-note' THEN -s.tax ELSE s.tax END) <> 0 OR SUM(s.billed_seconds) <> 0) held
            """,
            "series", "stream", "source_id");
        _bill.Set(0, Purposes.Revenue);
        _judge.Set(0, Purposes.Revenue);
    }

    /// <summary>What is written from now on is of this document.</summary>
    public void Begin(long documentNo, string series, DocumentPurpose purpose)
    {
        _purpose = purpose;
        _freed.Clear();
        _find.Set(0, series);
        _left.Set(0, series);
        _earlier.Set(0, series);
        _insert.Set(0, documentNo, series);
    }

    public void Write(DocumentLine line, RecordShare share)
    {
        var stream = share.Stream.Name();
        var (recordNo, version, held) = Find(stream, share.RecordId);
        var takesBack = _purpose is DocumentPurpose.Credit or DocumentPurpose.Withdrawal;
        var bills = !takesBack && line.Type != DocumentLine.Adjustment;
        Invariant.Holds(!bills || (version == share.Version && !held), $"Record {stream}/{share.RecordId} goes onto a document from its current version, and no document holds it yet.");
        Invariant.Holds(bills || takesBack || held, $"Record {stream}/{share.RecordId} is adjusted only while documents hold it.");
        _insert.Set(
            2, line.Number, stream, share.RecordId, version == share.Version ? recordNo : Earlier(stream, share), share.Version, share.BilledSeconds, share.Discount.MinorUnits, share.DocumentDiscount.MinorUnits, share.Net.MinorUnits, share.Tax.MinorUnits,
            share.Taxes.Count == 1 ? share.Tax.MinorUnits.ToString(CultureInfo.InvariantCulture) : string.Join(';', share.Taxes.Select(t => t.MinorUnits.ToString(CultureInfo.InvariantCulture))), share.InputsHash);
        _insert.Execute();
        if (bills) Bill(recordNo, stream, share);
        else Judge(recordNo, stream, share);
    }

    /// <summary>What was taken off the books is off them to the cent, whatever it went through before.</summary>
    public void Check()
    {
        foreach (var (stream, id) in _freed)
        {
            _left.Set(1, stream, id);
            Invariant.Holds(_left.First(row => row.Number(0)) == 0, $"Record {stream}/{id} was taken off the books, and all documents together hold nothing of it.");
        }
    }

    private (long RecordNo, long Version, bool Held) Find(string stream, string id)
    {
        _find.Set(1, stream, id);
        (long RecordNo, long Version, bool Held)? found = _find.First<(long, long, bool)?>(row => (row.Number(0), row.Number(1), row.Text(2).Length > 0));
        Invariant.Holds(found is not null, $"Record {stream}/{id} is in the store.");
        return found!.Value;
    }

    private long Earlier(string stream, RecordShare share)
    {
        _earlier.Set(1, stream, share.RecordId, share.Version);
        var found = _earlier.First<long?>(row => row.Number(0));
        Invariant.Holds(found is not null, $"Version {share.Version} of record {stream}/{share.RecordId} is in the store.");
        return found!.Value;
    }

    private void Bill(long recordNo, string stream, RecordShare share)
    {
        Invariant.Holds(share.InputsHash.Length > 0, $"Record {stream}/{share.RecordId} is billed with the hash of its inputs.");
        _bill.Set(1, recordNo, Bucket.Ready.Name);
        Invariant.Holds(_bill.Execute() == 1, $"Record {stream}/{share.RecordId} goes onto a document from bucket 'ready', once.");
    }

    // Its bucket is found anew: what documents hold of it has changed, or they hold nothing any more.
    private void Judge(long recordNo, string stream, RecordShare share)
    {
        _judge.Set(1, recordNo);
        _judge.Execute();
        if (share.InputsHash.Length == 0) _freed.Add((stream, share.RecordId));
    }

    public void Dispose()
    {
        _find.Dispose();
        _insert.Dispose();
        _earlier.Dispose();
        _bill.Dispose();
        _judge.Dispose();
        _left.Dispose();
    }
}

/// <summary>Writes lines with their taxes and shares through prepared statements.</summary>
internal sealed class LineWriter : IDisposable
{
    private readonly SqlStatement _line;
    private readonly SqlStatement _tax;
    private readonly ShareWriter _shares;

    public LineWriter(SqlSession session, ShareWriter shares)
    {
        _shares = shares;
        _line = session.Prepared(
            """
            INSERT INTO document_lines (document_no, line_no, type, group_values, description, account, item, tax_code, destination_tax_code, tax_treatment, tax_reason,
                                        billed_seconds, charged_seconds, quantity, unit_price, amount, line_discount, document_discount, net, tax, variance, dimensions, base_net)
            VALUES (@document_no, @line_no, @type, @group_values, @description, @account, @item, @tax_code, @destination_tax_code, @tax_treatment, @tax_reason,
                    @billed_seconds, @charged_seconds, @quantity, @unit_price, @amount, @line_discount, @document_discount, @net, @tax, @variance, @dimensions, @base_net)
            """,
            "document_no", "line_no", "type", "group_values", "description", "account", "item", "tax_code", "destination_tax_code", "tax_treatment", "tax_reason", "billed_seconds", "charged_seconds", "quantity",
            "unit_price", "amount", "line_discount", "document_discount", "net", "tax", "variance", "dimensions", "base_net");
        _tax = session.Prepared(
            """
            INSERT INTO line_taxes (document_no, line_no, position, component, rate, amount, base_amount)
            VALUES (@document_no, @line_no, @position, @component, @rate, @amount, @base_amount)
            """,
            "document_no", "line_no", "position", "component", "rate", "amount", "base_amount");
    }

    /// <summary>Of the document that the writer of shares has begun.</summary>
    public void Write(long documentNo, DocumentLine line)
    {
        _line.Run(
            documentNo, line.Number, line.Type, JsonSerializer.Serialize(line.Group), line.Description, line.Account, line.Item, line.TaxCode.Code, line.TaxCode.DestinationCode,
            line.TaxCode.Treatment?.ToString() ?? "", line.TaxCode.Reason, line.BilledSeconds, line.ChargedSeconds == line.BilledSeconds ? "" : StoreText.Of(line.ChargedSeconds), line.Quantity.ToString(),
            NumberText.Canonical(line.UnitPrice.Amount), line.Amount.MinorUnits, line.LineDiscount.MinorUnits, line.DocumentDiscount.MinorUnits, line.Net.MinorUnits, line.Tax.MinorUnits,
            StoreText.Of(line.Variance), line.Dimensions.IsEmpty ? "" : JsonSerializer.Serialize(line.Dimensions.Values), line.BaseNet?.MinorUnits);
        for (var i = 0; i < line.Taxes.Count; i++)
        {
            var tax = line.Taxes[i];
            _tax.Run(documentNo, line.Number, i + 1, tax.Component, tax.Rate.ToString(), tax.Amount.MinorUnits, i < line.BaseTaxes.Count ? line.BaseTaxes[i].MinorUnits : SqlValue.None);
        }

        foreach (var share in line.Shares) _shares.Write(line, share);
    }

    public void Dispose()
    {
        _line.Dispose();
        _tax.Dispose();
    }
}
