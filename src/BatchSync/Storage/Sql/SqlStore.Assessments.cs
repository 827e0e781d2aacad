using BatchSync.Core.Billing;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private static readonly StreamKind[] Billed = [.. Enum.GetValues<StreamKind>().Where(s => s.IsBilled())];

    private sealed record Assessment(string RulesHash, long Through);

    private static Assessment? AssessedThrough(SqlSession session, string series) => session.First(
        "SELECT rules_hash, through_record FROM assessments WHERE series = @series ORDER BY through_record LIMIT 1", row => new Assessment(row.Text(0), row.Number(1)), ("series", series));

    // Some of its records are about to be in buckets by other rules: by none are they all in buckets, until they are assessed to the end.
    private static void ForgetAssessment(SqlSession session, string series, string rulesHash) =>
        session.Run("DELETE FROM assessments WHERE series = @series AND rules_hash <> @rules", ("series", series), ("rules", rulesHash));

    public Task SaveAssessmentAsync(Lease lease, string rulesHash, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var through = session.First("SELECT COALESCE(MAX(record_no), 0) FROM records", row => row.Number(0));
            var totals = TotalsOf(session, lease.Name);
            session.Run("DELETE FROM assessments WHERE series = @series", ("series", lease.Name));

            // What is not proven here is counted anew by whoever proves the series.
            if (!totals.Records.SequenceEqual(totals.Buckets)) return;
            foreach (var total in totals.Records)
            {
                session.Run(
                    "INSERT INTO assessments (series, stream, rules_hash, through_record, records, seconds) VALUES (@series, @stream, @rules, @through, @records, @seconds)",
                    ("series", lease.Name), ("stream", StreamText(total.Stream)), ("rules", rulesHash), ("through", through), ("records", total.Records), ("seconds", total.Seconds));
            }
        },
        cancel);

    public Task<SeriesTotals> SumSeriesAsync(string series, CancellationToken cancel) => ReadAsync(session => TotalsOf(session, series), cancel);

    /// <summary>
    /// Records and their buckets over all periods. Records are never changed or taken out, and each has one bucket: what was counted once up to a record stays, and only those after it are
    /// counted again.
    /// </summary>
    private static SeriesTotals TotalsOf(SqlSession session, string series)
    {
        var known = session.All(
            "SELECT stream, records, seconds FROM assessments WHERE series = @series", row => new StreamTotal(StreamNames.Parse(row.Text(0)), row.Number(1), row.Number(2)), ("series", series));
        var through = AssessedThrough(session, series)?.Through ?? 0;
        return new SeriesTotals(
            Sum("FROM records r WHERE r.record_no > @through AND COALESCE(r.series, '') = @series"),
            Sum($"FROM buckets b JOIN records r ON r.record_no = b.record_no WHERE b.record_no > @through AND COALESCE(b.series, '') = @series AND b.purpose = '{Purposes.Revenue}'"));

        // One walk, and one row: grouped by stream, all records would be sorted in memory first.
        List<StreamTotal> Sum(string from)
        {
            var columns = string.Join(", ", Billed.Select(stream => $"CAST(COUNT(CASE WHEN r.stream = '{StreamText(stream)}' THEN 1 END) AS bigint), SUM(CASE WHEN r.stream = '{StreamText(stream)}' THEN r.seconds END)"));
            var counted = session.First($"SELECT {columns} {from}", row => Billed.Select((stream, i) => new StreamTotal(stream, Of(row, 2 * i), Of(row, (2 * i) + 1))).ToList(), ("series", series), ("through", through));
            return [.. known.Concat(counted!.Where(t => t.Records > 0)).GroupBy(t => t.Stream).Select(same => new StreamTotal(same.Key, same.Sum(t => t.Records), same.Sum(t => t.Seconds))).OrderBy(t => t.Stream)];
        }

        static long Of(ISqlRow row, int column) => row.IsNull(column) ? 0 : row.Number(column);
    }
}
