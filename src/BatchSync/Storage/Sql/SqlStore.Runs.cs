using BatchSync.Core.Diagnostics;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancel) =>
        WriteAsync(
            null,
            session =>
            {
                var applied = SqlMigrations.Apply(session, Now);
                if (applied.Count > 0) ChainEarlierEvents(session);
                return applied;
            },
            cancel);

    /// <summary>Sees that the store is ready for use: brings its schema up to date where that is anybody's to do, and refuses to work with another one where it is not.</summary>
    /// <exception cref="StoreException">The schema is not the one of this program; the message says what to do.</exception>
    public async Task MakeReadyAsync(CancellationToken cancel)
    {
        if (_dialect.MigratesItself) await MigrateAsync(cancel);
        else await ReadAsync(session => SqlMigrations.CheckNoneMissing(session), cancel);
    }

    private sealed record LeaseFields(long Token, string Owner, string Host, long ProcessId, string ProcessStarted, string ExpiresAt);

    public Task<Lease?> AcquireLeaseAsync(string name, TimeSpan length, CancellationToken cancel) => WriteAsync(null, session => Grant(session, name, length), cancel);

    private Lease? Grant(SqlSession session, string name, TimeSpan length)
    {
        var (asked, now) = (_time.GetUtcNow(), _dialect.LeaseClock(session));
        var held = HolderOf(session, name);
        if (held is not null && IsHeld(held, now)) return null;
        var me = LeaseHolder.ThisProcess;
        var token = (held?.Token ?? 0) + 1;
        session.Save(
            "UPDATE leases SET token = @token, owner = @owner, host = @host, process_id = @id, process_started = @started, expires_at = @expires WHERE name = @name",
            "INSERT INTO leases (name, token, owner, host, process_id, process_started, expires_at) VALUES (@name, @token, @owner, @host, @id, @started, @expires)",
            new { name, token, owner = me.ToString(), host = me.Host, id = me.ProcessId, started = StoreText.Of(me.Started), expires = StoreText.Of(now + length) });
        return new Lease(name, token, asked + length);
    }

    private static LeaseFields? HolderOf(SqlSession session, string name) => session.QuerySingleOrDefault<LeaseFields>(
        "SELECT token AS Token, owner AS Owner, host AS Host, process_id AS ProcessId, process_started AS ProcessStarted, expires_at AS ExpiresAt FROM leases WHERE name = @name", new { name });

    private static bool IsHeld(LeaseFields held, DateTimeOffset now) =>
        StoreText.InstantOf(held.ExpiresAt) > now
        && !new LeaseHolder(held.Host, (int)held.ProcessId, StoreText.InstantOf(held.ProcessStarted)).IsGone;

    public Task<Lease> RenewLeaseAsync(Lease lease, TimeSpan length, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var (asked, now) = (_time.GetUtcNow(), _dialect.LeaseClock(session));
            session.Execute("UPDATE leases SET expires_at = @expires WHERE name = @name", new { name = RowOf(lease), expires = StoreText.Of(now + length) });
            return lease with { ExpiresAt = asked + length };
        },
        cancel);

    // The row stays, so that tokens grow for ever; it only expires.
    public Task ReleaseLeaseAsync(Lease lease, CancellationToken cancel) => WriteAsync(
        lease,
        session => { session.Execute("UPDATE leases SET expires_at = @now WHERE name = @name", new { name = RowOf(lease), now = StoreText.Of(_dialect.LeaseClock(session)) }); },
        cancel);

    private static string RowOf(Lease lease) => lease.Partition is { } partition ? RowOf(lease.Name, partition.Name) : lease.Name;

    // Neither a series nor a destination has a slash in its name.
    private static string RowOf(string series, string destination) => $"{series}/{destination}";

    public Task<DateTimeOffset> ReadClockAsync(CancellationToken cancel) => ReadAsync(_dialect.LeaseClock, cancel);

    public Task<IReadOnlyList<LeaseRow>> ListLeasesAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<LeaseRow>>(
        session => [.. session.Query<(string Name, string Owner, string ExpiresAt)>("SELECT name, owner, expires_at FROM leases WHERE expires_at > @now ORDER BY name", new { now = StoreText.Of(_dialect.LeaseClock(session)) })
            .Select(row => new LeaseRow(row.Name, row.Owner, StoreText.InstantOf(row.ExpiresAt)))],
        cancel);

    public Task<long> OpenRunAsync(Lease lease, RunStart start, CancellationToken cancel) => WriteAsync(lease, session => OpenRun(session, start, occurrence: null), cancel);

    private long OpenRun(SqlSession session, RunStart start, DateOnly? occurrence)
    {
        session.Execute(
            "UPDATE runs SET status = @abandoned, ended_at = @Now, message = 'Its process ended without a word; the next run went on from what was stored.' WHERE series = @Series AND status = @running",
            new { start.Series, Now, abandoned = nameof(RunStatus.Abandoned), running = nameof(RunStatus.Running) });
        var runNo = session.Insert(
            """
            INSERT INTO runs (kind, job, series, host, as_of, from_date, to_date, started_at, status, occurrence)
            VALUES (@kind, @Job, @Series, @Host, @asOf, @from, @to, @Now, @running, @occurrence)
            """,
            new
            {
                kind = start.Kind.ToString(), start.Job, start.Series, start.Host, asOf = StoreText.Of(start.AsOf), from = StoreText.Of(start.From), to = StoreText.Of(start.To), Now, running = nameof(RunStatus.Running),
                occurrence = StoreText.Of(occurrence),
            });
        var unknown = new List<Configuration.ConfigurationFile>();
        foreach (var file in start.Files)
        {
            if (session.Execute("INSERT INTO configuration_files (content_hash, content) SELECT @ContentHash, @Content WHERE NOT EXISTS (SELECT 1 FROM configuration_files WHERE content_hash = @ContentHash)", file) > 0) unknown.Add(file);
            session.Execute("INSERT INTO run_files (run_no, path, content_hash) VALUES (@runNo, @Path, @ContentHash)", new { runNo, file.Path, file.ContentHash });
        }

        Append(session, [.. unknown.Select(f => OfRun(session, start.Series, "use configuration", $"{f.Path} content {f.ContentHash}"))]);
        return runNo;
    }

    public Task SaveStepAsync(Lease lease, long runNo, RunStep step, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            session.Execute(
                """
                INSERT INTO run_steps (run_no, step_no, step, started_at, ended_at, message)
                SELECT @runNo, COUNT(*) + 1, @Step, @started, @ended, @Message FROM run_steps WHERE run_no = @runNo
                """,
                new { runNo, step.Step, started = StoreText.Of(step.StartedAt), ended = StoreText.Of(step.EndedAt), step.Message });
        },
        cancel);

    public Task CloseRunAsync(Lease lease, long runNo, RunStatus status, int exitCode, string message, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            session.Execute(
                "UPDATE runs SET status = @status, exit_code = @exitCode, message = @message, ended_at = @Now WHERE run_no = @runNo",
                new { runNo, status = status.ToString(), exitCode, message, Now });
            EndOccurrence(session, lease, runNo, status, exitCode, message);
        },
        cancel);

    private sealed record RunFields(
        long RunNo, string Kind, string Job, string Series, string Host, string AsOf, string? FromDate, string? ToDate, string StartedAt, string? EndedAt, string Status, long? ExitCode, string Message, string? Occurrence)
    {
        public const string Columns = "run_no AS RunNo, kind AS Kind, job AS Job, series AS Series, host AS Host, as_of AS AsOf, from_date AS FromDate, to_date AS ToDate, started_at AS StartedAt, ended_at AS EndedAt, status AS Status, exit_code AS ExitCode, message AS Message, occurrence AS Occurrence";

        public RunRow Row => new(
            RunNo, Enum.Parse<RunKind>(Kind), Job, Series, Host, StoreText.InstantOf(AsOf), StoreText.DateOrNull(FromDate), StoreText.DateOrNull(ToDate),
            StoreText.InstantOf(StartedAt), StoreText.InstantOrNull(EndedAt), Enum.Parse<RunStatus>(Status), (int?)ExitCode, Message)
        {
            Occurrence = StoreText.DateOrNull(Occurrence),
        };
    }

    public Task<IReadOnlyList<RunRow>> ListRunsAsync(RunFilter filter, int take, CancellationToken cancel) => ReadAsync<IReadOnlyList<RunRow>>(
        session =>
        [
            .. session.Query<RunFields>(
                $"""
                SELECT {RunFields.Columns} FROM runs
                WHERE (@Job IS NULL OR job = @Job) AND (@since IS NULL OR started_at >= @since) AND (@before IS NULL OR started_at < @before)
                    AND (@status IS NULL OR status = @status) AND (@ExitCode IS NULL OR exit_code = @ExitCode)
                ORDER BY run_no DESC LIMIT @take
                """,
                new { filter.Job, since = StoreText.Of(StartOf(filter.Since)), before = StoreText.Of(StartOf(filter.Until?.AddDays(1))), status = filter.Status?.ToString(), filter.ExitCode, take }).Select(r => r.Row),
        ],
        cancel);

    private static DateTimeOffset? StartOf(DateOnly? day) => day is { } date ? new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;

    public Task<RunRow?> FindRunAsync(long runNo, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingleOrDefault<RunFields>($"SELECT {RunFields.Columns} FROM runs WHERE run_no = @runNo", new { runNo })?.Row,
        cancel);

    public Task<IReadOnlyList<RunStep>> ListStepsAsync(long runNo, CancellationToken cancel) => ReadAsync<IReadOnlyList<RunStep>>(
        session => [.. session.Query<(string Step, string Started, string Ended, string Message)>("SELECT step, started_at, ended_at, message FROM run_steps WHERE run_no = @runNo ORDER BY step_no", new { runNo })
            .Select(r => new RunStep(r.Step, StoreText.InstantOf(r.Started), StoreText.InstantOf(r.Ended), r.Message))],
        cancel);

    public Task<TenantRow?> FindTenantAsync(string series, string destination, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingleOrDefault<TenantRow>(
            "SELECT series AS Series, destination AS Destination, connector AS Connector, tenant AS Tenant, environment AS Environment FROM destinations WHERE series = @series AND destination = @destination",
            new { series, destination }),
        cancel);

    public Task<IReadOnlyList<string>> ListDestinationsOfDocumentsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<string>>(
        session => [.. session.Query<string>("SELECT DISTINCT destination FROM outbox WHERE series = @series ORDER BY destination", new { series })],
        cancel);

    public Task SaveTenantAsync(Lease lease, TenantRow tenant, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            Invariant.Holds(tenant.Series == lease.Name, "A tenant is bound under its own series' lease.");
            session.Execute(
                "INSERT INTO destinations (series, destination, connector, tenant, environment, first_seen_at) VALUES (@Series, @Destination, @Connector, @Tenant, @Environment, @Now)",
                new { tenant.Series, tenant.Destination, tenant.Connector, tenant.Tenant, tenant.Environment, Now });
        },
        cancel);
}
