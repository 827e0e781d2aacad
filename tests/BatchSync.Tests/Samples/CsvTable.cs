using System.Globalization;
using System.Text;

namespace BatchSync.Tests.Samples;

/// <summary>A CSV file as rows of named cells, by a reader of twenty lines that shares nothing with the product.</summary>
internal sealed class CsvTable
{
    private readonly IReadOnlyList<string> _names;

    private CsvTable(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        _names = rows[0];
        Rows = [.. rows.Skip(1).Select(cells => new CsvCellsByName(_names, cells))];
    }

    public IReadOnlyList<CsvCellsByName> Rows { get; }

    /// <param name="delimiter">What stands between two cells.</param>
    public static CsvTable Of(byte[] file, char delimiter = ',')
    {
        var text = Encoding.UTF8.GetString(file).TrimStart('\uFEFF');
        var rows = new List<IReadOnlyList<string>>();
        var row = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        foreach (var c in text)
        {
            if (c == '"') isQuoted = AfterQuote(cell, isQuoted);
            else if (isQuoted || (c != delimiter && c is not ('\r' or '\n'))) cell.Append(c);
            else if (c != '\r') End(c);
        }

        if (cell.Length > 0 || row.Count > 0) End('\n');
        return new CsvTable(rows);

        void End(char c)
        {
            row.Add(cell.ToString().Replace("\uFFFF", "", StringComparison.Ordinal));
            cell.Clear();
            if (c != '\n') return;
            rows.Add(row);
            row = [];
        }
    }

    // A quote right after the one that ended the quoted part is a quote of the value: the mark \uFFFF stands where one ended.
    private static bool AfterQuote(StringBuilder cell, bool isQuoted)
    {
        if (isQuoted)
        {
            cell.Append('\uFFFF');
            return false;
        }

        if (cell.Length > 0 && cell[^1] == '\uFFFF') cell[^1] = '"';
        return true;
    }
}

/// <summary>A row of a <see cref="CsvTable"/>.</summary>
internal sealed class CsvCellsByName(IReadOnlyList<string> names, IReadOnlyList<string> cells)
{
    public string this[string name]
    {
        get
        {
            var index = names.ToList().IndexOf(name);
            return index >= 0 ? cells[index] : throw new KeyNotFoundException($"There is no column '{name}'.");
        }
    }

    /// <summary>An empty cell is 0.</summary>
    public decimal Number(string name) =>
        this[name] is { Length: > 0 } text ? decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) : 0;
}
