using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

/// <summary>
/// The store in one SQLite file: write-ahead log, every commit on disk before it is believed. One connection writes, and its
/// calls take turns; long reports read on a connection of their own. Two processes on one file are safe, the second waits.
/// </summary>
internal sealed partial class SqliteStore : IStore
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private const string JournalTable = "schema_journal";

    private readonly string _connectionString;
    private readonly SqliteConnection _connection;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;

    private SqliteStore(string connectionString, SqliteConnection connection, TimeProvider time, TimeSpan? patience = null)
    {
        _connectionString = connectionString;
        _connection = connection;
        _time = time;
        _patience = patience ?? LongestWait;
    }

    /// <summary>Opens the file, making it where it does not exist; the schema is brought up to date by <see cref="MigrateAsync"/>.</summary>
    /// <param name="patience">How long to wait for another process that writes; null: 30 s.</param>
    /// <exception cref="StoreException">The file cannot be opened or is no BatchSync store; then nothing of it is changed.</exception>
    public static SqliteStore Open(string path, TimeProvider time, TimeSpan? patience = null)
    {
        var full = Path.GetFullPath(path);
        var seconds = (int)(patience ?? LongestWait).TotalSeconds;
        var text = new SqliteConnectionStringBuilder { DataSource = full, DefaultTimeout = seconds, ForeignKeys = true }.ToString();
        var connection = new SqliteConnection(text);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            connection.Open();
            if (IsOfAnotherProgram(connection)) throw new StoreException($"'{full}' is a SQLite database of another program, and was left as it is. Name another file with --store.");
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
        }
        catch (StoreException)
        {
            connection.Dispose();
            throw;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection.Dispose();
            throw new StoreException($"The store '{full}' cannot be opened: {e.Message.TrimEnd('.')}. {NextStep(e, full)}", e);
        }

        return new SqliteStore(text, connection, time, patience);
    }

    private static bool IsOfAnotherProgram(SqliteConnection connection)
    {
        var tables = connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table'").ToList();
        return tables.Count > 0 && !tables.Contains(JournalTable);
    }

    private static string NextStep(Exception e, string file) => (e as SqliteException)?.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_NOTADB => "It is no BatchSync store, and was left as it is: name another file with --store, or restore a backup over it.",
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => "Another process holds it: run again when that one is done.",
        SQLitePCL.raw.SQLITE_READONLY => "Give this user the right to write the file and its folder, or name another store with --store.",
        _ when Directory.Exists(file) => "That is a folder: name a file with --store.",
        _ => "Name another file with --store, or see that this one is a BatchSync store that you may write, and its folder too.",
    };

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<T> ReadAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            return work(_connection);
        }
        catch (SqliteException e)
        {
            throw Explained(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>One transaction that takes the write lock at once, so that what it reads stays true until it commits.</summary>
    private Task<T> WriteAsync<T>(Lease? lease, Func<SqliteTransaction, T> work, CancellationToken cancel) => ReadAsync(
        connection =>
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            if (lease is not null) CheckLease(transaction, lease);
            var result = work(transaction);
            transaction.Commit();
            return result;
        },
        cancel);

    private Task WriteAsync(Lease? lease, Action<SqliteTransaction> work, CancellationToken cancel) => WriteAsync(
        lease,
        transaction =>
        {
            work(transaction);
            return true;
        },
        cancel);

    private static void CheckLease(SqliteTransaction transaction, Lease lease)
    {
        var token = transaction.Connection!.QuerySingleOrDefault<long?>("SELECT token FROM leases WHERE name = @Name", new { lease.Name }, transaction);
        if (token != lease.Token) throw new LeaseLostException(lease.Name);
    }

    private StoreException Explained(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_FULL => new StoreException("The disk of the store is full. Free some room and run again: what was committed stands, nothing is half-written.", e),
        SQLitePCL.raw.SQLITE_READONLY => new StoreException("The store is read-only, and nothing was written. Give this user the right to write the file and its folder, or name another store with --store.", e),
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new StoreException(FormattableString.Invariant($"The store was locked by another process for more than {_patience.TotalSeconds:0} s. Run again when that process is done."), e),
        SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB => new StoreException("The store is damaged or is no SQLite database. See what is left of it with: batchsync store verify. Restore a backup before anything is posted.", e),
        _ => new StoreException($"The store failed: {e.Message}", e),
    };

    private string Now => StoreText.Of(_time.GetUtcNow());

    private static void Touch(SqliteTransaction transaction, string series, string periodKind, string periodFrom) =>
        transaction.Connection!.Execute(
            "INSERT OR IGNORE INTO touched_periods (series, period_kind, period_from) VALUES (@series, @periodKind, @periodFrom)",
            new { series, periodKind, periodFrom },
            transaction);

    private static Period? PeriodOf(string kind, string from) => from.Length == 0 ? null : Period.Of(StoreText.PeriodKindOf(kind), StoreText.DateOf(from));

    private static string StreamText(StreamKind stream) => stream.Name();
}
