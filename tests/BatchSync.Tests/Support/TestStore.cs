using System.Data.Common;
using System.Text.RegularExpressions;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BatchSync.Storage.SqlServer;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace BatchSync.Tests.Support;

/// <summary>
/// An empty store of one kind, and a way past <see cref="IStore"/> to what it wrote. Every kind runs the same tests: a new one is a
/// subclass and a name in <see cref="Kinds"/>.
/// </summary>
internal abstract partial class TestStore : IAsyncDisposable
{
    /// <summary>The names of the kinds, for fixtures that run once for each.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["sqlite", "SqlServer"];

    /// <summary>The variable that names the database in which tests make schemas of their own, as a connection string.</summary>
    public const string SqlServerVariable = "BATCHSYNC_TEST_SQLSERVER";

    /// <summary>An empty store. One on SQL Server skips the test where no server is named.</summary>
    public static TestStore Of(string kind) => kind switch
    {
        "sqlite" => new SqliteTestStore(),
        "SqlServer" => new SqlServerTestStore(),
        _ => throw new ArgumentException($"There is no store of kind '{kind}'.", nameof(kind)),
    };

    /// <summary>Opens the same store once more, as another process would. The schema is not brought up to date.</summary>
    public abstract IStore Open(TimeProvider time);

    /// <summary>Opens it as hosts do whose clocks differ: leases go by the clock that they share, where there is one.</summary>
    public virtual IStore OpenByItsOwnClock(TimeProvider time) => Open(time);

    /// <summary>The variables of the environment by which the program finds it.</summary>
    public abstract IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Whether hosts share alarms through it. Babelfish ends a transaction that asks for a table that is missing, which is how Quartz finds out what to make.</summary>
    public virtual bool TakesClusters => false;

    /// <summary>Does what a person has to do before the first run.</summary>
    public virtual Task SetUpAsync() => Task.CompletedTask;

    /// <summary>A store of its own with the same content.</summary>
    public abstract TestStore Copy();

    public abstract ValueTask DisposeAsync();

    /// <summary>Opens it with its schema up to date.</summary>
    public virtual async Task<IStore> OpenMigratedAsync(TimeProvider time)
    {
        var store = Open(time);
        await store.MigrateAsync(CancellationToken.None);
        return store;
    }

