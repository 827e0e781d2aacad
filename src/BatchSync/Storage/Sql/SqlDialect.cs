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
    /// <summary>The store as a person knows it, without secrets.</summary>
    public abstract string Name { get; }

    /// <summary>The folder of the numbered migrations beneath the namespace of the program.</summary>
    public abstract string Migrations { get; }

    /// <summary>Makes the journal of migrations where it is missing.</summary>
    public abstract string CreateJournal { get; }

    /// <summary>Whether commands bring the schema up to date by themselves. Where they do not, <c>store migrate</c> does.</summary>
    public abstract bool MigratesItself { get; }

    /// <summary>An insert of one row, in the words of the database, that answers with the number which the row got.</summary>
    public abstract string Inserting(string sql);

    /// <summary>A statement in the words of the database.</summary>
    public abstract string Text(string sql);

    /// <summary>A statement that is written in the words of this database alone: of a migration, or of its dialect.</summary>
    public abstract string OwnText(string sql);

    /// <summary>Opens the connection that writes.</summary>
    /// <exception cref="StoreException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="DbException">The same, where <see cref="Explained"/> says it.</exception>
    public abstract DbConnection Open();

    /// <summary>A further connection, for long readings.</summary>
    public abstract Task<DbConnection> OpenReaderAsync(CancellationToken cancel);

    /// <summary>The same database for a connection that reads while another one writes; null: one of them would wait for the other.</summary>
    public abstract SqlDialect? BesideWriting { get; }

    /// <summary>Begins a transaction that no other writer of the store comes into: what it reads stays true until it commits.</summary>
    public abstract DbTransaction BeginWrite(DbConnection connection);

    /// <summary>A statement that runs many times.</summary>
    /// <param name="names">The parameters without their <c>@</c>, in the order in which values are set.</param>
    /// <param name="answersNumber">Whether it inserts a row and answers with the number which the row got.</param>
    public abstract SqlStatement Prepared(SqlSession session, string sql, ReadOnlySpan<string> names, bool answersNumber = false);

    /// <summary>The clock that leases go by.</summary>
    public abstract DateTimeOffset LeaseClock(SqlSession session);

    /// <summary>Stages the records of one page.</summary>
    public abstract StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<SourceRecord> records);

    /// <summary>How long to wait before the whole work is tried again.</summary>
    /// <param name="attempt">The number of the coming attempt, from 2.</param>
    /// <returns>Null: the failure does not pass by itself, or was met too often.</returns>
    public abstract TimeSpan? PauseBefore(int attempt, DbException failure);

    /// <summary>What a person reads where a commit failed. It is not tried again: its answer may be all that was lost.</summary>
    public abstract StoreException Unanswered(DbException failure);

    /// <summary>What a person reads of a failure.</summary>
    public abstract StoreException Explained(DbException failure);

    /// <summary>Copies the store as of one instant into a file that is not there, while others write.</summary>
    /// <exception cref="StoreException">This database is backed up by means of its own.</exception>
    public abstract Task CopyAsync(string file, CancellationToken cancel);

    /// <summary>A copy that <see cref="CopyAsync"/> made, for reading alone.</summary>
    public abstract SqlDialect OfCopy(string file);

    /// <summary>What the database itself says of how it is built.</summary>
    public abstract IReadOnlyList<StoreCheck> VerifyStructure(SqlSession session);
}

/// <param name="Touched">The periods whose sums changed.</param>
internal sealed record StagedRecords(StageCounts Counts, IReadOnlyCollection<(string Kind, string From)> Touched);
