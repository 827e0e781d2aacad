using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Core.Billing;

/// <summary>What is made: an invoice, or a credit note where the total with tax is below zero (amounts then turn sign).</summary>
public enum DocumentType
{
    Invoice,
    CreditNote,
}

/// <summary>Why a document of a key exists.</summary>
public enum DocumentPurpose
{
    Original,

    /// <summary>What is billed of a key after its original: late records, and adjustments.</summary>
    Supplement,

    /// <summary>Takes a posted document back in full, with its amounts, taxes, tax date and exchange rate.</summary>
    Credit,

    /// <summary>Takes a document back that still is a draft at its destination: it is deleted there, and nothing is created.</summary>
    Withdrawal,

    /// <summary>Bills anew what a credit or a withdrawal took back.</summary>
    Rebill,
}

/// <summary>Whose records of which time go into one document. <paramref name="Kind"/> is <c>invoice</c>; <paramref name="Split"/> is empty where the mapping splits by nothing.</summary>
public sealed record DocumentKey(string Entity, string Client, Currency Currency, string Kind, Period Period, string Split) : IComparable<DocumentKey>
{
    /// <summary>Ordinal by entity, client, currency, kind, period, split: the order in which documents are listed.</summary>
    public int CompareTo(DocumentKey? other)
    {
        if (other is null) return 1;
        return string.CompareOrdinal(Entity, other.Entity) is var a and not 0 ? a
            : string.CompareOrdinal(Client, other.Client) is var b and not 0 ? b
            : string.CompareOrdinal(Currency.Code, other.Currency.Code) is var c and not 0 ? c
            : string.CompareOrdinal(Kind, other.Kind) is var d and not 0 ? d
            : Period.From.CompareTo(other.Period.From) is var e and not 0 ? e
            : string.CompareOrdinal(Split, other.Split);
    }

    public override string ToString() => $"{Entity}/{Client}/{Currency}/{Kind}/{Period}" + (Split.Length == 0 ? "" : "/" + Split);
}

/// <summary>The whole identity of a document: two documents with one identity are one document, whatever they say.</summary>
/// <param name="Tenant">The company at the destination, as the destination names it.</param>
/// <param name="Series">The job's series.</param>
/// <param name="Revision">1 and up; counts the documents of one tenant, series, key and purpose.</param>
public sealed record DocumentIdentity(string Tenant, string Series, DocumentKey Key, DocumentPurpose Purpose, int Revision);

/// <summary>
/// What a destination is asked to record: content only, given and never found by the destination. Amounts of a credit note are
/// positive where its total is; net + tax = total, and each is the sum over the lines.
/// </summary>
public sealed record Document
{
    public required DocumentIdentity Identity { get; init; }

    /// <summary>Base32 hash of the identity, cut to the destination's length: the destination's reference field, unique in the store.</summary>
    public required string Reference { get; init; }
    public required DocumentType Type { get; init; }
    public required DateOnly Date { get; init; }
    public required DateOnly Due { get; init; }

    /// <summary>The destination's id of the customer.</summary>
    public required string DestinationClient { get; init; }
    public required string ClientName { get; init; }
    public required IReadOnlyList<DocumentLine> Lines { get; init; }

    /// <summary>Per tax code, component and rate, in that order.</summary>
    public required IReadOnlyList<DocumentTax> Taxes { get; init; }
    public required Money Net { get; init; }
    public required Money Tax { get; init; }
    public required Money Total { get; init; }

    /// <summary>What the client keeps back and pays to the tax office; it lowers the amount due, never the tax.</summary>
    public required Money Withholding { get; init; }

    /// <summary>What is drawn from the client's retainer; a document that takes another back gives back what that one drew.</summary>
    public required Money Retainer { get; init; }

    /// <summary>What a fixed discount lost because the net was smaller; never turned.</summary>
    public required Money DiscountCut { get; init; }

    /// <summary>In the entity's base currency; null where that is the document's own, and where no rates are configured.</summary>
    public Valuation? Valuation { get; init; }

    /// <summary>Reference of the document that this one takes back or adjusts; empty: none.</summary>
    public string Corrects { get; init; } = "";

    /// <summary>The content hash of the mapping that made it.</summary>
    public required string MappingHash { get; init; }

    public Currency Currency => Identity.Key.Currency;

    /// <summary>Total less withholding less retainer.</summary>
    public Money AmountDue => Total - Withholding - Retainer;
}

