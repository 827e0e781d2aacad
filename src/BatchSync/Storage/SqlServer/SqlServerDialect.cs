using System.Data;
using System.Data.Common;
using BatchSync.Core.Sources;
using BatchSync.Storage.Sql;
using Dapper;
using Microsoft.Data.SqlClient;

namespace BatchSync.Storage.SqlServer;

/// <summary>
/// A schema of a SQL Server database. One writer at a time, as on SQLite: every transaction that writes holds the store's lock of the application from its
/// first statement to its end, so that the lease it checks stays the holder's and what it reads stays true. Leases go by the database's clock.
/// </summary>
internal sealed class SqlServerDialect : SqlDialect
{
    public const string MigrationFolder = "Storage.SqlServer.Migrations.";

    /// <summary>How often a transaction is tried that meets a passing failure.</summary>
    private const int Attempts = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(30);

    /// <summary>A failure of a statement ends its whole transaction, and no statement waits for ever for another session.</summary>
    public const string SessionSettings = "SET XACT_ABORT ON; SET NOCOUNT OFF; SET LOCK_TIMEOUT 60000";

    /// <summary>Negative: not granted. Owned by the transaction: the end of it, or of its connection, lets it go.</summary>
    public const string TakeLock = "DECLARE @result int; EXEC @result = sp_getapplock @Resource = @store, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = @wait; SELECT @result";

    public const string Clock = "SELECT SYSUTCDATETIME()";

    private readonly string _connectionString;
    private readonly string _schemaName;
    private readonly SqlServerWords _words;
    private readonly TimeProvider? _leaseClock;

    /// <param name="connectionString">As Microsoft.Data.SqlClient takes it.</param>
    /// <param name="schema">The schema that holds the store.</param>
    /// <param name="leaseClock">The clock that leases go by; null: the database's, the only one that all hosts share.</param>
    public SqlServerDialect(string connectionString, string schema, TimeProvider? leaseClock = null)
    {
        var builder = new SqlConnectionStringBuilder(connectionString) { MultipleActiveResultSets = false };
        if (!builder.ShouldSerialize("Application Name")) builder.ApplicationName = "BatchSync";
        if (!builder.ShouldSerialize("Command Timeout")) builder.CommandTimeout = (int)TimeSpan.FromMinutes(5).TotalSeconds;
        _connectionString = builder.ToString();
        _schemaName = schema;
        _words = new SqlServerWords(schema);
        _leaseClock = leaseClock;
        Name = $"SQL Server {builder.DataSource}, database {(builder.InitialCatalog.Length == 0 ? "of the login" : builder.InitialCatalog)}, schema {schema}";
    }

    /// <summary>With its secrets.</summary>
    public string ConnectionString => _connectionString;

    /// <summary>The schema, quoted.</summary>
    public string Schema => _words.Schema;

    /// <summary>The store as a person knows it, without secrets.</summary>
    public override string Name { get; }

    public override string Migrations => MigrationFolder;

    public string CreateSchema => $"IF SCHEMA_ID(N'{Quoted(_schemaName)}') IS NULL EXEC(N'CREATE SCHEMA {Quoted(_words.Schema)}')";

    public override string CreateJournal => $"""
        {CreateSchema};
        IF OBJECT_ID(N'{Quoted(_words.Schema)}.schema_journal') IS NULL
            CREATE TABLE {_words.Schema}.schema_journal (
                version bigint NOT NULL,
                name nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
                content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
                applied_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
                CONSTRAINT schema_journal_key PRIMARY KEY (version)
            )
        """;

    // A login that runs jobs should not be able to change the schema: a person migrates.
    public override bool MigratesItself => false;

    public override string Inserting(string sql) => $"{sql}; SELECT CAST(SCOPE_IDENTITY() AS bigint)";

    public override string Text(string sql) => _words.Of(sql);

    public override string OwnText(string sql) => _words.Of(sql);

    public override DbConnection Open()
    {
        var connection = new SqlConnection(_connectionString);
        try
        {
            connection.Open();
            connection.Execute(SessionSettings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override async Task<DbConnection> OpenReaderAsync(CancellationToken cancel)
    {
        var connection = new SqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // It would wait for the rows that a transaction has changed, or be chosen as the victim of a deadlock with it.
    public override SqlDialect? BesideWriting => null;

    public override DbTransaction BeginWrite(DbConnection connection)
    {
        var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        try
        {
            var result = connection.QuerySingle<int>(TakeLock, new { store = $"batchsync {_schemaName}", wait = (int)LockWait.TotalMilliseconds }, transaction);
            return result >= 0 ? transaction : throw new StoreException($"{Name}: another process wrote for more than {LockWait.TotalSeconds:0} s. Run again when it is done.");
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    public override SqlStatement Prepared(SqlSession session, string sql, ReadOnlySpan<string> names, bool answersNumber = false)
    {
        var command = session.Command(sql);
        if (answersNumber) command.CommandText = Inserting(command.CommandText);
        foreach (var name in names)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + name;
            command.Parameters.Add(parameter);
        }

        return new CommandStatement(command);
    }

    public override DateTimeOffset LeaseClock(SqlSession session) =>
        _leaseClock?.GetUtcNow() ?? new DateTimeOffset(DateTime.SpecifyKind(session.QuerySingle<DateTime>(Clock), DateTimeKind.Utc));

    public override StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<SourceRecord> records) => RecordPage.Stage(session, set, pageHash, records);

    public override TimeSpan? PauseBefore(int attempt, DbException failure) =>
        attempt <= Attempts && failure is SqlException sql && SqlServerErrors.IsPassing(sql) ? FirstPause * Math.Pow(2, attempt - 2) : null;

    public override StoreException Unanswered(DbException failure) => new(
        $"{Name}: the connection ended while a change was committed, so whether it is stored is not known here. Run again: the next run goes on from what the store says, and asks the destination of what may have been sent.", failure);

    public override StoreException Explained(DbException failure) => failure is SqlException sql ? SqlServerErrors.Explained(Name, sql) : new StoreException($"{Name}: {failure.Message}", failure);

    public override Task CopyAsync(string file, CancellationToken cancel) =>
        throw new StoreException($"{Name} is backed up by means of the server: BACKUP DATABASE, or the backups of its host. 'batchsync store verify' verifies what a restored one holds.");

    public override SqlDialect OfCopy(string file) => throw new StoreException($"{file} is no copy of {Name}.");

    // Pages and checksums are the server's own to check: DBCC CHECKDB needs more rights than a store should have.
    public override IReadOnlyList<StoreCheck> VerifyStructure(SqlSession session)
    {
        var store = new { schema = _schemaName };
        return [StoreCheck.Of("references between tables", session.QuerySingle<long>(References, store), [.. session.Query<string>(DistrustedReferences, store).Select(name => $"{name} is not enforced by the server")])];
    }

    // Of this schema alone: the database may hold other programs' tables.
    public const string References = "SELECT CAST(COUNT(*) AS bigint) FROM sys.foreign_keys WHERE schema_id = SCHEMA_ID(@schema)";

    public const string DistrustedReferences = "SELECT name FROM sys.foreign_keys WHERE schema_id = SCHEMA_ID(@schema) AND (is_disabled = 1 OR is_not_trusted = 1) ORDER BY name";

    private static string Quoted(string text) => text.Replace("'", "''", StringComparison.Ordinal);
}
