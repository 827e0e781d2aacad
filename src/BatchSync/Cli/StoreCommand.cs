using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage.Sql;

namespace BatchSync.Cli;

/// <summary><c>store migrate</c>: brings the store's schema up to date, which every other command does by itself on SQLite, and none on SQL Server.</summary>
internal static class StoreCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var migrate = new Command("migrate", "Brings the schema of the store up to date");
        migrate.SetAction(async (parsed, cancel) =>
        {
            var dialect = options.Store(parsed, options.ConfigFolder(parsed)).Dialect(time);
            await using var store = SqlStore.Open(dialect, time);
            var applied = await store.MigrateAsync(cancel);
            options.Screen(parsed).Line(applied.Count == 0 ? $"{dialect.Name} is up to date." : $"{dialect.Name}: applied {string.Join(", ", applied)}.");
            return ExitCodes.Done;
        });
        return new Command("store", "The store that remembers everything") { migrate };
    }
}
