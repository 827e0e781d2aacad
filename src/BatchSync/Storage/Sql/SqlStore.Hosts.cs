using BatchSync.Core.Diagnostics;
using BatchSync.Http;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    /// <summary>A host that was not seen for so long is left out of the list by the next one that is.</summary>
    private static readonly TimeSpan ForgetHostsAfter = TimeSpan.FromDays(7);

    private sealed record HostFields(string Host, long ProcessId, string StartedAt, string SeenAt, string Cluster, string ConfigurationHash)
    {
        public HostRow Row => new(Host, (int)ProcessId, StoreText.InstantOf(StartedAt), StoreText.InstantOf(SeenAt), Cluster, ConfigurationHash);
    }

    public Task SaveHostAsync(string cluster, string configurationHash, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var (me, now) = (LeaseHolder.ThisProcess, _dialect.LeaseClock(session));
            session.Execute("DELETE FROM hosts WHERE seen_at < @before", new { before = StoreText.Of(now - ForgetHostsAfter) });
            session.Save(
                "UPDATE hosts SET started_at = @started, seen_at = @now, cluster = @cluster, configuration_hash = @configurationHash WHERE host = @host AND process_id = @ProcessId",
                "INSERT INTO hosts (host, process_id, started_at, seen_at, cluster, configuration_hash) VALUES (@host, @ProcessId, @started, @now, @cluster, @configurationHash)",
                new { host = Environment.MachineName, me.ProcessId, started = StoreText.Of(me.Started), now = StoreText.Of(now), cluster, configurationHash });
        },
        cancel);

    public Task RemoveHostAsync(CancellationToken cancel) => WriteAsync(
        null,
        session => { session.Execute("DELETE FROM hosts WHERE host = @host AND process_id = @ProcessId", new { host = Environment.MachineName, LeaseHolder.ThisProcess.ProcessId }); },
        cancel);

    public Task<IReadOnlyList<HostRow>> ListHostsAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<HostRow>>(
        session =>
        [
            .. session.Query<HostFields>(
                "SELECT host AS Host, process_id AS ProcessId, started_at AS StartedAt, seen_at AS SeenAt, cluster AS Cluster, configuration_hash AS ConfigurationHash FROM hosts ORDER BY host, process_id").Select(h => h.Row),
        ],
        cancel);

    private sealed record PartitionFields(
        long RunNo, string Job, string Series, string Destination, long SeriesToken, string State, string Host, string ChangedAt, long Posted, long Adopted, long Withdrawn, string? Fault, string Message)
    {
        public const string Select =
            """
            SELECT p.run_no AS RunNo, r.job AS Job, r.series AS Series, p.destination AS Destination, p.series_token AS SeriesToken, p.state AS State, p.host AS Host, p.changed_at AS ChangedAt,
                p.posted AS Posted, p.adopted AS Adopted, p.withdrawn AS Withdrawn, p.fault AS Fault, p.message AS Message
            FROM partitions p JOIN runs r ON r.run_no = p.run_no
            """;

        public PartitionRow Row => new(RunNo, Job, Series, Destination, SeriesToken, Enum.Parse<PartitionState>(State), Host, StoreText.InstantOf(ChangedAt))
        {
            Result = new PartitionResult((int)Posted, (int)Adopted, (int)Withdrawn, Fault is null ? null : Enum.Parse<OutsideFault>(Fault), Message),
        };
    }

    public Task OfferPartitionsAsync(Lease lease, long runNo, IReadOnlyList<string> destinations, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            foreach (var destination in destinations)
            {
                session.Execute(
                    """
                    INSERT INTO partitions (run_no, destination, series_token, state, host, changed_at, posted, adopted, withdrawn, fault, message)
                    VALUES (@runNo, @destination, @Token, @waiting, '', @Now, 0, 0, 0, NULL, '')
                    """,
                    new { runNo, destination, lease.Token, waiting = nameof(PartitionState.Waiting), Now });
            }
        },
        cancel);

    public Task<IReadOnlyList<PartitionRow>> ListPartitionsAsync(long runNo, CancellationToken cancel) => ReadAsync<IReadOnlyList<PartitionRow>>(
        session => [.. session.Query<PartitionFields>($"{PartitionFields.Select} WHERE p.run_no = @runNo ORDER BY p.destination", new { runNo }).Select(p => p.Row)],
        cancel);

    public Task<IReadOnlyList<PartitionRow>> ListFreePartitionsAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<PartitionRow>>(
        session =>
        {
            var open = session.Query<PartitionFields>(
                $"{PartitionFields.Select} JOIN leases l ON l.name = r.series AND l.token = p.series_token WHERE r.status = @running AND p.state <> @done ORDER BY p.run_no, p.destination",
                new { running = nameof(RunStatus.Running), done = nameof(PartitionState.Done) }).Select(p => p.Row).ToList();
            if (open.Count == 0) return [];
            var now = _dialect.LeaseClock(session);
            return [.. open.Where(p => p.State == PartitionState.Waiting || HolderOf(session, RowOf(p.Series, p.Destination)) is not { } held || !IsHeld(held, now))];
        },
        cancel);

    public Task<Lease?> ClaimPartitionAsync(PartitionRow partition, TimeSpan length, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var open = session.QuerySingleOrDefault<long?>(
                """
                SELECT p.run_no FROM partitions p JOIN runs r ON r.run_no = p.run_no JOIN leases l ON l.name = r.series AND l.token = p.series_token
                WHERE p.run_no = @RunNo AND p.destination = @Destination AND p.state <> @done AND r.status = @running
                """,
                new { partition.RunNo, partition.Destination, done = nameof(PartitionState.Done), running = nameof(RunStatus.Running) });
            if (open is null || Grant(session, RowOf(partition.Series, partition.Destination), length) is not { } grant) return null;
            session.Execute(
                "UPDATE partitions SET state = @working, host = @host, changed_at = @Now WHERE run_no = @RunNo AND destination = @Destination",
                new { partition.RunNo, partition.Destination, working = nameof(PartitionState.Working), host = Environment.MachineName, Now });
            return new Lease(partition.Series, partition.SeriesToken, grant.ExpiresAt) { Partition = new PartitionGrant(partition.Destination, grant.Token) };
        },
        cancel);

    public Task EndPartitionAsync(Lease lease, long runNo, PartitionResult result, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            Invariant.Holds(lease.Partition is not null, "A partition is ended under its own lease.");
            session.Execute(
                """
                UPDATE partitions SET state = @done, changed_at = @Now, posted = @Posted, adopted = @Adopted, withdrawn = @Withdrawn, fault = @fault, message = @Message
                WHERE run_no = @runNo AND destination = @Name
                """,
                new { runNo, lease.Partition!.Name, done = nameof(PartitionState.Done), Now, result.Posted, result.Adopted, result.Withdrawn, fault = result.Fault?.ToString(), result.Message });
        },
        cancel);
}
