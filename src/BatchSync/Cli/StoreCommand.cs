using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;

namespace BatchSync.Cli;

/// <summary>
/// <c>store migrate</c> brings the store's schema up to date, which every other command does by itself on SQLite; <c>store adopt</c> lets a store that is
/// behind its destination post beside what it does not know.
/// </summary>
internal static class StoreCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var migrate = new Command("migrate", "Brings the schema of the store up to date");
        migrate.SetAction(async (parsed, cancel) =>
        {
            var file = options.StoreFile(parsed, options.ConfigFolder(parsed));
            await using var store = SqlStore.Open(new SqliteDialect(file, time), time);
            var applied = await store.MigrateAsync(cancel);
            options.Screen(parsed).Line(applied.Count == 0 ? $"{file} is up to date." : $"{file}: applied {string.Join(", ", applied)}.");
            return ExitCodes.Done;
        });
        return new Command("store", "The store that remembers everything") { migrate, CreateAdopt(options, time) };
    }

    private static Command CreateAdopt(GlobalOptions options, TimeProvider time)
    {
        var name = new Argument<string>("job") { Description = "Name of the job" };
        var reason = new Option<string>("--reason") { Description = "Why; kept for the auditor", Required = true, HelpName = "text" };
        var json = new Option<bool>("--json") { Description = "The result as JSON" };
        var command = new Command("adopt", "Lets a restored store go on beside the documents that its last run found at the destination and did not know") { name, reason, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var why = UnpostCommand.Reason(parsed.GetValue(reason)!);
            var set = workspace.Load();
            var job = Workspace.Job(set, parsed.GetValue(name)!);
            await workspace.ExistingStoreAsync(cancel);
            var call = new JobCall(workspace, options.Screen(parsed), job.Name, null, null, time.GetUtcNow(), parsed.GetValue(json));
            var result = await call.WithRunnerAsync(set, job, (runner, request) => runner.DecideAsync(request, Decision.Adopt(Environment.UserName, why), cancel), cancel);
            return RunCommand.Show(call.Screen, job.Name, result, call.Json);
        });
        return command;
    }
}
