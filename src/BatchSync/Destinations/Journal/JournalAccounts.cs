using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Tax;

namespace BatchSync.Destinations.Journal;

/// <summary>The accounts that a document's amounts go to, under the accounts that the connector names.</summary>
internal sealed class JournalAccounts(JournalDefinition definition)
{
    private readonly string _receivable = JournalText.AccountPath(definition.Receivable);
    private readonly string _income = JournalText.AccountPath(definition.Income);
    private readonly string _taxPayable = JournalText.AccountPath(definition.TaxPayable);
    private readonly string _withholding = JournalText.AccountPath(definition.Withholding ?? "");
    private readonly string _retainer = JournalText.AccountPath(definition.Retainer ?? "");

    /// <summary>Receivable, what lowers it, one posting a line, one posting a tax; the mirror of it for a credit note.</summary>
    /// <param name="document">In the form in which the journal takes it: with the deductions that have an account.</param>
    public IReadOnlyList<JournalPosting> PostingsOf(Document document)
    {
        Money Debit(Money amount) => document.Type == DocumentType.Invoice ? amount : -amount;
        var client = JournalText.AccountPart(document.DestinationClient);
        return
        [
            new(_receivable + ":" + client, Debit(document.AmountDue)),
            .. Deduction(_withholding, document.Withholding, PostedForm.WithholdingLine),
            .. Deduction(_retainer, document.Retainer, PostedForm.RetainerLine),
            .. document.Lines.Select(line => new JournalPosting(IncomeOf(line), Debit(-line.Net)) { Text = TextOf(line), Dimensions = DimensionsOf(line) }),
            .. document.Taxes.Select(tax => new JournalPosting(TaxOf(tax), Debit(-tax.Amount)) { Rate = tax.Rate.ToString() }),
        ];

        IEnumerable<JournalPosting> Deduction(string account, Money amount, string name) =>
            amount.Sign == 0 ? [] : [new JournalPosting(account + ":" + client, Debit(amount)) { Deduction = name }];
    }

    // A revenue account may have levels of its own (Consulting:Web), as a ledger's user expects; without one the line goes to the income account itself.
    private string IncomeOf(DocumentLine line) =>
        JournalText.AccountPath(line.Account) is { Length: > 0 } account ? _income + ":" + account : _income;

    private static IReadOnlyList<JournalTag> DimensionsOf(DocumentLine line) =>
        [.. line.Dimensions.Values.Select(d => JournalTag.Of(d.Key, d.Value)).OrderBy(t => t.Name, StringComparer.Ordinal)];

    private string TaxOf(DocumentTax tax) =>
        string.Join(':', [_taxPayable, JournalText.AccountPart(tax.TaxCode), .. tax.Component.Length > 0 ? new[] { JournalText.AccountPart(tax.Component) } : []]);

    private static string TextOf(DocumentLine line)
    {
        var sold = $"{NumberText.Canonical(line.Quantity.Value)} x {NumberText.Canonical(line.UnitPrice.Amount)}";
        var text = JournalText.Comment(line.Description);
        return text.Length > 0 ? $"{text} ({sold})" : sold;
    }
}
