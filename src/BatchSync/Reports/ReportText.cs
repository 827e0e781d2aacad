using System.Globalization;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Reconciliation;
using BatchSync.Storage;

namespace BatchSync.Reports;

/// <summary>
/// The reconciliation as plain text, for the mail and for a console that is piped: how it stands, what was billed, where the records
/// went, what is open and what to do about it, and where the files are. Lines end with LF.
/// </summary>
internal sealed class ReportText
{
    private const int Width = 76;

    /// <summary>Rows of one table, and differences of one list, that are printed; the rest is counted and stands in the files.</summary>
    private const int MostRows = 200;

    private readonly RunReport _report;
    private readonly ReportNumbers _numbers;
    private readonly StringBuilder _text = new();

    private ReportText(RunReport report, CsvFormat format)
    {
        _report = report;
        _numbers = new ReportNumbers(format.Decimal);
    }

    /// <param name="files">Null where none were written.</param>
    public static string Of(RunReport report, CsvFormat format, ReportPaths? files)
    {
        var text = new ReportText(report, format);
        text.AddHeadline();
        text.AddSources();
        text.AddTotals();
        text.AddBuckets();
        text.AddDifferences("Open differences", isOpen: true);
        text.AddDifferences("Accepted differences", isOpen: false);
        text.AddAudit();
        if (files is not null) text.AddFiles(files);
        return text._text.ToString();
    }

    private void AddHeadline()
    {
        AddLine($"{_report.Job} {_report.Periods}: {_report.Headline}");
        AddLine(string.Create(CultureInfo.InvariantCulture, $"Run {_report.RunNo}, as of {_report.AsOf.UtcDateTime:yyyy-MM-dd HH:mm} UTC."));
        if (_report.Note.Length > 0) AddWrapped(_report.Note);
        if (_report.Failure is { } failure) AddWrapped(failure);
        if (_report.Rejections > 0)
            AddWrapped("Rejections stand in exceptions.csv with the field, its value and the rule. Correct the source or the mapping; the next run takes them.");
    }

