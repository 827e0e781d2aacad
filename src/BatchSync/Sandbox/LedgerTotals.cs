using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>What one customer owes in one currency.</summary>
/// <param name="Net">Read off the postings to income; credit notes count below zero, as in <paramref name="Tax"/> and <paramref name="Total"/>.</param>
internal sealed record CustomerTotals(string Customer, Currency Currency, int Documents, Money Net, Money Tax, Money Total);

/// <param name="Balance">Debit above zero, credit below.</param>
internal sealed record AccountBalance(string Account, Money Balance);

/// <summary>A reference and how many documents bear it: more than one is what a client that posted twice leaves.</summary>
internal sealed record ReferenceCount(string Reference, int Count);

/// <summary>The books of one status.</summary>
internal sealed record LedgerSection(IReadOnlyList<CustomerTotals> Totals, IReadOnlyList<AccountBalance> Accounts);

/// <summary>The double-entry ledger in sums: final and draft documents apart, references over both. All lists are in ordinal order.</summary>
internal sealed record LedgerTotals(LedgerSection Final, LedgerSection Draft, IReadOnlyList<ReferenceCount> References)
{
    public static LedgerTotals Of(IReadOnlyCollection<BookedDocument> documents) => new(
        Section(documents.Where(d => d.IsFinal)), Section(documents.Where(d => !d.IsFinal)),
        [.. documents.GroupBy(d => d.Invoice.Reference).Select(g => new ReferenceCount(g.Key, g.Count())).OrderBy(r => r.Reference, StringComparer.Ordinal)]);

    private static LedgerSection Section(IEnumerable<BookedDocument> documents)
    {
        var invoices = documents.Select(d => d.Invoice).ToList();
        return new(
            [.. invoices.GroupBy(i => (i.Customer, i.Currency)).OrderBy(g => g.Key.Customer, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Currency.Code, StringComparer.Ordinal).Select(g => Totals(g.Key.Customer, g.Key.Currency, [.. g]))],
            [.. invoices.SelectMany(i => i.Postings).GroupBy(p => (p.Account, p.Amount.Currency)).OrderBy(g => g.Key.Account, StringComparer.Ordinal)
                .ThenBy(g => g.Key.Currency.Code, StringComparer.Ordinal).Select(g => new AccountBalance(g.Key.Account, Money.Sum(g.Select(p => p.Amount), g.Key.Currency)))]);
    }

    private static CustomerTotals Totals(string customer, Currency currency, IReadOnlyList<Invoice> invoices) =>
        new(customer, currency, invoices.Count, -SumOf(invoices, "income:", currency), -SumOf(invoices, "tax:", currency), SumOf(invoices, "receivable:", currency));

    private static Money SumOf(IReadOnlyList<Invoice> invoices, string accounts, Currency currency) =>
        Money.Sum(invoices.SelectMany(i => i.Postings).Where(p => p.Account.StartsWith(accounts, StringComparison.Ordinal)).Select(p => p.Amount), currency);
}
