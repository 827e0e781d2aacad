using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Core.Reconciliation;

/// <summary>The steps from the source to the books, in the order in which a reader checks them.</summary>
public enum ReconciliationStep
{
    /// <summary>What the source itself states; absent where it states nothing.</summary>
    Source,

    /// <summary>Our current records.</summary>
    Records,

    /// <summary>One row a bucket; together they are the records.</summary>
    Bucket,

    /// <summary>Seconds worked, the named time rounding, seconds billed.</summary>
    Time,

    /// <summary>Exact amount, the named line rounding, net, tax, total.</summary>
    Amount,

    /// <summary>The documents in the store, the outbox, and the destination's own read-back.</summary>
    Posting,
}

/// <summary>
/// The items with a fixed name: reports find their totals by them and print them in this order. What a step counts besides
/// (streams, buckets with their reason) is free text and follows in ordinal order.
/// </summary>
public static class ReconciliationItems
{
    public const string ChangedAfterPosting = "changed after posting";
    public const string Worked = "worked";
    public const string TimeRounding = "time rounding";
    public const string Billed = "billed";
    public const string PartlyBillable = "partly billable";
    public const string Charged = "charged";
    public const string Exact = "exact";
    public const string LineRounding = "line rounding";
    public const string Adjustments = "adjustments";
    public const string LineDiscount = "line discount";
    public const string DocumentDiscount = "document discount";
    public const string TaxInPrices = "tax in prices";
    public const string Net = "net";
    public const string Tax = "tax";
    public const string Total = "total";
    public const string Withholding = "withholding";
    public const string Retainer = "retainer";
    public const string AmountDue = "amount due";

    /// <summary>Followed by a currency: <c>base total EUR</c>.</summary>
    public const string BaseTotal = "base total";

    /// <summary>Followed by a currency: what the base amounts of the lines leave of the base total.</summary>
    public const string FxRounding = "FX rounding";
    public const string Documents = "documents";

    /// <summary>Followed by a state: <c>outbox Posted</c>.</summary>
    public const string Outbox = "outbox";

    /// <summary>The destination's own read-back.</summary>
    public const string ReadBack = "read-back";

    /// <summary>Withholding and retainers that stand at the destination as negative lines: its documents are lower by them than ours.</summary>
    public const string DeductionLines = "posted as lines";

    /// <summary>In the base currency: base totals at the rates as sent, less ours at the exact rates.</summary>
    public const string RateDecimals = "rate decimals";

    /// <summary>Each item after those that it follows from.</summary>
    public static IReadOnlyList<string> ReadingOrder { get; } =
        [ChangedAfterPosting, Worked, TimeRounding, Billed, PartlyBillable, Charged, Exact, LineRounding, Adjustments, LineDiscount, DocumentDiscount, TaxInPrices, Net, Tax, Total,
            Withholding, Retainer, AmountDue, BaseTotal, FxRounding, Documents, Outbox, DeductionLines, ReadBack, RateDecimals];
}

/// <summary>One row of the proof. Rows of one period, purpose, stream, client and currency tie out by themselves.</summary>
/// <param name="Period">Null for records without a date that can be read.</param>
/// <param name="Client">The client's code; empty where no client is known.</param>
/// <param name="Currency">The code; empty where none applies.</param>
/// <param name="Item">What is counted: a stream, a bucket with its reason, a named difference.</param>
/// <param name="Seconds">Null where time does not apply.</param>
/// <param name="Amount">Major units with the currency's decimals or, for named roundings, up to ten; null where money does not apply.</param>
public sealed record ReconciliationRow(
    Period? Period, string Purpose, string Entity, string Client, string Currency, ReconciliationStep Step, string Item, long? Records, long? Seconds, decimal? Amount);

/// <summary>Why two sides do not tie out. The names are stable: they stand in reports and in <c>differences</c>.</summary>
public static class DifferenceCodes
{
    public const string SourceCount = "source-count";
    public const string BucketSum = "bucket-sum";
    public const string ChangedAfterPosting = "changed-after-posting";
    public const string RejectedByDestination = "rejected-by-destination";
    public const string Pending = "pending";
    public const string MissingAtDestination = "missing-at-destination";
    public const string VoidedAtDestination = "voided-at-destination";
    public const string AmountAtDestination = "amount-at-destination";
    public const string ClientAtDestination = "client-at-destination";
    public const string DuplicateAtDestination = "duplicate-at-destination";
    public const string NotBilled = "not-billed";
    public const string UnknownToStore = "unknown-to-store";
}

/// <summary>One gap between two sides that should agree, with what is needed to judge it.</summary>
/// <param name="Code">One of <see cref="DifferenceCodes"/>.</param>
/// <param name="Subject">What it is about: a document's reference, a record (<c>time_entries/17</c>), or a stream.</param>
/// <param name="Expected">What the one side says.</param>
/// <param name="Actual">What the other side says.</param>
/// <param name="Amount">Actual less expected in major units; null where the gap is not of money.</param>
/// <param name="Explanation">One sentence, with the next step.</param>
public sealed record Difference(
    string Code, string Subject, Period? Period, string Client, string Currency, string Expected, string Actual, decimal? Amount, string Explanation)
{
    /// <summary>
    /// What decides the gap by itself, where its amounts move with others: what a person let stand is not acted upon while this stays, even if the
    /// amounts make it open again. Empty: the amounts alone decide.
    /// </summary>
    public string Basis { get; init; } = "";

    /// <summary>What identifies the gap from run to run.</summary>
    public string Key => $"{Code}|{Subject}";

    /// <summary>What was accepted, when a person accepts it: as soon as this text changes, the difference is open again.</summary>
    public string Signature => $"{Expected}|{Actual}";
}

/// <summary>A difference with what a person decided of it.</summary>
/// <param name="AcceptedBy">Null while it is open.</param>
public sealed record JudgedDifference(Difference Difference, string? AcceptedBy, string? Reason, DateTimeOffset FirstSeen)
{
    public bool IsOpen => AcceptedBy is null;

    /// <summary>The <see cref="Reconciliation.Difference.Basis"/> that a person let stand last; empty: none.</summary>
    public string LetStandAs { get; init; } = "";
}

/// <summary>A record and where it went: a row of <c>detail.csv</c>. Amounts of credit notes are negative here, so that columns add up.</summary>
public sealed record DetailRow(
    StreamKind Stream, string RecordId, int Version, DateOnly? Date, string Entity, string Client, string Project, string Task, string Person, string Category,
    long? Seconds, decimal? Amount, string AmountCurrency, string Bucket,
    string Reference, int? Line, string DestinationId, string State, long? BilledSeconds, string Currency, decimal? Net, decimal? Tax);

/// <summary>A record that no document holds, of any age: a row of <c>exceptions.csv</c>.</summary>
/// <param name="AgeDays">As-of date less the record's date; null without a date.</param>
/// <param name="Field">For rejections the field, its value and the rule it broke; else empty.</param>
public sealed record ExceptionRow(
    StreamKind Stream, string RecordId, int Version, DateOnly? Date, int? AgeDays, string Client, string Project, string Person,
    long? Seconds, decimal? Amount, string Currency, string Bucket, string Field, string Value, string Rule);
