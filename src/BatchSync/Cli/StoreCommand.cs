using System.CommandLine;
using System.Globalization;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;
using BatchSync.Storage.Sql;

namespace BatchSync.Cli;

/// <summary>
/// <c>store migrate</c> brings the store's schema up to date, which every other command does by itself on SQLite, and none on SQL Server; <c>store backup</c> copies it
/// while runs go on; <c>store verify</c> says whether it is what it should be; <c>store adopt</c> lets a store that is behind its destination post beside what it does not know.
/// </summary>
internal static class StoreCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        new("store", "The store that remembers everything") { CreateMigrate(options, time), CreateBackup(options, time), CreateVerify(options, time), CreateAdopt(options, time) };

    private static Command CreateMigrate(GlobalOptions options, TimeProvider time)
    {
        var cluster = new Option<bool>("--cluster") { Description = "Also make the tables through which several hosts share alarms (serve --cluster); on SQL Server only" };
        var migrate = new Command("migrate", "Brings the schema of the store up to date") { cluster };
        migrate.SetAction(async (parsed, cancel) =>
        {
            var (place, shared) = (options.Store(parsed, options.ConfigFolder(parsed)), parsed.GetValue(cluster));
            var dialect = place.Dialect(time);
            var server = shared ? ServeCommand.ClusterStore(place, time) : null;
            await using var store = SqlStore.Open(dialect, time);
            var applied = await store.MigrateAsync(cancel);
            if (server is not null) await AlarmCluster.ProvisionAsync(server, cancel);
            var with = server is null ? "" : " The tables of a cluster are there.";
            options.Screen(parsed).Line(applied.Count == 0 ? $"{dialect.Name} is up to date.{with}" : $"{dialect.Name}: applied {string.Join(", ", applied)}.{with}");
            return ExitCodes.Done;
        });
        return migrate;
    }

    private static Command CreateAdopt(GlobalOptions options, TimeProvider time)
    {
        var name = JobNames.Argument(options);
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
            return RunCommand.Show(call, result);
        });
        return command;
    }

    private static Command CreateBackup(GlobalOptions options, TimeProvider time)
    {
        var target = new Argument<string?>("file") { Description = "The copy, never over another file; left out: beside the store, named by the time in UTC", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var backup = new Command("backup", "Copies the store as of now while runs go on, and verifies the copy") { target, json };
        backup.SetAction(async (parsed, cancel) =>
        {
            var place = Existing(options, parsed, time);
            var copy = Path.GetFullPath(parsed.GetValue(target) ?? Named(place.Dialect(time).Name, time.GetUtcNow()));
            if (File.Exists(copy)) throw new UsageException($"{copy} is there already, and a backup never overwrites anything. Name another file.");
            await using var store = await ReadyAsync(place, time, cancel);
            var checks = await store.BackUpAsync(copy, Environment.UserName, cancel);
            var (screen, bytes) = (options.Screen(parsed), new FileInfo(copy).Length);
            if (parsed.GetValue(json)) screen.Write(new { Store = place.Dialect(time).Name, Backup = copy, Bytes = bytes, Checks = checks });
            else screen.Outcome(ExitCodes.Done, FormattableString.Invariant($"{copy}: {bytes} bytes, verified: {string.Join(", ", checks.Select(c => $"{c.Count} {c.What}"))}."));
            return ExitCodes.Done;
        });
        return backup;
    }

    private static Command CreateVerify(GlobalOptions options, TimeProvider time)
    {
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var verify = new Command("verify", "Verifies the file, every hash, the audit trail and that the books add up; exit 3 where something is wrong") { json };
        verify.SetAction(async (parsed, cancel) =>
        {
            var place = Existing(options, parsed, time);
            await using var store = await ReadyAsync(place, time, cancel);
            var checks = await store.VerifyAsync(cancel);
            var exit = checks.Any(c => c.Problems.Count > 0) ? ExitCodes.Differences : ExitCodes.Done;
            var (screen, name) = (options.Screen(parsed), place.Dialect(time).Name);
            if (parsed.GetValue(json)) screen.Write(new { Store = name, Holds = exit == ExitCodes.Done, Checks = checks });
            else Show(screen, name, checks, exit);
            return exit;
        });
        return verify;
    }

    private static void Show(Screen screen, string store, IReadOnlyList<StoreCheck> checks, int exit)
    {
        screen.Table([Column.Name("verified"), Column.Number("how many"), "result"], checks.Select(c => (IReadOnlyList<string>)
            [c.What, c.Count.ToString(CultureInfo.InvariantCulture), c.Problems.Count == 0 ? "well" : "wrong"]));
        foreach (var check in checks)
        {
            foreach (var problem in check.Problems) screen.Outcome(exit, $"{check.What}: {problem}");
        }

        screen.Outcome(exit, exit == ExitCodes.Done ? $"{store} is whole." : $"{store} is damaged. Keep it as it is, let no run post from it, and go on from the newest backup that verifies.");
    }

    private static StorePlace Existing(GlobalOptions options, ParseResult parsed, TimeProvider time)
    {
        var place = options.Store(parsed, options.ConfigFolder(parsed));
        return place.IsThere ? place : throw Workspace.NoStore(place, time);
    }

    private static async Task<SqlStore> ReadyAsync(StorePlace place, TimeProvider time, CancellationToken cancel)
    {
        var store = SqlStore.Open(place.Dialect(time), time);
        await store.MakeReadyAsync(cancel);
        return store;
    }

    private static string Named(string store, DateTimeOffset now) => Path.Combine(
        Path.GetDirectoryName(store)!,
        $"{Path.GetFileNameWithoutExtension(store)}-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}{Path.GetExtension(store)}");
}
