using BatchSync.Core.Amounts;

namespace BatchSync.Core.Billing;

/// <summary>Takes a posted document back in full. Source: money rules, section 9.</summary>
public static class Reversal
{
    /// <summary>
    /// The inputs of a share that takes back one of several documents which hold something of its record: no inputs have this hash, so the record
    /// counts as changed until all of them are taken back.
    /// </summary>
    public const string InPart = "taken back in part";

    /// <summary>
    /// The inputs of a share that takes back a document which its record had left before. All such shares come to nothing together with what they
    /// take back, and say nothing of where the record stands.
    /// </summary>
    public const string Elsewhere = "stands elsewhere";

    /// <summary>
    /// The other type with the same amounts, taxes and exchange rate, so that both together are nothing in any column of the books. What the
    /// document drew from a retainer goes back to it.
    /// </summary>
    /// <param name="document">As it was posted, with its shares.</param>
    /// <param name="identity">Of the same key, with purpose credit or withdrawal.</param>
    /// <param name="reference">Made from the identity.</param>
    /// <param name="date">When it is booked: the taxes stay those of the document's own date.</param>
    /// <param name="hashOf">What the record's inputs are known by from here on; empty where it is off the books now.</param>
    public static Document Of(Document document, DocumentIdentity identity, string reference, DateOnly date, Func<DocumentLine, RecordShare, string> hashOf) => document with
    {
        Identity = identity,
        Reference = reference,
        Type = document.Type == DocumentType.Invoice ? DocumentType.CreditNote : DocumentType.Invoice,
        Date = date,
        Due = date,
        Corrects = document.Reference,
        Lines = [.. document.Lines.Select(line => line with
        {
            BilledSeconds = -line.BilledSeconds,
            ChargedSeconds = -line.ChargedSeconds,
            Shares = [.. line.Shares.Select(share => share with { BilledSeconds = -share.BilledSeconds, InputsHash = hashOf(line, share) })],
        })],
    };
}
