using System.Globalization;
using System.Text;
using BatchSync.Core.Diagnostics;
using BatchSync.Sources.Csv;
using CsvHelper;
using CsvHelper.Configuration;

namespace BatchSync.Fx;

/// <summary>A row of data.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Cells">One for each heading, without spaces around them.</param>
internal sealed record FxSheetRow(int Line, string[] Cells);

/// <summary>A CSV of rates: headings and rows of as many cells. Empty columns at the end are no columns; the European Central Bank writes one.</summary>
internal sealed record FxSheet(int HeadingLine, string[] Headings, IReadOnlyList<FxSheetRow> Rows)
{
    private const char Comma = ',';

    /// <summary>Reads a text; rows that are no rows are faults. Null where there are no headings to go by.</summary>
    public static FxSheet? Read(string text, ICollection<FxFault> faults)
    {
        var rows = Parsed(text, faults);
        if (rows.Count == 0)
        {
            if (faults.Count == 0) faults.Add(new FxFault(0, 0, "", "the file is empty: it needs a line of headings and a line for each rate or day"));
            return null;
        }

        var headings = WithoutEmptyEnd(rows[0].Cells);
        if (headings.Length == 0)
        {
            faults.Add(new FxFault(rows[0].Line, 0, "", "the line of headings holds no heading"));
            return null;
        }

        var whole = new List<FxSheetRow>();
        foreach (var row in rows.Skip(1))
        {
            var cells = WithoutEmptyEnd(row.Cells);
            if (cells.Length > headings.Length || row.Cells.Length < headings.Length) faults.Add(WrongCount(row, headings.Length));
            else whole.Add(row with { Cells = row.Cells[..headings.Length] });
        }

        return new FxSheet(rows[0].Line, headings, whole);
    }

    public FxFault At(FxSheetRow row, int column, string message) => new(row.Line, column + 1, Headings[column], message);

    private static FxFault WrongCount(FxSheetRow row, int columns) =>
        new(row.Line, 0, "", FormattableString.Invariant($"the line has {row.Cells.Length} values, and there are {columns} headings: give each line a value for each heading, separated by commas"));

    // A broken quote would swallow the lines after it, so the rows are found first and only whole ones of one line are parsed.
    private static List<FxSheetRow> Parsed(string text, ICollection<FxFault> faults)
    {
        var lines = new List<int>();
        var whole = new StringBuilder(text.Length);
        var (start, line) = (0, 1);
        while (CsvRow.TryFind(text, start, isWhole: true, Comma, 0, out var row))
        {
            if (row is { IsWellFormed: true, Lines: 1, IsBlank: false })
            {
                lines.Add(line);
                whole.Append(text, row.Start, row.Length);
            }
            else if (!row.IsBlank)
            {
                faults.Add(new FxFault(line, 0, "", "a quote does not fit: quotes stand around whole values of one line only, doubled inside them"));
            }

            start = row.End;
            line += row.Lines;
        }

        using var parser = new CsvParser(new StringReader(whole.ToString()), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = Comma.ToString(),
            DetectDelimiter = false,
            Mode = CsvMode.RFC4180,
            IgnoreBlankLines = false,
            BadDataFound = _ => throw new InvariantException("The parser and the row finder agree on quotes."),
        });
        var rows = new List<FxSheetRow>(lines.Count);
        foreach (var at in lines)
        {
            Invariant.Holds(parser.Read(), "The parser and the row finder see the same rows.");
            rows.Add(new FxSheetRow(at, [.. parser.Record!.Select(cell => cell.Trim())]));
        }

        return rows;
    }

    private static string[] WithoutEmptyEnd(string[] cells)
    {
        var length = cells.Length;
        while (length > 0 && cells[length - 1].Length == 0) length--;
        return cells[..length];
    }
}
