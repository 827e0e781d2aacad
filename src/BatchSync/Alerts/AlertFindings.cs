using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Alerting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Scheduling;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;

namespace BatchSync.Alerts;

/// <summary>What a look at a job found of one kind, with what would be said of it.</summary>
/// <param name="Wrong">While it stands.</param>
/// <param name="Well">Once it is gone.</param>
/// <param name="RunNo">The run that it is about; null: none.</param>
internal sealed record Observation(Finding Finding, AlertWords Wrong, AlertWords Well, long? RunNo);

/// <summary>Reads out of the store what is wrong with a job now. What it reads, others may be changing: what a run under way has not come to is left out.</summary>
internal sealed class AlertFindings(IStore store, JobDefinition job, DateTimeOffset now)
{
    /// <summary>More runs in a row that failed, or were cancelled, need no exact count.</summary>
    private const int LookedThrough = 100;

    private const int MostListed = 10;
    private const int SummaryLength = 160;

    /// <summary>Told as another kind: a refused document as a dead letter, one without an answer as a failure.</summary>
    private static readonly string[] ToldOtherwise = [DifferenceCodes.RejectedByDestination, DifferenceCodes.Pending];

    private readonly AlertDefinition _alerts = job.Alerts!;

    public async Task<IReadOnlyList<Observation>> ReadAsync(CancellationToken cancel)
    {
        var runs = await store.ListWholeRunsAsync(job.Series, LookedThrough, cancel);
        var died = await DiedAsync(runs, cancel);
        List<RunRow> ended = [.. runs.Where(r => r == died || r.Status is RunStatus.Succeeded or RunStatus.Differences or RunStatus.Failed or RunStatus.Abandoned)];
        List<Observation> found = [Failure(ended), await MissedAsync(runs, died, cancel)];

        // A run first takes apart what was refused, and sorts records anew: what stands meanwhile is no state of the books.
        if (await IsUnderWayAsync(cancel)) return found;
        var last = ended.FirstOrDefault();
        found.AddRange([await RejectionsAsync(last, cancel), await DifferencesAsync(last, cancel), await DeadLettersAsync(last, cancel)]);
        return await HasMovedOnAsync(runs, cancel) ? found[..2] : found;
    }

    private Observation Failure(List<RunRow> ended)
    {
        var failed = ended.TakeWhile(IsFailure).ToList();
        var finding = new Finding(AlertKind.Failure, failed.Count, null).Over(_alerts.FailuresOver);
        var well = ended.Count > failed.Count ? ended[failed.Count] : null;
        var gone = new AlertWords(well is null ? "no run failed" : Line(Invariant($"run {well.RunNo} came to its end"), Message(well)), well is null ? "" : $"What was left by the failed runs is made up for.\nLook: {Invariant($"batchsync runs show {well.RunNo}")}");
        if (failed.Count == 0) return new Observation(finding, gone, gone, well?.RunNo);
        var (newest, first) = (failed[0], failed[^1]);
        var often = failed.Count == 1 ? Invariant($"run {newest.RunNo} failed") : Invariant($"{failed.Count} runs in a row failed, the last of them run {newest.RunNo}");
        var details = Lines(
            $"What: {Message(newest)}",
            $"Since: {Minute(first.StartedAt)} ({Invariant($"run {first.RunNo}")}) on {newest.Host}.",
            "The books: what was posted stands, and stays posted once. What came due since is not billed yet.",
            $"Next: {NextAfter(newest)}",
            $"Look: {Invariant($"batchsync runs show {newest.RunNo}")}; docs/runbooks/failed-run.md");
        return new Observation(finding, new AlertWords(Line(often, Message(newest)), details), gone, finding.Count > 0 ? newest.RunNo : well?.RunNo);
    }

    private string NextAfter(RunRow run) => run.ExitCode switch
    {
        ExitCodes.Configuration => $"batchsync check, mend what it or the message names, then batchsync run {job.Name} (or start `serve` anew)",
        ExitCodes.Defect => "a bug in BatchSync: keep the log, batchsync store backup to a safe place, and report it",
        _ => $"mend what the message names, then batchsync run {job.Name}; `serve` tries again by itself",
    };

