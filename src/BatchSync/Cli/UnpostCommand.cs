using System.CommandLine;
using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>unpost RUN</c>: takes the documents of a run off the books, and keeps their records off until they are released.</summary>
internal static class UnpostCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var run = new Argument<long>("run") { Description = "Number of the run that posted them, from: batchsync runs" };
        var document = new Option<string?>("--document") { Description = "Only this document of the run, by its reference, and those that hold something of the same records", HelpName = "reference" };
        var reason = new Option<string>("--reason") { Description = "Why; kept for the auditor", Required = true, HelpName = "text" };
        var json = new Option<bool>("--json") { Description = "The result as JSON" };
        var command = new Command("unpost", "Takes the documents of a run back: drafts are deleted, final ones credited; their records are held until released") { run, document, reason, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var wanted = new UnpostRequest(parsed.GetValue(run), parsed.GetValue(document), Environment.UserName, Reason(parsed.GetValue(reason)!));
            var set = workspace.Load();
            var job = await JobAsync(workspace, set, wanted, cancel);
            var call = new JobCall(workspace, options.Screen(parsed), job.Name, null, null, time.GetUtcNow(), parsed.GetValue(json));
            return await ExecuteAsync(call, set, job, wanted, cancel);
        });
        return command;
    }

    /// <exception cref="UsageException">The reason says nothing.</exception>
    public static string Reason(string text) => string.IsNullOrWhiteSpace(text) ? throw new UsageException("--reason must say something: it is kept for the auditor.") : text;

    private static async Task<int> ExecuteAsync(JobCall call, ConfigurationSet set, JobDefinition job, UnpostRequest wanted, CancellationToken cancel)
    {
        Unposting? found = null;
        var result = await call.WithRunnerAsync(set, job, (runner, request) => runner.UnpostAsync(request, wanted, f => found = f, cancel), cancel);
        if (result is null) return RunCommand.Busy(call.Screen, job.Name);
        if (call.Json) call.Screen.Write(new { Result = RunView.Of(result), Unposted = found is null ? null : View(found) });
        else
        {
            if (found is { IsNothing: false }) Show(call.Screen, found);
            RunCommand.ShowText(call, result);
        }

        return result.ExitCode;
    }

    private static async Task<JobDefinition> JobAsync(Workspace workspace, ConfigurationSet set, UnpostRequest wanted, CancellationToken cancel)
    {
        var store = await workspace.ExistingStoreAsync(cancel);
        var run = await store.FindRunAsync(wanted.RunNo, cancel) ?? throw new UsageException(FormattableString.Invariant($"There is no run {wanted.RunNo}. See: batchsync runs"));
        var job = set.Jobs.FirstOrDefault(j => j.Series == run.Series)
            ?? throw new UsageException(FormattableString.Invariant($"Run {wanted.RunNo} is of series '{run.Series}', and no job here has it. Series: {string.Join(", ", set.Jobs.Select(j => j.Series))}"));
        if (wanted.Reference is null) return job;
        var documents = (await store.ListDocumentsAsync(run.Series, null, cancel)).Where(d => d.RunNo == wanted.RunNo && !d.TakesBack).Select(d => d.Reference).ToList();
        return documents.Contains(wanted.Reference)
            ? job
            : throw new UsageException(FormattableString.Invariant($"Run {wanted.RunNo} has no document '{wanted.Reference}'. Its documents: {(documents.Count == 0 ? "none" : string.Join(", ", documents))}"));
    }

    private static void Show(Screen screen, Unposting found)
    {
        screen.Table(
            [Column.Name("reference"), Column.Name("run"), Column.Name("client"), "period", Column.Number("total"), "what", "why"],
            found.Documents.Select(d => (IReadOnlyList<string>)
            [
                d.Document.Reference, d.Document.RunNo.ToString(CultureInfo.InvariantCulture), d.Document.Key.Client, d.Document.Key.Period.ToString(), BookedMoney.Of(d.Document.Type, d.Document.Net, d.Document.Tax).Total.ToString(),
                found.Refusals.Count > 0 ? "stays" : d.IsDeleted ? "draft deleted" : "credited", d.IsNamed ? "of the run" : "holds something of the same records",
            ]));
        foreach (var reference in found.NeverTaken) screen.Say($"{reference} never came to its destination: it is taken apart, and its records are held like the others.");
    }

    private static object View(Unposting found) => new
    {
        Run = found.Wanted.RunNo,
        Documents = found.Documents.Select(d => new
        {
            d.Document.Reference, Run = d.Document.RunNo, d.Document.Key.Entity, d.Document.Key.Client, Currency = d.Document.Key.Currency.Code, Period = d.Document.Key.Period.ToString(), d.Document.Type,
            Total = d.Document.Total.Amount, Deleted = d.IsDeleted, OfTheRun = d.IsNamed,
        }),
        Records = found.Records.Select(r => r.ToString()),
        found.NeverTaken,
        found.Refusals,
    };
}
