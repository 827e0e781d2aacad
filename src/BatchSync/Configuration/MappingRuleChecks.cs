using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>Discounts: conditions that can match, amounts that their currency can hold.</summary>
internal sealed class DiscountChecks(Section mapping, MappingCodes codes, Reading reading)
{
    public void Check()
    {
        if (!mapping.TryFind(MappingFields.Discounts, out var discounts)) return;
        foreach (var line in discounts.Value.List(DiscountFields.Lines)) CheckLine(line.Value);
        Shadows.Check("discount", discounts.Value.List(DiscountFields.Lines), LineDiscountFields.When, reading);
        foreach (var document in discounts.Value.List(DiscountFields.Documents)) CheckDocument(document.Value);
        Shadows.Check("discount", discounts.Value.List(DiscountFields.Documents), DocumentDiscountFields.When, reading, SameCurrency);
    }

    private void CheckLine(Section discount)
    {
        if (!discount.TryFind(LineDiscountFields.When, out var when)) return;
        codes.CheckCondition(when.Value);
        if (mapping.Find(MappingFields.Lines)?.Value.Find(LineFields.GroupBy) is not { } groupBy) return;
        var keys = groupBy.Value.Select(k => ((Node.Scalar)k.Node).Text).ToList();
        foreach (var field in when.Value.Node.Entries.Select(e => e.Key).Where(k => k.Text != "type" && !keys.Contains(k.Text) && ConditionFields.All.Any(f => f.Name == k.Text)))
        {
            var grouped = keys.Count == 0 ? "they are not grouped" : "they are grouped by " + string.Join(", ", keys);
            var next = field.Text == "client" ? "A document has a client: write a discount under 'discounts: documents'." : $"Add '{field.Text}' to 'lines: groupBy', or take it out of the condition.";
            reading.Report(ErrorCodes.NoSuchKey, field.Span, $"lines have no '{field.Text}': {grouped}", Advice.Next(next));
        }
    }

    private void CheckDocument(Section discount)
    {
        if (discount.TryFind(DocumentDiscountFields.When, out var when)) codes.CheckCondition(when.Value);
        Decimals.Check(discount.Find(DocumentDiscountFields.Fixed), discount.Find(DocumentDiscountFields.Currency)?.Value, reading);
        var (isFixed, hasCurrency) = (discount.Has(DocumentDiscountFields.Fixed), discount.Has(DocumentDiscountFields.Currency));
        if (isFixed && !hasCurrency)
        {
            reading.Report(
                ErrorCodes.MissingField, discount.Node.Span, "a fixed discount has no 'currency'", Advice.Next("Add it, such as 'currency: USD': 100 is another discount in JPY than in USD."));
        }
        else if (hasCurrency && !isFixed)
        {
            reading.Report(
                ErrorCodes.WithoutEffect, discount.Written(DocumentDiscountFields.Currency)?.Node.Span ?? discount.Node.Span, "'currency' has no effect: a percentage is taken in every currency",
                Advice.Next("Remove it."));
        }
    }

    private static bool SameCurrency(Section earlier, Section later) =>
        !earlier.Has(DocumentDiscountFields.Currency) || (earlier.Find(DocumentDiscountFields.Currency) is { } mine && mine.Value == later.Find(DocumentDiscountFields.Currency)?.Value);
}

/// <summary>Lists of rules of which the first that matches wins.</summary>
internal static class Shadows
{
    /// <summary>Reports each rule of which an earlier one takes everything.</summary>
    /// <param name="covers">What the earlier rule must do besides matching all that the later one matches.</param>
    public static void Check(string what, IReadOnlyList<Found<Section>> rules, FieldSpec<Section> when, Reading reading, Func<Section, Section, bool>? covers = null)
    {
        var readable = rules.Select(r => (Section: r.Value, When: MappingBuilder.TryCondition(r.Value.Find(when)))).Where(r => r.When is not null).ToList();
        foreach (var (place, later) in readable.Index())
        {
            var earlier = readable.Take(place).FirstOrDefault(e => e.When!.Covers(later.When!) && covers?.Invoke(e.Section, later.Section) != false).Section;
            if (earlier is null) continue;
            reading.Report(
                ErrorCodes.ShadowedRule, later.Section.Node.Span,
                FormattableString.Invariant($"this {what} can never match: it is shadowed by line {earlier.Node.Span.Line}, which takes everything that it could"),
                Advice.Next("Move the special one above the general one, or remove it."));
        }
    }
}

/// <summary>Amounts that a currency can hold.</summary>
internal static class Decimals
{
    public static void Check(Found<decimal>? amount, Currency? currency, Reading reading)
    {
        if (amount is null || currency is not { } known || ((Rational)amount.Value).Round(known.Decimals, RoundingMode.Down) == amount.Value) return;
        reading.Report(
            ErrorCodes.TooManyDecimals, amount.Node.Span, FormattableString.Invariant($"'{((Node.Scalar)amount.Node).Text}' has more decimals than {known}, which has {known.Decimals}"),
            Advice.Next(known.Decimals == 0 ? "Write the amount without decimals." : FormattableString.Invariant($"Write the amount with at most {known.Decimals} decimals.")));
    }
}
