
namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record ApprovalFields(string PlanHash, string Series, string Author, string Reason, string ApprovedAt);

    public Task<PlanApproval> ApprovePlanAsync(string planHash, string series, string author, string reason, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            if (Approval(session, planHash) is { } known) return known;
            session.Execute(
                "INSERT INTO plan_approvals (plan_hash, series, author, reason, approved_at) VALUES (@planHash, @series, @author, @reason, @Now)", new { planHash, series, author, reason, Now });
            Audit(session, author, "approve plan", $"{series} {planHash}", reason);
            return Approval(session, planHash)!;
        },
        cancel);

    public Task<PlanApproval?> FindPlanApprovalAsync(string planHash, CancellationToken cancel) => ReadAsync(session => Approval(session, planHash), cancel);

    private static PlanApproval? Approval(SqlSession session, string planHash)
    {
        var found = session.QuerySingleOrDefault<ApprovalFields>(
            "SELECT plan_hash AS PlanHash, series AS Series, author AS Author, reason AS Reason, approved_at AS ApprovedAt FROM plan_approvals WHERE plan_hash = @planHash", new { planHash });
        return found is null ? null : new PlanApproval(found.PlanHash, found.Series, found.Author, found.Reason, StoreText.InstantOf(found.ApprovedAt));
    }
}
