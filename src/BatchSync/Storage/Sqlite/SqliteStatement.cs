using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using BatchSync.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BatchSync.Storage.Sqlite;

/// <summary>
/// A statement of SQLite itself. Values are bound by place and columns read where they lie: through the commands of ADO.NET, which look up each name and box each
/// value anew, a run spent more time on that than in SQLite.
/// </summary>
internal sealed class SqliteStatement : SqlStatement, ISqlRow
{
    /// <summary>Bytes of the longest text that is compared with that of the row before.</summary>
    private const int LongestKept = 64;

    private readonly StatementConnection _connection;
    private readonly LastText[] _texts;
    private readonly sqlite3_stmt _statement;
    private readonly string[] _names;
    private readonly int[] _places;
    private readonly SqlValue[] _bound;

    public SqliteStatement(StatementConnection connection, string sql, ReadOnlySpan<string> names)
    {
        (_connection, Sql) = (connection, sql);
        Check(raw.sqlite3_prepare_v3(connection.Handle!, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        (_names, _places, _bound) = (names.ToArray(), new int[names.Length], new SqlValue[names.Length]);
        for (var i = 0; i < names.Length; i++) _places[i] = PlaceOf(names[i]);
        if (raw.sqlite3_bind_parameter_count(_statement) != names.Length) throw new ArgumentException($"Of the parameters of the statement one is not named: {sql}");
        Columns = raw.sqlite3_column_count(_statement);
        _texts = new LastText[Columns];
    }

    public string Sql { get; }

    public int Columns { get; }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public string Text(int column)
    {
        var bytes = raw.sqlite3_column_blob(_statement, column);
        if (bytes.IsEmpty) return !IsNull(column) ? "" : throw Null(column);
        return bytes.Length > LongestKept ? Encoding.UTF8.GetString(bytes) : _texts[column].Of(bytes);
    }

    // SQLite reads NULL as 0 and as nothing: what is not known must never become an amount.
    public long Number(int column)
    {
        var number = raw.sqlite3_column_int64(_statement, column);
        return number != 0 || !IsNull(column) ? number : throw Null(column);
    }

    public byte[] Bytes(int column)
    {
        var bytes = raw.sqlite3_column_blob(_statement, column);
        return !bytes.IsEmpty || !IsNull(column) ? bytes.ToArray() : throw Null(column);
    }

    /// <summary>Whether values that are set in the order of these names go where they belong.</summary>
    public bool IsFor(ReadOnlySpan<string> names) => names.SequenceEqual(_names);

    public override int Execute()
    {
        while (Step())
        {
        }

        var rows = raw.sqlite3_changes(_connection.Handle!);
        Rewind();
        return rows;
    }

    public override T? First<T>(Func<ISqlRow, T> read)
        where T : default
    {
        try
        {
            return Step() ? read(this) : default;
        }
        finally
        {
            Rewind();
        }
    }

    public override List<T> All<T>(Func<ISqlRow, T> read)
    {
        try
        {
            var rows = new List<T>();
            while (Step()) rows.Add(read(this));
            return rows;
        }
        finally
        {
            Rewind();
        }
    }

    // SQLite reads in the thread that asks: there is nothing to wait for.
    public override async IAsyncEnumerable<T> EachAsync<T>(Func<ISqlRow, T> read, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        try
        {
            while (Step())
            {
                cancel.ThrowIfCancellationRequested();
                yield return read(this);
            }
        }
        finally
        {
            Rewind();
        }
    }

    /// <summary>It goes back to its connection, for the next one of the same text.</summary>
    public override void Dispose()
    {
        raw.sqlite3_clear_bindings(_statement);
        Array.Clear(_bound);
        _connection.GiveBack(this);
    }

    /// <summary>Gives up what SQLite holds of it.</summary>
    public void End() => _statement.Dispose();

    protected override void Bind(int place, SqlValue value)
    {
        // Most values of a row are those of the row before, and SQLite keeps them.
        if (_bound[place] == value) return;
        var at = _places[place];
        if (value.IsNumber) Check(raw.sqlite3_bind_int64(_statement, at, value.Number));
        else if (value.Text is { } text) BindText(at, text);
        else Check(raw.sqlite3_bind_null(_statement, at));
        _bound[place] = value;
    }

    private void BindText(int at, string text)
    {
        const int OnStack = 512;
        // A span of nothing would be bound as NULL.
        if (text.Length == 0)
        {
            Check(raw.sqlite3_bind_text(_statement, at, utf8z.FromSpan("\0"u8)));
            return;
        }

        var longest = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = longest > OnStack ? ArrayPool<byte>.Shared.Rent(longest) : null;
        var bytes = rented ?? stackalloc byte[OnStack];
        Check(raw.sqlite3_bind_text(_statement, at, bytes[..Encoding.UTF8.GetBytes(text, bytes)]));
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    private bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW) return true;
        if (result == raw.SQLITE_DONE) return false;
        var failure = Failure(result);
        Rewind();
        throw failure;
    }

    // What it says is what the step before it said.
    private void Rewind() => raw.sqlite3_reset(_statement);

    private int PlaceOf(string name)
    {
        var place = raw.sqlite3_bind_parameter_index(_statement, "@" + name);
        return place > 0 ? place : throw new ArgumentException($"The statement has no parameter '{name}': {Sql}");
    }

    private InvalidOperationException Null(int column) => new($"Column {column} is null: {Sql}");

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Failure(result);
    }

    /// <summary>The text that a column had last: names and codes stand in one row after the other, and are one string then.</summary>
    private struct LastText
    {
        private byte[]? _bytes;
        private int _length;
        private string? _text;

        public string Of(ReadOnlySpan<byte> bytes)
        {
            if (_text is not null && bytes.SequenceEqual(_bytes.AsSpan(0, _length))) return _text;
            bytes.CopyTo(_bytes ??= new byte[LongestKept]);
            _length = bytes.Length;
            return _text = Encoding.UTF8.GetString(bytes);
        }
    }

    private SqliteException Failure(int result) => new(
        $"SQLite Error {result}: '{raw.sqlite3_errmsg(_connection.Handle!).utf8_to_string()}'.", result, raw.sqlite3_extended_errcode(_connection.Handle!));
}
