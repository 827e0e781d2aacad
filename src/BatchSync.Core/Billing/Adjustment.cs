using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;

namespace BatchSync.Core.Billing;

/// <summary>What one document line holds of a record, as posted or as it should be.</summary>
/// <param name="Type">Of the document: on a credit note the money of the share is negative in the books.</param>
public sealed record HeldShare(DocumentType Type, DocumentLine Line, RecordShare Share)
{
    public Money Net => Signed(Share.Net);
    public Money Discount => Signed(Share.Discount);
    public Money DocumentDiscount => Signed(Share.DocumentDiscount);
    public IReadOnlyList<Money> Taxes => [.. Share.Taxes.Select(Signed)];

    /// <summary>The record's part of the seconds that the line charges.</summary>
    public Rational ChargedSeconds => Line.BilledSeconds == 0 ? Rational.Zero : Line.ChargedSeconds * Share.BilledSeconds / Line.BilledSeconds;

    /// <summary>What a document that bills the record has for it: one line holds all of it.</summary>
    public static HeldShare Of(Document document, StreamKind stream, string recordId)
    {
        var line = document.Lines.Single(l => l.Shares.Any(IsIt));
        return new HeldShare(document.Type, line, line.Shares.Single(IsIt));

        bool IsIt(RecordShare share) => share.Stream == stream && string.Equals(share.RecordId, recordId, StringComparison.Ordinal);
    }

    private Money Signed(Money money) => Type == DocumentType.CreditNote ? -money : money;
}

/// <summary>A record whose documents hold another amount than they should.</summary>
/// <param name="Held">All that documents of one key hold of it; at least one share.</param>
/// <param name="Correct">What it should be; null: nothing, it is off the books.</param>
public sealed record RecordAdjustment(IReadOnlyList<HeldShare> Held, HeldShare? Correct);

/// <summary>What adjusting lines are made with besides the records.</summary>
/// <param name="Identity">Of the key that the shares stand under, with purpose supplement.</param>
/// <param name="Reference">Made from the identity.</param>
/// <param name="Date">The document date, unless what is adjusted is dated later; the taxes stay those of the documents that are adjusted.</param>
/// <param name="Rate">The exchange rate of the documents that are adjusted; null: they were not valued.</param>
/// <param name="RetainerBalance">What the client's retainer holds before this document; null: there is none.</param>
public sealed record AdjustmentFrame(DocumentIdentity Identity, string Reference, DateOnly Date, FxRate? Rate, Money? RetainerBalance);

/// <summary>
/// Brings what documents hold of records to their correct amounts with lines old to new, tax by tax (money rules, section 9). Money that stays
/// on its account under its taxes is one line of the gap; else one line takes the old off and another books the new.
/// </summary>
public sealed class AdjustmentBuilder(MappingRules mapping)
{
    private readonly FactFinder _facts = new(mapping);