    private async Task<Observation> RejectionsAsync(RunRow? last, CancellationToken cancel)
    {
        var rejected = await store.CountRejectionsAsync(job.Series, cancel);
        var finding = new Finding(AlertKind.Rejections, rejected.Sum(r => r.Records), null) { IsWhole = IsWhole(last) }.Over(_alerts.RejectionsOver);
        var details = Lines(
            [
                "What: records that cannot be billed until somebody mends them:",
                .. rejected.Select(r => Invariant($"  {r.Records} {r.Bucket}")),
                "The books: these records are on no document. They hold up no others.",
                "Next: mend the mapping, or the records at their source; the next run takes them.",
                $"Look: exceptions.csv in the report of the last run; batchsync runs --job {job.Name}",
            ]);
        var well = _alerts.RejectionsOver == 0 ? "no rejected records any more" : Invariant($"no more than {Counted.Of(_alerts.RejectionsOver, "rejected record")}");
        return new Observation(finding, new AlertWords(Counted.Of(rejected.Sum(r => r.Records), "rejected record"), details), new AlertWords(well, "They are billed, or left out by a rule."), last?.RunNo);
    }

    private async Task<Observation> DifferencesAsync(RunRow? last, CancellationToken cancel)
    {
        var open = (await store.ListDifferencesAsync(job.Name, cancel)).Where(d => d.Judged.IsOpen && !ToldOtherwise.Contains(d.Judged.Difference.Code)).ToList();
        var finding = new Finding(AlertKind.Differences, open.Count, open.Count == 0 ? null : open.Max(d => d.Judged.FirstSeen)) { IsWhole = IsWhole(last) };
        var details = Lines(
            [
                "What: this does not tie out:",
                .. open.Take(MostListed).Select(d => Invariant($"  {d.DifferenceNo}. {d.Judged.Difference.Code} {d.Judged.Difference.Subject}")),
                .. Rest(open.Count),
                "The books: documents of these may not be what the source and the rules say.",
                "Next: mend it, and the next run finds it no more; or batchsync differences accept NUMBER --reason TEXT",
                $"Look: batchsync differences list --job {job.Name}",
            ]);
        return new Observation(finding, new AlertWords(Counted.Of(open.Count, "open difference"), details), new AlertWords("no open difference any more", "All ties out, or somebody let it stand."), last?.RunNo);
    }

    private async Task<Observation> DeadLettersAsync(RunRow? last, CancellationToken cancel)
    {
        var letters = (await store.ListDeadLettersAsync(cancel)).Where(l => l.Document.Series == job.Series).ToList();
        var finding = new Finding(AlertKind.DeadLetters, letters.Count, letters.Count == 0 ? null : letters.Max(l => l.Since)) { IsWhole = IsWhole(last) };
        var details = Lines(
            [
                "What: destinations refused these for good:",
                .. letters.Take(MostListed).Select(l => Invariant($"  {l.Document.DocumentNo}. {l.Document.Reference}, {Counted.Of(l.Refusals, "refusal")} since {Minute(l.Since)}: {l.Document.Message}")),
                .. Rest(letters.Count),
                "The books: these documents are not there. They hold up no others.",
                "Next: mend the mapping or the record, and the next run forms them anew; or batchsync deadletters discard NUMBER --reason TEXT",
                "Look: batchsync deadletters show NUMBER",
            ]);
        return new Observation(finding, new AlertWords($"{Counted.Of(letters.Count, "document")} refused", details), new AlertWords("no refused document any more", "All are at their destinations, or were discarded."), last?.RunNo);
    }

    private async Task<Observation> MissedAsync(IReadOnlyList<RunRow> runs, RunRow? died, CancellationToken cancel)
    {
        var missed = job.Schedule is { } schedule ? await MissedAsync(schedule, runs, cancel) : [];
        var finding = new Finding(AlertKind.Missed, missed.Count, null);
        var answer = runs.FirstOrDefault(IsAnswer);
        var well = new AlertWords(answer is null ? "no run is overdue" : Line(Invariant($"run {answer.RunNo} came to an end"), Message(answer)), "It made up for what was missed, as far as it came.");
        if (missed.Count == 0) return new Observation(finding, well, well, answer?.RunNo);
        var since = Local(missed[0]);
        var often = missed.Count == 1 ? $"no run since {since}" : Invariant($"no run on {missed.Count} dates, the first of them {since}");
        var details = Lines(
            $"What: its schedule fired at {since}, and no run has come to an end since. {await ReasonAsync(missed[0], runs, died, cancel)}",
            "The books: nothing that came due since is read, billed or proven.",
            $"Next: see that what starts the job is running (`serve`, cron, Task Scheduler), then batchsync run {job.Name}",
            $"Look: batchsync status; batchsync runs occurrences --job {job.Name}");
        return new Observation(finding, new AlertWords(often, details), well, null);
    }

