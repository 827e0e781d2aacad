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
    public const string MigrationFolder = "Storage.Sqlite.Migrations.";

    private const string JournalTable = "schema_journal";

    /// <summary>Pages that are kept in memory: with SQLite's own two megabytes each lookup of a large store reads the file again.</summary>
    private const int CacheKilobytes = 32 * 1024;

    /// <summary>Of a connection that reads beside the one that writes: each commit makes what it keeps worthless.</summary>
    private const int ReadingCacheKilobytes = 4 * 1024;

    /// <summary>
    /// The log is brought into the file when it has so many pages of 4 kB: with SQLite's own thousand that follows each large transaction, and pages that the next
    /// one changes again are written twice.
    /// </summary>
    private const int PagesPerCheckpoint = 16_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly string _path;
    private readonly string _connectionString;
    private readonly bool _readsOnly;
    private readonly int _cacheKilobytes;

    /// <param name="patience">How long to wait for another process that writes; null: 30 s.</param>
    public SqliteDialect(string path, TimeProvider time, TimeSpan? patience = null)
        : this(path, time, patience ?? LongestWait, readsOnly: false, CacheKilobytes)
    {
    }

    private SqliteDialect(string path, TimeProvider time, TimeSpan patience, bool readsOnly, int cacheKilobytes)
    {
        (_time, _patience, _readsOnly, _cacheKilobytes) = (time, patience, readsOnly, cacheKilobytes);
        _path = Path.GetFullPath(path);
        var text = new SqliteConnectionStringBuilder { DataSource = _path, DefaultTimeout = (int)patience.TotalSeconds, ForeignKeys = true };
        if (readsOnly) (text.Mode, text.Pooling) = (SqliteOpenMode.ReadOnly, false);
        _connectionString = text.ToString();
    }

    public override string Name => _path;

    public override string Migrations => MigrationFolder;

    public override string CreateJournal =>
        "CREATE TABLE IF NOT EXISTS schema_journal (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, content_hash TEXT NOT NULL, applied_at TEXT NOT NULL)";

    public override bool MigratesItself => true;

    public override string Inserting(string sql) => $"{sql} RETURNING rowid";

    public override string Text(string sql) => sql;

    public override string OwnText(string sql) => sql;

    /// <summary>Opens the file, making it where it does not exist.</summary>
    public override DbConnection Open()
    {
        var connection = new StatementConnection(_connectionString, _patience);
        try
        {
            if (!_readsOnly) Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            connection.Open();
            if (IsOfAnotherProgram(connection)) throw new StoreException($"'{_path}' is a SQLite database of another program, and was left as it is. Name another file with --store.");
            if (!_readsOnly) connection.Execute($"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{_cacheKilobytes}; PRAGMA wal_autocheckpoint = {PagesPerCheckpoint};");
            return connection;
        }
        catch (StoreException)
        {
            connection.Dispose();
            throw;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection.Dispose();
            throw new StoreException($"The store '{_path}' cannot be opened: {e.Message.TrimEnd('.')}. {NextStep(e)}", e);
        }
    }

    private static bool IsOfAnotherProgram(SqliteConnection connection)
    {
        var tables = connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table'").ToList();
        return tables.Count > 0 && !tables.Contains(JournalTable);
    }

    private string NextStep(Exception e) => (e as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_NOTADB => "It is no BatchSync store, and was left as it is: name another file with --store, or restore a backup over it.",
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => "Another process holds it: run again when that one is done.",
        SQLitePCL.raw.SQLITE_READONLY => "Give this user the right to write the file and its folder, or name another store with --store.",
        _ when Directory.Exists(_path) => "That is a folder: name a file with --store.",
        _ => "Name another file with --store, or see that this one is a BatchSync store that you may write, and its folder too.",
    };

    public override async Task<DbConnection> OpenReaderAsync(CancellationToken cancel)
    {
        var connection = new StatementConnection(_connectionString, _patience);
        await connection.OpenAsync(cancel);
        return connection;
    }

    public override SqlDialect? BesideWriting => new SqliteDialect(_path, _time, _patience, _readsOnly, ReadingCacheKilobytes);

    // The write lock is taken at once, so that what the transaction reads stays true until it commits.
    public override DbTransaction BeginWrite(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    public override SqlStatement Prepared(SqlSession session, string sql, ReadOnlySpan<string> names, bool answersNumber = false) =>
        ((StatementConnection)session.Connection).Take(answersNumber ? Inserting(sql) : sql, names);

    // The file is on one host: its clock is everybody's.
    public override DateTimeOffset LeaseClock(SqlSession session) => _time.GetUtcNow();

    public override StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<HashedRecord> records)
    {
        using var writer = new RecordWriter(session, set, pageHash);
        foreach (var record in records) writer.Write(record);
        return new StagedRecords(writer.Counts, writer.Touched);
    }

    // A connection waits for its turn itself, up to its time-out.
    public override TimeSpan? PauseBefore(int attempt, DbException failure) => null;

    // The file is here: a commit that fails was not made.
    public override StoreException Unanswered(DbException failure) => Explained(failure);

    public override StoreException Explained(DbException failure) => (failure as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => new StoreException("The disk of the store is full. Free some room and run again: what was committed stands, nothing is half-written.", failure),
        SQLitePCL.raw.SQLITE_READONLY => new StoreException("The store is read-only, and nothing was written. Give this user the right to write the file and its folder, or name another store with --store.", failure),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new StoreException(FormattableString.Invariant($"The store was locked by another process for more than {_patience.TotalSeconds:0} s. Run again when that process is done."), failure),
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => new StoreException("The store is damaged or is no SQLite database. See what is left of it with: batchsync store verify. Restore a backup before anything is posted.", failure),
        _ => new StoreException($"The store failed: {failure.Message}", failure),
    };

    // On a connection of its own, in one reading: runs go on writing meanwhile.
    public override async Task CopyAsync(string file, CancellationToken cancel)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ToString());
        await connection.OpenAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition("VACUUM INTO @file", new { file }, commandTimeout: 0, cancellationToken: cancel));

        // SQLite does not wait for the disk here, and a backup that a power cut takes away is none.
        await using var copy = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        copy.Flush(flushToDisk: true);
    }

    public override SqlDialect OfCopy(string file) => new SqliteDialect(file, _time, _patience, readsOnly: true, CacheKilobytes);

    // Each is read within this call: what SQLite finds damaged it says in rows, and where it cannot read on it throws.
    public override IReadOnlyList<StoreCheck> VerifyStructure(SqlSession session)
    {
        var connection = session.Connection;
        var pages = connection.QuerySingle<long>("PRAGMA page_count");
        var said = connection.Query<string>("PRAGMA integrity_check").Where(line => line != "ok").ToList();
        var orphans = connection.Query("PRAGMA foreign_key_check").Cast<IDictionary<string, object>>().Select(o => $"a row of {o["table"]} names a row of {o["parent"]} that is not there").ToList();
        return [StoreCheck.Of("pages of the file", pages, said), StoreCheck.Of("references between tables", connection.QuerySingle<long>("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"), orphans)];
    }
}
