using Microsoft.Data.Sqlite;

namespace BatchSync.Storage.Sqlite;

/// <summary>Statements that run many times in one transaction, compiled once.</summary>
internal static class PreparedCommands
{
    /// <param name="names">The parameters without their <c>$</c>, in the order in which values are set.</param>
    public static SqliteCommand Prepared(this SqliteTransaction transaction, string sql, params ReadOnlySpan<string> names)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var name in names) command.Parameters.Add(new SqliteParameter { ParameterName = "$" + name });
        command.Prepare();
        return command;
    }

    /// <summary>Sets values from a place on, from 0; the parameters before it keep theirs.</summary>
    public static void Set(this SqliteCommand command, int first, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[first + i].Value = values[i];
    }
}
