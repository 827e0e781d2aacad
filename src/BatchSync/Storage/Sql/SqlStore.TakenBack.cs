namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    public Task<IReadOnlyList<long>> ListLeftBehindAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<long>>(
        session => [.. session.Query<long>(
            """
            SELECT DISTINCT d.document_no
            FROM documents c
            JOIN outbox co ON co.document_no = c.document_no AND co.state NOT IN ('Planned', 'Ready', 'Rejected')
            JOIN documents o ON o.reference = c.corrects
            JOIN line_shares os ON os.document_no = o.document_no
            JOIN line_shares s ON s.series = os.series AND s.stream = os.stream AND s.source_id = os.source_id AND s.document_no < c.document_no AND s.document_no <> o.document_no
            JOIN documents d ON d.document_no = s.document_no AND d.entity = o.entity AND d.client = o.client AND d.currency = o.currency AND d.kind = o.kind
                AND d.period_kind = o.period_kind AND d.period_from = o.period_from AND d.split = o.split
            JOIN outbox od ON od.document_no = d.document_no AND od.state NOT IN ('Planned', 'Ready', 'Rejected')
            WHERE c.series = @series AND c.purpose IN ('credit', 'withdrawal') AND d.purpose NOT IN ('credit', 'withdrawal')
              AND NOT EXISTS (SELECT 1 FROM documents t WHERE t.series = d.series AND t.corrects = d.reference AND t.purpose IN ('credit', 'withdrawal'))
            ORDER BY d.document_no
            """,
            new { series })],
        cancel);
}
