using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

/// <summary>A connection that keeps what it compiled: a statement that is done with waits for the next one of the same text.</summary>
internal sealed class StatementConnection(string connectionString) : SqliteConnection(connectionString)
{
    private readonly Dictionary<string, SqliteStatement> _idle = new(StringComparer.Ordinal);

    /// <param name="names">The parameters without their <c>@</c>, in the order in which values are set.</param>
    public SqliteStatement Take(string sql, ReadOnlySpan<string> names) => _idle.Remove(sql, out var statement) ? statement : new SqliteStatement(this, sql, names);

    /// <summary>Keeps a statement for the next one who wants it.</summary>
    public void GiveBack(SqliteStatement statement)
    {
        if (State != System.Data.ConnectionState.Open || !_idle.TryAdd(statement.Sql, statement)) statement.End();
    }

    public override void Close()
    {
        foreach (var statement in _idle.Values) statement.End();
        _idle.Clear();
        base.Close();
    }
}
