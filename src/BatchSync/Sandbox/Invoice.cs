using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;

namespace BatchSync.Sandbox;

/// <summary>Why an item was refused.</summary>
/// <param name="Code">From a closed list, such as <c>line_amount</c>.</param>
internal sealed record ItemError(string Code, string Message);

/// <summary>One side of a booking; the sides of a document add up to zero.</summary>
/// <param name="Account"><c>receivable:58</c>, <c>withholding:58</c>, <c>retainer:58</c>, <c>income:4000</c>, <c>tax:CA-SALES:state</c> or <c>bank</c>.</param>
/// <param name="Amount">Debit above zero, credit below.</param>
internal sealed record LedgerPosting(string Account, Money Amount);

/// <summary>An invoice or credit note that passed every check.</summary>
/// <param name="Postings">Balanced; a credit note's mirror an invoice's.</param>
/// <param name="Json">As the client sent it, on one line, so that the state file can give it back.</param>
internal sealed record Invoice(
    string Reference, DocumentType Type, bool IsDraft, string Customer, DateOnly Date, Currency Currency, Money Net, Money Tax, Money Total,
    IReadOnlyList<LedgerPosting> Postings, ReadOnlyMemory<byte> Json)
{
    /// <summary>What the customer keeps back; part of the total, not of what is due.</summary>
    public required Money Withholding { get; init; }

    /// <summary>What is taken from the customer's retainer; part of the total, not of what is due.</summary>
    public required Money Retainer { get; init; }

    /// <summary>Reference of the document that this one takes back; empty: none.</summary>
    public required string Corrects { get; init; }

    /// <summary>Units of the company's base currency for one of the document's; null where none was sent.</summary>
    public required decimal? ExchangeRate { get; init; }

    public Money AmountDue => Total - Withholding - Retainer;

    /// <summary>The sign with which the document counts: a credit note below zero.</summary>
    public int Sign => Type == DocumentType.Invoice ? 1 : -1;

    /// <summary>The same document with another net and tax, as a person may write them: the first line and the first tax take what changed.</summary>
    public Invoice WithAmounts(Money net, Money tax)
    {
        var (netMore, taxMore) = (net - Net, tax - Tax);
        var postings = Postings.ToList();
        Add(postings, "receivable:", netMore + taxMore);
        Add(postings, "income:", -netMore);
        Add(postings, "tax:", -taxMore);
        return this with { Net = net, Tax = tax, Total = net + tax, Postings = postings };
    }

    // A document without tax gets a posting of its own for what a person adds.
    private void Add(List<LedgerPosting> postings, string account, Money more)
    {
        if (more.Sign == 0) return;
        var signed = Sign > 0 ? more : -more;
        var index = postings.FindIndex(p => p.Account.StartsWith(account, StringComparison.Ordinal));
        if (index < 0) postings.Add(new(account + "by-hand", signed));
        else postings[index] = postings[index] with { Amount = postings[index].Amount + signed };
    }
}

/// <summary>Where a document of the books stands.</summary>
internal enum BookStatus
{
    Draft,
    Final,
    PartPaid,
    Paid,

    /// <summary>Taken back by a person; it stays visible and counts for nothing.</summary>
    Void,

    /// <summary>Gone: as a draft by the API, or by a person.</summary>
    Deleted,
}

/// <summary>A document of the books.</summary>
/// <param name="Paid">What a person booked as paid; never above what is due.</param>
internal sealed record BookedDocument(string Id, Invoice Invoice, BookStatus Status, Money Paid)
{
    public bool IsFinal => Status is BookStatus.Final or BookStatus.PartPaid or BookStatus.Paid;

    /// <summary>As the APIs call it.</summary>
    public string StatusName => NameOf(Status);

    /// <summary>The invoice's own postings and its payment's.</summary>
    public IEnumerable<LedgerPosting> Postings => Paid.Sign == 0 ? Invoice.Postings : [.. Invoice.Postings, new("bank", Signed(Paid)), new("receivable:" + Invoice.Customer, -Signed(Paid))];

    public static string NameOf(BookStatus status) => status switch
    {
        BookStatus.Draft => "draft",
        BookStatus.Final => "final",
        BookStatus.PartPaid => "part_paid",
        BookStatus.Paid => "paid",
        BookStatus.Void => "void",
        _ => "deleted",
    };

    private Money Signed(Money amount) => Invoice.Sign > 0 ? amount : -amount;
}
