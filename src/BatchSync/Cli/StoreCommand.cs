using System.CommandLine;
using System.Globalization;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Storage.Sqlite;

namespace BatchSync.Cli;

/// <summary>
/// <c>store migrate</c>: brings the store's schema up to date, which every other command does by itself on SQLite; <c>store backup</c>: a
/// copy while runs go on; <c>store verify</c>: whether the store is what it should be.
/// </summary>
internal static class StoreCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        new("store", "The store that remembers everything") { CreateMigrate(options, time), CreateBackup(options, time), CreateVerify(options, time) };

    private static Command CreateMigrate(GlobalOptions options, TimeProvider time)
    {
        var migrate = new Command("migrate", "Brings the schema of the store up to date");
        migrate.SetAction(async (parsed, cancel) =>
        {
            var file = options.StoreFile(parsed, options.ConfigFolder(parsed));
            await using var store = SqliteStore.Open(file, time);
            var applied = await store.MigrateAsync(cancel);
            options.Screen(parsed).Line(applied.Count == 0 ? $"{file} is up to date." : $"{file}: applied {string.Join(", ", applied)}.");
            return ExitCodes.Done;
        });
        return migrate;
    }

    private static Command CreateBackup(GlobalOptions options, TimeProvider time)
    {
        var target = new Argument<string?>("file") { Description = "The copy, never over another file; left out: beside the store, named by the time in UTC", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var backup = new Command("backup", "Copies the store as of now while runs go on, and verifies the copy. Example: batchsync store backup /backup/batchsync.db") { target, json };
        backup.SetAction(async (parsed, cancel) =>
        {
            var file = ExistingFile(options, parsed);
            var copy = Path.GetFullPath(parsed.GetValue(target) ?? Named(file, time.GetUtcNow()));
            if (File.Exists(copy)) throw new UsageException($"{copy} is there already, and a backup never overwrites anything. Name another file.");
            await using var store = SqliteStore.Open(file, time);
            await store.MigrateAsync(cancel);
            var checks = await store.BackUpAsync(copy, Environment.UserName, cancel);
            var (screen, bytes) = (options.Screen(parsed), new FileInfo(copy).Length);
            if (parsed.GetValue(json)) screen.Write(new { Store = file, Backup = copy, Bytes = bytes, Checks = checks });
            else screen.Outcome(ExitCodes.Done, FormattableString.Invariant($"{copy}: {bytes} bytes, verified: {string.Join(", ", checks.Select(c => $"{c.Count} {c.What}"))}."));
            return ExitCodes.Done;
        });
        return backup;
    }

    private static Command CreateVerify(GlobalOptions options, TimeProvider time)
    {
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var verify = new Command("verify", "Verifies the file, every hash, the audit trail and that the books add up; exit 3 where something is wrong. Example: batchsync store verify --store /backup/batchsync.db") { json };
        verify.SetAction(async (parsed, cancel) =>
        {
            var file = ExistingFile(options, parsed);
            await using var store = SqliteStore.Open(file, time);
            await store.MigrateAsync(cancel);
            var checks = await store.VerifyAsync(cancel);
            var exit = checks.Any(c => c.Problems.Count > 0) ? ExitCodes.Differences : ExitCodes.Done;
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(new { Store = file, Holds = exit == ExitCodes.Done, Checks = checks });
            else Show(screen, file, checks, exit);
            return exit;
        });
        return verify;
    }

    private static void Show(Screen screen, string file, IReadOnlyList<StoreCheck> checks, int exit)
    {
        screen.Table([Column.Name("verified"), Column.Number("how many"), "result"], checks.Select(c => (IReadOnlyList<string>)
            [c.What, c.Count.ToString(CultureInfo.InvariantCulture), c.Problems.Count == 0 ? "well" : "wrong"]));
        foreach (var check in checks)
        {
            foreach (var problem in check.Problems) screen.Outcome(exit, $"{check.What}: {problem}");
        }

        screen.Outcome(exit, exit == ExitCodes.Done ? $"{file} is whole." : $"{file} is damaged. Keep it as it is, let no run post from it, and go on from the newest backup that verifies.");
    }

    private static string ExistingFile(GlobalOptions options, ParseResult parsed)
    {
        var file = options.StoreFile(parsed, options.ConfigFolder(parsed));
        return File.Exists(file) ? file : throw new UsageException($"There is no store {file}: the first plan or run makes it. Another configuration folder is named with --config, another store with --store.");
    }

    private static string Named(string store, DateTimeOffset now) => Path.Combine(
        Path.GetDirectoryName(store)!,
        $"{Path.GetFileNameWithoutExtension(store)}-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}{Path.GetExtension(store)}");
}
