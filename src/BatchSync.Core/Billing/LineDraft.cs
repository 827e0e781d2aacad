using BatchSync.Core.Amounts;

namespace BatchSync.Core.Billing;

/// <summary>A record's part of a line, before money is shared.</summary>
internal sealed record RecordPart(AssessedRecord Record, long BilledSeconds, Rational Weight);

/// <summary>A line before discounts and taxes, with the signs as computed.</summary>
/// <param name="Parts">In the order of their record ids.</param>
internal sealed record LineDraft(LineIdentity Identity, List<RecordPart> Parts, LineAmount Amount, UnitPrice Price)
{
    /// <summary>Grouping keys, time before expense, unit price by value, tax code, smallest record id.</summary>
    public static Comparer<LineDraft> DocumentOrder { get; } = Comparer<LineDraft>.Create(Compare);

    public Pricing Pricing => Parts[0].Record.Assessment.Pricing!;
    public DateOnly LastServiceDate => Parts.Max(p => p.Record.Assessment.Date!.Value);
    public DateOnly TaxDate => Pricing.TaxDate ?? LastServiceDate;

    private static int Compare(LineDraft? a, LineDraft? b)
    {
        for (var i = 0; i < a!.Identity.Group.Count; i++)
        {
            if (string.CompareOrdinal(a.Identity.Group[i], b!.Identity.Group[i]) is var group and not 0) return group;
        }

        return string.CompareOrdinal(b!.Identity.Type, a.Identity.Type) is var type and not 0 ? type
            : a.Price.Amount.CompareTo(b.Price.Amount) is var price and not 0 ? price
            : string.CompareOrdinal(a.Identity.TaxCode, b.Identity.TaxCode) is var tax and not 0 ? tax
            : string.CompareOrdinal(a.Parts[0].Record.Record.Id, b.Parts[0].Record.Record.Id);
    }
}
