using System.Security.Cryptography;
using BatchSync.Core.Billing;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    public async Task<IReadOnlyList<StoreCheck>> VerifyAsync(CancellationToken cancel)
    {
        var structure = await ReadAsync(_dialect.VerifyStructure, cancel);

        // What the database itself calls damaged answers no further question in a way that could be believed.
        if (structure.Any(c => c.Problems.Count > 0)) return structure;
        return
        [
            .. structure,
            await VerifyContentAsync("configuration files against their hashes", "SELECT content_hash, content FROM configuration_files ORDER BY content_hash", body => body, cancel),
            await VerifyContentAsync("raw pages against their hashes", "SELECT content_hash, body FROM raw_pages WHERE pruned_at IS NULL ORDER BY first_seen_at, content_hash", PackedPage.Unpack, cancel),
            await VerifyRecordsAsync(cancel),
            .. await ReadAsync(VerifyBooks, cancel),
            await VerifyTrailAsync(cancel),
        ];
    }

    private async Task<StoreCheck> VerifyContentAsync(string what, string sql, Func<byte[], byte[]> content, CancellationToken cancel)
    {
        var (count, problems) = (0L, new List<string>());
        await foreach (var (name, body) in StreamAsync(sql, [], row => (row.Text(0), row.Bytes(1)), cancel))
        {
            count++;
            if (FaultOf(name, body, content) is { } fault) problems.Add($"{name}: {fault}");
        }

        return StoreCheck.Of(what, count, problems);
    }

    private static string? FaultOf(string hash, byte[] body, Func<byte[], byte[]> content)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(content(body))) == hash ? null : "its content is another";
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            return $"it cannot be unpacked: {e.Message}";
        }
    }

    private async Task<StoreCheck> VerifyRecordsAsync(CancellationToken cancel)
    {
        var (count, problems) = (0L, new List<string>());
        await foreach (var (record, version, hash) in StreamAsync($"SELECT {RecordColumns}, r.content_hash FROM records r ORDER BY r.record_no", [], row => (ReadContent(row), row.Number(1), row.Text(RecordColumnCount)), cancel))
        {
            count++;
            if (RecordContent.Hash(record) != hash) problems.Add(FormattableString.Invariant($"{new RecordName(record.Stream, record.Id)} version {version}: its content is not that of its hash"));
        }

        return StoreCheck.Of("versions of records against their hashes", count, problems);
    }

    private sealed record Found
    {
        public string Name { get; init; } = "";
        public string Fault { get; init; } = "";
    }

    private static List<StoreCheck> VerifyBooks(SqlSession session)
    {
        StoreCheck Check(string what, string count, string problems) =>
            StoreCheck.Of(what, session.QuerySingle<long>(count), [.. session.Query<Found>(problems, new { purpose = Purposes.Revenue }).Select(f => $"{f.Name}: {f.Fault}")]);
        return
        [
            Check("lines against the shares of records", "SELECT CAST(COUNT(*) AS bigint) FROM document_lines", SharesUnlikeLines),
            Check("documents against their lines", "SELECT CAST(COUNT(*) AS bigint) FROM documents", LinesUnlikeDocuments),
            Check("documents against the outbox", "SELECT CAST(COUNT(*) AS bigint) FROM documents", "SELECT d.reference AS Name, 'it has no row in the outbox' AS Fault FROM documents d LEFT JOIN outbox o ON o.document_no = d.document_no WHERE o.document_no IS NULL ORDER BY d.document_no"),
            Check("records in one bucket each", "SELECT CAST(COUNT(*) AS bigint) FROM records WHERE stream IN ('time_entries', 'expenses')", RecordsWithoutBucket),
            Check("assessments against the buckets", "SELECT CAST(COUNT(*) AS bigint) FROM assessments", AssessedWithoutBucket),
            Check("billed records on documents", "SELECT CAST(COUNT(*) AS bigint) FROM buckets WHERE bucket = 'billed'", BilledOnNothing),
        ];
    }

    private const string SharesUnlikeLines = """
        SELECT d.reference AS Name, 'a line is not the sum of what its records hold' AS Fault
        FROM document_lines l JOIN documents d ON d.document_no = l.document_no
        LEFT JOIN (SELECT document_no, line_no, SUM(net) AS net, SUM(tax) AS tax FROM line_shares GROUP BY document_no, line_no) s ON s.document_no = l.document_no AND s.line_no = l.line_no
        WHERE COALESCE(s.net, 0) <> l.net OR COALESCE(s.tax, 0) <> l.tax
        ORDER BY l.document_no, l.line_no
        """;

    private const string LinesUnlikeDocuments = """
        SELECT d.reference AS Name, CASE WHEN d.net + d.tax <> d.total THEN 'net and tax are not the total' ELSE 'it is not the sum of its lines' END AS Fault
        FROM documents d
        LEFT JOIN (SELECT document_no, SUM(net) AS net, SUM(tax) AS tax FROM document_lines GROUP BY document_no) l ON l.document_no = d.document_no
        WHERE COALESCE(l.net, 0) <> d.net OR COALESCE(l.tax, 0) <> d.tax OR d.net + d.tax <> d.total
        ORDER BY d.document_no
        """;

    // A current version without a bucket was staged by a run that died before it mapped; the next run does.
    private const string RecordsWithoutBucket = """
        SELECT r.source_id AS Name, CASE WHEN r.is_current = 1 THEN 'it stands on a document and is in no bucket' ELSE 'an older version is not in the bucket of those' END AS Fault
        FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no AND b.purpose = @purpose
        WHERE r.stream IN ('time_entries', 'expenses')
          AND ((r.is_current = 0 AND (b.bucket IS NULL OR b.bucket <> 'superseded'))
            OR (r.is_current = 1 AND b.bucket IS NULL AND EXISTS (SELECT 1 FROM line_shares s WHERE s.record_no = r.record_no)))
        ORDER BY r.record_no
        """;

    // No run looks at them again: they were in buckets once.
    private const string AssessedWithoutBucket = """
        SELECT CONCAT(a.series, ' ', a.stream) AS Name, 'records that were assessed are in no bucket any more' AS Fault
        FROM assessments a
        WHERE a.records <> (SELECT CAST(COUNT(*) AS bigint) FROM records r JOIN buckets b ON b.record_no = r.record_no AND b.purpose = @purpose
                            WHERE r.series = a.series AND r.stream = a.stream AND r.record_no <= a.through_record)
        ORDER BY a.series, a.stream
        """;

    private static readonly string BilledOnNothing = $"""
        SELECT r.source_id AS Name, 'it is billed, and no document holds it' AS Fault
        FROM buckets b JOIN records r ON r.record_no = b.record_no
        WHERE b.purpose = @purpose AND b.bucket = 'billed' AND r.is_current = 1 AND NOT ({HeldBy("r.series", "r.stream", "r.source_id")})
        ORDER BY r.record_no
        """;

    private async Task<StoreCheck> VerifyTrailAsync(CancellationToken cancel)
    {
        var trail = await AuditChain.VerifyAsync(ReadAuditAsync(null, null, cancel), null, cancel);
        return StoreCheck.Of("events of the audit trail", trail.Head.Events, trail.Broken is { } broken ? [FormattableString.Invariant($"event {broken.EventNo}: {broken.Why}")] : []);
    }
}
