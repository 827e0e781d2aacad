using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BatchSync.Storage.Sqlite;

/// <summary>A connection that keeps what it compiled: a statement that is done with waits for the next one of the same text.</summary>
/// <param name="patience">How long one of its statements waits for another process.</param>
internal sealed class StatementConnection(string connectionString, TimeSpan patience) : SqliteConnection(connectionString)
{
    private readonly Dictionary<string, SqliteStatement> _idle = new(StringComparer.Ordinal);

    /// <param name="names">The parameters without their <c>@</c>, in the order in which values are set.</param>
    public SqliteStatement Take(string sql, ReadOnlySpan<string> names)
    {
        if (!_idle.Remove(sql, out var statement)) return new SqliteStatement(this, sql, names);
        if (statement.IsFor(names)) return statement;

        // Its places are those of other names, or of the same in another order: a value would go where another one belongs.
        statement.End();
        return new SqliteStatement(this, sql, names);
    }

    /// <summary>Keeps a statement for the next one who wants it.</summary>
    public void GiveBack(SqliteStatement statement)
    {
        if (State != System.Data.ConnectionState.Open || !_idle.TryAdd(statement.Sql, statement)) statement.End();
    }

    public override void Open()
    {
        base.Open();
        raw.sqlite3_busy_timeout(Handle!, (int)patience.TotalMilliseconds);
    }

    public override void Close()
    {
        foreach (var statement in _idle.Values) statement.End();
        _idle.Clear();
        base.Close();
    }
}
