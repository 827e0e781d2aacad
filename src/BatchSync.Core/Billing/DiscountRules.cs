using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;

namespace BatchSync.Core.Billing;

/// <summary>Which discounts of a mapping a line and a document get: the first rule that matches, in the order of the file.</summary>
public static class DiscountRules
{
    private static readonly Fraction None = new(0);

    /// <summary>The rule for a line; null where none matches its grouping keys and type.</summary>
    /// <param name="group">The line's values of the mapping's grouping keys, in their order.</param>
    /// <param name="type"><c>time</c> or <c>expense</c>.</param>
    public static LineDiscount? ForLine(MappingRules mapping, IReadOnlyList<string> group, string type)
    {
        foreach (var rule in mapping.LineDiscounts)
        {
            if (rule.When.Matches(name => Field(mapping.Lines.GroupBy, group, type, name))) return rule;
        }

        return null;
    }

    /// <summary>The rule for the documents of a key; null where none matches its client and currency.</summary>
    public static DocumentDiscount? ForDocument(MappingRules mapping, DocumentKey key) =>
        mapping.DocumentDiscounts.FirstOrDefault(d => (d.Currency is null || d.Currency == key.Currency) && d.When.Matches(name => name == "client" ? key.Client : null));

    /// <summary>What the discount takes off a document of a key: a part, or what earlier documents of the key left of a fixed amount. Null: no rule matches.</summary>
    /// <param name="taken">By earlier documents of the key; null: nothing.</param>
    public static DocumentReduction? Left(MappingRules mapping, DocumentKey key, Money? taken)
    {
        var reduction = OfDocument(mapping, key);
        if (reduction is not DocumentReduction.Fixed whole || taken is not { } before) return reduction;
        return new DocumentReduction.Fixed(before < whole.Amount ? whole.Amount - before : Money.Zero(before.Currency));
    }

    /// <summary>The part that a line's own discount takes; 0 where no rule matches its grouping keys and type.</summary>
    internal static Fraction OfLine(MappingRules mapping, LineIdentity line) => ForLine(mapping, line.Group, line.Type)?.Percent ?? None;

    /// <summary>The discount on documents of a key; null where no rule matches its client, or a fixed amount is for another currency.</summary>
    internal static DocumentReduction? OfDocument(MappingRules mapping, DocumentKey key)
    {
        var rule = ForDocument(mapping, key);
        if (rule is null) return null;
        if (rule.Percent is { } percent) return new DocumentReduction.Part(percent);
        return rule.Fixed is { } amount ? new DocumentReduction.Fixed(Money.Round(amount, key.Currency, mapping.Money.Mode)) : null;
    }

    private static string? Field(IReadOnlyList<GroupKey> groupBy, IReadOnlyList<string> group, string type, string name)
    {
        if (name == "type") return type;
        for (var i = 0; i < groupBy.Count; i++)
        {
            if (string.Equals(groupBy[i].ToString(), name, StringComparison.OrdinalIgnoreCase)) return group[i];
        }

        return null;
    }
}
