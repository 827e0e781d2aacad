using System.Data;
using System.Runtime.ExceptionServices;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage.Sql;
using Microsoft.Data.SqlClient;

namespace BatchSync.Storage.SqlServer;

/// <summary>Stages the records of one page as sets: copied in bulk beside the table, and compared with it there. The same outcome as one record at a time.</summary>
internal static class RecordPage
{
    private const string Page = "#page";

    private static readonly string Names = string.Join(", ", RecordRow.Names);

    public static readonly string Create = $"SELECT TOP (0) {Names} INTO {Page} FROM records";

    public const string Seen = """
        UPDATE r SET seen_in = p.seen_in
        FROM records r JOIN #page p ON p.series = r.series AND p.stream = r.stream AND p.source_id = r.source_id AND p.content_hash = r.content_hash
        WHERE r.is_current = 1
        """;

    public const string ListGone = """
        SELECT p.source_id, r.modified_at FROM records r JOIN #page p ON p.series = r.series AND p.stream = r.stream AND p.source_id = r.source_id
        WHERE r.is_current = 1 AND r.deleted = 1 AND r.modified_at IS NOT NULL AND r.content_hash <> p.content_hash
        """;

    public const string SeenGone = "UPDATE records SET seen_in = @seen WHERE series = @series AND stream = @stream AND source_id = @id AND is_current = 1";

    public const string LeaveOut = "DELETE FROM #page WHERE source_id = @id";

    public const string FindChanged = """
        SELECT r.record_no, r.version, r.source_id INTO #changed
        FROM records r JOIN #page p ON p.series = r.series AND p.stream = r.stream AND p.source_id = r.source_id
        WHERE r.is_current = 1 AND r.content_hash <> p.content_hash
        """;

    public const string EndChanged = "UPDATE r SET is_current = 0 FROM records r JOIN #changed c ON c.record_no = r.record_no";

    public const string ListPeriods = $"""
        SELECT DISTINCT COALESCE(b.period_kind, ''), COALESCE(b.period_from, '')
        FROM #changed c LEFT JOIN buckets b ON b.record_no = c.record_no AND b.purpose = '{Purposes.Revenue}'
        """;

    public const string Supersede = $"""
        UPDATE b SET bucket = 'superseded', reason = '', fault_field = '', fault_value = '', fault_rule = ''
        FROM buckets b JOIN #changed c ON c.record_no = b.record_no WHERE b.purpose = '{Purposes.Revenue}'
        """;

    public const string SupersedeWithoutBucket = $"""
        INSERT INTO buckets (record_no, purpose, series, bucket, reason, entity, client, currency, kind, period_kind, period_from, split, local_date,
                             project, task, person, category, fault_field, fault_value, fault_rule, rules_hash)
        SELECT c.record_no, '{Purposes.Revenue}', @series, 'superseded', '', '', '', '', '', '', '', '', NULL, '', '', '', '', '', '', '', ''
        FROM #changed c WHERE NOT EXISTS (SELECT 1 FROM buckets b WHERE b.record_no = c.record_no AND b.purpose = '{Purposes.Revenue}')
        """;

    // What is there unchanged still has its current version; what changed has none at this moment.
    public static readonly string Insert = $"""
        INSERT INTO records ({Names})
        SELECT {string.Join(", ", RecordRow.Names.Select(n => n == "version" ? "COALESCE(c.version, 0) + 1" : "p." + n))}
        FROM #page p LEFT JOIN #changed c ON c.source_id = p.source_id
        WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.series = p.series AND r.stream = p.stream AND r.source_id = p.source_id AND r.is_current = 1)
        ORDER BY p.source_id
        """;

    public const string Drop = "DROP TABLE #changed; DROP TABLE #page";

    public static StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<HashedRecord> records)
    {
        var counts = default(StageCounts);
        var touched = new HashSet<(string Kind, string From)>();
        foreach (var round in Rounds(records)) counts += StageRound(session, set, pageHash, round, touched);
        return new StagedRecords(counts, touched);
    }

    // A page that shows a record twice is two rounds: the second showing is compared with the first.
    private static IEnumerable<List<HashedRecord>> Rounds(IReadOnlyList<HashedRecord> records)
    {
        var rounds = new List<List<HashedRecord>>();
        var shown = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            var round = shown.GetValueOrDefault(record.Record.Id);
            shown[record.Record.Id] = round + 1;
            if (round == rounds.Count) rounds.Add([]);
            rounds[round].Add(record);
        }

        return rounds;
    }

    private static StageCounts StageRound(SqlSession session, PageSet set, string pageHash, List<HashedRecord> records, HashSet<(string Kind, string From)> touched)
    {
        session.Execute(Create);
        Copy(session, set, pageHash, records);
        var unchanged = session.Execute(Seen) + LeaveGone(session, set, records);
        session.Execute(FindChanged);
        var changed = session.Execute(EndChanged);
        if (changed > 0 && set.Start.Stream.IsBilled()) SupersedeChanged(session, set, touched);
        var inserted = session.Execute(Insert);
        session.Execute(Drop);
        return new StageCounts(inserted - changed, changed, unchanged);
    }

    // A deletion that the source dated later than the row of this page stands.
    private static int LeaveGone(SqlSession session, PageSet set, List<HashedRecord> records)
    {
        var gone = session.Query<(string Id, string Since)>(ListGone).ToDictionary(g => g.Id, g => StoreText.InstantOf(g.Since), StringComparer.Ordinal);
        var left = records.Where(r => gone.TryGetValue(r.Record.Id, out var since) && Tombstone.Outlives(since, r.Record)).Select(r => r.Record.Id).ToList();
        foreach (var id in left)
        {
            session.Execute(SeenGone, new { seen = set.PageSetNo, series = set.Start.Series, stream = set.Start.Stream.Name(), id });
            session.Execute(LeaveOut, new { id });
        }

        return left.Count;
    }

    private static void SupersedeChanged(SqlSession session, PageSet set, HashSet<(string Kind, string From)> touched)
    {
        touched.UnionWith(session.Query<(string Kind, string From)>(ListPeriods));
        session.Execute(Supersede);
        session.Execute(SupersedeWithoutBucket, new { series = set.Start.Series });
    }

    private static void Copy(SqlSession session, PageSet set, string pageHash, List<HashedRecord> records)
    {
        using var table = new DataTable { Locale = System.Globalization.CultureInfo.InvariantCulture };
        foreach (var name in RecordRow.Names) table.Columns.Add(name, RecordRow.IsNumber(name) ? typeof(long) : typeof(string));
        var values = new SqlValue[RecordRow.Names.Length];
        foreach (var record in records)
        {
            RecordRow.Fill(values, record.Record, set, pageHash, 1, record.Hash);
            table.Rows.Add([.. values.Select(v => v.Boxed)]);
        }

        using var copy = new SqlBulkCopy((SqlConnection)session.Connection, SqlBulkCopyOptions.Default, (SqlTransaction?)session.Transaction) { DestinationTableName = Page };
        foreach (var name in RecordRow.Names) copy.ColumnMappings.Add(name, name);
        try
        {
            copy.WriteToServer(table);
        }
        catch (InvalidOperationException e) when (e.InnerException is SqlException failure)
        {
            // What the server said when the driver asked it for the columns; it may pass by itself.
            ExceptionDispatchInfo.Throw(failure);
        }
        catch (InvalidOperationException e)
        {
            throw new StoreException($"A record of this page does not fit into its columns: {e.Message.TrimEnd('.')}. Nothing of the page was stored; shorten the name or id at the source.", e);
        }
    }
}
