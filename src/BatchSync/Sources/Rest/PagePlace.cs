namespace BatchSync.Sources.Rest;

/// <summary>Where in a page set we are.</summary>
/// <param name="Cursor">The opaque cursor or the link (path and query) that leads to the page; null at the start.</param>
/// <param name="Number">The number of the page, with numbered pages.</param>
/// <param name="RowsBefore">Rows on the pages before it.</param>
internal sealed record PagePlace(string? Cursor, int Number, long RowsBefore)
{
    /// <summary>The start of a set of any kind.</summary>
    public static PagePlace Start(int firstNumber) => new(null, firstNumber, 0);
}
