using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>pause</c> and <c>resume</c>: the kill switch. It acts through the store, before the next call to a destination.</summary>
internal static class PauseCommand
{
    private const string All = "all";

    public static Command CreatePause(GlobalOptions options, TimeProvider time)
    {
        var (what, reason) = (What(options), Reason());
        var command = new Command("pause", "Stops posting before the next call to a destination, also in runs under way; reading and reconciling go on") { what, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var why = UnpostCommand.Reason(parsed.GetValue(reason)!);
            var (scope, name, shown) = Named(workspace, parsed.GetValue(what)!);
            var pause = await (await workspace.StoreAsync(cancel)).PauseAsync(scope, name, Environment.UserName, why, cancel);
            options.Screen(parsed).Line(PauseText.Sentence(pause, shown));
            return ExitCodes.Done;
        });
        return command;
    }

    public static Command CreateResume(GlobalOptions options, TimeProvider time)
    {
        var (what, reason) = (What(options), Reason());
        var command = new Command("resume", "Ends a pause; the next run posts what waits") { what, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var why = UnpostCommand.Reason(parsed.GetValue(reason)!);
            var (scope, name, shown) = Named(workspace, parsed.GetValue(what)!);
            var store = await workspace.ExistingStoreAsync(cancel);
            if (!await store.ResumeAsync(scope, name, Environment.UserName, why, cancel)) throw new UsageException($"{shown} is not paused. See: batchsync status");
            options.Screen(parsed).Line($"Resumed by {Environment.UserName} ({why}): {shown}. The next run posts what waits.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Argument<string> What(GlobalOptions options)
    {
        var what = new Argument<string>("what") { Description = "Name of a job, code of an entity, or all; job:NAME and entity:CODE where a name is both", HelpName = "what" };
        what.CompletionSources.Add(context => JobNames.Of(options, context).Prepend(All));
        return what;
    }

    private static Option<string> Reason() => new("--reason") { Description = "Why; kept for the auditor", Required = true, HelpName = "text" };

    // All is stopped without a look at the configuration: it may be what is wrong.
    private static (PauseScope Scope, string Name, string Shown) Named(Workspace workspace, string what)
    {
        if (what == All) return (PauseScope.All, "", All);
        var set = workspace.Load();
        var name = what.StartsWith("job:", StringComparison.Ordinal) || what.StartsWith("entity:", StringComparison.Ordinal) ? what[(what.IndexOf(':', StringComparison.Ordinal) + 1)..] : what;
        var job = what.StartsWith("entity:", StringComparison.Ordinal) ? null : set.Jobs.FirstOrDefault(j => j.Name == name);
        var isEntity = !what.StartsWith("job:", StringComparison.Ordinal) && set.Mappings.Values.Any(m => m.Entities.ContainsKey(name));
        if (job is not null && isEntity) throw new UsageException($"'{name}' is a job and an entity: write job:{name} or entity:{name}.");
        if (job is not null) return (PauseScope.Job, job.Series, job.Name);
        if (isEntity) return (PauseScope.Entity, name, name);
        var entities = set.Mappings.Values.SelectMany(m => m.Entities.Keys).Distinct().Order(StringComparer.Ordinal);
        throw new UsageException($"There is no job or entity '{what}'. Jobs: {string.Join(", ", set.Jobs.Select(j => j.Name))}. Entities: {string.Join(", ", entities)}. Or: all");
    }
}
