using BatchSync.Core.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

internal sealed partial class SqliteStore
{
    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancel) =>
        WriteAsync(
            null,
            transaction =>
            {
                var applied = SqliteMigrations.Apply(transaction, Now);
                if (applied.Count > 0) ChainEarlierEvents(transaction);
                return applied;
            },
            cancel);

    private sealed record LeaseFields(long Token, string Owner, string Host, long ProcessId, string ProcessStarted, string ExpiresAt);

    public Task<Lease?> AcquireLeaseAsync(string name, TimeSpan length, CancellationToken cancel) => WriteAsync(
        null,
        transaction =>
        {
            var held = transaction.Connection!.QuerySingleOrDefault<LeaseFields>(
                "SELECT token AS Token, owner AS Owner, host AS Host, process_id AS ProcessId, process_started AS ProcessStarted, expires_at AS ExpiresAt FROM leases WHERE name = @name",
                new { name },
                transaction);
            if (held is not null && IsHeld(held)) return null;
            var expires = _time.GetUtcNow() + length;
            var me = LeaseHolder.ThisProcess;
            var token = (held?.Token ?? 0) + 1;
            transaction.Connection!.Execute(
                """
                INSERT INTO leases (name, token, owner, host, process_id, process_started, expires_at)
                VALUES (@name, @token, @owner, @host, @id, @started, @expires)
                ON CONFLICT (name) DO UPDATE SET token = @token, owner = @owner, host = @host, process_id = @id, process_started = @started, expires_at = @expires
                """,
                new { name, token, owner = me.ToString(), host = me.Host, id = me.ProcessId, started = StoreText.Of(me.Started), expires = StoreText.Of(expires) },
                transaction);
            return new Lease(name, token, expires);
        },
        cancel);

    private bool IsHeld(LeaseFields held) =>
        StoreText.InstantOf(held.ExpiresAt) > _time.GetUtcNow()
        && !new LeaseHolder(held.Host, (int)held.ProcessId, StoreText.InstantOf(held.ProcessStarted)).IsGone;

    public Task<Lease> RenewLeaseAsync(Lease lease, TimeSpan length, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            var expires = _time.GetUtcNow() + length;
            transaction.Connection!.Execute("UPDATE leases SET expires_at = @expires WHERE name = @Name", new { lease.Name, expires = StoreText.Of(expires) }, transaction);
            return lease with { ExpiresAt = expires };
        },
        cancel);

    // The row stays, so that tokens grow for ever; it only expires.
    public Task ReleaseLeaseAsync(Lease lease, CancellationToken cancel) => WriteAsync(
        lease,
        transaction => { transaction.Connection!.Execute("UPDATE leases SET expires_at = @Now WHERE name = @Name", new { lease.Name, Now }, transaction); },
        cancel);

    public Task<IReadOnlyList<LeaseRow>> ListLeasesAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<LeaseRow>>(
        connection => [.. connection.Query<(string Name, string Owner, string ExpiresAt)>("SELECT name, owner, expires_at FROM leases WHERE expires_at > @Now ORDER BY name", new { Now })
            .Select(row => new LeaseRow(row.Name, row.Owner, StoreText.InstantOf(row.ExpiresAt)))],
        cancel);

    public Task<long> OpenRunAsync(Lease lease, RunStart start, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            var connection = transaction.Connection!;
            connection.Execute(
                "UPDATE runs SET status = @abandoned, ended_at = @Now, message = 'Its process ended without a word; the next run went on from what was stored.' WHERE series = @Series AND status = @running",
                new { start.Series, Now, abandoned = nameof(RunStatus.Abandoned), running = nameof(RunStatus.Running) },
                transaction);
            var runNo = connection.QuerySingle<long>(
                """
                INSERT INTO runs (kind, job, series, host, as_of, from_date, to_date, started_at, status)
                VALUES (@kind, @Job, @Series, @Host, @asOf, @from, @to, @Now, @running) RETURNING run_no
                """,
                new { kind = start.Kind.ToString(), start.Job, start.Series, start.Host, asOf = StoreText.Of(start.AsOf), from = StoreText.Of(start.From), to = StoreText.Of(start.To), Now, running = nameof(RunStatus.Running) },
                transaction);
            var unknown = new List<Configuration.ConfigurationFile>();
            foreach (var file in start.Files)
            {
                if (connection.Execute("INSERT OR IGNORE INTO configuration_files (content_hash, content) VALUES (@ContentHash, @Content)", file, transaction) > 0) unknown.Add(file);
                connection.Execute("INSERT INTO run_files (run_no, path, content_hash) VALUES (@runNo, @Path, @ContentHash)", new { runNo, file.Path, file.ContentHash }, transaction);
            }

            Append(transaction, [.. unknown.Select(f => OfRun(transaction, start.Series, "use configuration", $"{f.Path} content {f.ContentHash}"))]);
            return runNo;
        },
        cancel);

    public Task SaveStepAsync(Lease lease, long runNo, RunStep step, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            transaction.Connection!.Execute(
                """
                INSERT INTO run_steps (run_no, step_no, step, started_at, ended_at, message)
                SELECT @runNo, COUNT(*) + 1, @Step, @started, @ended, @Message FROM run_steps WHERE run_no = @runNo
                """,
                new { runNo, step.Step, started = StoreText.Of(step.StartedAt), ended = StoreText.Of(step.EndedAt), step.Message },
                transaction);
        },
        cancel);

    public Task CloseRunAsync(Lease lease, long runNo, RunStatus status, int exitCode, string message, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            transaction.Connection!.Execute(
                "UPDATE runs SET status = @status, exit_code = @exitCode, message = @message, ended_at = @Now WHERE run_no = @runNo",
                new { runNo, status = status.ToString(), exitCode, message, Now },
                transaction);
        },
        cancel);

    private sealed record RunFields(
        long RunNo, string Kind, string Job, string Series, string Host, string AsOf, string? FromDate, string? ToDate, string StartedAt, string? EndedAt, string Status, long? ExitCode, string Message)
    {
        public const string Columns = "run_no AS RunNo, kind AS Kind, job AS Job, series AS Series, host AS Host, as_of AS AsOf, from_date AS FromDate, to_date AS ToDate, started_at AS StartedAt, ended_at AS EndedAt, status AS Status, exit_code AS ExitCode, message AS Message";

        public RunRow Row => new(
            RunNo, Enum.Parse<RunKind>(Kind), Job, Series, Host, StoreText.InstantOf(AsOf), StoreText.DateOrNull(FromDate), StoreText.DateOrNull(ToDate),
            StoreText.InstantOf(StartedAt), StoreText.InstantOrNull(EndedAt), Enum.Parse<RunStatus>(Status), (int?)ExitCode, Message);
    }

    public Task<IReadOnlyList<RunRow>> ListRunsAsync(string? job, int take, CancellationToken cancel) => ReadAsync<IReadOnlyList<RunRow>>(
        connection => [.. connection.Query<RunFields>($"SELECT {RunFields.Columns} FROM runs WHERE @job IS NULL OR job = @job ORDER BY run_no DESC LIMIT @take", new { job, take }).Select(r => r.Row)],
        cancel);

    public Task<RunRow?> FindRunAsync(long runNo, CancellationToken cancel) => ReadAsync(
        connection => connection.QuerySingleOrDefault<RunFields>($"SELECT {RunFields.Columns} FROM runs WHERE run_no = @runNo", new { runNo })?.Row,
        cancel);

    public Task<IReadOnlyList<RunStep>> ListStepsAsync(long runNo, CancellationToken cancel) => ReadAsync<IReadOnlyList<RunStep>>(
        connection => [.. connection.Query<(string Step, string Started, string Ended, string Message)>("SELECT step, started_at, ended_at, message FROM run_steps WHERE run_no = @runNo ORDER BY step_no", new { runNo })
            .Select(r => new RunStep(r.Step, StoreText.InstantOf(r.Started), StoreText.InstantOf(r.Ended), r.Message))],
        cancel);

    public Task<TenantRow?> FindTenantAsync(string series, string destination, CancellationToken cancel) => ReadAsync(
        connection => connection.QuerySingleOrDefault<TenantRow>(
            "SELECT series AS Series, destination AS Destination, connector AS Connector, tenant AS Tenant, environment AS Environment FROM destinations WHERE series = @series AND destination = @destination",
            new { series, destination }),
        cancel);

    public Task<IReadOnlyList<string>> ListDestinationsOfDocumentsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<string>>(
        connection => [.. connection.Query<string>("SELECT DISTINCT destination FROM outbox WHERE series = @series ORDER BY destination", new { series })],
        cancel);

    public Task SaveTenantAsync(Lease lease, TenantRow tenant, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            Invariant.Holds(tenant.Series == lease.Name, "A tenant is bound under its own series' lease.");
            transaction.Connection!.Execute(
                "INSERT INTO destinations (series, destination, connector, tenant, environment, first_seen_at) VALUES (@Series, @Destination, @Connector, @Tenant, @Environment, @Now)",
                new { tenant.Series, tenant.Destination, tenant.Connector, tenant.Tenant, tenant.Environment, Now },
                transaction);
        },
        cancel);
}
