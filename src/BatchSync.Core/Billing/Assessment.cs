using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;

namespace BatchSync.Core.Billing;

/// <summary>What the rules say of one record: its bucket and, as far as the rules came, where it belongs and what it is worth.</summary>
public sealed record Assessment
{
    public required Bucket Bucket { get; init; }

    /// <summary>For rejections: the field, its value and the rule that it broke.</summary>
    public FieldFault? Fault { get; init; }
    public required RecordFacts Facts { get; init; }

    /// <summary>Null where the record has no date that can be read.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>The period of the date; null without one.</summary>
    public Time.Period? Period { get; init; }

    /// <summary>The document it belongs to; null where client, date or currency are not known.</summary>
    public DocumentKey? Key { get; init; }

    /// <summary>What it is worth; set from <c>ready</c> on.</summary>
    public Pricing? Pricing { get; init; }
}

/// <summary>What decides the money of one record, apart from its own time or amount.</summary>
/// <param name="UnitPrice">Per hour; null for expenses, whose price is their amount.</param>
/// <param name="Billable">The part of the time that is billed.</param>
/// <param name="Markup">On an expense.</param>
/// <param name="TaxDate">The date that chooses the tax rates, where that is not the line's last service date.</param>
public sealed record Pricing(UnitPrice? UnitPrice, Fraction Billable, Fraction Markup, TaxCode TaxCode, string Account, string Item, DateOnly? TaxDate)
{
    /// <summary>The rule that gave the price; null for expenses.</summary>
    public Rate? Rate { get; init; }

    /// <summary>Of an expense in another currency than the document: the rate of its own date.</summary>
    public FxRate? ExpenseRate { get; init; }

    public Dimensions Dimensions { get; init; } = Dimensions.None;
}

/// <summary>A record with what the rules say of it.</summary>
/// <param name="Version">Of the record in the store, from 1.</param>
public sealed record AssessedRecord(SourceRecord Record, int Version, Assessment Assessment)
{
    /// <summary>Seconds that a posted document billed for it and that stay as they are; null: found by rounding.</summary>
    public long? FixedSeconds { get; init; }
}

/// <summary>Where a posted document holds a record: what stays as it was while the record is judged.</summary>
/// <param name="Key">The document's key.</param>
/// <param name="DocumentDate">The document's date, by which its taxes were chosen.</param>
/// <param name="ServiceDate">The record's local date in the version that was posted.</param>
public sealed record PostedPlace(DocumentKey Key, DateOnly DocumentDate, DateOnly ServiceDate);

/// <summary>What a job adds to the mapping.</summary>
/// <param name="BillFrom">Earlier local dates are <c>excluded: before start</c>, unless the client says otherwise.</param>
/// <param name="DocumentDateIsClose">The document date is the day on which the period closes, else its last day.</param>
/// <param name="HoursPerEntry">Entries of more hours, of either sign, are invalid.</param>
/// <param name="DatesFrom">Earlier dates are invalid.</param>
/// <param name="DatesUntil">Later dates are invalid.</param>
public sealed record BillingRules(
    DateOnly BillFrom, Time.PeriodKind Every, TimeSpan CloseAfter, bool DocumentDateIsClose, bool ApprovalRequired,
    decimal HoursPerEntry, DateOnly DatesFrom, DateOnly DatesUntil)
{
    /// <summary>The only clients that are billed; null: all.</summary>
    public IReadOnlySet<string>? PilotClients { get; init; }

    /// <summary>By entity the first day on which its destination takes documents.</summary>
    public IReadOnlyDictionary<string, DateOnly> DestinationOpensOn { get; init; } = new Dictionary<string, DateOnly>();

    /// <summary>
    /// Keys of which an original stands: with them given, late records go to the next period that has none. Null: late records go to a
    /// supplement of their own period.
    /// </summary>
    public IReadOnlySet<DocumentKey>? KeysWithOriginal { get; init; }

    /// <summary>The document date of a period: fixed by the period and by what is locked, never by the clock.</summary>
    public DateOnly DocumentDate(Time.Period period, Entity entity)
    {
        var date = DocumentDateIsClose ? DateOnly.FromDateTime(period.To.ToDateTime(TimeOnly.MinValue) + CloseAfter) : period.LastDay;
        if (entity.LockBefore is { } opens && date < opens) date = opens;
        return DestinationOpensOn.TryGetValue(entity.Code, out var first) && date < first ? first : date;
    }
}