    public void Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = Text(sql);
        command.ExecuteNonQuery();
    }

    /// <summary>Changes rows past what guards them, as somebody with every right could.</summary>
    public abstract void ExecuteUnguarded(string sql);

    /// <summary>Skips the test where the server is Babelfish for PostgreSQL, which lacks what SQL Server has.</summary>
    /// <param name="lacks">What it lacks: <c>has no ...</c></param>
    public virtual void SkipOnBabelfish(string lacks)
    {
    }

    /// <summary>The rows of a query, the columns of each joined by <c>|</c>.</summary>
    public IReadOnlyList<string> Rows(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = Text(sql);
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : FormattableString.Invariant($"{reader.GetValue(i)}"))));
        return rows;
    }

    public byte[] Bytes(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = Text(sql);
        return (byte[])command.ExecuteScalar()!;
    }

    protected abstract DbConnection Connect();

    /// <summary>A statement of a test in the words of the store.</summary>
    protected virtual string Text(string sql) => sql;

    private sealed class SqliteTestStore : TestStore
    {
        // Each commit waits for the disk; a file system in memory, where there is one, spares the tests that wait.
        private readonly string _folder = Directory.Exists("/dev/shm")
            ? Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetRandomFileName())).FullName
            : Directory.CreateTempSubdirectory("store-test-").FullName;

        private string File => Path.Combine(_folder, "batchsync.db");

        public override IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["BATCHSYNC_STORE"] = File };

        public override IStore Open(TimeProvider time) => SqlStore.Open(new ParsedDialect(new SqliteDialect(File, time)), time);

        public override TestStore Copy()
        {
            var copy = new SqliteTestStore();
            Execute($"VACUUM INTO '{copy.File}'");
            return copy;
        }

        public override void ExecuteUnguarded(string sql) => Execute($"PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS audit_events_keep; DROP TRIGGER IF EXISTS audit_events_stay; {sql}");

        public override ValueTask DisposeAsync()
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        protected override DbConnection Connect()
        {
            var connection = new SqliteConnection($"Data Source={File};Pooling=False");
            connection.Open();
            return connection;
        }
    }

    /// <summary>A schema of its own in the database that the variable names, gone with the test.</summary>
    private sealed partial class SqlServerTestStore : TestStore
    {
        /// <summary>Held by whoever makes what all schemas share.</summary>
        private static readonly Lock Script = new();

        private readonly string _connectionString;
        private readonly string _schema = "test_" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);
        private readonly SqlServerWords _words;

        public SqlServerTestStore()
        {
            _connectionString = Environment.GetEnvironmentVariable(SqlServerVariable) ?? "";
            if (_connectionString.Length == 0) Assert.Ignore($"No SQL Server: {SqlServerVariable} holds no connection string.");
            _words = new SqlServerWords(_schema);
        }

        public override IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["BATCHSYNC_STORE"] = _connectionString, ["BATCHSYNC_STORE_SCHEMA"] = _schema };

        public override async Task SetUpAsync()
        {
            await using var migrated = await OpenMigratedAsync(TimeProvider.System);
        }

        public override bool TakesClusters => !IsBabelfish;

        // What the documentation tells an administrator to do.
        public override async Task<IStore> OpenMigratedAsync(TimeProvider time)
        {
            var store = await base.OpenMigratedAsync(time);
            if (IsBabelfish) MakeReadyOnBabelfish();
            return store;
        }

        private bool IsBabelfish => Rows("SELECT CAST(SERVERPROPERTY('Babelfish') AS int)") is ["1"];

        private void MakeReadyOnBabelfish()
        {
            var script = File.ReadAllText(Path.Combine(Repository.Root, "docs/sql-server-babelfish.sql")).ReplaceLineEndings("\n").Replace("[dbo]", $"[{_schema}]", StringComparison.Ordinal).Replace("N'dbo'", $"N'{_schema}'", StringComparison.Ordinal);
            using var connection = new SqlConnection(new SqlConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
            connection.Open();
            lock (Script)
            {
                foreach (var batch in SqlMigrations.Batches(script)) Run(connection, batch);
            }
        }

        // The tests' clock is the leases' as well, or no test could let one end.
        public override IStore Open(TimeProvider time) => SqlStore.Open(new SqlServerDialect(_connectionString, _schema, time), time);

        public override IStore OpenByItsOwnClock(TimeProvider time) => SqlStore.Open(new SqlServerDialect(_connectionString, _schema), time);

        // What an operator may not do guards rows here, and no trigger; references to a table keep its rows from being deleted.
        public override void ExecuteUnguarded(string sql)
        {
            if (DeletedFrom().Match(sql) is { Success: true } deleted)
            {
                foreach (var reference in ReferencesTo(deleted.Groups[1].Value)) Execute(reference);
            }

            Execute(sql);
        }

        private IReadOnlyList<string> ReferencesTo(string table) => Rows(
            $"SELECT CONCAT('ALTER TABLE ', OBJECT_NAME(parent_object_id), ' NOCHECK CONSTRAINT ', name) FROM sys.foreign_keys WHERE referenced_object_id = OBJECT_ID('{_schema}.{table}')");

        public override void SkipOnBabelfish(string lacks)
        {
            if (IsBabelfish) Assert.Ignore($"Babelfish for PostgreSQL {lacks}.");
        }

        public override TestStore Copy() => throw new NotSupportedException("Only tests on SQLite copy their store.");

        public override ValueTask DisposeAsync()
        {
            using var connection = Connect();
            foreach (var drop in Drops(connection)) Run(connection, drop);
            return ValueTask.CompletedTask;
        }

        protected override DbConnection Connect()
        {
            var connection = new SqlConnection(_connectionString);
            connection.Open();
            return connection;
        }

        protected override string Text(string sql) => _words.Of(Binary().Replace(sql, "0x$1"));

        // Views, then references between tables, then the tables.
        private List<string> Drops(DbConnection connection)
        {
            var views = Column(connection, $"SELECT TABLE_NAME FROM INFORMATION_SCHEMA.VIEWS WHERE TABLE_SCHEMA = '{_schema}'").Select(v => $"DROP VIEW {_schema}.{v}");
            var references = Column(connection, $"SELECT CONCAT(TABLE_NAME, ' DROP CONSTRAINT ', CONSTRAINT_NAME) FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = '{_schema}' AND CONSTRAINT_TYPE = 'FOREIGN KEY'")
                .Select(r => $"ALTER TABLE {_schema}.{r}");
            var tables = Column(connection, $"SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '{_schema}' AND TABLE_TYPE = 'BASE TABLE'").Select(t => $"DROP TABLE {_schema}.{t}");
            return [.. views, .. references, .. tables, $"IF SCHEMA_ID('{_schema}') IS NOT NULL EXEC('DROP SCHEMA {_schema}')"];
        }

        private static List<string> Column(DbConnection connection, string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            using var reader = command.ExecuteReader();
            var values = new List<string>();
            while (reader.Read()) values.Add(reader.GetString(0));
            return values;
        }

        [GeneratedRegex(@"^DELETE FROM (\w+)")]
        private static partial Regex DeletedFrom();

        [GeneratedRegex(@"\bx'([0-9a-f]+)'")]
        private static partial Regex Binary();

        private static void Run(DbConnection connection, string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
