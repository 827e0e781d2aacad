using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>What a person at the accounting system does with a document: the document as it is afterwards, or why that cannot be done.</summary>
internal static class ClerkActions
{
    /// <param name="amount">Null: all that is open.</param>
    public static (BookedDocument? Document, ItemError? Error) Pay(BookedDocument document, decimal? amount)
    {
        if (document.Status is not (BookStatus.Final or BookStatus.PartPaid)) return Refused(document, "not_payable", "only a final or part-paid document can be paid");
        var open = document.Invoice.AmountDue - document.Paid;
        if (!TryMoney(amount ?? open.Amount, open.Currency, out var paid)) return Refused(document, "wrong_decimals", $"the payment of {NumberText.Canonical(amount!.Value)} has more decimals than {open.Currency}");
        if (paid.Sign < 0 || paid > open) return Refused(document, "overpaid", $"{open} are open, and the payment is {paid}");
        var all = document.Paid + paid;
        return (document with { Paid = all, Status = all == document.Invoice.AmountDue ? BookStatus.Paid : BookStatus.PartPaid }, null);
    }

    /// <summary>A document that is void counts for nothing; its payment, if it had one, is taken back too.</summary>
    public static (BookedDocument? Document, ItemError? Error) Void(BookedDocument document) =>
        (document with { Status = BookStatus.Void, Paid = Money.Zero(document.Invoice.Currency) }, null);

    /// <summary>Other amounts on the same document; what is paid of it stays.</summary>
    public static (BookedDocument? Document, ItemError? Error) Edit(BookedDocument document, decimal? net, decimal? tax)
    {
        if (document.Status == BookStatus.Void) return Refused(document, "void", "a void document has no amounts to edit");
        var invoice = document.Invoice;
        if (!TryMoney(net ?? invoice.Net.Amount, invoice.Currency, out var newNet) || !TryMoney(tax ?? invoice.Tax.Amount, invoice.Currency, out var newTax))
            return Refused(document, "wrong_decimals", $"{invoice.Currency} has {invoice.Currency.Decimals} decimals");
        var edited = invoice.WithAmounts(newNet, newTax);
        if (edited.AmountDue < document.Paid) return Refused(document, "overpaid", $"{document.Paid} are paid of it, and {edited.AmountDue} would be due");
        return (document with { Invoice = edited }, null);
    }

    public static (BookedDocument? Document, ItemError? Error) Delete(BookedDocument document) => (document with { Status = BookStatus.Deleted }, null);

    private static bool TryMoney(decimal value, Currency currency, out Money money)
    {
        money = Money.Round(value, currency, RoundingMode.Down);
        return money.Amount == value;
    }

    private static (BookedDocument? Document, ItemError? Error) Refused(BookedDocument document, string code, string why) =>
        (null, new ItemError(code, $"{document.Id} is {document.StatusName}: {why}."));
}
