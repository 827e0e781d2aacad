using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Reports;

/// <summary>What one run has to prove: everything that the reports print, but the records themselves.</summary>
internal sealed record RunReport
{
    public required string Job { get; init; }
    public required long RunNo { get; init; }

    /// <summary>The instant as of which the run judged; not the time of writing.</summary>
    public required DateTimeOffset AsOf { get; init; }

    /// <summary>In any order within a period.</summary>
    public required ReconciliationRows Rows { get; init; }

    /// <summary>Open and accepted ones, in any order.</summary>
    public required IReadOnlyList<StoredDifference> Differences { get; init; }

    /// <summary>Records in the bucket <c>rejected</c>, of any age.</summary>
    public required long Rejections { get; init; }

    /// <summary>Why the run did not come to its end, with the next step; null where it did.</summary>
    public string? Failure { get; init; }

    /// <summary>Where the audit trail stood before the report was written; null: nobody looked.</summary>
    public AuditHead? Audit { get; init; }

    /// <summary>What a reader has to know of the report itself, as that it is sent again; empty: nothing.</summary>
    public string Note { get; init; } = "";

    /// <param name="failure">Why the run did not come to its end; null where it did.</param>
    public static RunReport Of(RunRow run, ReconciliationRows rows, IReadOnlyList<StoredDifference> differences, IEnumerable<RejectionCount> rejections, string? failure) => new()
    {
        Job = run.Job,
        RunNo = run.RunNo,
        AsOf = run.AsOf,
        Rows = rows,
        Differences = differences,
        Rejections = rejections.Sum(r => r.Records),
        Failure = failure,
    };

    public int OpenDifferences => Differences.Count(d => d.Judged.IsOpen);

    /// <summary>
    /// The periods that the proof covers: <c>2026-10</c>, <c>2026-08..2026-10</c>, or, where the run touched none, its day (UTC): <c>as of
    /// 2026-11-03</c>. Differences of older periods do not widen them.
    /// </summary>
    public string Periods
    {
        get
        {
            return Rows.Periods.ToList() switch
            {
                [] => "as of " + AsOf.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                [var only] => only.ToString(),
                [var first, .., var last] => $"{first}..{last}",
            };
        }
    }

    /// <summary>The outcome in a few words: <c>balanced</c>, <c>2 open differences, 1 rejection</c> or <c>failed</c>.</summary>
    public string Headline
    {
        get
        {
            if (Failure is not null) return "failed";
            var accepted = Differences.Count - OpenDifferences;
            var found = new[] { Counted(OpenDifferences, "open difference"), Counted(Rejections, "rejection") }.Where(t => t.Length > 0).ToList();
            if (found.Count == 0) found.Add("balanced");
            if (accepted > 0) found.Add(Counted(accepted, "accepted difference"));
            return string.Join(", ", found);
        }
    }

    /// <summary>Whether a mail is wanted of this run.</summary>
    public bool IsDue(EmailWhen when) => when == EmailWhen.Always || Failure is not null || OpenDifferences > 0 || Rejections > 0;

    private static string Counted(long count, string noun) =>
        count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