    /// <summary>One document for all records given.</summary>
    /// <param name="frame">Identity, date and rate.</param>
    /// <param name="records">At least one, with a gap; in any order.</param>
    /// <param name="adjusted">The document that is adjusted, of several the first: the adjustment goes to its customer, whoever the client's is by now.</param>
    public Document Build(AdjustmentFrame frame, IReadOnlyList<RecordAdjustment> records, Document adjusted)
    {
        var key = frame.Identity.Key;
        var drafts = records.OrderBy(r => r.Held[0].Share.Stream).ThenBy(r => r.Held[0].Share.RecordId, StringComparer.Ordinal).SelectMany(DraftsOf).ToList();
        Invariant.Holds(drafts.Count > 0, "An adjusting document has a line.");
        var (net, tax) = (Money.Sum(drafts.Select(d => d.Net), key.Currency), Money.Sum(drafts.SelectMany(d => d.Taxes).Select(t => t.Amount), key.Currency));
        var total = net + tax;
        var client = _facts.Client(key.Client);
        var withholding = client?.Withholding is { } rate ? TaxCalculation.Withholding(net, rate, mapping.Money.Mode) : Money.Zero(key.Currency);
        var drawn = frame.RetainerBalance is { } balance ? Retainer.Draw(balance, total, withholding) : Money.Zero(key.Currency);
        var credit = total.Sign < 0;
        var date = frame.Date < adjusted.Date ? adjusted.Date : frame.Date;
        var valuation = frame.Rate is { } fx ? FxConversion.Value([.. drafts.Select(d => new FxLine(Turned(d.Net, credit), [.. d.Taxes.Select(t => Turned(t.Amount, credit))]))], fx, mapping.Money.Mode) : null;
        return new Document
        {
            Identity = frame.Identity,
            Reference = frame.Reference,
            Type = credit ? DocumentType.CreditNote : DocumentType.Invoice,
            Date = date,
            Due = date.AddDays(client?.TermsDays ?? mapping.Defaults.TermsDays),
            DestinationClient = adjusted.DestinationClient,
            ClientName = adjusted.ClientName,
            Lines = [.. drafts.Select((draft, i) => Printed(draft, i + 1, credit, valuation?.Lines[i]))],
            Taxes = [.. TaxesOf(drafts, credit)],
            Net = Turned(net, credit),
            Tax = Turned(tax, credit),
            Total = Turned(total, credit),
            Withholding = Turned(withholding, credit),
            Retainer = drawn,
            DiscountCut = Money.Zero(key.Currency),
            Valuation = valuation is null ? null : new Valuation(valuation.Rate, valuation.Total, valuation.RoundingDifference),
            Corrects = adjusted.Reference,
            MappingHash = mapping.ContentHash,
        };
    }

    /// <summary>What must be the same for a gap to stand on one line.</summary>
    private sealed record Place(string Account, string Item, string Dimensions, string TaxCode, TaxTreatment? Treatment, string Taxes)
    {
        public static Place Of(DocumentLine line) => new(
            line.Account, line.Item, line.Dimensions.ToString(), line.TaxCode.Code, line.TaxCode.Treatment, string.Join('|', line.Taxes.Select(t => $"{t.Component}={t.Rate}")));
    }

    private sealed record Draft(DocumentLine Line, RecordShare Share, long BilledSeconds, Rational ChargedSeconds, Money Net, IReadOnlyList<LineTax> Taxes, string Text, string Hash)
    {
        public required Money Discount { get; init; }
        public required Money DocumentDiscount { get; init; }
    }

    // The record's newest share says how it stands afterwards; those before it say that documents still hold it. A record without money is taken
    // off the books like any other, or it could never be billed elsewhere.
    private static List<Draft> DraftsOf(RecordAdjustment record)
    {
        var gaps = GapsOf(record).ToList();
        if (gaps.Count == 0 && record.Correct is null) gaps.Add(Gap([.. record.Held.Where(h => Place.Of(h.Line) == Place.Of(record.Held[^1].Line))], null));
        var held = record.Held[^1].Share.InputsHash;
        return [.. gaps.Select((gap, i) => gap with { Hash = record.Correct?.Share.InputsHash ?? (i == gaps.Count - 1 ? "" : held) })];
    }

    private static IEnumerable<Draft> GapsOf(RecordAdjustment record)
    {
        var places = record.Held.GroupBy(h => Place.Of(h.Line)).ToList();
        var home = record.Correct is { } correct ? Place.Of(correct.Line) : null;
        foreach (var place in places.Where(p => p.Key != home))
        {
            var off = Gap([.. place], null);
            if (HasMoney(off) || off.BilledSeconds != 0) yield return off;
        }

        if (record.Correct is null) yield break;
        var there = places.Where(p => p.Key == home).SelectMany(p => p).ToList();
        var gap = Gap(there, record.Correct);
        if (HasMoney(gap) || gap.BilledSeconds != 0) yield return gap;
    }