    private void AddSources()
    {
        var rows = _report.Rows.Where(r => r.Step == ReconciliationStep.Source).GroupBy(r => r.Item).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new[] { g.Key, g.All(r => r.Records is null) ? "" : ReportNumbers.Whole(g.Sum(r => r.Records ?? 0)) }).ToList();
        if (rows.Count == 0) return;
        AddTitle("What the source says");
        AddTable(["item", "records"], 1, rows, []);
    }

    private void AddTotals()
    {
        foreach (var purpose in _report.Rows.Where(IsTotal).GroupBy(r => r.Purpose).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            AddTitle($"Billed ({purpose.Key})");
            var clients = purpose.GroupBy(r => (r.Client, r.Currency)).OrderBy(g => g.Key.Client, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Currency, StringComparer.Ordinal).Select(g => TotalCells(g.Key.Client, g.Key.Currency, g));
            var sums = purpose.GroupBy(r => r.Currency).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => TotalCells("all clients", g.Key, g));
            AddTable(["client", "currency", "hours", "net", "tax", "total"], 2, clients.ToList(), sums);
        }
    }

    private static bool IsTotal(ReconciliationRow row) =>
        row is { Step: ReconciliationStep.Time, Item: ReconciliationItems.Billed }
            or { Step: ReconciliationStep.Amount, Item: ReconciliationItems.Net or ReconciliationItems.Tax or ReconciliationItems.Total };

    private string[] TotalCells(string client, string currency, IEnumerable<ReconciliationRow> rows)
    {
        var byItem = rows.ToLookup(r => r.Item);
        return
        [
            client, currency, _numbers.Hours(byItem[ReconciliationItems.Billed].Sum(r => r.Seconds ?? 0)),
            Sum(ReconciliationItems.Net), Sum(ReconciliationItems.Tax), Sum(ReconciliationItems.Total),
        ];

        string Sum(string item) => _numbers.Amount(byItem[item].Sum(r => r.Amount ?? 0), currency);
    }

    private void AddBuckets()
    {
        foreach (var purpose in _report.Rows.Where(r => r.Step == ReconciliationStep.Bucket).GroupBy(r => r.Purpose).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            AddTitle($"Where the records went ({purpose.Key})");
            var buckets = purpose.GroupBy(r => r.Item).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => BucketCells(g.Key, g));
            AddTable(["bucket", "records", "hours"], 1, buckets.ToList(), [BucketCells("all records", purpose)]);
        }
    }

    private string[] BucketCells(string bucket, IEnumerable<ReconciliationRow> rows)
    {
        var all = rows.ToList();
        return [bucket, ReportNumbers.Whole(all.Sum(r => r.Records ?? 0)), all.All(r => r.Seconds is null) ? "" : _numbers.Hours(all.Sum(r => r.Seconds ?? 0))];
    }

    private void AddDifferences(string title, bool isOpen)
    {
        var differences = SummaryLine.InOrder(_report.Differences.Where(d => d.Judged.IsOpen == isOpen)).ToList();
        if (differences.Count == 0) return;
        AddTitle(title);
        if (isOpen) AddWrapped("One that may stand is accepted by its number: batchsync differences accept NUMBER --reason TEXT");
        foreach (var difference in differences.Take(MostRows)) AddDifference(difference);
        AddRest(differences.Count);
    }

    private void AddDifference(StoredDifference stored)
    {
        var (judged, d) = (stored.Judged, stored.Judged.Difference);
        var where = string.Join(", ", new[] { d.Period?.ToString() ?? "", d.Client, d.Currency }.Where(t => t.Length > 0));
        AddWrapped(string.Create(CultureInfo.InvariantCulture, $"{stored.DifferenceNo}. {d.Code} {d.Subject}") + (where.Length == 0 ? "" : $" ({where})"), next: "  ");
        var gap = d.Amount is { } amount ? $"; actual less expected {_numbers.Amount(amount, d.Currency)} {d.Currency}" : "";
        AddWrapped($"expected {Printed(d.Expected)}, actual {Printed(d.Actual)}{gap}", "  ", "  ");
        AddWrapped(d.Explanation, "  ", "  ");
        if (!judged.IsOpen) AddWrapped($"Accepted by {judged.AcceptedBy}: {judged.Reason}", "  ", "  ");
    }

    private string Printed(string side) => side.Length == 0 ? "nothing" : _numbers.Figure(side) ?? side;

    private void AddAudit()
    {
        if (_report.Audit is not { } audit) return;
        AddTitle("Audit trail");
        AddWrapped(string.Create(CultureInfo.InvariantCulture, $"{audit.Events} events before this report. Who keeps this mail can prove with 'batchsync audit verify --head' and the hash that none of them was rewritten:"));
        AddLine(audit.Hash);
    }

    private void AddFiles(ReportPaths files)
    {
        AddTitle("Files");
        AddLine($"{string.Join(", ", files.All.Select(Path.GetFileName))} in");
        AddLine(files.Folder);
    }

    /// <param name="texts">How many columns, from the left, hold text; the others are numbers and stand flush right.</param>
    private void AddTable(string[] header, int texts, List<string[]> rows, IEnumerable<string[]> sums)
    {
        List<string[]> printed = [header, .. rows.Take(MostRows), .. sums];
        foreach (var cells in printed)
        {
            for (var i = 0; i < texts; i++) cells[i] = OneLine(cells[i]);
        }

        var widths = header.Select((_, i) => printed.Max(cells => WidthOf(cells[i]))).ToArray();
        foreach (var cells in printed)
        {
            var padded = cells.Select((cell, i) => i < texts ? cell + Gap(cell, widths[i]) : Gap(cell, widths[i]) + cell);
            AddLine(string.Join("  ", padded).TrimEnd());
        }

        AddRest(rows.Count);
    }

    private void AddRest(int count)
    {
        if (count > MostRows) AddLine(string.Create(CultureInfo.InvariantCulture, $"... and {count - MostRows} more in summary.csv"));
    }

    private void AddTitle(string title)
    {
        _text.Append('\n');
        AddLine(title);
    }

    private void AddWrapped(string paragraph, string first = "", string next = "")
    {
        var line = first;
        var isEmpty = true;
        foreach (var word in OneLine(paragraph).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = isEmpty ? line + word : $"{line} {word}";
            if (!isEmpty && WidthOf(longer) > Width)
            {
                AddLine(line);
                longer = next + word;
            }

            line = longer;
            isEmpty = false;
        }

        AddLine(line);
    }

    private void AddLine(string line) => _text.Append(OneLine(line)).Append('\n');

    // Control characters of a name could forge lines of a report, or drive the terminal that shows it.
    private static string OneLine(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
    });

    private static string Gap(string cell, int width) => new(' ', width - WidthOf(cell));

    private static int WidthOf(string text) => new StringInfo(text).LengthInTextElements;
}
