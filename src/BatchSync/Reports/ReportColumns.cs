using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;

namespace BatchSync.Reports;

/// <summary>One column: its name is a promise to whoever reads the files by program, its meaning stands in <c>docs/reports.md</c>.</summary>
internal sealed record ReportColumn<TRow>(string Name, string Meaning, Action<CsvCells, TRow> Write);

/// <summary>The columns of the three files, in their order. A new one is added at the end; none is renamed or moved.</summary>
internal static class ReportColumns
{
    public static IReadOnlyList<ReportColumn<SummaryLine>> Summary { get; } =
    [
        new("period", "`2026-10`, `2026-W41` or `2026-10-07`; empty for what stands for all periods, and for records without a readable date", (c, r) => c.Text(r.Period?.ToString())),
        new("first_day", "first date of the period", (c, r) => c.Date(r.Period?.From)),
        new("last_day", "last date of the period, inclusive", (c, r) => c.Date(r.Period?.LastDay)),
        new("entity", "code of the legal entity that bills", (c, r) => c.Text(r.Entity)),
        new("client", "code of the client; empty where none is known", (c, r) => c.Text(r.Client)),
        new("currency", "ISO 4217 code of `amount`; empty where none applies", (c, r) => c.Text(r.Currency)),
        new("purpose", "what is proven: `revenue`; each purpose ties out by itself", (c, r) => c.Text(r.Purpose)),
        new("step", "`source`, `records`, `bucket`, `time`, `amount`, `posting`, and `difference` at the end", (c, r) => c.Text(r.Step)),
        new("item", "what is counted; for a difference what it is about: a document's reference, a record, a stream", (c, r) => c.Text(r.Item)),
        new("records", "number of records or, in `posting`, of documents", (c, r) => c.Whole(r.Records)),
        new("seconds", "time, exact", (c, r) => c.Whole(r.Seconds)),
        new("hours", "`seconds` / 3600 to four decimals, half-up", (c, r) => c.Hours(r.Seconds)),
        new("amount", "money in major units; for a difference actual less expected", (c, r) => c.Amount(r.Amount, r.Currency)),
        new("number", "of a difference: what `batchsync differences accept` takes", (c, r) => c.Whole(r.Gap?.DifferenceNo)),
        new("code", "which kind of difference", (c, r) => c.Text(r.Gap?.Judged.Difference.Code)),
        new("expected", "what the one side says", (c, r) => c.TextOrFigure(r.Gap?.Judged.Difference.Expected ?? "")),
        new("actual", "what the other side says", (c, r) => c.TextOrFigure(r.Gap?.Judged.Difference.Actual ?? "")),
        new("state", "of a difference: `open` or `accepted`", (c, r) => c.Text(r.Gap is null ? "" : r.Gap.Judged.IsOpen ? "open" : "accepted")),
        new("first_seen", "date (UTC) of the run that first saw the difference", (c, r) => c.Date(DayOf(r.Gap?.Judged.FirstSeen))),
        new("accepted_by", "who accepted the difference", (c, r) => c.Text(r.Gap?.Judged.AcceptedBy)),
        new("reason", "why it was accepted", (c, r) => c.Text(r.Gap?.Judged.Reason)),
        new("explanation", "what the difference means and what to do next", (c, r) => c.Text(r.Gap?.Judged.Difference.Explanation)),
    ];

    public static IReadOnlyList<ReportColumn<DetailRow>> Detail { get; } =
    [
        new("stream", "`time_entries` or `expenses`", (c, r) => c.Text(r.Stream.Name())),
        new("record_id", "the source's own id", (c, r) => c.Text(r.RecordId)),
        new("version", "1 and up: which version of the record", (c, r) => c.Whole(r.Version)),
        new("date", "local service date", (c, r) => c.Date(r.Date)),
        new("entity", "code of the legal entity that bills", (c, r) => c.Text(r.Entity)),
        new("client", "code of the client", (c, r) => c.Text(r.Client)),
        new("project", "code of the project", (c, r) => c.Text(r.Project)),
        new("task", "code of the task", (c, r) => c.Text(r.Task)),
        new("person", "who worked or spent", (c, r) => c.Text(r.Person)),
        new("category", "of an expense", (c, r) => c.Text(r.Category)),
        new("seconds", "time as recorded, exact; negative for a correction", (c, r) => c.Whole(r.Seconds)),
        new("hours", "`seconds` / 3600 to four decimals, half-up", (c, r) => c.Hours(r.Seconds)),
        new("amount", "of an expense as recorded, in `amount_currency`; negative for a refund", (c, r) => c.Amount(r.Amount, r.AmountCurrency)),
        new("amount_currency", "currency of the expense as the source writes it", (c, r) => c.Text(r.AmountCurrency)),
        new("bucket", "where the record went, with the reason", (c, r) => c.Text(r.Bucket)),
        new("reference", "our reference of the document that holds it; empty where none does", (c, r) => c.Text(r.Reference)),
        new("line", "number of the document's line, from 1", (c, r) => c.Whole(r.Line)),
        new("destination_id", "the document's id at the destination; empty until it is there", (c, r) => c.Text(r.DestinationId)),
        new("state", "how far the document got", (c, r) => c.Text(r.State)),
        new("billed_seconds", "time as billed, after rounding", (c, r) => c.Whole(r.BilledSeconds)),
        new("billed_hours", "`billed_seconds` / 3600 to four decimals, half-up", (c, r) => c.Hours(r.BilledSeconds)),
        new("currency", "of `net` and `tax`", (c, r) => c.Text(r.Currency)),
        new("net", "the record's share of the line's net; negative on a credit note", (c, r) => c.Amount(r.Net, r.Currency)),
        new("tax", "the record's share of the line's tax; negative on a credit note", (c, r) => c.Amount(r.Tax, r.Currency)),
    ];

    public static IReadOnlyList<ReportColumn<ExceptionRow>> Exceptions { get; } =
    [
        new("stream", "`time_entries` or `expenses`", (c, r) => c.Text(r.Stream.Name())),
        new("record_id", "the source's own id", (c, r) => c.Text(r.RecordId)),
        new("version", "1 and up: which version of the record", (c, r) => c.Whole(r.Version)),
        new("date", "local service date; empty where it cannot be read", (c, r) => c.Date(r.Date)),
        new("age_days", "as-of date less `date`", (c, r) => c.Whole(r.AgeDays)),
        new("client", "code of the client; empty where none is known", (c, r) => c.Text(r.Client)),
        new("project", "code of the project", (c, r) => c.Text(r.Project)),
        new("person", "who worked or spent", (c, r) => c.Text(r.Person)),
        new("seconds", "time as recorded, exact", (c, r) => c.Whole(r.Seconds)),
        new("hours", "`seconds` / 3600 to four decimals, half-up", (c, r) => c.Hours(r.Seconds)),
        new("amount", "of an expense, in `currency`", (c, r) => c.Amount(r.Amount, r.Currency)),
        new("currency", "as the source writes it", (c, r) => c.Text(r.Currency)),
        new("bucket", "why no document holds the record: `held: …`, `rejected: …`", (c, r) => c.Text(r.Bucket)),
        new("field", "of a rejection: the field at fault", (c, r) => c.Text(r.Field)),
        new("value", "of a rejection: what stood in the field", (c, r) => c.Text(r.Value)),
        new("rule", "of a rejection: the rule that it broke, or what a readable value would have been", (c, r) => c.Text(r.Rule)),
    ];

    private static DateOnly? DayOf(DateTimeOffset? instant) => instant is { } known ? DateOnly.FromDateTime(known.UtcDateTime) : null;
}
