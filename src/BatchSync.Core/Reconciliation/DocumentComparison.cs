using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;

namespace BatchSync.Core.Reconciliation;

/// <summary>A document as the store holds it, as far as the destination can be asked about it.</summary>
/// <param name="Client">The destination's id of the customer.</param>
/// <param name="Withholding">What lowers the amount due; the destination may be told of it, or hold it as a line.</param>
/// <param name="Retainer">As the withholding.</param>
public sealed record ExpectedDocument(
    string Reference, DocumentKey Key, string Client, DocumentType Type, Money Net, Money Tax, Money Total, Money Withholding, Money Retainer)
{
    public static ExpectedDocument Of(Document document) => new(
        document.Reference, document.Identity.Key, document.DestinationClient, document.Type, document.Net, document.Tax, document.Total, document.Withholding, document.Retainer);

    /// <summary>With the amounts that a destination must show that takes withholding and retainer by these rules: those of <see cref="PostedForm"/>.</summary>
    public ExpectedDocument PostedBy(DeductionRules rules)
    {
        var less = rules.InLines(Withholding, Retainer);
        return this with
        {
            Net = Net - less,
            Total = Total - less,
            Withholding = DeductionRules.PartOf(rules.Withholding, DeductionForm.Field, Withholding),
            Retainer = DeductionRules.PartOf(rules.Retainer, DeductionForm.Field, Retainer),
        };
    }
}

/// <summary>Compares what we hold with what a destination says it holds under the same reference.</summary>
public static class DocumentComparison
{
    /// <summary>All gaps between the two; none where they tie out. The order of the gaps is fixed.</summary>
    /// <param name="expected">Ours, in the form in which the destination takes it.</param>
    /// <param name="found">The destination's documents with our reference: none, one, or duplicates.</param>
    public static IReadOnlyList<Difference> Differences(ExpectedDocument expected, IReadOnlyList<DestinationDocument> found)
    {
        if (found.Count == 0) return [Gap(expected, DifferenceCodes.MissingAtDestination, Text(expected), "nothing", null, "The destination does not have this document any more. See who deleted it there before anything is billed again.")];
        var gaps = new List<Difference>();
        if (found.Count > 1)
        {
            var ids = string.Join(", ", found.Select(f => f.DestinationId).Order(StringComparer.Ordinal));
            gaps.Add(Gap(expected, DifferenceCodes.DuplicateAtDestination, "one document", $"{found.Count} documents: {ids}", null, "Delete or void all but one of them at the destination."));
        }

        var first = found[0];
        if (first.Standing == DocumentStanding.Voided)
            gaps.Add(Gap(expected, DifferenceCodes.VoidedAtDestination, Text(expected), "voided", null, "Somebody voided the document at the destination. If that is right, take it off the books here with: batchsync unpost; else restore it there."));
        if (!string.Equals(first.Client, expected.Client, StringComparison.Ordinal))
            gaps.Add(Gap(expected, DifferenceCodes.ClientAtDestination, expected.Client, first.Client, null, "The document stands with another customer at the destination. Correct it there or in the mapping."));
        if (!HasAmounts(expected, first))
            gaps.Add(Gap(expected, DifferenceCodes.AmountAtDestination, Text(expected), Text(first), AmountGap(expected, first), "The destination holds other amounts than we sent. Correct it there, or accept the difference with a reason."));
        return gaps;
    }

    /// <summary>Whether a document has our type, currency and amounts, whoever it stands with and whatever became of it.</summary>
    public static bool HasAmounts(ExpectedDocument expected, DestinationDocument found) =>
        found.Total.Currency == expected.Total.Currency && found.Type == expected.Type && found.Net == expected.Net && found.Tax == expected.Tax && found.Total == expected.Total;

    private static decimal? AmountGap(ExpectedDocument expected, DestinationDocument found) =>
        expected.Total.Currency == found.Total.Currency && expected.Type == found.Type ? (found.Total - expected.Total).Amount : null;

    private static Difference Gap(ExpectedDocument document, string code, string expected, string actual, decimal? amount, string explanation) =>
        new(code, document.Reference, document.Key.Period, document.Key.Client, document.Key.Currency.Code, expected, actual, amount, explanation);

    private static string Text(ExpectedDocument d) => Text(d.Type, d.Net, d.Tax, d.Total);
    private static string Text(DestinationDocument d) => Text(d.Type, d.Net, d.Tax, d.Total);

    private static string Text(DocumentType type, Money net, Money tax, Money total) =>
        $"{(type == DocumentType.CreditNote ? "credit note" : "invoice")} net {net.ToAmountString()}, tax {tax.ToAmountString()}, total {total}";
}