    private static Draft Gap(List<HeldShare> held, HeldShare? correct)
    {
        var shown = correct ?? held[^1];
        var currency = shown.Share.Net.Currency;
        Money Now(Func<HeldShare, Money> of) => correct is null ? Money.Zero(currency) : of(correct);
        Money Old(Func<HeldShare, Money> of) => Money.Sum(held.Select(of), currency);
        var (old, now) = (Old(h => h.Net), Now(h => h.Net));
        var taxes = shown.Line.Taxes.Select((t, i) => t with { Amount = Now(h => h.Taxes[i]) - Old(h => h.Taxes[i]) });
        return new Draft(
            shown.Line,
            correct?.Share ?? held[^1].Share,
            (correct?.Share.BilledSeconds ?? 0) - held.Sum(h => h.Share.BilledSeconds),
            (correct?.ChargedSeconds ?? Rational.Zero) - held.Aggregate(Rational.Zero, (sum, h) => sum + h.ChargedSeconds),
            now - old,
            [.. taxes],
            $"Adjustment of {shown.Line.Description}, {shown.Share.RecordId}: {old.ToAmountString()} -> {now.ToAmountString()}",
            "")
        {
            Discount = Now(h => h.Discount) - Old(h => h.Discount),
            DocumentDiscount = Now(h => h.DocumentDiscount) - Old(h => h.DocumentDiscount),
        };
    }

    private static bool HasMoney(Draft draft) => draft.Net.Sign != 0 || draft.Taxes.Any(t => t.Amount.Sign != 0);

    private DocumentLine Printed(Draft draft, int number, bool credit, FxLine? valued)
    {
        var taxes = draft.Taxes.Select(t => t with { Amount = Turned(t.Amount, credit) }).ToList();
        var net = Turned(draft.Net, credit);
        var amount = mapping.Money.TaxInclusive ? net + Money.Sum(taxes.Select(t => t.Amount), net.Currency) : net;
        return draft.Line with
        {
            Number = number,
            Type = DocumentLine.Adjustment,
            Description = draft.Text,
            BilledSeconds = draft.BilledSeconds,
            ChargedSeconds = draft.ChargedSeconds,
            Quantity = new Quantity(amount.Sign < 0 ? -1 : 1),
            UnitPrice = new UnitPrice(Math.Abs(amount.Amount), net.Currency),
            Amount = amount,
            LineDiscount = Money.Zero(net.Currency),
            DocumentDiscount = Money.Zero(net.Currency),
            Net = net,
            Taxes = taxes,
            Variance = Rational.Zero,
            BaseNet = valued?.Net,
            BaseTaxes = valued?.Taxes ?? [],
            Shares =
            [
                draft.Share with
                {
                    BilledSeconds = draft.BilledSeconds, Discount = Turned(draft.Discount, credit), DocumentDiscount = Turned(draft.DocumentDiscount, credit), Net = net, Taxes = [.. taxes.Select(t => t.Amount)],
                    InputsHash = draft.Hash,
                },
            ],
        };
    }

    private static IEnumerable<DocumentTax> TaxesOf(List<Draft> drafts, bool credit) => drafts
        .SelectMany(d => d.Taxes.Select((tax, place) => (d.Line.TaxCode.Code, Place: place, tax.Component, tax.Rate, tax.Amount)))
        .GroupBy(t => (t.Code, t.Place, t.Component, t.Rate), t => t.Amount)
        .OrderBy(g => g.Key.Code, StringComparer.Ordinal).ThenBy(g => g.Key.Place).ThenBy(g => g.Key.Rate)
        .Select(g => new DocumentTax(g.Key.Code, g.Key.Component, g.Key.Rate, Turned(Money.Sum(g, g.First().Currency), credit)));

    private static Money Turned(Money amount, bool credit) => credit ? -amount : amount;
}
