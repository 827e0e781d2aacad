using System.Data.Common;
using BatchSync.Core.Sources;
using BatchSync.Storage.Sql;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

/// <summary>
/// One SQLite file: write-ahead log, every commit on disk before it is believed. One connection writes, long reports read on a
/// connection of their own. Two processes on one file are safe, the second waits.
/// </summary>
internal sealed class SqliteDialect : SqlDialect
{
    private const int BusySeconds = 30;

    private readonly TimeProvider _time;
    private readonly string _path;
    private readonly string _connectionString;

    public SqliteDialect(string path, TimeProvider time)
    {
        _time = time;
        _path = Path.GetFullPath(path);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = _path, DefaultTimeout = BusySeconds, ForeignKeys = true }.ToString();
    }

    public override string Migrations => "Storage.Sqlite.Migrations.";

    public override string CreateJournal =>
        "CREATE TABLE IF NOT EXISTS schema_journal (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, content_hash TEXT NOT NULL, applied_at TEXT NOT NULL)";

    public override bool MigratesItself => true;

    public override string LastNumber => "SELECT last_insert_rowid()";

    public override string Text(string sql) => sql;

    /// <summary>Opens the file, making it where it does not exist.</summary>
    public override DbConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
            return connection;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection.Dispose();
            throw new StoreException($"The store '{_path}' cannot be opened: {e.Message.TrimEnd('.')}. Name another file with --store, or see that this one is a BatchSync store that you may write.", e);
        }
    }

    public override async Task<DbConnection> OpenReaderAsync(CancellationToken cancel)
    {
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(cancel);
        return connection;
    }

    // The write lock is taken at once, so that what the transaction reads stays true until it commits.
    public override DbTransaction BeginWrite(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    public override void Prepare(DbCommand command) => command.Prepare();

    // The file is on one host: its clock is everybody's.
    public override DateTimeOffset LeaseClock(SqlSession session) => _time.GetUtcNow();

    public override StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<SourceRecord> records)
    {
        using var writer = new RecordWriter(session, set, pageHash);
        foreach (var record in records) writer.Write(record);
        return new StagedRecords(writer.Counts, writer.Touched);
    }

    public override StoreException Explained(DbException failure) => (failure as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => new StoreException("The disk of the store is full. Free some room and run again: what was committed stands, nothing is half-written.", failure),
        SQLitePCL.raw.SQLITE_READONLY => new StoreException("The store is read-only. Give this user the right to write the file and its folder.", failure),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new StoreException($"The store was locked by another process for more than {BusySeconds} s. Run again when that process is done.", failure),
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => new StoreException("The store is damaged or is no SQLite database. Restore a backup before anything is posted.", failure),
        _ => new StoreException($"The store failed: {failure.Message}", failure),
    };
}
