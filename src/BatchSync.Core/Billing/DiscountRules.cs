using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;

namespace BatchSync.Core.Billing;

/// <summary>Which discounts of a mapping a line and a document get: the first rule that matches, in the order of the file.</summary>
internal static class DiscountRules
{
    private static readonly Fraction None = new(0);

    /// <summary>The part that a line's own discount takes; 0 where no rule matches its grouping keys and type.</summary>
    public static Fraction OfLine(MappingRules mapping, LineIdentity line)
    {
        foreach (var rule in mapping.LineDiscounts)
        {
            if (rule.When.Matches(name => Field(mapping.Lines.GroupBy, line, name))) return rule.Percent;
        }

        return None;
    }

    /// <summary>The discount on documents of a key; null where no rule matches its client, or a fixed amount is for another currency.</summary>
    public static DocumentReduction? OfDocument(MappingRules mapping, DocumentKey key)
    {
        var rule = mapping.DocumentDiscounts.FirstOrDefault(d => (d.Currency is null || d.Currency == key.Currency) && d.When.Matches(name => name == "client" ? key.Client : null));
        if (rule is null) return null;
        if (rule.Percent is { } percent) return new DocumentReduction.Part(percent);
        return rule.Fixed is { } amount ? new DocumentReduction.Fixed(Money.Round(amount, key.Currency, mapping.Money.Mode)) : null;
    }

    private static string? Field(IReadOnlyList<GroupKey> groupBy, LineIdentity line, string name)
    {
        if (name == "type") return line.Type;
        for (var i = 0; i < groupBy.Count; i++)
        {
            if (string.Equals(groupBy[i].ToString(), name, StringComparison.OrdinalIgnoreCase)) return line.Group[i];
        }

        return null;
    }
}
