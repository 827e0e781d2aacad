using System.Globalization;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources.Fields;
using CsvHelper;
using CsvHelper.Configuration;

namespace BatchSync.Sources.Csv;

/// <summary>
/// Reads a page of a file: its header row and some of its rows, as <see cref="CsvSlices"/> cuts them. Every row of data becomes one record,
/// malformed ones too; <c>Id,Hours</c> and <c>7,1.5</c> with the field map <c>id: Id, seconds: Hours</c> is record 7 of 5400 seconds.
/// </summary>
/// <remarks>Making one throws <see cref="SettingException"/> where the culture or the delimiter cannot be used.</remarks>
internal sealed class CsvPageReader(CsvDefinition csv, StreamDefinition stream, int noteLength)
{
    private readonly CultureInfo _culture = CultureOf(csv);
    private readonly char _delimiter = csv.Delimiter.Length == 1 ? csv.Delimiter[0]
        : throw new SettingException($"The CSV delimiter '{csv.Delimiter}' must be one character, such as ',' or ';'.");

    /// <param name="location">File and line of the first row after the header, <c>expenses-1.csv:2</c>: a row without an id is named by its line.</param>
    /// <exception cref="UnreadablePageException">The bytes are no text in the encoding, or a mapped column is missing.</exception>
    /// <exception cref="SettingException">A field is to be read in a way that cannot give its value.</exception>
    public ParsedPage Read(ReadOnlyMemory<byte> body, string location)
    {
        var text = Decode(body);
        var header = HeaderIn(text);
        var columns = ColumnsOf(text.AsSpan(0, header.End), header.Columns);
        var reader = new RecordReader<CsvParser>(stream, _culture, noteLength, column => ValueIn(columns.IndexOf(column)));
        var rows = RowsIn(text, header, location);
        using var parser = Parser(WellFormed(text, rows));
        var records = new List<SourceRecord>(rows.Count);
        var leftOut = 0;
        foreach (var (row, place) in rows)
        {
            if (!row.IsWellFormed)
            {
                records.Add(Malformed(text.AsSpan(row.Start, row.Length), row, columns, place));
                continue;
            }

            Invariant.Holds(parser.Read() && parser.Count == row.Columns, "The parser and the row finder see the same rows.");
            if (reader.IsLeftOut(parser)) leftOut++;
            else records.Add(reader.Read(parser, _ => place));
        }

        return new ParsedPage(records, leftOut, null, null, null);
    }

    private static CultureInfo CultureOf(CsvDefinition csv)
    {
        try
        {
            return CultureInfo.GetCultureInfo(csv.Culture, predefinedOnly: csv.Culture.Length > 0);
        }
        catch (CultureNotFoundException error)
        {
            throw new SettingException($"There is no culture '{csv.Culture}'. Use for example en-US or de-DE, or leave it out for plain numbers and ISO dates.", error);
        }
    }

    private static Func<CsvParser, FieldText> ValueIn(int column) =>
        parser => parser[column] is { Length: > 0 } text ? FieldText.Of(text) : FieldText.Absent;

    private string Decode(ReadOnlyMemory<byte> body)
    {
        var form = CsvText.Of(body.Span, csv);
        try
        {
            return form.Encoding.GetString(body.Span[form.Mark.Length..]);
        }
        catch (DecoderFallbackException error)
        {
            throw form.Refusal(error);
        }
    }

    private CsvRow HeaderIn(string text)
    {
        var start = 0;
        while (CsvRow.TryFind(text, start, isWhole: true, _delimiter, 0, out var row))
        {
            if (!row.IsBlank) return row.IsWellFormed ? row : throw new UnreadablePageException("its header row has a quote that does not fit");
            start = row.End;
        }

        throw new UnreadablePageException("it is empty: there is not even a header row");
    }

    private CsvColumns ColumnsOf(ReadOnlySpan<char> header, int count)
    {
        using var parser = Parser(header.ToString());
        Invariant.Holds(parser.Read() && parser.Count == count, "The parser and the row finder see the same header.");
        return new CsvColumns(parser.Record!);
    }

    private List<(CsvRow Row, string Place)> RowsIn(string text, CsvRow header, string location)
    {
        var colon = location.LastIndexOf(':');
        var hasLine = int.TryParse(location.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var line) && colon > 0;
        var (file, at) = hasLine ? (location[..colon], line) : (location, 2);
        var rows = new List<(CsvRow, string)>();
        var start = header.End;
        while (CsvRow.TryFind(text, start, isWhole: true, _delimiter, header.Columns, out var row))
        {
            var fits = row with { IsWellFormed = row.IsWellFormed && row.Columns == header.Columns };
            if (!row.IsBlank) rows.Add((fits, string.Create(CultureInfo.InvariantCulture, $"{file}:{at}")));
            start = row.End;
            at += row.Lines;
        }

        return rows;
    }

    private static string WellFormed(string text, List<(CsvRow Row, string Place)> rows)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var (row, _) in rows)
        {
            if (row.IsWellFormed) kept.Append(text, row.Start, row.Length);
        }

        return kept.ToString();
    }

    private SourceRecord Malformed(ReadOnlySpan<char> raw, CsvRow row, CsvColumns columns, string place) => new()
    {
        Stream = stream.Stream,
        Id = place,
        Faults = [new FieldFault("row", FieldText.Shown(raw.TrimEnd("\r\n").ToString()), RuleBroken(raw, row, columns))],
    };

    // A row of one line whose quotes fit is here for its columns; all others are here for their quotes.
    private string RuleBroken(ReadOnlySpan<char> raw, CsvRow row, CsvColumns columns)
    {
        var isQuotesFault = !CsvRow.TryFind(raw, 0, isWhole: true, _delimiter, 0, out var alone) || !alone.IsWellFormed;
        return isQuotesFault
            ? "quotes around whole values only, doubled inside them"
            : string.Create(CultureInfo.InvariantCulture, $"{columns.Count} columns as in the header, not {row.Columns}");
    }

    private CsvParser Parser(string text) => new(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
    {
        Delimiter = csv.Delimiter,
        DetectDelimiter = false,
        Mode = CsvMode.RFC4180,
        BadDataFound = _ => throw new InvariantException("The parser and the row finder agree on quotes."),
    });
}
