using System.CommandLine;
using BatchSync.Explaining;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>explain DOCUMENT[/LINE] | RECORD</c>: the path of a cent, or the fate of a record. Reads the store and nothing else, and leaves in its audit trail that somebody looked.</summary>
internal static class ExplainCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var what = new Argument<string>("what") { Description = "A document by our reference or the destination's id, DOCUMENT/LINE, or a record such as time_entries/17" };
        var job = JobNames.Option(options, "Whose record or document it is, where several jobs have one of that name");
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("explain", "How an amount came about, step by step, computed again; or what became of a record") { what, job, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var store = await workspace.ExistingStoreAsync(cancel);
            var subject = await SubjectAsync(store, parsed.GetValue(what)!, parsed.GetValue(job), cancel);
            await workspace.NoteViewAsync("explain", $"{subject.Series} {subject.Name}", cancel);
            var explanation = await ExplainAsync(store, subject, cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(ExplanationView.Json(explanation));
            else ExplanationView.Show(screen, explanation);
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<Subject> SubjectAsync(IStore store, string text, string? job, CancellationToken cancel)
    {
        var jobs = await store.ListSeriesAsync(cancel);
        if (job is not null && jobs.All(j => j.Job != job)) throw new UsageException($"No job '{job}' has run with this store. Jobs that have: {string.Join(", ", jobs.Select(j => j.Job).Distinct())}.");
        var finder = new SubjectFinder(store);
        var found = (await finder.FindAsync(text, cancel)).Where(s => job is null || jobs.Any(j => j.Job == job && j.Series == s.Series)).ToList();
        if (found.Count == 0) throw new UsageException(Nothing(text, job, await finder.NearAsync(text, cancel)));
        if (found.Count > 1) throw new UsageException(Several(text, found, jobs));
        return found[0];
    }

    private static string Nothing(string text, string? job, IReadOnlyList<string> near) =>
        $"There is no document and no record '{text}'{(job is null ? " in this store" : $" of job '{job}'")}. "
        + (near.Count > 0 ? $"Near: {string.Join(", ", near)}. " : "")
        + "A document is named by our reference or by its id at the destination, a line by DOCUMENT/LINE, a record by its stream and id as in time_entries/17.";

    private static string Several(string text, IReadOnlyList<Subject> found, IReadOnlyList<SeriesOfJob> jobs)
    {
        var lines = found.Select(s => $"  batchsync explain {s.Name}{(found.Count(o => o.Name == s.Name) > 1 ? $" --job {jobs.First(j => j.Series == s.Series).Job}" : "")}  {What(s)}");
        return $"'{text}' may be one of {found.Count}; name the one that is meant:\n{string.Join('\n', lines)}";
    }

    private static string What(Subject subject) => subject switch
    {
        Subject.Document document => $"{Shown.Type(document.Row.Type)} of {Shown.Iso(document.Row.Date)}, {document.Row.Total}{(document.Row.DestinationId.Length > 0 ? $", {document.Row.DestinationId} at '{document.Row.Destination}'" : "")}",
        _ => $"record of series {subject.Series}",
    };

    private static async Task<Explanation> ExplainAsync(IStore store, Subject subject, CancellationToken cancel)
    {
        if (subject is Subject.Record record) return await new RecordExplainer(store).ExplainAsync(record.Found, cancel);
        var (row, line) = (Subject.Document)subject;
        var lines = (await store.LoadDocumentsAsync([row.DocumentNo], cancel))[0].Lines.Count;
        if (line is { } number && (number < 1 || number > lines)) throw new UsageException($"Document {row.Reference} has no line {Shown.Number(number)}: it has {(lines == 1 ? "line 1 alone" : $"lines 1 to {Shown.Number(lines)}")}.");
        return await new DocumentExplainer(store).ExplainAsync(row, line, cancel);
    }
}
