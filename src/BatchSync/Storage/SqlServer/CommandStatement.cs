using System.Data.Common;
using System.Runtime.CompilerServices;
using BatchSync.Storage.Sql;

namespace BatchSync.Storage.SqlServer;

/// <summary>A command of ADO.NET. The server itself compiles its text once.</summary>
internal sealed class CommandStatement(DbCommand command) : SqlStatement
{
    private const int ShortText = 4000;

    public override int Execute() => command.ExecuteNonQuery();

    public override T? First<T>(Func<ISqlRow, T> read)
        where T : default
    {
        using var reader = command.ExecuteReader();
        return reader.Read() ? read(new ReaderRow(reader)) : default;
    }

    public override List<T> All<T>(Func<ISqlRow, T> read)
    {
        using var reader = command.ExecuteReader();
        var (row, rows) = (new ReaderRow(reader), new List<T>());
        while (reader.Read()) rows.Add(read(row));
        return rows;
    }

    public override async IAsyncEnumerable<T> EachAsync<T>(Func<ISqlRow, T> read, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var row = new ReaderRow(reader);
        while (await reader.ReadAsync(cancel)) yield return read(row);
    }

    public override void Dispose() => command.Dispose();

    protected override void Bind(int place, SqlValue value)
    {
        var parameter = command.Parameters[place];
        parameter.Value = value.Boxed;

        // A few lengths and not each text's own: SQL Server plans a statement once for each set of lengths.
        if (value.Text is { } text) parameter.Size = text.Length <= ShortText ? ShortText : -1;
    }
}
