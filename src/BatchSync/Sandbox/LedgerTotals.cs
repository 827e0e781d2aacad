using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>What one customer owes in one currency.</summary>
/// <param name="Net">Read off the postings to income; credit notes count below zero, as in <paramref name="Tax"/> and <paramref name="Total"/>.</param>
internal sealed record CustomerTotals(string Customer, Currency Currency, int Documents, Money Net, Money Tax, Money Total)
{
    /// <summary>Each total at its own exchange rate, rounded half-up, in the company's base currency; null where no document brought a rate.</summary>
    public Money? BaseTotal { get; init; }
}

/// <param name="Balance">Debit above zero, credit below.</param>
internal sealed record AccountBalance(string Account, Money Balance);

/// <summary>A reference and how many documents bear it: more than one is what a client that posted twice leaves.</summary>
internal sealed record ReferenceCount(string Reference, int Count);

/// <summary>The books of one status.</summary>
internal sealed record LedgerSection(IReadOnlyList<CustomerTotals> Totals, IReadOnlyList<AccountBalance> Accounts);

/// <summary>The double-entry ledger in sums: final (paid or not), draft and void documents apart, references over all of them. All lists are in ordinal order.</summary>
/// <param name="Void">What would count if it had not been taken back.</param>
internal sealed record LedgerTotals(LedgerSection Final, LedgerSection Draft, LedgerSection Void, IReadOnlyList<ReferenceCount> References)
{
    /// <param name="baseCurrency">Of the company; null: nothing is valued.</param>
    public static LedgerTotals Of(IReadOnlyCollection<BookedDocument> documents, Currency? baseCurrency) => new(
        Section(documents.Where(d => d.IsFinal), baseCurrency), Section(documents.Where(d => d.Status == BookStatus.Draft), baseCurrency),
        Section(documents.Where(d => d.Status == BookStatus.Void), baseCurrency),
        [.. documents.GroupBy(d => d.Invoice.Reference).Select(g => new ReferenceCount(g.Key, g.Count())).OrderBy(r => r.Reference, StringComparer.Ordinal)]);

    /// <summary>A document's total at its own exchange rate, rounded half-up, without sign; null without a rate.</summary>
    public static Money? InBase(Invoice invoice, Currency? baseCurrency) =>
        baseCurrency is { } currency && invoice.ExchangeRate is { } rate ? Money.Round(invoice.Total.Exact * rate, currency, RoundingMode.HalfUp) : null;

    private static LedgerSection Section(IEnumerable<BookedDocument> documents, Currency? baseCurrency)
    {
        var all = documents.ToList();
        return new(
            [.. all.Select(d => d.Invoice).GroupBy(i => (i.Customer, i.Currency)).OrderBy(g => g.Key.Customer, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Currency.Code, StringComparer.Ordinal).Select(g => Totals(g.Key.Customer, g.Key.Currency, [.. g], baseCurrency))],
            [.. all.SelectMany(d => d.Postings).GroupBy(p => (p.Account, p.Amount.Currency)).OrderBy(g => g.Key.Account, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Currency.Code, StringComparer.Ordinal).Select(g => new AccountBalance(g.Key.Account, Money.Sum(g.Select(p => p.Amount), g.Key.Currency)))]);
    }

    private static CustomerTotals Totals(string customer, Currency currency, IReadOnlyList<Invoice> invoices, Currency? baseCurrency) =>
        new(customer, currency, invoices.Count, -SumOf(invoices, currency, "income:"), -SumOf(invoices, currency, "tax:"), SumOf(invoices, currency, "receivable:", "withholding:", "retainer:"))
        {
            BaseTotal = BaseOf(invoices, baseCurrency),
        };

    private static Money? BaseOf(IReadOnlyList<Invoice> invoices, Currency? baseCurrency)
    {
        var valued = invoices.Select(i => InBase(i, baseCurrency) is { } amount ? i.Sign > 0 ? amount : -amount : (Money?)null).OfType<Money>().ToList();
        return valued.Count == 0 ? null : Money.Sum(valued, valued[0].Currency);
    }

    private static Money SumOf(IReadOnlyList<Invoice> invoices, Currency currency, params string[] accounts) =>
        Money.Sum(invoices.SelectMany(i => i.Postings).Where(p => accounts.Any(a => p.Account.StartsWith(a, StringComparison.Ordinal))).Select(p => p.Amount), currency);
}
