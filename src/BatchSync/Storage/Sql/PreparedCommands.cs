using System.Data.Common;

namespace BatchSync.Storage.Sql;

/// <summary>Values of statements that run many times in one transaction.</summary>
internal static class PreparedCommands
{
    private const int ShortText = 4000;

    /// <summary>Sets values from a place on, from 0; the parameters before it keep theirs.</summary>
    public static void Set(this DbCommand command, int first, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.Parameters[first + i];
            parameter.Value = values[i];

            // A few lengths and not each text's own: SQL Server plans a statement once for each set of lengths.
            if (values[i] is string text) parameter.Size = text.Length <= ShortText ? ShortText : -1;
        }
    }

    /// <returns>How many rows were hit.</returns>
    public static int Run(this DbCommand command, params ReadOnlySpan<object> values)
    {
        command.Set(0, values);
        return command.ExecuteNonQuery();
    }
}
