using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record PauseFields(string Scope, string Name, string Author, string Reason, string PausedAt)
    {
        public const string Columns = "scope AS Scope, name AS Name, author AS Author, reason AS Reason, paused_at AS PausedAt";

        public Pause Pause => new(ScopeOf(Scope), Name, Author, Reason, StoreText.InstantOf(PausedAt));
    }

    private static readonly (PauseScope Scope, string Name)[] Scopes = [(PauseScope.All, "all"), (PauseScope.Job, "job"), (PauseScope.Entity, "entity")];

    private static string TextOf(PauseScope scope) => Scopes.Single(s => s.Scope == scope).Name;

    private static PauseScope ScopeOf(string text) =>
        Scopes.FirstOrDefault(s => s.Name == text) is { Name: not null } found ? found.Scope : throw new StoreException($"The store has a pause of the unknown scope '{text}'.");

    public Task<IReadOnlyList<Pause>> ListPausesAsync(CancellationToken cancel) => ReadAsync(session => Pauses(session), cancel);

    private static IReadOnlyList<Pause> Pauses(SqlSession session) =>
        [.. session.Query<PauseFields>($"SELECT {PauseFields.Columns} FROM pauses ORDER BY scope, name").Select(p => p.Pause)];

    public Task<Pause> PauseAsync(PauseScope scope, string name, string author, string reason, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            if (Pauses(session).FirstOrDefault(p => p.Scope == scope && p.Name == name) is { } stands) return stands;
            session.Execute(
                "INSERT INTO pauses (scope, name, author, reason, paused_at) VALUES (@scope, @name, @author, @reason, @Now)", new { scope = TextOf(scope), name, author, reason, Now });
            Audit(session, author, "pause", $"{TextOf(scope)} {name}".TrimEnd(), reason);
            return Pauses(session).Single(p => p.Scope == scope && p.Name == name);
        },
        cancel);

    public Task<bool> ResumeAsync(PauseScope scope, string name, string author, string reason, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var ended = session.Execute("DELETE FROM pauses WHERE scope = @scope AND name = @name", new { scope = TextOf(scope), name }) > 0;
            if (ended) Audit(session, author, "resume", $"{TextOf(scope)} {name}".TrimEnd(), reason);
            return ended;
        },
        cancel);

    // In the transaction that commits that a call goes out: a pause that was committed before it stops the call, and no call starts after a pause.
    private static void CheckPauses(SqlSession session, Lease lease, IReadOnlyList<OutboxRow> rows)
    {
        var holding = Pauses(session).Where(pause => rows.Any(row => pause.Covers(lease.Name, row.Key.Entity))).ToList();
        if (holding.Count > 0) throw new PausedException(holding);
    }

    private sealed record RefusalFields
    {
        public string Reference { get; init; } = "";
        public string Job { get; init; } = "";
        public long Refusals { get; init; }
        public string Since { get; init; } = "";
        public string Last { get; init; } = "";
    }

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<DeadLetter>>(
        session =>
        {
            var refusals = session.Query<RefusalFields>(
                """
                SELECT d.reference AS Reference, CAST(COUNT(*) AS bigint) AS Refusals, MIN(a.started_at) AS Since, MAX(a.started_at) AS Last,
                       COALESCE((SELECT r.job FROM runs r WHERE r.run_no = (SELECT MAX(n.run_no) FROM runs n WHERE n.series = d.series)), '') AS Job
                FROM outbox o
                JOIN documents d ON d.document_no = o.document_no
                JOIN attempt_items i ON i.reference = d.reference AND i.outcome = 'Rejected'
                JOIN posting_attempts a ON a.attempt_no = i.attempt_no
                WHERE o.state = 'Rejected' GROUP BY d.reference, d.series
                """).ToDictionary(r => r.Reference, StringComparer.Ordinal);
            return [.. QueryDocuments(session, "o.state = 'Rejected'", new { }).Select(document => DeadLetterOf(document, refusals[document.Reference]))];
        },
        cancel);

    private static DeadLetter DeadLetterOf(DocumentRow document, RefusalFields refusals) =>
        new(document, refusals.Job, (int)refusals.Refusals, StoreText.InstantOf(refusals.Since), StoreText.InstantOf(refusals.Last));

    private sealed record ExchangeFields(
        long AttemptNo, long RunNo, string Destination, string Action, string IdempotencyKey, string StartedAt, string? EndedAt, string Outcome, string Message, string Request, string Response);

    public Task<IReadOnlyList<Exchange>> ListExchangesAsync(string reference, CancellationToken cancel) => ReadAsync<IReadOnlyList<Exchange>>(
        session => [.. session.Query<ExchangeFields>(
            """
            SELECT a.attempt_no AS AttemptNo, a.run_no AS RunNo, a.destination AS Destination, a.action AS Action, a.idempotency_key AS IdempotencyKey, a.started_at AS StartedAt, a.ended_at AS EndedAt,
                   i.outcome AS Outcome, i.message AS Message, a.request AS Request, a.response AS Response
            FROM attempt_items i JOIN posting_attempts a ON a.attempt_no = i.attempt_no WHERE i.reference = @reference ORDER BY a.attempt_no
            """,
            new { reference }).Select(e => new Exchange(
                new AttemptRow(e.AttemptNo, e.RunNo, e.Destination, e.Action, e.IdempotencyKey, StoreText.InstantOf(e.StartedAt), StoreText.InstantOrNull(e.EndedAt), e.Outcome, e.Message), e.Request, e.Response))],
        cancel);

    public Task<int> RetryDeadLettersAsync(Lease lease, IReadOnlyList<long> documentNos, string author, string reason, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var refused = Refused(session, lease, documentNos);
            foreach (var (_, reference) in refused) Audit(session, author, "retry dead letter", $"{lease.Name} {reference}", reason);
            AuditTakenApart(session, refused.Select(r => r.DocumentNo));
            UnformAll(session, [.. refused.Select(r => r.DocumentNo)]);
            return refused.Count;
        },
        cancel);

    public Task<int> DiscardDeadLettersAsync(Lease lease, IReadOnlyList<long> documentNos, string author, string reason, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var refused = Refused(session, lease, documentNos);
            foreach (var (_, reference) in refused) Audit(session, author, "discard dead letter", $"{lease.Name} {reference}", reason);
            foreach (var record in refused.SelectMany(r => RecordsOf(session, r.DocumentNo)).Distinct()) Mark(session, lease, record, author, reason);
            AuditTakenApart(session, refused.Select(r => r.DocumentNo));
            UnformAll(session, [.. refused.Select(r => r.DocumentNo)]);
            return refused.Count;
        },
        cancel);

    private static IEnumerable<RecordName> RecordsOf(SqlSession session, long documentNo) =>
        session.Query<(string Stream, string SourceId)>("SELECT DISTINCT stream, source_id FROM line_shares WHERE document_no = @documentNo ORDER BY stream, source_id", new { documentNo })
            .Select(r => new RecordName(StreamNames.Parse(r.Stream), r.SourceId));

    private static List<(long DocumentNo, string Reference)> Refused(SqlSession session, Lease lease, IReadOnlyList<long> documentNos) =>
    [
        .. session.Query<(long DocumentNo, string Reference)>(
            "SELECT o.document_no, d.reference FROM outbox o JOIN documents d ON d.document_no = o.document_no WHERE o.series = @Name AND o.state = 'Rejected' ORDER BY o.document_no",
            new { lease.Name }).Where(r => documentNos.Contains(r.DocumentNo)),
    ];

    public Task<IReadOnlySet<string>> ListAttemptedAsync(string series, string destination, OutboxState state, CancellationToken cancel) => ReadAsync<IReadOnlySet<string>>(
        session => session.Query<string>(
            """
            SELECT d.reference FROM outbox o JOIN documents d ON d.document_no = o.document_no
            WHERE o.series = @series AND o.destination = @destination AND o.state = @state
              AND EXISTS (SELECT 1 FROM attempt_items i WHERE i.reference = d.reference)
            """,
            new { series, destination, state = state.ToString() }).ToHashSet(StringComparer.Ordinal),
        cancel);

    private sealed record RevisionFields
    {
        public string Entity { get; init; } = "";
        public string Client { get; init; } = "";
        public string Currency { get; init; } = "";
        public string Kind { get; init; } = "";
        public string PeriodKind { get; init; } = "";
        public string PeriodFrom { get; init; } = "";
        public string Split { get; init; } = "";
        public string Purpose { get; init; } = "";
        public long Revision { get; init; }

        public RevisionOfKey Row => new(new KeyFields(Entity, Client, Currency, Kind, PeriodKind, PeriodFrom, Split).Key, StoreText.PurposeOf(Purpose), (int)Revision);
    }

    public Task<IReadOnlyList<RevisionOfKey>> ListRevisionsOfOpenKeysAsync(string tenant, string series, string destination, long first, long last, CancellationToken cancel) => ReadAsync<IReadOnlyList<RevisionOfKey>>(
        session => [.. session.Query<RevisionFields>(
            """
            SELECT d.entity AS Entity, d.client AS Client, d.currency AS Currency, d.kind AS Kind, d.period_kind AS PeriodKind, d.period_from AS PeriodFrom, d.split AS Split,
                   d.purpose AS Purpose, MAX(d.revision) AS Revision
            FROM documents d
            JOIN (SELECT DISTINCT k.entity, k.client, k.currency, k.kind, k.period_kind, k.period_from, k.split
                  FROM outbox o JOIN documents k ON k.document_no = o.document_no
                  WHERE o.series = @series AND o.destination = @destination AND o.state IN ('Ready', 'Sending', 'Unknown')
                    AND o.document_no >= @first AND o.document_no <= @last) r
              ON r.entity = d.entity AND r.client = d.client AND r.currency = d.currency AND r.kind = d.kind AND r.period_kind = d.period_kind AND r.period_from = d.period_from AND r.split = d.split
            WHERE d.tenant = @tenant AND d.series = @series
            GROUP BY d.entity, d.client, d.currency, d.kind, d.period_kind, d.period_from, d.split, d.purpose
            """,
            new { tenant, series, destination, first, last }).Select(r => r.Row)],
        cancel);

    public Task<IReadOnlyList<FormerKey>> ListFormerKeysAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<FormerKey>>(
        session => session.QuerySingle<long>("SELECT CAST(COUNT(*) AS bigint) FROM outbox WHERE series = @series AND state IN ('Ready', 'Sending', 'Unknown')", new { series }) == 0 ? [] : [.. session.Query<KeyFields, KeyFields, FormerKey>(
            $"""
            SELECT DISTINCT {KeyFields.Of("f")}, {KeyFields.Of("k")}
            FROM (SELECT r.stream, r.source_id, b.entity, b.client, b.currency, b.kind, b.period_kind, b.period_from, b.split
                  FROM records r JOIN buckets b ON b.record_no = r.record_no AND b.purpose = @purpose
                  WHERE r.series = @series AND r.is_current = 0 AND b.currency <> ''
                  UNION
                  SELECT r.stream, r.source_id, p.entity, p.client, p.currency, p.kind, p.period_kind, p.period_from, p.split
                  FROM former_places p JOIN records r ON r.record_no = p.record_no
                  WHERE p.series = @series) f
            JOIN line_shares s ON s.series = @series AND s.stream = f.stream AND s.source_id = f.source_id
            JOIN outbox o ON o.document_no = s.document_no AND o.state IN ('Ready', 'Sending', 'Unknown')
            JOIN documents k ON k.document_no = o.document_no
            WHERE k.entity <> f.entity OR k.client <> f.client OR k.currency <> f.currency OR k.kind <> f.kind OR k.period_kind <> f.period_kind OR k.period_from <> f.period_from OR k.split <> f.split
            """,
            (former, open) => new FormerKey(former.Key, open.Key),
            new { series, purpose = Purposes.Revenue },
            splitOn: nameof(KeyFields.Entity))],
        cancel);

    public Task<IReadOnlySet<string>> ListAdoptedAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlySet<string>>(
        session => session.Query<string>("SELECT reference FROM adopted_documents WHERE series = @series", new { series }).ToHashSet(StringComparer.Ordinal), cancel);

    public Task AdoptAsync(Lease lease, IReadOnlyList<string> references, string author, string reason, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            foreach (var reference in references)
            {
                var row = new { lease.Name, reference, author, reason, Now };
                session.Save(
                    "UPDATE adopted_documents SET author = @author, reason = @reason, adopted_at = @Now WHERE series = @Name AND reference = @reference",
                    "INSERT INTO adopted_documents (series, reference, author, reason, adopted_at) VALUES (@Name, @reference, @author, @reason, @Now)",
                    row);
                Audit(session, author, "adopt document", $"{lease.Name} {reference}", reason);
            }
        },
        cancel);
}
