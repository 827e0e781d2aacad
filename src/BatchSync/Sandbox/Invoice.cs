using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;

namespace BatchSync.Sandbox;

/// <summary>Why an item was refused.</summary>
/// <param name="Code">From a closed list, such as <c>line_amount</c>.</param>
internal sealed record ItemError(string Code, string Message);

/// <summary>One side of a booking; the sides of a document add up to zero.</summary>
/// <param name="Account"><c>receivable:58</c>, <c>income:4000</c> or <c>tax:CA-SALES:state</c>.</param>
/// <param name="Amount">Debit above zero, credit below.</param>
internal sealed record LedgerPosting(string Account, Money Amount);

/// <summary>An invoice or credit note that passed every check.</summary>
/// <param name="Postings">Balanced; a credit note's mirror an invoice's.</param>
/// <param name="Json">As the client sent it, on one line, so that the state file can give it back.</param>
internal sealed record Invoice(
    string Reference, DocumentType Type, bool IsDraft, string Customer, Currency Currency, Money Net, Money Tax, Money Total,
    IReadOnlyList<LedgerPosting> Postings, ReadOnlyMemory<byte> Json);

/// <summary>A document of the books.</summary>
internal sealed record BookedDocument(string Id, Invoice Invoice, bool IsFinal);
