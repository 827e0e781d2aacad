using System.Data.Common;

namespace BatchSync.Storage.Sql;

/// <summary>A row of an answer, while it is the current one. Reading a column that is null as a value is a defect: <see cref="IsNull"/> is asked first where it may be.</summary>
internal interface ISqlRow
{
    int Columns { get; }

    bool IsNull(int column);

    string Text(int column);

    long Number(int column);

    byte[] Bytes(int column);
}

/// <summary>A statement that runs many times: compiled once, its values set by place. Disposed by whoever prepared it, before the transaction ends.</summary>
internal abstract class SqlStatement : IDisposable
{
    /// <summary>Sets values from a place on, from 0; those before it stay as they are.</summary>
    public void Set(int first, params ReadOnlySpan<SqlValue> values)
    {
        for (var i = 0; i < values.Length; i++) Bind(first + i, values[i]);
    }

    /// <returns>How many rows were hit.</returns>
    public int Run(params ReadOnlySpan<SqlValue> values)
    {
        Set(0, values);
        return Execute();
    }

    /// <summary>Runs it with the values that are set.</summary>
    /// <returns>How many rows were hit.</returns>
    public abstract int Execute();

    /// <summary>The first row of the answer; default where there is none.</summary>
    public abstract T? First<T>(Func<ISqlRow, T> read);

    /// <summary>All rows of the answer.</summary>
    public abstract List<T> All<T>(Func<ISqlRow, T> read);

    /// <summary>The rows of the answer, one by one.</summary>
    public abstract IAsyncEnumerable<T> EachAsync<T>(Func<ISqlRow, T> read, CancellationToken cancel);

    public abstract void Dispose();

    protected abstract void Bind(int place, SqlValue value);
}

/// <summary>A row of a reader of ADO.NET.</summary>
internal sealed class ReaderRow(DbDataReader reader) : ISqlRow
{
    public int Columns => reader.FieldCount;

    public bool IsNull(int column) => reader.IsDBNull(column);

    public string Text(int column) => reader.GetString(column);

    public long Number(int column) => reader.GetInt64(column);

    public byte[] Bytes(int column) => (byte[])reader.GetValue(column);
}
