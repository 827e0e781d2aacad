using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;

namespace BatchSync.Core.Posting;

/// <summary>What the destination said of one item of a call.</summary>
public abstract record PostingOutcome
{
    private PostingOutcome(string reference) => Reference = reference;

    public string Reference { get; }

    /// <summary>The destination made it now.</summary>
    public sealed record Posted(string Item, string DestinationId) : PostingOutcome(Item);

    /// <summary>The destination had it before this call and says so.</summary>
    public sealed record AlreadyPosted(string Item, string DestinationId) : PostingOutcome(Item);

    /// <summary>The destination refused it for good; it made nothing.</summary>
    public sealed record Rejected(string Item, string Code, string Message) : PostingOutcome(Item);

    /// <summary>
    /// The destination refused the call as a whole for what it contains, and made nothing: one or more of its items are refused, and it does not say which.
    /// Said of every item of a call of two or more; of one that was sent alone it is <see cref="Rejected"/>.
    /// </summary>
    public sealed record RefusedTogether(string Item, string Code, string Message) : PostingOutcome(Item);

    /// <summary>The call was certainly not carried out (no connection, 429): the same item may be sent again.</summary>
    public sealed record NotTaken(string Item, string Why) : PostingOutcome(Item);

    /// <summary>Sent, and nobody knows: only look-ups may settle it.</summary>
    public sealed record Unknown(string Item, string Why) : PostingOutcome(Item);

    /// <summary>Reads the closed family in one place.</summary>
    public T Match<T>(
        Func<Posted, T> posted, Func<AlreadyPosted, T> already, Func<Rejected, T> rejected, Func<RefusedTogether, T> refusedTogether, Func<NotTaken, T> notTaken, Func<Unknown, T> unknown) => this switch
    {
        Posted p => posted(p),
        AlreadyPosted a => already(a),
        Rejected r => rejected(r),
        RefusedTogether t => refusedTogether(t),
        NotTaken n => notTaken(n),
        Unknown u => unknown(u),
        _ => throw new InvalidOperationException("An outcome outside the family."),
    };
}

/// <summary>A document as the destination holds it, read back by its reference. Amounts are positive on a credit note.</summary>
/// <param name="Client">The destination's id of the customer.</param>
/// <param name="Standing">What people or we have made of it there.</param>
public sealed record DestinationDocument(string Reference, string DestinationId, string Client, DocumentType Type, Money Net, Money Tax, Money Total, DocumentStanding Standing)
{
    public bool IsDraft => Standing == DocumentStanding.Draft;
}

/// <summary>How far a document has come at its destination.</summary>
public enum DocumentStanding
{
    /// <summary>In the books and open; also where the destination does not say more.</summary>
    Final,
    Draft,
    PartPaid,
    Paid,

    /// <summary>Taken back there by a person.</summary>
    Voided,
}

/// <summary>Where a document stands between us and the destination.</summary>
public enum OutboxState
{
    /// <summary>Formed by a plan and never to be sent: whoever comes next takes it apart.</summary>
    Planned,

    /// <summary>Stored, never sent: the next run may form it anew.</summary>
    Ready,

    /// <summary>Committed before the call: from here on only an answer or look-ups tell what happened.</summary>
    Sending,

    /// <summary>Sent, no answer that tells.</summary>
    Unknown,

    /// <summary>The destination has it; not yet read back.</summary>
    Created,

    /// <summary>Read back and tied out; being made final.</summary>
    Finalizing,

    /// <summary>Where the job wants it: draft or final, and tied out.</summary>
    Posted,

    /// <summary>Refused for good; a person must act.</summary>
    Rejected,

    /// <summary>The draft that it takes back is gone at the destination, as wanted.</summary>
    Withdrawn,
}
