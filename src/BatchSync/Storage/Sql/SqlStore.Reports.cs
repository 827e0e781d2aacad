
namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    public Task SaveReportAsync(ReportRow report, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var row = new { report.RunNo, report.SummaryHash, report.DetailHash, report.ExceptionsHash, report.Rejections, report.Failure, report.Audit.Events, report.Audit.Hash, Now };
            session.Save(
                """
                UPDATE run_reports SET summary_hash = @SummaryHash, detail_hash = @DetailHash, exceptions_hash = @ExceptionsHash, rejections = @Rejections, failure = @Failure,
                    audit_events = @Events, audit_head = @Hash, written_at = @Now
                WHERE run_no = @RunNo
                """,
                """
                INSERT INTO run_reports (run_no, summary_hash, detail_hash, exceptions_hash, rejections, failure, audit_events, audit_head, written_at)
                VALUES (@RunNo, @SummaryHash, @DetailHash, @ExceptionsHash, @Rejections, @Failure, @Events, @Hash, @Now)
                """,
                row);
            var job = session.QuerySingle<string>("SELECT job FROM runs WHERE run_no = @RunNo", row);
            var subject = $"summary.csv content {report.SummaryHash}, detail.csv content {report.DetailHash}, exceptions.csv content {report.ExceptionsHash}";
            Append(session, [new AuditEntry(AuthorKinds.Run, job, report.RunNo, "write report", subject, "")]);
        },
        cancel);

    private sealed record ReportFields(long RunNo, string SummaryHash, string DetailHash, string ExceptionsHash, long Rejections, string? Failure, long Events, string Head);

    public Task<ReportRow?> FindReportAsync(long runNo, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingleOrDefault<ReportFields>(
            """
            SELECT run_no AS RunNo, summary_hash AS SummaryHash, detail_hash AS DetailHash, exceptions_hash AS ExceptionsHash, rejections AS Rejections, failure AS Failure,
                   audit_events AS Events, audit_head AS Head
            FROM run_reports WHERE run_no = @runNo
            """,
            new { runNo }) is { } r
            ? new ReportRow(r.RunNo, r.SummaryHash, r.DetailHash, r.ExceptionsHash, r.Rejections, r.Failure, new AuditHead(r.Events, r.Head))
            : null,
        cancel);

    public Task<int> CountDeliveriesAsync(long runNo, CancellationToken cancel) => ReadAsync(
        session => (int)session.QuerySingle<long>("SELECT CAST(COUNT(*) AS bigint) FROM deliveries WHERE run_no = @runNo", new { runNo }), cancel);
}
