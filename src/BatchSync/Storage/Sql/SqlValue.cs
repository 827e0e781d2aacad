namespace BatchSync.Storage.Sql;

/// <summary>A value of a statement: text, a whole number, or none.</summary>
internal readonly record struct SqlValue
{
    private readonly long _number;

    private SqlValue(string? text, long number, bool isNumber) => (Text, _number, IsNumber) = (text, number, isNumber);

    public static SqlValue None => default;

    /// <summary>Null: it is a number, or none.</summary>
    public string? Text { get; }

    public bool IsNumber { get; }

    public long Number => IsNumber ? _number : throw new InvalidOperationException("The value is no number.");

    /// <summary>As a parameter of ADO.NET takes it.</summary>
    public object Boxed => IsNumber ? _number : Text ?? (object)DBNull.Value;

    public static implicit operator SqlValue(string? text) => new(text, 0, isNumber: false);

    public static implicit operator SqlValue(long number) => new(null, number, isNumber: true);

    public static implicit operator SqlValue(long? number) => number is { } value ? value : None;

    /// <summary>1 or 0.</summary>
    public static implicit operator SqlValue(bool flag) => flag ? 1L : 0L;

    public static implicit operator SqlValue(bool? flag) => flag is { } value ? value : None;
}
