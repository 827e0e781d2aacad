using BatchSync.Core.Diagnostics;
using BatchSync.Core.Scheduling;
using BatchSync.Running;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record OccurrenceFields(
        string Series, string LocalDate, string Job, string FiresAt, string State, long Failures, long? RunNo, string Host, long? ExitCode, string Reason, string ChangedAt)
    {
        public const string Columns =
            "series AS Series, local_date AS LocalDate, job AS Job, fires_at AS FiresAt, state AS State, failures AS Failures, run_no AS RunNo, host AS Host, exit_code AS ExitCode, reason AS Reason, changed_at AS ChangedAt";

        public OccurrenceRow Row => new(Series, Job, Occurrence, RunNo, Host, (int?)ExitCode);

        private Occurrence Occurrence => new(
            new FireTime(StoreText.DateOf(LocalDate), StoreText.InstantOf(FiresAt)), Enum.Parse<OccurrenceState>(State), (int)Failures, StoreText.InstantOf(ChangedAt),
            ExitCode is null or ExitCodes.Failed ? FailureKind.Passing : FailureKind.Standing, Reason);
    }

    public Task<DateTimeOffset> KeepScheduleAsync(ScheduleRow schedule, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var row = new { schedule.Series, schedule.Job, schedule.Cron, schedule.TimeZone, Now };
            session.Execute("UPDATE schedules SET job = @Job, cron = @Cron, time_zone = @TimeZone, kept_since = @Now WHERE series = @Series AND (cron <> @Cron OR time_zone <> @TimeZone)", row);
            session.Execute(
                """
                INSERT INTO schedules (series, job, cron, time_zone, kept_since) SELECT @Series, @Job, @Cron, @TimeZone, @Now
                WHERE NOT EXISTS (SELECT 1 FROM schedules WHERE series = @Series)
                """,
                row);
            return StoreText.InstantOf(session.QuerySingle<string>("SELECT kept_since FROM schedules WHERE series = @Series", row));
        },
        cancel);

    public Task<IReadOnlyList<OccurrenceRow>> ListOccurrencesAsync(OccurrenceFilter filter, int take, CancellationToken cancel) => ReadAsync<IReadOnlyList<OccurrenceRow>>(
        session =>
        [
            .. session.Query<OccurrenceFields>(
                $"""
                SELECT {OccurrenceFields.Columns} FROM occurrences
                WHERE (@Series IS NULL OR series = @Series) AND (@since IS NULL OR local_date >= @since) AND (@until IS NULL OR local_date <= @until)
                    AND (@state IS NULL OR state = @state) AND (@ExitCode IS NULL OR exit_code = @ExitCode)
                ORDER BY local_date DESC, series LIMIT @take
                """,
                new { filter.Series, since = StoreText.Of(filter.Since), until = StoreText.Of(filter.Until), state = filter.State?.ToString(), filter.ExitCode, take }).Select(o => o.Row),
        ],
        cancel);

    public Task<long?> OpenOccurrenceAsync(Lease lease, RunStart start, OccurrenceClaim claim, CancellationToken cancel) => WriteAsync<long?>(
        lease,
        session =>
        {
            Invariant.Holds(start.Series == lease.Name, "An occurrence is claimed under its own series' lease.");
            var known = Occurrence(session, start.Series, claim.Fire.Date);
            if (known is not null && !MayClaim(known, claim)) return null;
            Skip(session, start.Series, start.Job, claim.Skipped);
            session.Execute(
                """
                UPDATE occurrences SET state = @failed, failures = failures + 1, exit_code = NULL, changed_at = @Now, reason = CONCAT('Its run did not come to its end; the occurrence of ', @date, ' goes on.')
                WHERE series = @Series AND local_date < @date AND state IN (@running, @parked)
                """,
                new { start.Series, date = StoreText.Of(claim.Fire.Date), Now, failed = nameof(OccurrenceState.Failed), running = nameof(OccurrenceState.Running), parked = nameof(OccurrenceState.Parked) });
            var runNo = OpenRun(session, start, claim.Fire.Date);
            var failures = claim.Failures + (known?.State == nameof(OccurrenceState.Running) ? 1 : 0);
            SaveOccurrence(session, start.Series, start.Job, claim.Fire, OccurrenceState.Running, failures, runNo, exitCode: null, "");
            return runNo;
        },
        cancel);

    public Task SkipOccurrencesAsync(Lease lease, string job, IReadOnlyList<SkippedOccurrence> skipped, CancellationToken cancel) => WriteAsync(
        lease, session => Skip(session, lease.Name, job, skipped), cancel);

    public Task FailOccurrenceAsync(Lease lease, string job, FireTime fire, int? exitCode, string reason, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var known = Occurrence(session, lease.Name, fire.Date);
            if (known?.State is nameof(OccurrenceState.Done) or nameof(OccurrenceState.Skipped)) return;
            SaveOccurrence(session, lease.Name, job, fire, OccurrenceState.Failed, (int)(known?.Failures ?? 0) + 1, known?.RunNo, exitCode, reason);
        },
        cancel);

    private static OccurrenceFields? Occurrence(SqlSession session, string series, DateOnly date) => session.QuerySingleOrDefault<OccurrenceFields>(
        $"SELECT {OccurrenceFields.Columns} FROM occurrences WHERE series = @series AND local_date = @date", new { series, date = StoreText.Of(date) });

    // Whoever decided on the claim had read the occurrence before it held the lease: what was done to it meanwhile stands.
    private static bool MayClaim(OccurrenceFields known, OccurrenceClaim claim) =>
        known.State is not (nameof(OccurrenceState.Done) or nameof(OccurrenceState.Skipped)) && known.Failures == claim.Failures;

    private void Skip(SqlSession session, string series, string job, IReadOnlyList<SkippedOccurrence> skipped)
    {
        foreach (var (fire, reason) in skipped)
        {
            if (Occurrence(session, series, fire.Date) is null) SaveOccurrence(session, series, job, fire, OccurrenceState.Skipped, 0, runNo: null, exitCode: null, reason);
        }
    }

    private void SaveOccurrence(SqlSession session, string series, string job, FireTime fire, OccurrenceState state, int failures, long? runNo, int? exitCode, string reason) => session.Save(
        """
        UPDATE occurrences SET job = @job, state = @state, failures = @failures, run_no = @runNo, host = @host, exit_code = @exitCode, reason = @reason, changed_at = @Now
        WHERE series = @series AND local_date = @date
        """,
        """
        INSERT INTO occurrences (series, local_date, job, fires_at, state, failures, run_no, host, exit_code, reason, changed_at)
        VALUES (@series, @date, @job, @firesAt, @state, @failures, @runNo, @host, @exitCode, @reason, @Now)
        """,
        new
        {
            series, date = StoreText.Of(fire.Date), job, firesAt = StoreText.Of(fire.At), state = state.ToString(), failures, runNo, host = Environment.MachineName, exitCode, reason, Now,
        });

    // In the transaction that closes the run: there is no instant at which one has ended and the other has not.
    private void EndOccurrence(SqlSession session, Lease lease, long runNo, RunStatus status, int exitCode, string message)
    {
        var state = status switch
        {
            RunStatus.Succeeded or RunStatus.Differences => OccurrenceState.Done,
            RunStatus.Cancelled => OccurrenceState.Parked,
            _ => OccurrenceState.Failed,
        };
        session.Execute(
            """
            UPDATE occurrences SET state = @state, failures = failures + @failed, exit_code = @exitCode, reason = @message, changed_at = @Now
            WHERE series = @Name AND run_no = @runNo AND state = @running
            """,
            new { lease.Name, runNo, state = state.ToString(), failed = state == OccurrenceState.Failed ? 1 : 0, exitCode, message, Now, running = nameof(OccurrenceState.Running) });
    }
}
