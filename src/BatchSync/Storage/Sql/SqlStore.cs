using System.Data;
using System.Data.Common;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Storage.Sql;

/// <summary>The store in a database. One connection writes, and its calls take turns; long reports read on a connection of their own.</summary>
internal sealed partial class SqlStore : IStore
{
    private readonly SqlDialect _dialect;
    private DbConnection _connection;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TimeProvider _time;

    private SqlStore(SqlDialect dialect, DbConnection connection, TimeProvider time)
    {
        _dialect = dialect;
        _connection = connection;
        _time = time;
    }

    /// <summary>Opens the store; the schema is brought up to date by <see cref="MigrateAsync"/>.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static SqlStore Open(SqlDialect dialect, TimeProvider time)
    {
        try
        {
            return new SqlStore(dialect, dialect.Open(), time);
        }
        catch (DbException e)
        {
            throw dialect.Explained(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return work(new SqlSession(_dialect, Connected()));
                }
                catch (DbException e)
                {
                    if (_dialect.PauseBefore(attempt + 1, e) is not { } pause) throw _dialect.Explained(e);
                    await Task.Delay(pause, _time, cancel);
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    // A connection that broke is of no use any more; what it had not committed is not stored.
    private DbConnection Connected()
    {
        if (_connection.State == ConnectionState.Open) return _connection;
        _connection.Dispose();
        return _connection = _dialect.Open();
    }

    /// <summary>
    /// One transaction that no other writer comes into, so that what it reads stays true until it commits. It is all or nothing, and what it does comes from
    /// its arguments and from the store alone: where it fails in passing before the commit, all of it is done again. A commit is never repeated.
    /// </summary>
    private Task<T> WriteAsync<T>(Lease? lease, Func<SqlSession, T> work, CancellationToken cancel) => ReadAsync(
        outside =>
        {
            using var transaction = _dialect.BeginWrite(outside.Connection);
            var session = new SqlSession(_dialect, outside.Connection, transaction);
            if (lease is not null) CheckLease(session, lease);
            var result = work(session);
            Commit(transaction);
            return result;
        },
        cancel);

    private Task WriteAsync(Lease? lease, Action<SqlSession> work, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            work(session);
            return true;
        },
        cancel);

    private void Commit(DbTransaction transaction)
    {
        try
        {
            transaction.Commit();
        }
        catch (DbException e)
        {
            throw _dialect.Unanswered(e);
        }
    }

    private static void CheckLease(SqlSession session, Lease lease)
    {
        if (TokenOf(session, lease.Name) != lease.Token) throw new LeaseLostException(lease.Name);
        if (lease.Partition is { } partition && TokenOf(session, RowOf(lease)) != partition.Token) throw new LeaseLostException(RowOf(lease));
    }

    private static long? TokenOf(SqlSession session, string lease) => session.First<long?>("SELECT token FROM leases WHERE name = @lease", row => row.Number(0), ("lease", lease));

    private string Now => StoreText.Of(_time.GetUtcNow());

    private static void Touch(SqlSession session, string series, string periodKind, string periodFrom) => session.Run(
        """
        INSERT INTO touched_periods (series, period_kind, period_from) SELECT @series, @periodKind, @periodFrom
        WHERE NOT EXISTS (SELECT 1 FROM touched_periods WHERE series = @series AND period_kind = @periodKind AND period_from = @periodFrom)
        """,
        ("series", series), ("periodKind", periodKind), ("periodFrom", periodFrom));

    private static Period? PeriodOf(string kind, string from) => from.Length == 0 ? null : Period.Of(StoreText.PeriodKindOf(kind), StoreText.DateOf(from));

    private static string StreamText(StreamKind stream) => stream.Name();
}
