using System.Globalization;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Reconciliation;
using CsvHelper;
using CsvHelper.Configuration;

namespace BatchSync.Reports;

/// <summary>Where the files of one run are.</summary>
internal sealed record ReportPaths(string Folder)
{
    public string Summary => Path.Combine(Folder, "summary.csv");
    public string Detail => Path.Combine(Folder, "detail.csv");
    public string Exceptions => Path.Combine(Folder, "exceptions.csv");

    public IReadOnlyList<string> All => [Summary, Detail, Exceptions];
}

/// <summary>
/// The three CSV files of a run: RFC 4180 with CRLF, UTF-8 with a byte order mark (without it Excel takes the text for the
/// machine's code page), ISO dates. Records are written as they come: memory does not grow with their number.
/// </summary>
internal sealed class ReportFiles(CsvFormat format)
{
    /// <summary>Rows after which it is looked how much garbage they left.</summary>
    private const int RowsBetweenLooks = 5_000;

    private static readonly UTF8Encoding WithMark = new(encoderShouldEmitUTF8Identifier: true);

    /// <summary>Writes all three, each whole or not at all, over those of an earlier writing.</summary>
    /// <param name="folder">The run's own folder; made where it is missing.</param>
    /// <exception cref="Http.OutsideException">A file cannot be written.</exception>
    public async Task<ReportPaths> WriteAsync(
        string folder, RunReport report, IAsyncEnumerable<DetailRow> details, IAsyncEnumerable<ExceptionRow> exceptions, CancellationToken cancel)
    {
        var paths = new ReportPaths(folder);
        await WriteAsync(paths.Summary, ReportColumns.Summary, SummaryLine.InOrder(report).ToAsyncEnumerable(), cancel);
        await WriteAsync(paths.Detail, ReportColumns.Detail, details, cancel);
        await WriteAsync(paths.Exceptions, ReportColumns.Exceptions, exceptions, cancel);
        return paths;
    }

    private Task WriteAsync<TRow>(string path, IReadOnlyList<ReportColumn<TRow>> columns, IAsyncEnumerable<TRow> rows, CancellationToken cancel) =>
        AtomicFile.WriteAsync(path, async stream =>
        {
            await using var text = new StreamWriter(stream, WithMark, leaveOpen: true);
            await using var csv = new CsvWriter(text, Configured());
            foreach (var column in columns) csv.WriteField(column.Name);
            csv.NextRecord();
            var (cells, written) = (new CsvCells(csv, format), 0);
            await foreach (var row in rows.WithCancellation(cancel))
            {
                foreach (var column in columns) column.Write(cells, row);
                csv.NextRecord();
                if (++written % RowsBetweenLooks == 0) HeapBound.Keep();
            }
        });

    private CsvConfiguration Configured() => new(CultureInfo.InvariantCulture) { Delimiter = format.Delimiter.ToString(), NewLine = "\r\n" };
}
