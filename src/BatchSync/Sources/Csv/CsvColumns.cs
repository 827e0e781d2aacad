namespace BatchSync.Sources.Csv;

/// <summary>The columns of a header row, found by name in any case, without spaces around it.</summary>
internal sealed class CsvColumns(IReadOnlyList<string> names)
{
    private readonly string[] _names = [.. names.Select(n => n.Trim())];

    public int Count => _names.Length;

    /// <summary>The place of a column, from 0; the one in the same case where several differ by case alone.</summary>
    /// <exception cref="UnreadablePageException">There is none of that name, or more than one.</exception>
    public int IndexOf(string name) => Only(name, StringComparison.Ordinal) ?? Only(name, StringComparison.OrdinalIgnoreCase) ?? throw new UnreadablePageException(
        $"there is no column '{name}', which the connector maps; the columns are {string.Join(", ", _names.Select(n => $"'{n}'"))}");

    private int? Only(string name, StringComparison comparison)
    {
        var first = Array.FindIndex(_names, n => n.Equals(name, comparison));
        if (first < 0) return null;
        return first == Array.FindLastIndex(_names, n => n.Equals(name, comparison)) ? first
            : throw new UnreadablePageException($"the column '{name}', which the connector maps, stands in the header more than once");
    }
}
