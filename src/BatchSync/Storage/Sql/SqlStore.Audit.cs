using System.Data.Common;
using System.Globalization;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
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
            [("first", StoreText.Of(from) ?? ""), ("end", StoreText.Of(end) ?? "")],
            ReadEvent,
            cancel);
    }

    private static AuditEvent ReadEvent(ISqlRow row) => new(
        row.Number(0),
        row.Text(1),
        new AuditEntry(row.Text(2), row.Text(3), row.IsNull(4) ? null : row.Number(4), row.Text(5), row.Text(6), row.Text(7)),
        row.Text(8),
        row.Text(9));

    private static AuditHead Head(SqlSession session)
    {
        var events = session.QuerySingle<long>("SELECT CAST(COUNT(*) AS bigint) FROM audit_events");
        return new AuditHead(events, HeadHash(session));
    }

    private static string HeadHash(SqlSession session) =>
        session.First("SELECT hash FROM audit_events WHERE event_no = (SELECT MAX(event_no) FROM audit_events)", row => row.Text(0)) ?? AuditChain.Beginning;

    /// <summary>
    /// The only way into the trail: in the transaction of what the events tell of, so that neither is ever without the other. The store has one
    /// writer at a time, so that nobody else takes the same head.
    /// </summary>
    private void Append(SqlSession session, IReadOnlyCollection<AuditEntry> entries)
    {
        if (entries.Count == 0) return;
        var (at, head) = (Now, HeadHash(session));
        using var insert = session.Prepared(
            """
            INSERT INTO audit_events (at, author_kind, author, run_no, action, subject, reason, previous_hash, hash)
            VALUES (@at, @kind, @author, @run, @action, @subject, @reason, @head, @hash)
            """,
            "at", "kind", "author", "run", "action", "subject", "reason", "head", "hash");
        foreach (var e in entries)
        {
            var hash = AuditChain.Hash(head, at, e);
            insert.Run(at, e.AuthorKind, e.Author, e.RunNo, e.Action, e.Subject, e.Reason, head, hash);
            head = hash;
        }
    }

    private void Audit(SqlSession session, string author, string action, string subject, string reason) =>
        Append(session, [AuditEntry.OfPerson(author, action, subject, reason)]);

    private sealed record RunningRun(string Job, long RunNo);

    /// <summary>An act of the run that holds the series' lease; there is at most one that is not ended.</summary>
    private static AuditEntry OfRun(SqlSession session, string series, string action, string subject, string reason = "")
    {
        var run = session.First(
            "SELECT job, run_no FROM runs WHERE run_no = (SELECT MAX(run_no) FROM runs WHERE series = @series AND status = @running)",
            row => new RunningRun(row.Text(0), row.Number(1)),
            ("series", series), ("running", nameof(RunStatus.Running)));
        return new AuditEntry(AuthorKinds.Run, run?.Job ?? series, run?.RunNo, action, subject, reason);
    }

    private sealed record AuditedDocument(string Series, string Reference, string ContentHash, string State, string DestinationId, string PeriodKind, string PeriodFrom)
    {
        public string Subject => SubjectOf(Reference, ContentHash, DestinationId);

        public static string SubjectOf(string reference, string contentHash, string destinationId) => $"{reference} content {contentHash}{(destinationId.Length > 0 ? $" as {destinationId}" : "")}";
    }

    private static AuditedDocument DocumentToAudit(SqlSession session, long documentNo) => session.First(
        """
        SELECT d.series, d.reference, d.content_hash, o.state, o.destination_id, d.period_kind, d.period_from
        FROM documents d JOIN outbox o ON o.document_no = d.document_no WHERE d.document_no = @documentNo
        """,
        row => new AuditedDocument(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Text(6)),
        ("documentNo", documentNo)) ?? throw new InvariantException($"Document number {documentNo} is in the store.");

    // What a plan formed was never meant to be sent, and says nothing about the books.
    private static AuditEntry? Formed(SqlSession session, DocumentEntry entry, Document document) =>
        entry.State == OutboxState.Planned ? null : OfRun(session, document.Identity.Series, "form document", AuditedDocument.SubjectOf(document.Reference, entry.ContentHash, ""));

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
