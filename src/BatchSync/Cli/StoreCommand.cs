using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;

namespace BatchSync.Cli;

/// <summary><c>store migrate</c>: brings the store's schema up to date, which every other command does by itself on SQLite.</summary>
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
        return new Command("store", "The store that remembers everything") { migrate };
    }
}
