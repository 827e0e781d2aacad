namespace BatchSync.Core.Sources;

/// <summary>How a source names another of its records: by id, by name, or both; an absent part is empty.</summary>
public readonly record struct Reference(string Id, string Name)
{
    public static Reference None => new("", "");

    public bool IsEmpty => string.IsNullOrEmpty(Id) && string.IsNullOrEmpty(Name);
}

/// <summary>A value of a source record that could not be read; it makes the record <c>rejected: invalid</c>.</summary>
/// <param name="Field">The canonical field (<c>seconds</c>).</param>
/// <param name="Value">The text as received, cut to 200 characters.</param>
/// <param name="Rule">What a readable value would have been.</param>
public sealed record FieldFault(string Field, string Value, string Rule);

/// <summary>
/// One incoming row in canonical form, as the connector's field map made it: no mapping rule has touched it yet.
/// Time entries carry <see cref="Seconds"/> and a date or a start; expenses <see cref="Amount"/>, <see cref="Currency"/> and
/// <see cref="Category"/>; the naming streams <see cref="Name"/>, <see cref="Code"/> and <see cref="Active"/>.
/// </summary>
public sealed record SourceRecord
{
    public required StreamKind Stream { get; init; }

    /// <summary>The source's own id as text, unique in the stream. Never empty: a row without one gets an id from its content.</summary>
    public required string Id { get; init; }

    public Reference Client { get; init; } = Reference.None;
    public Reference Project { get; init; } = Reference.None;
    public Reference Task { get; init; } = Reference.None;
    public Reference Person { get; init; } = Reference.None;
    public Reference Category { get; init; } = Reference.None;
    public string PurchaseOrder { get; init; } = "";

    /// <summary>The local date that the source gives; null where it gives an instant or none.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>The start as an instant, in UTC; used for the local date where <see cref="Date"/> is null.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Whole seconds, negative for a correction; null where the stream has none or it could not be read.</summary>
    public long? Seconds { get; init; }

    /// <summary>The amount of an expense in major units of <see cref="Currency"/>, negative for a refund.</summary>
    public decimal? Amount { get; init; }

    /// <summary>The currency as the source writes it; not yet checked against ISO 4217. Empty: the client's.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Whether the source calls it billable; absent at the source: true.</summary>
    public bool Billable { get; init; } = true;

    /// <summary>Whether the timesheet is approved at the source; absent there: null.</summary>
    public bool? Approved { get; init; }

    /// <summary>Who approved it at the source, as the source names them; empty where it does not say.</summary>
    public string ApprovedBy { get; init; } = "";

    /// <summary>When it was approved at the source, in UTC; null where it does not say.</summary>
    public DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>The source's own billed flag.</summary>
    public bool BilledElsewhere { get; init; }

    /// <summary>Whether the source says that the record is gone.</summary>
    public bool Deleted { get; init; }

    public string Notes { get; init; } = "";

    /// <summary>When the source last changed the record, in UTC; informative.</summary>
    public DateTimeOffset? ModifiedAt { get; init; }

    public string Name { get; init; } = "";
    public string Code { get; init; } = "";
    public bool Active { get; init; } = true;

    /// <summary>Empty where every value could be read.</summary>
    public IReadOnlyList<FieldFault> Faults { get; init; } = [];
}
