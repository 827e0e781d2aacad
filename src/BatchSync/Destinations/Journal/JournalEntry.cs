using System.Globalization;
using System.Text;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;

namespace BatchSync.Destinations.Journal;

/// <summary>One posting of a transaction.</summary>
/// <param name="Amount">Debit positive, credit negative.</param>
internal sealed record JournalPosting(string Account, Money Amount)
{
    /// <summary>The tax rate where it is a tax, as a fraction (<c>0.0725</c>); else null.</summary>
    public string? Rate { get; init; }

    /// <summary>What was sold; null where nothing is said.</summary>
    public string? Text { get; init; }

    /// <summary>Dimensions as tags, in ordinal order of their names; none where the posting is no line.</summary>
    public IReadOnlyList<JournalTag> Dimensions { get; init; } = [];

    /// <summary><c>withholding</c> or <c>retainer</c> where it is what the client does not pay of the total; else null.</summary>
    public string? Deduction { get; init; }
}

/// <summary>A dimension of a line. A name that the journal uses itself begins with <c>dimension-</c>.</summary>
/// <param name="Value">As the mapping has it.</param>
internal sealed record JournalTag(string Name, string Value)
{
    public static JournalTag Of(string dimension, string value) =>
        new(JournalBook.Tags.Contains(dimension) || JournalBook.RareTags.Contains(dimension) ? "dimension-" + dimension : dimension, value);
}

/// <summary>The exchange rate of a document that is not in its entity's base currency.</summary>
/// <param name="Rate">As it is written, canonical.</param>
internal sealed record JournalPrice(string Rate, Currency Base);

/// <summary>
/// A document as one transaction. The first posting is the client's receivable, those with a deduction belong to it (the total is all of them
/// together), those with a rate are taxes, the others are income: net, tax and total are what the postings say.
/// <code>
/// 2026-10-31 ! (HVEZBAAANN) Acme Corp
///     ; ref: HVEZBAAANN
///     ; client: 58
///     ; type: invoice
///     ; due: 2026-11-30
///     ; net: 225.00 USD
///     ; tax: 16.31 USD
///     ; total: 241.31 USD
///     Assets:Receivable:58                    241.31 USD
///     ; ref: HVEZBAAANN
///     Income:4000                            -225.00 USD
///     ; ref: HVEZBAAANN
///     ; text: Acme Web - Development (1.25 x 180)
///     Liabilities:Tax:CA-SALES:state          -16.31 USD
///     ; ref: HVEZBAAANN
///     ; rate: 0.0725
/// </code>
/// The mark <c>!</c> (pending) is a draft, <c>*</c> (cleared) a final document. A tag has a line of its own, because ledger reads
/// a value to the end of the line and hledger to a comma.
/// </summary>
internal sealed record JournalEntry
{
    public const string InvoiceName = "invoice";
    public const string CreditNoteName = "credit-note";
    private const string Indent = "    ";

    public required DateOnly Date { get; init; }
    public required bool IsDraft { get; init; }
    public required string Reference { get; init; }

    /// <summary>As <see cref="JournalText.Payee"/> gives it.</summary>
    public required string Payee { get; init; }

    /// <summary>The destination's id of the client, as the document gave it.</summary>
    public required string Client { get; init; }
    public required DocumentType Type { get; init; }
    public required DateOnly Due { get; init; }
    public required IReadOnlyList<JournalPosting> Postings { get; init; }

    /// <summary>Reference of the document that this one takes back or adjusts; empty: none.</summary>
    public string Corrects { get; init; } = "";

    /// <summary>Null where amounts carry no exchange rate.</summary>
    public JournalPrice? Price { get; init; }

    public Money Total => Signed(Sum(Postings.Take(1).Concat(Postings.Skip(1).Where(p => p.Deduction is not null))));
    public Money Tax => Signed(-Sum(Postings.Skip(1).Where(p => p.Rate is not null)));
    public Money Net => Signed(-Sum(Postings.Skip(1).Where(p => p is { Rate: null, Deduction: null })));

    /// <param name="document">In the form in which the journal takes it.</param>
    public static JournalEntry Of(Document document, JournalAccounts accounts, JournalPrice? price, bool isDraft)
    {
        var entry = new JournalEntry
        {
            Date = document.Date,
            IsDraft = isDraft,
            Reference = document.Reference,
            Payee = JournalText.Payee(document.ClientName.Length > 0 ? document.ClientName : document.DestinationClient),
            Client = document.DestinationClient,
            Type = document.Type,
            Due = document.Due,
            Postings = accounts.PostingsOf(document),
            Corrects = document.Corrects,
            Price = price,
        };
        Invariant.Holds(
            (entry.Net, entry.Tax, entry.Total) == (document.Net, document.Tax, document.Total) && entry.Total == entry.Net + entry.Tax,
            $"The postings of document {document.Reference} do not add up to its net, tax and total.");
        return entry;
    }

    public DestinationDocument AsRead() => new(Reference, Reference, Client, Type, Net, Tax, Total, IsDraft ? DocumentStanding.Draft : DocumentStanding.Final);

    /// <summary>The transaction's lines, each with its line feed, without an empty line around it.</summary>
    public string Render()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Iso(Date)} {(IsDraft ? '!' : '*')} ({Reference}) {Payee}\n");
        Tag("ref", Reference);
        Tag("client", JournalText.TagValue(Client));
        Tag("type", Type == DocumentType.Invoice ? InvoiceName : CreditNoteName);
        Tag("due", Iso(Due));
        if (Corrects.Length > 0) Tag("corrects", JournalText.TagValue(Corrects));
        Tag("net", Net.ToString());
        Tag("tax", Tax.ToString());
        Tag("total", Total.ToString());
        foreach (var posting in Postings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Indent}{posting.Account,-44}  {posting.Amount,16}{(Price is null ? "" : $" @ {Price.Rate} {Price.Base}")}\n");
            Tag("ref", Reference);
            if (posting.Deduction is not null) Tag("deduction", posting.Deduction);
            if (posting.Rate is not null) Tag("rate", posting.Rate);
            foreach (var dimension in posting.Dimensions) Tag(dimension.Name, JournalText.TagValue(dimension.Value));
            if (posting.Text is not null) Tag("text", posting.Text);
        }

        return text.ToString();

        void Tag(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{Indent}; {name}: {value}\n");
    }

    /// <summary>Whether both say the same, be they drafts or final.</summary>
    public bool SaysTheSameAs(JournalEntry other) =>
        string.Equals((this with { IsDraft = false }).Render(), (other with { IsDraft = false }).Render(), StringComparison.Ordinal);

    private Money Sum(IEnumerable<JournalPosting> postings) => Money.Sum(postings.Select(p => p.Amount), Postings[0].Amount.Currency);

    private Money Signed(Money amount) => Type == DocumentType.Invoice ? amount : -amount;

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
