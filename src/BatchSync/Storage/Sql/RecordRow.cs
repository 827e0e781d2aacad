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
        "billable", "approved", "billed_elsewhere", "deleted", "notes", "modified_at", "name", "code", "active", "faults",
    ];

    public static object[] Values(SourceRecord r, PageSet set, string pageHash, long version, string hash) =>
    [
        set.Start.Series, r.Stream.Name(), r.Id, version, 1L, hash, pageHash, set.PageSetNo, r.Client.Id, r.Client.Name, r.Project.Id, r.Project.Name, r.Task.Id, r.Task.Name,
        r.Person.Id, r.Person.Name, r.Category.Id, r.Category.Name, r.PurchaseOrder, OrNull(StoreText.Of(r.Date)), OrNull(StoreText.Of(r.Start)), OrNull(r.Seconds),
        OrNull(r.Amount is { } amount ? NumberText.Canonical(amount) : null), r.Currency, Flag(r.Billable), r.Approved is { } approved ? Flag(approved) : DBNull.Value,
        Flag(r.BilledElsewhere), Flag(r.Deleted), r.Notes, OrNull(StoreText.Of(r.ModifiedAt)), r.Name, r.Code, Flag(r.Active),
        r.Faults.Count == 0 ? "" : JsonSerializer.Serialize(r.Faults),
    ];

    private static object Flag(bool value) => value ? 1L : 0L;

    private static object OrNull(object? value) => value ?? DBNull.Value;
}
