using System.Text;
using Spectre.Console.Rendering;

namespace BatchSync.Cli;

/// <summary>What a column of a table is for, which decides how it stands and what becomes of it where a screen is narrow.</summary>
internal enum ColumnKind
{
    /// <summary>Says which row it is; heads the row where the table does not fit.</summary>
    Name,
    Text,

    /// <summary>Set to the right, never broken.</summary>
    Number,
}

internal readonly record struct Column(string Heading, ColumnKind Kind = ColumnKind.Text)
{
    public static Column Name(string heading) => new(heading, ColumnKind.Name);
    public static Column Number(string heading) => new(heading, ColumnKind.Number);

    public static implicit operator Column(string heading) => new(heading);
}

/// <summary>A table as lines of plain text: side by side for a pipe, or one row under the other where a screen is too narrow.</summary>
internal sealed class TableText(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows)
{
    private const string Gap = "  ";

    public IReadOnlyList<Column> Columns => columns;

    public IReadOnlyList<IReadOnlyList<string>> Rows => rows;

    private readonly int[] _widths =
        [.. columns.Select((column, i) => rows.Select(row => Width(row[i])).Append(Width(column.Heading)).Max())];

    /// <summary>Characters that all columns but the last one take, without anything between them.</summary>
    public int WidthBeforeLast => _widths[..^1].Sum();

    public int LastWidth => _widths[^1];

    /// <summary>Cells on a screen: a Japanese character takes two.</summary>
    public static int Width(string text) => new Segment(text).CellCount();

    /// <summary>The headings, then one line a row, however long.</summary>
    public IEnumerable<string> Aligned() =>
        rows.Prepend([.. columns.Select(c => c.Heading)]).Select(row => string.Join(Gap, row.Select(Cell)).TrimEnd());

    /// <summary>The same without the columns in which no row says anything.</summary>
    public TableText WithoutEmptyColumns()
    {
        var kept = Enumerable.Range(0, columns.Count).Where(i => rows.Any(row => row[i].Length > 0)).ToList();
        return new TableText([.. kept.Select(i => columns[i])], [.. rows.Select(row => (IReadOnlyList<string>)[.. kept.Select(i => row[i])])]);
    }

    /// <summary>
    /// Rows that have their first names in common below those, the other columns side by side; null where they do not fit, or have too little in common for it to be worth while.
    /// <code>
    ///   step     item                  records   amount
    /// 2026-10 us ACME USD
    ///   posting  documents                   1  11966.92
    ///   posting  read-back                   1  11966.92
    /// </code>
    /// </summary>
    public IEnumerable<string>? Grouped(int width)
    {
        var names = columns.TakeWhile(c => c.Kind == ColumnKind.Name).Count();
        for (var common = 1; common < names; common++)
        {
            var groups = Runs(common);
            var rest = new TableText([.. columns.Skip(common)], [.. rows.Select(row => (IReadOnlyList<string>)[.. row.Skip(common)])]);
            var lines = rest.Aligned().ToList();
            if (groups.Count * 2 <= rows.Count && lines.TrueForAll(line => Width(line) <= width - Gap.Length)) return Below(groups, lines);
        }

        return null;
    }

    // The names that follow each other with the number of rows below each.
    private List<(string Name, int Rows)> Runs(int common)
    {
        var runs = new List<(string Name, int Rows)>();
        foreach (var name in rows.Select(row => string.Join(' ', row.Take(common).Where(cell => cell.Length > 0))))
        {
            if (runs.Count > 0 && runs[^1].Name == name) runs[^1] = (name, runs[^1].Rows + 1);
            else runs.Add((name, 1));
        }

        return runs;
    }

    private static IEnumerable<string> Below(List<(string Name, int Rows)> groups, List<string> lines)
    {
        yield return Gap + lines[0];
        var next = 1;
        foreach (var (name, count) in groups)
        {
            if (name.Length > 0) yield return name;
            for (var i = 0; i < count; i++) yield return Gap + lines[next++];
        }
    }

    /// <summary>
    /// Each row by itself: its name, then its other values with their headings, packed into lines of a width. Empty values are left out.
    /// <code>
    /// 2026-10 us ACME USD
    ///   records: 31  hours billed: 78.00  net: 11132.00
    /// </code>
    /// </summary>
    public IEnumerable<string> Stacked(int width)
    {
        foreach (var row in rows)
        {
            var named = columns.Select((column, i) => (Column: column, Value: row[i])).Where(cell => cell.Value.Length > 0).ToList();
            yield return string.Join(' ', named.Where(c => c.Column.Kind == ColumnKind.Name).Select(c => c.Value));
            var values = named.Where(c => c.Column.Kind != ColumnKind.Name).Select(c => $"{c.Column.Heading}: {c.Value}");
            foreach (var line in Packed(values, Gap, width - Gap.Length)) yield return Gap + line;
        }
    }

    /// <summary>Pieces put into as few lines as they need in their order; a piece that is longer than a line begins one and is broken between its words.</summary>
    public static IEnumerable<string> Packed(IEnumerable<string> pieces, string between, int width)
    {
        var line = new StringBuilder();
        var used = 0;
        foreach (var (piece, joint) in pieces.SelectMany(piece => Parts(piece, between, width)))
        {
            var needed = Width(piece);
            if (used > 0 && (joint is null || used + joint.Length + needed > width))
            {
                yield return line.ToString();
                line.Clear();
                used = 0;
            }

            if (used > 0) line.Append(joint);
            used += needed + (used > 0 ? joint!.Length : 0);
            line.Append(piece);
        }

        if (used > 0) yield return line.ToString();
    }

    /// <summary>A text in lines of a width: between its words, and within a longer one, such as a path, after its separators.</summary>
    public static IEnumerable<string> Folded(string text, int width) => Packed(text.Split(' ').SelectMany(word => Width(word) <= width ? [word] : Chunks(word, width)), " ", width);

    // No two of them fit into one line, so that nothing comes between them there.
    private static IEnumerable<string> Chunks(string word, int width)
    {
        var chunk = "";
        foreach (var part in word.Replace("/", "/\0", StringComparison.Ordinal).Replace("\\", "\\\0", StringComparison.Ordinal).Split('\0'))
        {
            if (chunk.Length > 0 && Width(chunk + part) > width)
            {
                yield return chunk;
                chunk = "";
            }

            chunk += part;
        }

        yield return chunk;
    }

    // What stands before each part; null: a new line.
    private static IEnumerable<(string Piece, string? Joint)> Parts(string piece, string between, int width) =>
        Width(piece) <= width ? [(piece, between)] : piece.Split(' ').Select((word, i) => (word, i == 0 ? null : " "));

    private string Cell(string text, int column)
    {
        var padding = new string(' ', _widths[column] - Width(text));
        return columns[column].Kind == ColumnKind.Number ? padding + text : text + padding;
    }
}
