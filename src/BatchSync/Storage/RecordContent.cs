using BatchSync.Core.Amounts;
using BatchSync.Core.Sources;

namespace BatchSync.Storage;

/// <summary>
/// A hash of what a source says of a record. A row whose hash is the one we have changes nothing; another hash makes a new
/// version. The source's own modification time is left out: a record that was saved again unchanged is the same record.
/// </summary>
internal static class RecordContent
{
    /// <summary>32 hexadecimal digits of SHA-256 over the canonical fields, each told apart by its length.</summary>
    public static string Hash(SourceRecord r)
    {
        var fields = new FieldHash(stackalloc byte[FieldHash.Usual]);
        fields.Add(r.Stream.Name());
        fields.Add(r.Id);
        foreach (var reference in (ReadOnlySpan<Reference>)[r.Client, r.Project, r.Task, r.Person, r.Category])
        {
            fields.Add(reference.Id);
            fields.Add(reference.Name);
        }

        fields.Add(r.PurchaseOrder);
        fields.Add(StoreText.Of(r.Date));
        fields.Add(StoreText.Of(r.Start));
        if (r.Seconds is { } seconds) fields.Add(seconds);
        else fields.Add(null);
        fields.Add(r.Amount is { } amount ? NumberText.Canonical(amount) : null);
        fields.Add(r.Currency);
        fields.Add([Flag(r.Billable), Flag(r.Approved), Flag(r.BilledElsewhere), Flag(r.Deleted), Flag(r.Active)]);
        fields.Add(r.Notes);
        fields.Add(r.Name);
        fields.Add(r.Code);
        foreach (var fault in r.Faults)
        {
            fields.Add(fault.Field);
            fields.Add(fault.Value);
        }

        // Named where they are there: a record that says nothing of its approval keeps the hash that it had before there were such fields.
        if (r.ApprovedBy.Length > 0 || r.ApprovedAt is not null)
        {
            fields.Add("approved");
            fields.Add(r.ApprovedBy);
            fields.Add(StoreText.Of(r.ApprovedAt));
        }

        return fields.End();
    }

    private static char Flag(bool? value) => value switch { true => '1', false => '0', null => '-' };
}
