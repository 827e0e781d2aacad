using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>release JOB</c>: lets records that were taken off the books be billed by the next run.</summary>
internal static class ReleaseCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var job = JobNames.Argument(options);
        var records = new Argument<string[]>("record") { Description = "Records as reports name them: time_entries/17", Arity = ArgumentArity.ZeroOrMore };
        var run = new Option<long?>("--run") { Description = "All records of a run that was unposted, by its number or that of the unpost", HelpName = "number" };
        var reason = new Option<string>("--reason") { Description = "Why; kept for the auditor", Required = true, HelpName = "text" };
        var json = new Option<bool>("--json") { Description = "The result as JSON" };
        var command = new Command("release", "Lets records that were unposted be billed again by the next run") { job, records, run, reason, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var why = UnpostCommand.Reason(parsed.GetValue(reason)!);
            var set = workspace.Load();
            var definition = Workspace.Job(set, parsed.GetValue(job)!);
            var named = await NamedAsync(await workspace.ExistingStoreAsync(cancel), definition, parsed.GetValue(records) ?? [], parsed.GetValue(run), cancel);
            var call = new JobCall(workspace, options.Screen(parsed), definition.Name, null, null, time.GetUtcNow(), parsed.GetValue(json));
            var result = await call.WithRunnerAsync(set, definition, (runner, request) => runner.DecideAsync(request, Decision.Release(named, Environment.UserName, why), cancel), cancel);
            return RunCommand.Show(call, result);
        });
        return command;
    }

    private static async Task<IReadOnlyList<RecordName>> NamedAsync(IStore store, JobDefinition job, string[] records, long? run, CancellationToken cancel)
    {
        if (records.Length > 0 == run is not null) throw new UsageException("Name the records to release, or with --run the run that was unposted.");
        if (run is { } runNo) return await OfRunAsync(store, job, runNo, cancel);
        var names = records.Select(NameOf).Distinct().ToList();
        var unposted = (await store.ListUnpostedAsync(job.Series, cancel)).Select(u => u.Record).ToList();
        var unknown = names.Except(unposted).ToList();
        return unknown.Count == 0
            ? names
            : throw new UsageException($"{string.Join(", ", unknown)}: not unposted in job '{job.Name}'. Nothing was released. Unposted: {(unposted.Count == 0 ? "none" : string.Join(", ", unposted.Take(20)))}{(unposted.Count > 20 ? ", ..." : "")}");
    }

    private static async Task<IReadOnlyList<RecordName>> OfRunAsync(IStore store, JobDefinition job, long runNo, CancellationToken cancel)
    {
        var run = await store.FindRunAsync(runNo, cancel);
        if (run?.Series != job.Series) throw new UsageException(FormattableString.Invariant($"Job '{job.Name}' has no run {runNo}. See: batchsync runs --job {job.Name}"));
        var names = await UnpostedRecords.OfRunAsync(store, run, cancel);
        return names.Count > 0 ? names : throw new UsageException(FormattableString.Invariant($"No record of run {runNo} is unposted. Nothing was released."));
    }

    private static RecordName NameOf(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && StreamNames.All.Contains(text[..slash])
            ? new RecordName(StreamNames.Parse(text[..slash]), text[(slash + 1)..])
            : throw new UsageException($"'{text}' names no record; write it as {StreamKind.TimeEntries.Name()}/17 or {StreamKind.Expenses.Name()}/17.");
    }
}
