using BatchSync.Core.Billing;
using BatchSync.Core.Matching;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record GroupFields
    {
        public string ClientId { get; init; } = "";
        public string ClientName { get; init; } = "";
        public string ProjectId { get; init; } = "";
        public string ProjectName { get; init; } = "";
        public string TaskId { get; init; } = "";
        public string TaskName { get; init; } = "";
        public string PersonId { get; init; } = "";
        public string PersonName { get; init; } = "";
        public string CategoryId { get; init; } = "";
        public string CategoryName { get; init; } = "";
        public string Currency { get; init; } = "";
        public string? Amount { get; init; }
        public long LacksClient { get; init; }
        public long Records { get; init; }
        public long Seconds { get; init; }

        public RecordGroup Group => new(
            new Reference(ClientId, ClientName), new Reference(ProjectId, ProjectName), new Reference(TaskId, TaskName), new Reference(PersonId, PersonName), new Reference(CategoryId, CategoryName),
            Currency, Amount is null ? null : StoreText.DecimalOf(Amount), LacksClient != 0, Records, Seconds);
    }

    // Amounts are texts and are not summed here: records of one amount are counted, and Core multiplies.
    public Task<IReadOnlyList<RecordGroup>> GroupRecordsByNamesAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<RecordGroup>>(
        session => [.. session.Query<GroupFields>(
            """
            SELECT n.client_id AS ClientId, n.client_name AS ClientName, n.project_id AS ProjectId, n.project_name AS ProjectName, n.task_id AS TaskId, n.task_name AS TaskName,
                   n.person_id AS PersonId, n.person_name AS PersonName, n.category_id AS CategoryId, n.category_name AS CategoryName,
                   n.currency AS Currency, n.amount AS Amount, n.lacks_client AS LacksClient, COUNT(*) AS Records, COALESCE(SUM(n.seconds), 0) AS Seconds
            FROM (
                SELECT r.client_id, r.client_name, r.project_id, r.project_name, r.task_id, r.task_name, r.person_id, r.person_name, r.category_id, r.category_name,
                       r.currency, r.amount, r.seconds, CASE WHEN b.bucket = @bucket AND b.reason = @reason THEN 1 ELSE 0 END AS lacks_client
                FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no AND b.purpose = @purpose
                WHERE r.series = @series AND r.is_current = 1 AND r.deleted = 0 AND r.stream IN ('time_entries', 'expenses')
            ) n
            GROUP BY n.client_id, n.client_name, n.project_id, n.project_name, n.task_id, n.task_name, n.person_id, n.person_name, n.category_id, n.category_name, n.currency, n.amount, n.lacks_client
            """,
            new { series, purpose = Purposes.Revenue, bucket = Bucket.NoClient.Name, reason = Bucket.NoClient.Reason }).Select(g => g.Group)],
        cancel);

    public Task<IReadOnlyList<SourceRecord>> ListNamingRecordsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<SourceRecord>>(
        session => [.. QueryRecords(
            session,
            $"""
            SELECT {RecordColumns} FROM records r
            WHERE r.series = @series AND r.is_current = 1 AND r.deleted = 0 AND r.stream IN ('clients', 'projects', 'tasks', 'people')
            ORDER BY r.stream, r.source_id
            """,
            ("series", series)).Select(r => r.Record)],
        cancel);
}
