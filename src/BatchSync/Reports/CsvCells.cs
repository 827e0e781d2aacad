using System.Buffers;
using System.Globalization;
using BatchSync.Configuration;
using CsvHelper;

namespace BatchSync.Reports;

/// <summary>Writes the cells of one file. Text is neutralised and quoted where it must be; a number is never touched.</summary>
internal sealed class CsvCells(IWriterRow row, CsvFormat format)
{
    private readonly ReportNumbers _numbers = new(format.Decimal);
    private readonly SearchValues<char> _quoted = SearchValues.Create([format.Delimiter, '"', '\r', '\n']);

    public void Text(string? text) => Write(FormulaText.Neutralise(text ?? ""));

    /// <summary>A text that may be a plain number, such as one side of a difference: it then stays one, also when negative.</summary>
    public void TextOrFigure(string text)
    {
        if (_numbers.Figure(text) is { } figure) Write(figure);
        else Text(text);
    }

    public void Whole(long? value) => Write(value is { } known ? ReportNumbers.Whole(known) : "");
    public void Hours(long? seconds) => Write(seconds is { } known ? _numbers.Hours(known) : "");
    public void Amount(decimal? amount, string currency) => Write(amount is { } known ? _numbers.Amount(known, currency) : "");
    public void Date(DateOnly? date) => Write(date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "");

    // CsvHelper's own rule leaves a lone LF or CR unquoted once a line end is set, which splits the record for most readers.
    private void Write(string field) => row.WriteField(field, field.AsSpan().ContainsAny(_quoted) || field is [' ', ..] or [.., ' ']);
}
