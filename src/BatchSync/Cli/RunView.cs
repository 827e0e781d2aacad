using BatchSync.Core.Reconciliation;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>The shapes of <c>--json</c>: stable names, instants in UTC, amounts as decimal numbers in major units.</summary>
internal static class RunView
{
    public static object Of(RunResult result) => new
    {
        result.RunNo,
        result.Status,
        result.ExitCode,
        result.Message,
        Periods = result.Proof?.Periods.Select(p => p.ToString()),
        Rows = result.Proof?.Rows.Select(Of),
        Differences = result.Proof?.Differences.Select(Of),
        Rejections = result.Proof?.Rejections.Select(r => new { Bucket = r.Bucket.ToString(), r.Records }),
        StalePlan = result.Proof?.Counts.StalePlan,
    };

    public static object Of(RunRow run) => new
    {
        run.RunNo, run.Kind, run.Job, run.Series, run.Host, run.AsOf, run.From, run.To, run.StartedAt, run.EndedAt, run.Status, run.ExitCode, run.Message, run.Occurrence,
    };

    public static object Of(ReconciliationRow row) => new
    {
        Period = row.Period?.ToString(), row.Purpose, row.Entity, row.Client, row.Currency, row.Step, row.Item, row.Records, row.Seconds, row.Amount,
    };

    public static object Of(StoredDifference stored)
    {
        var difference = stored.Judged.Difference;
        return new
        {
            stored.DifferenceNo, stored.Job, difference.Code, difference.Subject, Period = difference.Period?.ToString(), difference.Client, difference.Currency, difference.Expected, difference.Actual,
            difference.Amount, difference.Explanation, stored.Judged.FirstSeen, Open = stored.Judged.IsOpen, stored.Judged.AcceptedBy, stored.Judged.Reason,
        };
    }
}
