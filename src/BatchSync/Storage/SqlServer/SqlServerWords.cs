using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using BatchSync.Storage.Sql;

namespace BatchSync.Storage.SqlServer;

/// <summary>
/// Puts a statement of the store into T-SQL: the store's tables and views get their schema, <c>LIMIT n</c> becomes <c>OFFSET ... FETCH</c>, and <c>LENGTH</c>
/// becomes <c>LEN</c>. Nothing else differs in what the store sends; a test parses every statement and looks at each name of a table.
/// </summary>
internal sealed partial class SqlServerWords(string schema)
{
    private static readonly Lazy<HashSet<string>> Tables = new(() => [.. SqlMigrations.Texts(SqlServerDialect.MigrationFolder).SelectMany(t => Created().Matches(t)).Select(m => m.Groups[1].Value), "schema_journal"]);

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    public string Schema { get; } = "[" + schema.Replace("]", "]]", StringComparison.Ordinal) + "]";

    public string Of(string sql) => _known.GetOrAdd(sql, Translate);

    private string Translate(string sql)
    {
        var qualified = Named().Replace(sql, m => Tables.Value.Contains(m.Groups[2].Value) ? $"{m.Groups[1].Value}{Schema}.{m.Groups[2].Value}" : m.Value);
        return Length().Replace(Limit().Replace(qualified, "OFFSET 0 ROWS FETCH NEXT $1 ROWS ONLY"), "LEN(");
    }

    [GeneratedRegex(@"CREATE (?:TABLE|VIEW) (\w+)")]
    private static partial Regex Created();

    // After ON only where a list of columns follows, as in CREATE INDEX: there is also ON of a join.
    [GeneratedRegex(@"\b((?:FROM|JOIN|INTO|UPDATE|TABLE|VIEW|REFERENCES)\s+|ON\s+(?=\w+ \())([a-z_]+)\b")]
    private static partial Regex Named();

    [GeneratedRegex(@"\bLIMIT (@\w+|\d+)")]
    private static partial Regex Limit();

    [GeneratedRegex(@"\bLENGTH\(")]
    private static partial Regex Length();
}
