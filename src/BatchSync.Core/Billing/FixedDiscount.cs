using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;

namespace BatchSync.Core.Billing;

/// <summary>
/// What records that changed after posting get of a fixed discount. A record that did not change keeps the part that it was posted with (money
/// rules, section 9), so the changed ones share what those leave of it: together the documents of a key never take more than the whole.
/// </summary>
public sealed class FixedDiscount
{
    private readonly MappingRules _mapping;

    private FixedDiscount(MappingRules mapping, Money whole) => (_mapping, Whole) = (mapping, whole);

    /// <summary>What the documents of a key take together; not negative.</summary>
    public Money Whole { get; }

    /// <summary>The fixed discount on documents of a key; null where they have none, or a percentage.</summary>
    public static FixedDiscount? Of(MappingRules mapping, DocumentKey key) =>
        DiscountRules.OfDocument(mapping, key) is DocumentReduction.Fixed { Amount: var whole } ? new FixedDiscount(mapping, whole) : null;

    /// <summary>
    /// The shares less their part of what is left of the discount: spread by largest remainder (weights: what they come to without it; ties: the earlier
    /// one), and taxed anew on what remains, each by the rates of its line.
    /// </summary>
    /// <param name="changed">What each changed record would hold without the discount, in the order of stream and id.</param>
    /// <param name="heldByOthers">What all other records of the key hold of it, with the sign of the books.</param>
    /// <returns>In the order given, with the sign of the books.</returns>
    public IReadOnlyList<HeldShare> Spread(IReadOnlyList<HeldShare> changed, Money heldByOthers)
    {
        var left = heldByOthers < Whole ? Whole - heldByOthers : Money.Zero(Whole.Currency);
        var money = _mapping.Money;
        var discounted = Discounts.Of([.. changed.Select(held => new DiscountableLine(AmountOf(held), new Fraction(0)))], new DocumentReduction.Fixed(left), money.Mode, Whole.Currency).Lines;
        var taxed = TaxCalculation.Of(
            [.. changed.Select((held, i) => new TaxableLine(discounted[i].Net, Settled(held.Line), DateOnly.MinValue))], new TaxMethod(money.TaxInclusive, money.TaxPer, money.Mode), Whole.Currency);
        return [.. changed.Select((held, i) => With(held, discounted[i].DocumentDiscount, taxed.Lines[i]))];
    }

    private Money AmountOf(HeldShare held) => _mapping.Money.TaxInclusive ? held.Net + Money.Sum(held.Taxes, held.Net.Currency) : held.Net;

    // The rates of the line were chosen by its tax date: here they hold for ever.
    private static TaxCode Settled(DocumentLine line) =>
        line.TaxCode with { Components = [.. line.TaxCode.Components.Zip(line.Taxes, (component, tax) => component with { Rates = [new DatedTaxRate(tax.Rate, null, null)] })] };

    private static HeldShare With(HeldShare held, Money discount, TaxedLine taxed)
    {
        var own = held.Type == DocumentType.CreditNote ? -held.Share.Discount : held.Share.Discount;
        var share = held.Share with { Discount = own + discount, DocumentDiscount = discount, Net = taxed.Net, Taxes = [.. taxed.Taxes.Select(t => t.Amount)] };
        return new HeldShare(DocumentType.Invoice, held.Line, share);
    }
}
