using BatchSync.Core.Alerting;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record AlertFields(
        long AlertNo, string Series, string Job, string Kind, long Found, string? Newest, string RaisedAt, long Notice, string NoticeAt, string? ResolvedAt, long? RunNo, string Summary, string Details)
    {
        public const string Columns =
            "alert_no AS AlertNo, series AS Series, job AS Job, kind AS Kind, a.found AS Found, newest AS Newest, raised_at AS RaisedAt, notice AS Notice, notice_at AS NoticeAt, resolved_at AS ResolvedAt, run_no AS RunNo, summary AS Summary, details AS Details";

        public AlertRow Row(IEnumerable<ToldFields> told) => new(AlertNo, Series, Job, Alert, new AlertWords(Summary, Details), RunNo)
        {
            Told = told.ToDictionary(t => t.Route, t => (int)t.Notice, StringComparer.Ordinal),
        };

        private Alert Alert => new(
            Enum.Parse<AlertKind>(Kind), Found, StoreText.InstantOrNull(Newest), StoreText.InstantOf(RaisedAt), (int)Notice, StoreText.InstantOf(NoticeAt), StoreText.InstantOrNull(ResolvedAt));
    }

    private sealed record ToldFields(long AlertNo, string Route, long Notice);

    public Task<IReadOnlyList<AlertRow>> ListAlertsAsync(string? series, DateTimeOffset? resolvedSince, CancellationToken cancel) => ReadAsync<IReadOnlyList<AlertRow>>(
        session =>
        {
            const string Wanted = "(@series IS NULL OR a.series = @series) AND (a.resolved_at IS NULL OR a.resolved_at >= @since)";
            var scope = new { series, since = StoreText.Of(resolvedSince) };
            var told = session.Query<ToldFields>($"SELECT d.alert_no AS AlertNo, d.route AS Route, d.notice AS Notice FROM alert_deliveries d JOIN alerts a ON a.alert_no = d.alert_no WHERE {Wanted}", scope).ToLookup(t => t.AlertNo);
            return [.. session.Query<AlertFields>($"SELECT {AlertFields.Columns} FROM alerts a WHERE {Wanted} ORDER BY alert_no", scope).Select(a => a.Row(told[a.AlertNo]))];
        },
        cancel);

    public Task<long> SaveAlertAsync(Lease lease, AlertRow alert, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            Invariant.Holds(lease.Name == AlertRow.LeaseOf(alert.Series), "Alerts are changed under the lease of their own series' alerts.");
            var row = new
            {
                alert.AlertNo, alert.Series, alert.Job, kind = alert.Alert.Kind.ToString(), alert.Alert.Count, newest = StoreText.Of(alert.Alert.Newest), raised = StoreText.Of(alert.Alert.RaisedAt),
                alert.Alert.Notice, said = StoreText.Of(alert.Alert.NoticeAt), resolved = StoreText.Of(alert.Alert.ResolvedAt), alert.RunNo, alert.Words.Summary, alert.Words.Details,
            };
            if (alert.AlertNo == 0)
            {
                return session.Insert(
                    """
                    INSERT INTO alerts (series, job, kind, found, newest, raised_at, notice, notice_at, resolved_at, run_no, summary, details)
                    VALUES (@Series, @Job, @kind, @Count, @newest, @raised, @Notice, @said, @resolved, @RunNo, @Summary, @Details)
                    """,
                    row);
            }

            session.Execute(
                """
                UPDATE alerts SET job = @Job, found = @Count, newest = @newest, notice = @Notice, notice_at = @said, resolved_at = @resolved, run_no = @RunNo, summary = @Summary, details = @Details
                WHERE alert_no = @AlertNo
                """,
                row);
            return alert.AlertNo;
        },
        cancel);

    public Task SaveAlertDeliveryAsync(Lease lease, long alertNo, string route, int notice, CancellationToken cancel) => WriteAsync(
        lease,
        session => session.Save(
            "UPDATE alert_deliveries SET notice = @notice, sent_at = @Now WHERE alert_no = @alertNo AND route = @route",
            "INSERT INTO alert_deliveries (alert_no, route, notice, sent_at) VALUES (@alertNo, @route, @notice, @Now)",
            new { alertNo, route, notice, Now }),
        cancel);

    public Task<IReadOnlyList<RunRow>> ListWholeRunsAsync(string series, int take, CancellationToken cancel) => ReadAsync<IReadOnlyList<RunRow>>(
        session =>
        [
            .. session.Query<RunFields>(
                $"SELECT {RunFields.Columns} FROM runs WHERE series = @series AND kind = @run AND from_date IS NULL AND to_date IS NULL ORDER BY run_no DESC LIMIT @take",
                new { series, run = nameof(RunKind.Run), take }).Select(r => r.Row),
        ],
        cancel);

    public Task<DateTimeOffset?> FindKeptSinceAsync(ScheduleRow schedule, CancellationToken cancel) => ReadAsync(
        session => StoreText.InstantOrNull(session.QuerySingleOrDefault<string>(
            "SELECT kept_since FROM schedules WHERE series = @Series AND cron = @Cron AND time_zone = @TimeZone", new { schedule.Series, schedule.Cron, schedule.TimeZone })),
        cancel);
}
