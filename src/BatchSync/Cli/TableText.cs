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

    // What stands before each part; null: a new line.
    private static IEnumerable<(string Piece, string? Joint)> Parts(string piece, string between, int width) =>
        Width(piece) <= width ? [(piece, between)] : piece.Split(' ').Select((word, i) => (word, i == 0 ? null : " "));

    private string Cell(string text, int column)
    {
        var padding = new string(' ', _widths[column] - Width(text));
        return columns[column].Kind == ColumnKind.Number ? padding + text : text + padding;
    }
}
