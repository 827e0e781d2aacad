using System.Data.Common;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Storage.Sql;

namespace BatchSync.Tests.Support;

/// <summary>
/// Any dialect, and a look at each statement before it is sent: one that SQL Server would not take fails the very test that sends it, without a server.
/// </summary>
internal sealed class ParsedDialect(SqlDialect inner) : SqlDialect
{
    public override string Name => inner.Name;
    public override string Migrations => inner.Migrations;
    public override string CreateJournal => inner.CreateJournal;
    public override bool MigratesItself => inner.MigratesItself;

    /// <summary>Failures that pass by themselves, one for each coming statement of a kind.</summary>
    public Queue<PassingException> Failures { get; } = [];

    public override string Text(string sql)
    {
        if (TransactSql.Fault(sql) is { } fault) throw new InvalidOperationException($"SQL Server would not take this statement: {fault}");
        if (Failures.TryPeek(out var failure) && sql.StartsWith(failure.Statement, StringComparison.Ordinal)) throw Failures.Dequeue();
        return inner.Text(sql);
    }

    public override string OwnText(string sql) => inner.OwnText(sql);

    public override DbConnection Open() => inner.Open();

    public override Task<DbConnection> OpenReaderAsync(CancellationToken cancel) => inner.OpenReaderAsync(cancel);

    public override SqlDialect? BesideWriting => inner.BesideWriting;

    public override DbTransaction BeginWrite(DbConnection connection) => inner.BeginWrite(connection);

    public override string Inserting(string sql) => inner.Inserting(sql);

    public override SqlStatement Prepared(SqlSession session, string sql, ReadOnlySpan<string> names, bool answersNumber = false)
    {
        Text(sql);
        return inner.Prepared(session, sql, names, answersNumber);
    }

    public override DateTimeOffset LeaseClock(SqlSession session) => inner.LeaseClock(session);

    public override StagedRecords Stage(SqlSession session, PageSet set, string pageHash, IReadOnlyList<SourceRecord> records) => inner.Stage(session, set, pageHash, records);

    public override TimeSpan? PauseBefore(int attempt, DbException failure) => failure is PassingException && attempt <= 3 ? TimeSpan.Zero : inner.PauseBefore(attempt, failure);

    public override StoreException Unanswered(DbException failure) => inner.Unanswered(failure);

    public override StoreException Explained(DbException failure) => inner.Explained(failure);

    public override Task CopyAsync(string file, CancellationToken cancel) => inner.CopyAsync(file, cancel);

    public override SqlDialect OfCopy(string file) => inner.OfCopy(file);

    public override IReadOnlyList<StoreCheck> VerifyStructure(SqlSession session) => inner.VerifyStructure(session);
}

/// <summary>A failure that passes by itself, as of a server that is busy.</summary>
/// <param name="statement">How the statement begins that meets it.</param>
internal sealed class PassingException(string statement) : DbException($"busy at {statement}")
{
    public string Statement => statement;
}
