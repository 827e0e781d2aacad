using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Sources;

namespace BatchSync.Storage.Sql;

/// <summary>How a record stands in its table: the columns that a writer sets, and the values of a record in their order.</summary>
internal static class RecordRow
{
    public static readonly string[] Names =
    [
        "series", "stream", "source_id", "version", "is_current", "content_hash", "page_hash", "seen_in", "client_id", "client_name", "project_id", "project_name", "task_id", "task_name",
        "person_id", "person_name", "category_id", "category_name", "purchase_order", "service_date", "start_at", "seconds", "amount", "currency",
        "billable", "approved", "billed_elsewhere", "deleted", "notes", "modified_at", "name", "code", "active", "faults", "approved_by", "approved_at",
    ];

    private static readonly HashSet<string> Numbers = ["version", "is_current", "seen_in", "seconds", "billable", "approved", "billed_elsewhere", "deleted", "active"];

    /// <summary>Whether a column holds whole numbers; all others hold text.</summary>
    public static bool IsNumber(string column) => Numbers.Contains(column);

    /// <summary>Fills in the values of a record: there is a row of them for each, and whoever writes many takes one place for all.</summary>
    /// <param name="values">As many as there are names; written over.</param>
    public static void Fill(Span<SqlValue> values, SourceRecord r, PageSet set, string pageHash, long version, string hash)
    {
        ReadOnlySpan<SqlValue> all =
        [
            set.Start.Series, r.Stream.Name(), r.Id, version, 1L, hash, pageHash, set.PageSetNo, r.Client.Id, r.Client.Name, r.Project.Id, r.Project.Name, r.Task.Id, r.Task.Name,
            r.Person.Id, r.Person.Name, r.Category.Id, r.Category.Name, r.PurchaseOrder, StoreText.Of(r.Date), StoreText.Of(r.Start), r.Seconds,
            r.Amount is { } amount ? NumberText.Canonical(amount) : null, r.Currency, r.Billable, r.Approved,
            r.BilledElsewhere, r.Deleted, r.Notes, StoreText.Of(r.ModifiedAt), r.Name, r.Code, r.Active,
            r.Faults.Count == 0 ? "" : JsonSerializer.Serialize(r.Faults), r.ApprovedBy, StoreText.Of(r.ApprovedAt),
        ];
        all.CopyTo(values);
    }
}
