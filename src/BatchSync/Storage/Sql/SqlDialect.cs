using System.Data.Common;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

/// <summary>
/// All that differs between the databases of the store. There are two: <c>SqliteDialect</c> and <c>SqlServerDialect</c>. The statements of
/// <see cref="SqlStore"/> are written once, in words that both take, but for <c>LIMIT n</c> at the end of a query and <c>LENGTH(text)</c>,
/// which <see cref="Text"/> puts into the words of the other database.
/// </summary>
internal abstract class SqlDialect
{
    /// <summary>The folder of the numbered migrations beneath the namespace of the program.</summary>
    public abstract string Migrations { get; }

    /// <summary>Makes the journal of migrations where it is missing.</summary>
    public abstract string CreateJournal { get; }

    /// <summary>Whether commands bring the schema up to date by themselves. Where they do not, <c>store migrate</c> does.</summary>
    public abstract bool MigratesItself { get; }

    /// <summary>The number that the last insert of this session got.</summary>
    public abstract string LastNumber { get; }

    /// <summary>A statement in the words of the database.</summary>
    public abstract string Text(string sql);

    /// <summary>Opens the connection that writes.</summary>
    /// <exception cref="StoreException">It cannot be opened; the message says why and what to do.</exception>
    public abstract DbConnection Open();

    /// <summary>A further connection, for long readings.</summary>
    public abstract Task<DbConnection> OpenReaderAsync(CancellationToken cancel);

    /// <summary>Begins a transaction that no other writer of the store comes into: what it reads stays true until it commits.</summary>
    public abstract DbTransaction BeginWrite(DbConnection connection);

    /// <summary>Makes a command ready to run many times.</summary>
    public abstract void Prepare(DbCommand command);

    /// <summary>The clock that leases go by.</summary>
    public abstract DateTimeOffset LeaseClock(SqlSession session);

    /// <summary>Stages the records of one page.</summary>
    public abstract StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<SourceRecord> records);

    /// <summary>What a person reads of a failure.</summary>
    public abstract StoreException Explained(DbException failure);
}

/// <param name="Touched">The periods whose sums changed.</param>
internal sealed record StagedRecords(StageCounts Counts, IReadOnlyCollection<(string Kind, string From)> Touched);
