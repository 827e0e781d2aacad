using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using BatchSync.Storage.SqlServer;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace BatchSync.Tests.Support;

/// <summary>
/// Parses statements as SQL Server 2016 would, without a server, and looks for what BatchSync does not send: tables without their schema, lock hints,
/// and words that Azure SQL or servers of the same protocol do not take.
/// </summary>
internal static partial class TransactSql
{
    public const string Schema = "books";

    private static readonly ConcurrentDictionary<string, string?> Known = new(StringComparer.Ordinal);
    private static readonly SqlServerWords Words = new(Schema);

    /// <summary>How many different statements were looked at so far.</summary>
    public static int Count => Known.Count;

    /// <summary>What is wrong with a statement of the store once it is put into T-SQL; null: nothing.</summary>
    public static string? Fault(string sql) => Known.GetOrAdd(sql, s => FaultOf(Listed().Replace(Words.Of(s), "IN ($1)")));

    private static string? FaultOf(string sql)
    {
        var parsed = new TSql130Parser(initialQuotedIdentifiers: true).Parse(new StringReader(sql), out var errors);
        if (errors.Count > 0) return $"{errors[0].Message} (line {errors[0].Line}, column {errors[0].Column}) in: {sql}";
        var found = new Refusals();
        parsed.Accept(found);
        return found.Aliases(sql);
    }

    // Dapper writes a parameter for each element of a list when it sends the statement.
    [GeneratedRegex(@"\bIN (@\w+)")]
    private static partial Regex Listed();

    private sealed class Refusals : TSqlFragmentVisitor
    {
        private readonly List<string> _refused = [];
        private readonly HashSet<string> _aliases = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<string> _bare = [];

        public string? Aliases(string sql)
        {
            var refused = _refused.Concat(_bare.Where(b => !_aliases.Contains(b)).Select(b => $"the table {b} without its schema")).ToList();
            return refused.Count == 0 ? null : $"{string.Join(", ", refused)} in: {sql}";
        }

        public override void Visit(NamedTableReference node)
        {
            if (node.Alias is { } alias) _aliases.Add(alias.Value);
            if (node.TableHints.Count > 0) _refused.Add("a lock hint");
            if (!IsPlaced(node.SchemaObject)) _bare.Add(node.SchemaObject.BaseIdentifier.Value);
        }

        public override void Visit(CreateTableStatement node) => Place(node.SchemaObjectName);

        public override void Visit(AlterTableAddTableElementStatement node) => Place(node.SchemaObjectName);

        public override void Visit(CreateViewStatement node) => Place(node.SchemaObjectName);

        public override void Visit(CreateIndexStatement node) => Place(node.OnName);

        public override void Visit(ForeignKeyConstraintDefinition node) => Place(node.ReferenceTableName);

        public override void Visit(MergeStatement node) => _refused.Add("MERGE");

        public override void Visit(WaitForStatement node) => _refused.Add("WAITFOR");

        public override void Visit(CreateOrAlterViewStatement node) => _refused.Add("CREATE OR ALTER");

        private void Place(SchemaObjectName name)
        {
            if (!IsPlaced(name)) _bare.Add(name.BaseIdentifier.Value);
        }

        private static bool IsPlaced(SchemaObjectName name) => name.SchemaIdentifier?.Value is Schema or "sys" || name.BaseIdentifier.Value.StartsWith('#');
    }
}