/// <summary>A document in the base currency of its entity. Signs are those of the document.</summary>
/// <param name="Rate">From the document's currency to the base currency, as found for the document date.</param>
/// <param name="Total">The document's total x rate, rounded once.</param>
/// <param name="RoundingDifference"><paramref name="Total"/> less the base amounts of all lines.</param>
public sealed record Valuation(FxRate Rate, Money Total, Money RoundingDifference);

/// <summary>One line. Quantity x unit price, rounded, is the net: what is printed multiplies out.</summary>
public sealed record DocumentLine
{
    /// <summary>The type of a line that brings what documents hold of a record to its correct amount.</summary>
    public const string Adjustment = "adjustment";

    /// <summary>From 1, in document order.</summary>
    public required int Number { get; init; }

    /// <summary><c>time</c>, <c>expense</c> or <c>adjustment</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The values of the grouping keys, in their order; a missing key is empty.</summary>
    public required IReadOnlyList<string> Group { get; init; }
    public required string Description { get; init; }
    public required string Account { get; init; }
    public required string Item { get; init; }
    public required TaxCode TaxCode { get; init; }

    /// <summary>Sum over the line's entries, as billed; 0 for an expense. Has the sign of the books, on a credit note too.</summary>
    public required long BilledSeconds { get; init; }

    /// <summary>Billed seconds times the billable part of each entry, with the sign of the billed seconds; 0 for an expense.</summary>
    public required Rational ChargedSeconds { get; init; }
    public required Quantity Quantity { get; init; }
    public required UnitPrice UnitPrice { get; init; }

    /// <summary>Quantity x unit price, rounded: net of tax, or gross where prices include it.</summary>
    public required Money Amount { get; init; }

    /// <summary>What the line's own discount takes off the amount.</summary>
    public required Money LineDiscount { get; init; }

    /// <summary>The line's part of the document's discount.</summary>
    public required Money DocumentDiscount { get; init; }

    /// <summary>After discounts, without tax.</summary>
    public required Money Net { get; init; }
    public required IReadOnlyList<LineTax> Taxes { get; init; }

    /// <summary>Net less the exact amount before any rounding of quantity or money.</summary>
    public required Rational Variance { get; init; }

    /// <summary>What each record holds of this line; the shares add up to the line's net and tax.</summary>
    public required IReadOnlyList<RecordShare> Shares { get; init; }

    public Dimensions Dimensions { get; init; } = Dimensions.None;

    /// <summary>The net in the base currency; null where the document has no valuation.</summary>
    public Money? BaseNet { get; init; }

    /// <summary>Each tax in the base currency, in the order of the taxes; empty where the document has no valuation.</summary>
    public IReadOnlyList<Money> BaseTaxes { get; init; } = [];

    public Money Tax => Money.Sum(Taxes.Select(t => t.Amount), Net.Currency);
    public Money Total => Net + Tax;
}

/// <summary>A record's part of a line. On a credit note the money has the document's sign.</summary>
/// <param name="BilledSeconds">With the sign of the books: negative where a document takes billed time back, whatever its type.</param>
/// <param name="Discount">Both discounts together; on an adjusting line the gap in them, which is in the price of the line already.</param>
/// <param name="DocumentDiscount">What the document's discount has of <paramref name="Discount"/>.</param>
/// <param name="Net">After discounts, without tax.</param>
/// <param name="Taxes">One a tax of the line, in its order.</param>
/// <param name="InputsHash">Hash of the record's own inputs to its amount; while it stays, the posted share is the record's correct amount. Empty where the share takes the record off the books, <see cref="Reversal.Elsewhere"/> where it says nothing of where the record stands.</param>
public sealed record RecordShare(StreamKind Stream, string RecordId, int Version, long BilledSeconds, Money Discount, Money DocumentDiscount, Money Net, IReadOnlyList<Money> Taxes, string InputsHash)
{
    public Money Tax => Money.Sum(Taxes, Net.Currency);

    /// <summary>
    /// With one tax for each of a line's. A share that was stored before there were several has their sum alone: it is split by largest remainder
    /// (weights: the taxes of the line; ties: the earlier one).
    /// </summary>
    public RecordShare WithTaxesOf(DocumentLine line)
    {
        if (Taxes.Count == line.Taxes.Count) return this;
        var split = LargestRemainder.Share(Tax.MinorUnits, [.. line.Taxes.Select(t => (Rational)t.Amount.MinorUnits)]);
        Invariant.Holds(split is not null, $"Line {line.Number} has the tax that its records share.");
        return this with { Taxes = [.. split!.Select(units => Money.OfMinorUnits(units, Net.Currency))] };
    }
}
