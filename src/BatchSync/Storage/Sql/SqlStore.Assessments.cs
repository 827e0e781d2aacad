using BatchSync.Core.Billing;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
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
            Sum("SELECT stream, CAST(COUNT(*) AS bigint), COALESCE(SUM(seconds), 0) FROM records WHERE record_no > @through AND COALESCE(series, '') = @series AND COALESCE(stream, '') IN ('time_entries', 'expenses') GROUP BY stream"),
            Sum($"SELECT r.stream, CAST(COUNT(*) AS bigint), COALESCE(SUM(r.seconds), 0) FROM buckets b JOIN records r ON r.record_no = b.record_no WHERE b.record_no > @through AND COALESCE(b.series, '') = @series AND b.purpose = '{Purposes.Revenue}' GROUP BY r.stream"));

        List<StreamTotal> Sum(string sql) =>
            [.. known.Concat(session.All(sql, row => new StreamTotal(StreamNames.Parse(row.Text(0)), row.Number(1), row.Number(2)), ("series", series), ("through", through)))
                .GroupBy(t => t.Stream).Select(same => new StreamTotal(same.Key, same.Sum(t => t.Records), same.Sum(t => t.Seconds))).OrderBy(t => t.Stream)];
    }
}
