using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
        var text = new StringBuilder(256);
        Add(r.Stream.Name());
        Add(r.Id);
        foreach (var reference in (ReadOnlySpan<Reference>)[r.Client, r.Project, r.Task, r.Person, r.Category])
        {
            Add(reference.Id);
            Add(reference.Name);
        }

        Add(r.PurchaseOrder);
        Add(StoreText.Of(r.Date));
        Add(StoreText.Of(r.Start));
        Add(r.Seconds?.ToString(CultureInfo.InvariantCulture));
        Add(r.Amount is { } amount ? NumberText.Canonical(amount) : null);
        Add(r.Currency);
        Add(string.Concat(Flag(r.Billable), Flag(r.Approved), Flag(r.BilledElsewhere), Flag(r.Deleted), Flag(r.Active)));
        Add(r.Notes);
        Add(r.Name);
        Add(r.Code);
        foreach (var fault in r.Faults)
        {
            Add(fault.Field);
            Add(fault.Value);
        }

        // Named where they are there: a record that says nothing of its approval keeps the hash that it had before there were such fields.
        if (r.ApprovedBy.Length > 0 || r.ApprovedAt is not null)
        {
            Add("approved");
            Add(r.ApprovedBy);
            Add(StoreText.Of(r.ApprovedAt));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));

        void Add(string? part)
        {
            if (part is null) text.Append("-1:");
            else text.Append(part.Length).Append(':').Append(part);
        }
    }

    private static string Flag(bool? value) => value switch { true => "1", false => "0", null => "-" };
}
