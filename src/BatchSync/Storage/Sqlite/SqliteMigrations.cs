using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

/// <summary>Numbered SQL, applied in order and journalled with its hash, so that a store always says what it is.</summary>
internal static class SqliteMigrations
{
    private sealed record Script(long Version, string Name, string Text)
    {
        public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
    }

    private sealed record JournalRow(long Version, string Name, string ContentHash);

    /// <summary>Applies what the journal lacks, inside the caller's transaction.</summary>
    public static IReadOnlyList<string> Apply(SqliteTransaction transaction, string now)
    {
        var connection = transaction.Connection!;
        connection.Execute(
            "CREATE TABLE IF NOT EXISTS schema_journal (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, content_hash TEXT NOT NULL, applied_at TEXT NOT NULL)",
            transaction: transaction);
        var journal = connection.Query<JournalRow>("SELECT version AS Version, name AS Name, content_hash AS ContentHash FROM schema_journal ORDER BY version", transaction: transaction).ToList();
        var scripts = Scripts();
        Check(journal, scripts);
        var missing = scripts.Skip(journal.Count).ToList();
        foreach (var script in missing)
        {
            connection.Execute(script.Text, transaction: transaction);
            connection.Execute("INSERT INTO schema_journal VALUES (@Version, @Name, @Hash, @now)", new { script.Version, script.Name, script.Hash, now }, transaction);
        }

        return [.. missing.Select(s => s.Name)];
    }

    private static void Check(List<JournalRow> journal, List<Script> scripts)
    {
        if (journal.Count > scripts.Count)
        {
            var newest = journal[^1];
            throw new StoreException($"The store is of schema version {newest.Version} ({newest.Name}), this BatchSync knows up to {scripts.Count}. Use the newer BatchSync that wrote it.");
        }

        foreach (var (row, script) in journal.Zip(scripts))
        {
            if (row.Version != script.Version || row.ContentHash != script.Hash)
                throw new StoreException($"Migration {row.Version} ({row.Name}) of the store is not the one that this BatchSync knows. Was the store made by a changed build?");
        }
    }

    private static List<Script> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        const string Folder = "Storage.Sqlite.Migrations.";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.Contains(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => Read(assembly, resource, resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..^".sql".Length]))];
    }

    private static Script Read(Assembly assembly, string resource, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var text = reader.ReadToEnd().ReplaceLineEndings("\n");
        return new Script(long.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), name, text);
    }
}
