using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

internal sealed partial class SqliteStore
{
    private sealed record ApprovalFields(string PlanHash, string Series, string Author, string Reason, string ApprovedAt);

    public Task<PlanApproval> ApprovePlanAsync(string planHash, string series, string author, string reason, CancellationToken cancel) => WriteAsync(
        null,
        transaction =>
        {
            var connection = transaction.Connection!;
            if (Approval(connection, transaction, planHash) is { } known) return known;
            connection.Execute(
                "INSERT INTO plan_approvals (plan_hash, series, author, reason, approved_at) VALUES (@planHash, @series, @author, @reason, @Now)", new { planHash, series, author, reason, Now }, transaction);
            Audit(transaction, author, "approve plan", $"{series} {planHash}", reason);
            return Approval(connection, transaction, planHash)!;
        },
        cancel);

    public Task<PlanApproval?> FindPlanApprovalAsync(string planHash, CancellationToken cancel) => ReadAsync(connection => Approval(connection, null, planHash), cancel);

    private static PlanApproval? Approval(SqliteConnection connection, SqliteTransaction? transaction, string planHash)
    {
        var found = connection.QuerySingleOrDefault<ApprovalFields>(
            "SELECT plan_hash AS PlanHash, series AS Series, author AS Author, reason AS Reason, approved_at AS ApprovedAt FROM plan_approvals WHERE plan_hash = @planHash", new { planHash }, transaction);
        return found is null ? null : new PlanApproval(found.PlanHash, found.Series, found.Author, found.Reason, StoreText.InstantOf(found.ApprovedAt));
    }
}
