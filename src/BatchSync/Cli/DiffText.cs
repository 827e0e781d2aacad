namespace BatchSync.Cli;

/// <summary>A row of a comparison.</summary>
/// <param name="Sign"><c>+</c> comes, <c>-</c> goes, <c>~</c> changes, a blank says how it was or will be in all.</param>
internal sealed record DiffRow(char Sign, string Text, IReadOnlyList<string> Cells);

/// <summary>Rows of a comparison as lines: in columns where they fit, else each row's cells below its text.</summary>
internal static class DiffText
{
    private const string Indent = "  ";
    private const string Gap = "  ";

    /// <summary>
    /// <code>
    ///   ~ Website - Development  12.5 x 180.00 -> 13 x 180.00  net 2250.00 -> 2340.00
    /// </code>
    /// </summary>
    /// <param name="rows">All with as many cells.</param>
    /// <param name="width">Characters in a line.</param>
    public static IEnumerable<(char Sign, string Line)> Lines(IReadOnlyList<DiffRow> rows, int width)
    {
        if (rows.Count == 0) return [];
        var widths = Enumerable.Range(0, rows[0].Cells.Count).Select(i => rows.Max(r => TableText.Width(r.Cells[i]))).ToList();
        var text = rows.Max(r => TableText.Width(r.Text));
        var all = Indent.Length + 2L + text + widths.Where(w => w > 0).Sum(w => w + Gap.Length);
        return all <= width ? rows.Select(r => (r.Sign, Aligned(r, text, widths))) : rows.SelectMany(r => Stacked(r, width));
    }

    private static string Aligned(DiffRow row, int text, List<int> widths)
    {
        var cells = row.Cells.Select((cell, i) => (Cell: cell, Width: widths[i])).Where(c => c.Width > 0).Select(c => Gap + new string(' ', c.Width - TableText.Width(c.Cell)) + c.Cell);
        return (Indent + row.Sign + ' ' + row.Text + new string(' ', text - TableText.Width(row.Text)) + string.Concat(cells)).TrimEnd();
    }

    private static IEnumerable<(char Sign, string Line)> Stacked(DiffRow row, int width)
    {
        const string Deeper = Indent + "    ";
        var first = true;
        foreach (var part in TableText.Packed(row.Text.Split(' '), " ", width - Deeper.Length))
        {
            yield return (row.Sign, (first ? Indent + row.Sign + ' ' : Deeper) + part);
            first = false;
        }

        foreach (var line in TableText.Packed(row.Cells.Where(c => c.Length > 0), Gap, width - Deeper.Length)) yield return (row.Sign, Deeper + line);
    }
}
