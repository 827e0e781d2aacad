using System.Reflection;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BatchSync.Storage.SqlServer;
using BatchSync.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using NUnit.Framework;

namespace BatchSync.Tests.Storage.SqlServer;

/// <summary>
/// T-SQL without a server. What both databases are sent is parsed by every test on SQLite as it is sent (<see cref="ParsedDialect"/>); here is what only SQL Server
/// is sent, and that the looking finds what it looks for.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class SqlServerStatementTests
{
    private static readonly SqlServerDialect Dialect = new("Server=nowhere;Integrated Security=True", TransactSql.Schema);

    private static IEnumerable<TestCaseData> OwnStatements()
    {
        var texts = typeof(RecordPage).GetFields(BindingFlags.Public | BindingFlags.Static).Concat(typeof(SqlServerDialect).GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(f => f.FieldType == typeof(string) && f.Name != nameof(SqlServerDialect.MigrationFolder)).Select(f => (f.Name, Sql: (string)f.GetValue(null)!));
        (string, string)[] made = [(nameof(Dialect.CreateSchema), Dialect.CreateSchema), (nameof(Dialect.CreateJournal), Dialect.CreateJournal), (nameof(Dialect.Inserting), Dialect.Inserting(Dialect.Text("INSERT INTO pauses (scope, name, author, reason, paused_at) VALUES ('all', '', '', '', '')")))];
        return texts.Concat(made).Select(t => new TestCaseData(t.Item2).SetArgDisplayNames(t.Item1));
    }

    private static IEnumerable<TestCaseData> MigrationBatches() => SqlMigrations.Texts(SqlServerDialect.MigrationFolder)
        .SelectMany((text, i) => SqlMigrations.Batches(text).Select((batch, j) => new TestCaseData(batch).SetArgDisplayNames($"migration {i + 1}, batch {j + 1}")));

    private static IEnumerable<TestCaseData> ScriptBatches() => new[] { "sql-server-roles", "sql-server-babelfish" }.SelectMany(script =>
        SqlMigrations.Batches(Page($"docs/{script}.sql")).Select((batch, i) => new TestCaseData(batch).SetArgDisplayNames($"{script}, batch {i + 1}")));

    [TestCaseSource(nameof(OwnStatements))]
    [TestCaseSource(nameof(MigrationBatches))]
    public void SqlServerStatement_OfItsOwn_IsTaken(string sql) => Assert.That(TransactSql.Fault(sql), Is.Null);

    [TestCaseSource(nameof(ScriptBatches))]
    public void SqlServerScript_EachBatch_Parses(string sql)
    {
        new TSql130Parser(initialQuotedIdentifiers: true).Parse(new StringReader(sql), out var errors);
        Assert.That(errors.Select(e => e.Message), Is.Empty);
    }

    [TestCase("SELECT a || b FROM runs", "Incorrect syntax")]
    [TestCase("INSERT INTO runs (job) VALUES (@job) RETURNING run_no", "Incorrect syntax")]
    [TestCase("SELECT * FROM no_table_of_the_store", "no_table_of_the_store without its schema")]
    [TestCase("SELECT * FROM runs WITH (UPDLOCK)", "a lock hint")]
    [TestCase("MERGE INTO runs USING documents ON runs.run_no = documents.run_no WHEN MATCHED THEN DELETE;", "MERGE")]
    [TestCase("WAITFOR DELAY '00:00:01'", "WAITFOR")]
    [TestCase("SELECT job = 'a' AND 1 = 1 FROM runs", "Incorrect syntax")]
    public void SqlServerStatement_ThatItWouldNotTake_IsFound(string sql, string fault) => Assert.That(TransactSql.Fault(sql), Does.Contain(fault));

    [TestCase("SELECT * FROM runs WHERE run_no = 1 ORDER BY run_no LIMIT @take", "SELECT * FROM [books].runs WHERE run_no = 1 ORDER BY run_no OFFSET 0 ROWS FETCH NEXT @take ROWS ONLY")]
    [TestCase("SELECT LENGTH(job), records FROM pages p JOIN runs records ON records.run_no = p.page_no", "SELECT LEN(job), records FROM [books].pages p JOIN [books].runs records ON records.run_no = p.page_no")]
    [TestCase("CREATE INDEX runs_by_series ON runs (series, run_no)", "CREATE INDEX runs_by_series ON [books].runs (series, run_no)")]
    [TestCase("UPDATE r SET a = 'goes on from what' FROM records r", "UPDATE r SET a = 'goes on from what' FROM [books].records r")]
    [TestCase("DELETE FROM outbox; INSERT INTO outbox (a) SELECT a FROM #page", "DELETE FROM [books].outbox; INSERT INTO [books].outbox (a) SELECT a FROM #page")]
    public void SqlServerWords_OfAStatement_PutItsTablesIntoTheSchema(string sql, string expected) => Assert.That(new SqlServerWords("books").Of(sql), Is.EqualTo(expected));

    [Test]
    public void SqlServerWords_OfASchemaWithABracket_QuoteIt() => Assert.That(new SqlServerWords("a]b").Of("SELECT 1 FROM runs"), Is.EqualTo("SELECT 1 FROM [a]]b].runs"));

    [Test]
    public void SqlServerMigrations_BesideThoseOfSqlite_HaveTheirNamesTablesAndColumns()
    {
        static IEnumerable<string> Names(string folder) => typeof(SqlStore).Assembly.GetManifestResourceNames().Where(n => n.Contains(folder, StringComparison.Ordinal)).Select(n => n[(n.IndexOf(folder, StringComparison.Ordinal) + folder.Length)..]);
        var sqlite = SqliteColumns();
        Assert.Multiple(() =>
        {
            Assert.That(Names(SqlServerDialect.MigrationFolder), Is.EquivalentTo(Names(SqliteDialect.MigrationFolder)));
            Assert.That(sqlite, Has.Count.GreaterThan(200));
            Assert.That(SqlServerColumns(), Is.EquivalentTo(sqlite));
        });
    }

    // In each table's own order: tests and people insert without naming columns.
    private static List<string> SqliteColumns()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        foreach (var text in SqlMigrations.Texts(SqliteDialect.MigrationFolder)) Command(connection, text).ExecuteNonQuery();
        using var reader = Command(connection, "SELECT m.name, c.cid, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'").ExecuteReader();
        var columns = new List<string>();
        while (reader.Read()) columns.Add($"{reader.GetString(0)} {reader.GetInt64(1)} {reader.GetString(2)} {reader.GetString(3)}");
        return columns;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private static List<string> SqlServerColumns()
    {
        var columns = new Columns();
        foreach (var batch in SqlMigrations.Texts(SqlServerDialect.MigrationFolder).SelectMany(SqlMigrations.Batches))
            new TSql130Parser(initialQuotedIdentifiers: true).Parse(new StringReader(batch), out _).Accept(columns);
        return [.. columns.Tables.SelectMany(t => t.Value.Select((c, i) => $"{t.Key} {i} {c}"))];
    }

    private sealed class Columns : TSqlFragmentVisitor
    {
        public Dictionary<string, List<string>> Tables { get; } = [];

        public override void Visit(CreateTableStatement node) => Add(node.SchemaObjectName, node.Definition);

        public override void Visit(AlterTableAddTableElementStatement node) => Add(node.SchemaObjectName, node.Definition);

        private void Add(SchemaObjectName table, TableDefinition definition)
        {
            if (!Tables.TryGetValue(table.BaseIdentifier.Value, out var columns)) Tables[table.BaseIdentifier.Value] = columns = [];
            columns.AddRange(definition.ColumnDefinitions.Select(c => $"{c.ColumnIdentifier.Value} {TypeOf(c)}"));
        }

        private static string TypeOf(ColumnDefinition column) => column.DataType.Name.BaseIdentifier.Value switch
        {
            "bigint" => "INTEGER",
            "nvarchar" => "TEXT",
            "varbinary" => "BLOB",
            var other => other,
        };
    }

    private static string Page(string path) => File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");
}
