using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Time;

namespace BatchSync.Core.Reconciliation;

/// <summary>A document of ours with how its destination takes it. Amounts have the document's sign: positive on a credit note.</summary>
/// <param name="Valuation">Null: in the base currency, or without rates.</param>
/// <param name="RateDecimals">Of exchange rates that the destination stores; null: it takes none.</param>
public sealed record PostedTotal(
    DocumentKey Key, DocumentType Type, Money Total, Money Withholding, Money Retainer, Valuation? Valuation, DeductionRules Deductions, int? RateDecimals);

/// <summary>
/// What the destination's own form changes of our documents, as rows of the proof: our documents less what stands there as negative lines are its
/// read-back, and its base totals differ from ours by what its rates' fewer decimals change. Credit notes count negative.
/// </summary>
public static class DestinationRows
{
    /// <summary>
    /// By entity, client and currency (ordinal): <see cref="ReconciliationItems.DeductionLines"/> in the documents' currency, where any is posted as a line, and
    /// <see cref="ReconciliationItems.RateDecimals"/> in the base currency, where any rate was cut.
    /// </summary>
    /// <param name="mode">The money mode, which our base totals were rounded by.</param>
    public static IReadOnlyList<ReconciliationRow> Of(Period? period, IReadOnlyList<PostedTotal> documents, RoundingMode mode) =>
    [
        .. Rows(period, ReconciliationItems.DeductionLines, documents.Select(d => (d.Key, InLines(d))).Where(d => d.Item2.Sign != 0)),
        .. Rows(period, ReconciliationItems.RateDecimals, documents.Where(IsCut).Select(d => (d.Key, RateEffect(d, mode)))),
    ];

    private static IEnumerable<ReconciliationRow> Rows(Period? period, string item, IEnumerable<(DocumentKey Key, Money Amount)> amounts) => amounts
        .GroupBy(a => (a.Key.Entity, a.Key.Client, a.Amount.Currency), a => a.Amount)
        .OrderBy(g => g.Key.Entity, StringComparer.Ordinal).ThenBy(g => g.Key.Client, StringComparer.Ordinal).ThenBy(g => g.Key.Currency.Code, StringComparer.Ordinal)
        .Select(g => new ReconciliationRow(
            period, Purposes.Revenue, g.Key.Entity, g.Key.Client, g.Key.Currency.Code, ReconciliationStep.Posting, item, g.LongCount(), null, Money.Sum(g, g.Key.Currency).Amount));

    private static Money InLines(PostedTotal document) => Signed(document, -document.Deductions.InLines(document.Withholding, document.Retainer));

    private static bool IsCut(PostedTotal document) =>
        document is { Valuation: { } valuation, RateDecimals: { } decimals } && SentRate.Of(valuation.Rate, decimals) is { } sent && valuation.Rate.Rate != sent;

    private static Money RateEffect(PostedTotal document, RoundingMode mode)
    {
        var valuation = document.Valuation!;
        var atSentRate = Money.Round(document.Total.Exact * SentRate.Of(valuation.Rate, document.RateDecimals!.Value)!.Value, valuation.Total.Currency, mode);
        return Signed(document, atSentRate - valuation.Total);
    }

    private static Money Signed(PostedTotal document, Money amount) => document.Type == DocumentType.CreditNote ? -amount : amount;
}
