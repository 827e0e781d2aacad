using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace BatchSync.Storage.Sql;

/// <summary>Numbered SQL, applied in order and journalled with its hash, so that a store always says what it is.</summary>
internal static class SqlMigrations
{
    private sealed record Script(long Version, string Name, string Text)
    {
        public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
    }

    private sealed record JournalRow(long Version, string Name, string ContentHash);

    /// <summary>Applies what the journal lacks, inside the caller's transaction.</summary>
    public static IReadOnlyList<string> Apply(SqlSession session, string now)
    {
        session.Execute(session.Dialect.CreateJournal);
        var missing = Missing(session);
        foreach (var script in missing)
        {
            session.Execute(script.Text);
            session.Execute("INSERT INTO schema_journal (version, name, content_hash, applied_at) VALUES (@Version, @Name, @Hash, @now)", new { script.Version, script.Name, script.Hash, now });
        }

        return [.. missing.Select(s => s.Name)];
    }

    private static List<Script> Missing(SqlSession session)
    {
        var journal = session.Query<JournalRow>("SELECT version AS Version, name AS Name, content_hash AS ContentHash FROM schema_journal ORDER BY version").ToList();
        var scripts = Scripts(session.Dialect.Migrations);
        Check(journal, scripts);
        return [.. scripts.Skip(journal.Count)];
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

    private static List<Script> Scripts(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.Contains(folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => Read(assembly, resource, resource[(resource.IndexOf(folder, StringComparison.Ordinal) + folder.Length)..^".sql".Length]))];
    }

    private static Script Read(Assembly assembly, string resource, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var text = reader.ReadToEnd().ReplaceLineEndings("\n");
        return new Script(long.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture), name, text);
    }
}