    private async Task<IReadOnlyList<FireTime>> MissedAsync(ScheduleDefinition schedule, IReadOnlyList<RunRow> runs, CancellationToken cancel)
    {
        var kept = await store.FindKeptSinceAsync(new ScheduleRow(job.Series, job.Name, schedule.Cron, schedule.Zone.Id), cancel);
        return MissedRuns.Since(kept, runs.FirstOrDefault(IsAnswer)?.StartedAt) is { } since
            ? MissedRuns.Of(Timetable.Of(schedule).After(since), schedule.Holidays, _alerts.MissedAfter, now)
            : [];
    }

    // What is known of why, if anything is.
    private async Task<string> ReasonAsync(FireTime first, IReadOnlyList<RunRow> runs, RunRow? died, CancellationToken cancel)
    {
        if (runs is [var newest, ..] && newest.StartedAt >= first.At - MissedRuns.Early)
        {
            if (newest == died || newest.Status == RunStatus.Abandoned) return Invariant($"The process of run {newest.RunNo} on {newest.Host} ended without a word.");
            if (newest.Status == RunStatus.Running) return Invariant($"Run {newest.RunNo} is under way on {newest.Host} since {Minute(newest.StartedAt)}.");
            if (newest.Status == RunStatus.Cancelled) return Invariant($"Run {newest.RunNo} was cancelled.");
        }

        var known = (await store.ListOccurrencesAsync(job.Series, 1, cancel)).FirstOrDefault(o => o.Occurrence.Date >= first.Date);
        if (known is { Occurrence: { Reason.Length: > 0 } occurrence }) return $"Of {Day(occurrence.Date)} it is known: {occurrence.Reason.TrimEnd('.')}.";
        return job.Schedule!.After is { } earlier ? $"It runs after '{earlier}' only." : "Nothing has begun one.";
    }

    // Read in this order: a run that still says so after nobody was found to hold its series has lost its process.
    private async Task<RunRow?> DiedAsync(IReadOnlyList<RunRow> runs, CancellationToken cancel)
    {
        if (runs is not [{ Status: RunStatus.Running } newest, ..] || await IsUnderWayAsync(cancel)) return null;
        return (await store.FindRunAsync(newest.RunNo, cancel))!.Status == RunStatus.Running ? newest : null;
    }

    private async Task<bool> HasMovedOnAsync(IReadOnlyList<RunRow> runs, CancellationToken cancel) =>
        await IsUnderWayAsync(cancel) || !(await store.ListWholeRunsAsync(job.Series, 1, cancel)).SequenceEqual(runs.Take(1));

    private async Task<bool> IsUnderWayAsync(CancellationToken cancel) => (await store.ListLeasesAsync(cancel)).Any(l => l.Name == job.Series);

    private static bool IsFailure(RunRow run) => run.Status is RunStatus.Failed or RunStatus.Abandoned or RunStatus.Running;

    // Differences stand under the name that the job had in its last run.
    private bool IsWhole(RunRow? last) => last?.Status is RunStatus.Succeeded or RunStatus.Differences && last.Job == job.Name;

    private static bool IsAnswer(RunRow run) => run.Status is RunStatus.Succeeded or RunStatus.Differences or RunStatus.Failed;

    private static string Message(RunRow run) => run.Message.Length > 0 ? run.Message : "its process ended without a word";

    /// <summary>A subject's worth: what happened, with the first sentence of why.</summary>
    private static string Line(string what, string why)
    {
        var end = why.IndexOf(". ", StringComparison.Ordinal);
        var line = $"{what}: {(end < 0 ? why.TrimEnd('.') : why[..end])}";
        return line.Length <= SummaryLength ? line : line[..SummaryLength] + "...";
    }

    private static IEnumerable<string> Rest(int count) => count > MostListed ? [Invariant($"  and {count - MostListed} more")] : [];

    private static string Lines(params IEnumerable<string> lines) => string.Join('\n', lines);

    private string Local(FireTime fire) =>
        string.Create(CultureInfo.InvariantCulture, $"{TimeZoneInfo.ConvertTime(fire.At, job.Schedule!.Zone):yyyy-MM-dd HH:mm} ({job.Schedule.Zone.Id})");

    private static string Minute(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    private static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
