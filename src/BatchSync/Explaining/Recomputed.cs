using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;

namespace BatchSync.Explaining;

/// <summary>
/// A document's discounts, taxes and base amounts computed again, each from the stored results of the step before it: so one wrong cent shows at
/// the step where it came in, and not at all that follow.
/// </summary>
/// <param name="Discounts">With the signs as computed; null where the rules are not known.</param>
/// <param name="Taxes">With the document's signs; null where the rules are not known or have no such tax code.</param>
/// <param name="TaxDates">Of each line the date that chose its rates, by the line's number.</param>
/// <param name="Valuation">Null where the document has none, or the rules are not known.</param>
internal sealed record Recomputed(DiscountedLines? Discounts, TaxedDocument? Taxes, IReadOnlyDictionary<int, DateOnly> TaxDates, FxValuation? Valuation)
{
    public static Recomputed Of(PastDocument past, PastForming forming)
    {
        var dates = past.Bills ? TaxDatesOf(past) : new Dictionary<int, DateOnly>();
        return new Recomputed(past.Bills ? DiscountsOf(past, forming) : null, past.Bills ? TaxesOf(past, dates) : null, dates, ValuationOf(past));
    }

    private static DiscountedLines? DiscountsOf(PastDocument past, PastForming forming)
    {
        if (past.Mapping is not { } mapping) return null;
        var lines = past.Document.Lines.Select(l => new DiscountableLine(past.Books(l.Amount), DiscountRules.ForLine(mapping, l.Group, l.Type)?.Percent ?? new Fraction(0))).ToList();
        return Core.Billing.Discounts.Of(lines, DiscountRules.Left(mapping, past.Row.Key, forming.DiscountTaken), mapping.Money.Mode, past.Currency);
    }

    private static TaxedDocument? TaxesOf(PastDocument past, Dictionary<int, DateOnly> dates)
    {
        if (past.Mapping is not { } mapping) return null;
        var lines = past.Document.Lines;
        if (lines.Any(l => !dates.ContainsKey(l.Number) || !(mapping.Taxes.GetValueOrDefault(l.TaxCode.Code)?.HasRatesOn(dates[l.Number]) ?? false))) return null;
        return TaxCalculation.Of(
            [.. lines.Select(l => new TaxableLine(l.Amount - l.LineDiscount - l.DocumentDiscount, mapping.Taxes[l.TaxCode.Code], dates[l.Number]))],
            new TaxMethod(mapping.Money.TaxInclusive, mapping.Money.TaxPer, mapping.Money.Mode),
            past.Currency);
    }

    private static Dictionary<int, DateOnly> TaxDatesOf(PastDocument past)
    {
        var dates = new Dictionary<int, DateOnly>();
        if (past.Mapping is not { } mapping) return dates;
        foreach (var line in past.Document.Lines)
        {
            if (mapping.Money.TaxPoint == TaxPoint.DocumentDate) dates.Add(line.Number, past.Document.Date);
            else if (line.Shares.Select(s => past.RecordOf(s)?.Assessment.Date).Max() is { } last) dates.Add(line.Number, last);
        }

        return dates;
    }

    private static FxValuation? ValuationOf(PastDocument past) => past.Document.Valuation is { } valuation && past.Mapping is { } mapping
        ? FxConversion.Value([.. past.Document.Lines.Select(l => new FxLine(l.Net, [.. l.Taxes.Select(t => t.Amount)]))], valuation.Rate, mapping.Money.Mode)
        : null;
}
