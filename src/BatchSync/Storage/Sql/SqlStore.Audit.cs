using System.Data.Common;
using System.Globalization;
using BatchSync.Core.Posting;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private const string AuditColumns = "event_no, at, author_kind, author, run_no, action, subject, reason, previous_hash, hash";

    public Task SaveAuditAsync(AuditEntry entry, CancellationToken cancel) => WriteAsync(null, session => Append(session, [entry]), cancel);

    public Task<AuditHead> FindAuditHeadAsync(CancellationToken cancel) => ReadAsync(session => Head(session), cancel);

    public IAsyncEnumerable<AuditEvent> ReadAuditAsync(DateOnly? from, DateOnly? to, CancellationToken cancel)
    {
        // Without a bound no event may be left out, whatever stands where its instant should be.
        var end = to is { } day && day < DateOnly.MaxValue ? day.AddDays(1) : (DateOnly?)null;
        return StreamAsync(
            $"SELECT {AuditColumns} FROM audit_events WHERE (@first = '' OR at >= @first) AND (@end = '' OR at < @end) ORDER BY event_no",
            [("@first", StoreText.Of(from) ?? ""), ("@end", StoreText.Of(end) ?? "")],
            ReadEvent,
            cancel);
    }

    private static AuditEvent ReadEvent(DbDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        new AuditEntry(row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetInt64(4), row.GetString(5), row.GetString(6), row.GetString(7)),
        row.GetString(8),
        row.GetString(9));

    private static AuditHead Head(SqlSession session)
    {
        var events = session.QuerySingle<long>("SELECT CAST(COUNT(*) AS bigint) FROM audit_events");
        return new AuditHead(events, HeadHash(session));
    }

    private static string HeadHash(SqlSession session) =>
        session.QuerySingleOrDefault<string>("SELECT hash FROM audit_events WHERE event_no = (SELECT MAX(event_no) FROM audit_events)") ?? AuditChain.Beginning;

    /// <summary>
    /// The only way into the trail: in the transaction of what the events tell of, so that neither is ever without the other. The store has one
    /// writer at a time, so that nobody else takes the same head.
    /// </summary>
    private void Append(SqlSession session, IReadOnlyCollection<AuditEntry> entries)
    {
        if (entries.Count == 0) return;
        var (at, head) = (Now, HeadHash(session));
        var rows = new List<object>(entries.Count);
        foreach (var e in entries)
        {
            var hash = AuditChain.Hash(head, at, e);
            rows.Add(new { at, e.AuthorKind, e.Author, e.RunNo, e.Action, e.Subject, e.Reason, head, hash });
            head = hash;
        }

        session.Execute(
            """
            INSERT INTO audit_events (at, author_kind, author, run_no, action, subject, reason, previous_hash, hash)
            VALUES (@at, @AuthorKind, @Author, @RunNo, @Action, @Subject, @Reason, @head, @hash)
            """,
            rows);
    }

    private void Audit(SqlSession session, string author, string action, string subject, string reason) =>
        Append(session, [AuditEntry.OfPerson(author, action, subject, reason)]);

    private sealed record RunningRun(string Job, long RunNo);

    /// <summary>An act of the run that holds the series' lease; there is at most one that is not ended.</summary>
    private static AuditEntry OfRun(SqlSession session, string series, string action, string subject, string reason = "")
    {
        var run = session.QuerySingleOrDefault<RunningRun>(
            "SELECT job AS Job, run_no AS RunNo FROM runs WHERE run_no = (SELECT MAX(run_no) FROM runs WHERE series = @series AND status = @running)",
            new { series, running = nameof(RunStatus.Running) });
        return new AuditEntry(AuthorKinds.Run, run?.Job ?? series, run?.RunNo, action, subject, reason);
    }

    private sealed record AuditedDocument(string Series, string Reference, string ContentHash, string State, string DestinationId)
    {
        public string Subject => $"{Reference} content {ContentHash}{(DestinationId.Length > 0 ? $" as {DestinationId}" : "")}";
    }

    private static AuditedDocument DocumentToAudit(SqlSession session, long documentNo) => session.QuerySingle<AuditedDocument>(
        """
        SELECT d.series AS Series, d.reference AS Reference, d.content_hash AS ContentHash, o.state AS State, o.destination_id AS DestinationId
        FROM documents d JOIN outbox o ON o.document_no = d.document_no WHERE d.document_no = @documentNo
        """,
        new { documentNo });

    private void AuditFormed(SqlSession session, long documentNo)
    {
        var document = DocumentToAudit(session, documentNo);
        if (document.State != nameof(OutboxState.Planned)) Append(session, [OfRun(session, document.Series, "form document", document.Subject)]);
    }

    // What a plan formed was never meant to be sent, and says nothing about the books.
    private void AuditTakenApart(SqlSession session, IEnumerable<long> documentNos)
    {
        var documents = documentNos.Select(no => DocumentToAudit(session, no)).Where(d => d.State != nameof(OutboxState.Planned));
        Append(session, [.. documents.Select(d => OfRun(session, d.Series, "take document apart", d.Subject))]);
    }

    /// <param name="before">The document before the change, with its state and id.</param>
    private static AuditEntry? ChangeToAudit(SqlSession session, AuditedDocument before, OutboxChange change)
    {
        if (before.State == change.State.ToString()) return null;
        var action = change switch
        {
            { State: OutboxState.Ready } when before.State == nameof(OutboxState.Planned) => "form document",
            { State: OutboxState.Created, Outcome: "AlreadyPosted" or "Adopted" } => "adopt document",
            { State: OutboxState.Posted } => "post document",
            { State: OutboxState.Rejected } => "reject document",
            { State: OutboxState.Withdrawn } => "withdraw document",
            _ => null,
        };
        return action is null ? null : OfRun(session, before.Series, action, (before with { DestinationId = change.DestinationId ?? before.DestinationId }).Subject);
    }

    private sealed record UnchainedEvent(long EventNo, string At, string Author, string Action, string Subject, string Reason);

    /// <summary>Chains the events of a store that had none, and says so in an event of its own: that they were not changed before that, nobody can prove.</summary>
    private void ChainEarlierEvents(SqlSession session)
    {
        if (HeadHash(session).Length > 0) return;
        var events = session.Query<UnchainedEvent>(
            "SELECT event_no AS EventNo, at AS At, author AS Author, action AS Action, subject AS Subject, reason AS Reason FROM audit_events ORDER BY event_no").ToList();
        var head = AuditChain.Beginning;
        foreach (var e in events)
        {
            var hash = AuditChain.Hash(head, e.At, AuditEntry.OfPerson(e.Author, e.Action, e.Subject, e.Reason));
            session.Execute("UPDATE audit_events SET previous_hash = @head, hash = @hash WHERE event_no = @EventNo", new { head, hash, e.EventNo });
            head = hash;
        }

        Audit(session, Environment.UserName, AuditChain.ChainedLate, string.Create(CultureInfo.InvariantCulture, $"events {events[0].EventNo} to {events[^1].EventNo}"), "they were written before there was a chain");
    }
}
