using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Tax;

namespace BatchSync.Destinations.Journal;

/// <summary>The accounts that a document's amounts go to, under the three accounts that the connector names.</summary>
internal sealed class JournalAccounts(string receivable, string income, string taxPayable)
{
    private readonly string _receivable = JournalText.AccountPath(receivable);
    private readonly string _income = JournalText.AccountPath(income);
    private readonly string _taxPayable = JournalText.AccountPath(taxPayable);

    /// <summary>Receivable, one posting a line, one posting a tax; the mirror of it for a credit note.</summary>
    public IReadOnlyList<JournalPosting> PostingsOf(Document document)
    {
        Money Debit(Money amount) => document.Type == DocumentType.Invoice ? amount : -amount;
        var client = _receivable + ":" + JournalText.AccountPart(document.DestinationClient);
        return
        [
            new(client, Debit(document.Total), null, null),
            .. document.Lines.Select(line => new JournalPosting(IncomeOf(line), Debit(-line.Net), null, TextOf(line))),
            .. document.Taxes.Select(tax => new JournalPosting(TaxOf(tax), Debit(-tax.Amount), tax.Rate.ToString(), null)),
        ];
    }

    // A revenue account may have levels of its own (Consulting:Web), as a ledger's user expects; without one the line goes to the income account itself.
    private string IncomeOf(DocumentLine line) =>
        JournalText.AccountPath(line.Account) is { Length: > 0 } account ? _income + ":" + account : _income;

    private string TaxOf(DocumentTax tax) =>
        string.Join(':', [_taxPayable, JournalText.AccountPart(tax.TaxCode), .. tax.Component.Length > 0 ? new[] { JournalText.AccountPart(tax.Component) } : []]);

    private static string TextOf(DocumentLine line)
    {
        var sold = $"{NumberText.Canonical(line.Quantity.Value)} x {NumberText.Canonical(line.UnitPrice.Amount)}";
        var text = JournalText.Comment(line.Description);
        return text.Length > 0 ? $"{text} ({sold})" : sold;
    }
}
