using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;

namespace BatchSync.Core.Posting;

/// <summary>
/// A document in the form in which a destination takes it. Withholding and retainer leave the document where the destination is told
/// nothing of them, and become negative lines where it takes them so; net + tax = total holds in each form, and with lines the amount due stays.
/// </summary>
public static class PostedForm
{
    public const string WithholdingLine = "withholding";
    public const string RetainerLine = "retainer";

    /// <summary>
    /// <c>total 122, withholding 20, retainer 30</c> is, with both as lines, <c>total 72</c> on two more lines of -20 and -30; with both as fields it stays;
    /// with neither it is <c>total 122</c> and nothing else. Amounts of zero make no line. Lines have the document's sign, on a credit note too.
    /// Base amounts of what lines change are rounded half-up at the document's rate.
    /// </summary>
    public static Document Of(Document document, DeductionRules rules)
    {
        var lines = document.Lines.ToList();
        Add(lines, document, rules.Withholding, document.Withholding, WithholdingLine, "Withholding");
        Add(lines, document, rules.Retainer, document.Retainer, RetainerLine, "Retainer applied");
        var less = rules.InLines(document.Withholding, document.Retainer);
        return document with
        {
            Lines = lines,
            Net = document.Net - less,
            Total = document.Total - less,
            Withholding = DeductionRules.PartOf(rules.Withholding, DeductionForm.Field, document.Withholding),
            Retainer = DeductionRules.PartOf(rules.Retainer, DeductionForm.Field, document.Retainer),
            Valuation = document.Valuation is { } valuation && less.Sign != 0 ? Valued(valuation, document.Total - less, lines) : document.Valuation,
        };
    }

    private static void Add(List<DocumentLine> lines, Document document, DeductionPosting posting, Money amount, string type, string description)
    {
        if (posting.Form != DeductionForm.Line || amount.Sign == 0) return;
        lines.Add(new DocumentLine
        {
            Number = lines.Count + 1,
            Type = type,
            Group = [],
            Description = description,
            Account = posting.Account,
            Item = posting.Item,
            TaxCode = new TaxCode("", posting.TaxCode, []),
            BilledSeconds = 0,
            ChargedSeconds = Rational.Zero,
            Quantity = new Quantity(-amount.Sign),
            UnitPrice = new UnitPrice(Math.Abs(amount.Amount), amount.Currency),
            Amount = -amount,
            LineDiscount = Money.Zero(amount.Currency),
            DocumentDiscount = Money.Zero(amount.Currency),
            Net = -amount,
            Taxes = [],
            Variance = Rational.Zero,
            Shares = [],
            BaseNet = document.Valuation is { } valuation ? InBase(-amount, valuation) : null,
        });
    }

    private static Valuation Valued(Valuation valuation, Money total, List<DocumentLine> lines)
    {
        var inBase = InBase(total, valuation);
        var ofLines = Money.Sum(lines.SelectMany(line => line.BaseTaxes.Prepend(line.BaseNet ?? InBase(line.Net, valuation))), valuation.Total.Currency);
        return valuation with { Total = inBase, RoundingDifference = inBase - ofLines };
    }

    private static Money InBase(Money amount, Valuation valuation) => Money.Round(amount.Exact * valuation.Rate.Rate, valuation.Total.Currency, RoundingMode.HalfUp);
}
