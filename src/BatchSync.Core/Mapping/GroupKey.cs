namespace BatchSync.Core.Mapping;

/// <summary>The fields of a record by which lines are grouped, documents split and descriptions made.</summary>
public enum GroupKey
{
    Project,
    Task,
    Person,
    Category,

    /// <summary>The local date, ISO.</summary>
    Date,
    PurchaseOrder,

    /// <summary>The document's period; the same for all its lines, so of use in descriptions only.</summary>
    Period,

    /// <summary>The record's own text; of use in descriptions, where it shows on lines of one record.</summary>
    Notes,
}
