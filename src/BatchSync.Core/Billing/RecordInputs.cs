using System.Globalization;
using System.Numerics;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;

namespace BatchSync.Core.Billing;

/// <summary>
/// A hash over all that decides one record's money. While it stays the same, what was posted for the record is its correct
/// amount, whatever happens to the records beside it; texts, items and the order of lines are not in it.
/// </summary>
public static class RecordInputs
{
    private const string Version = "1";

    /// <summary>32 hexadecimal digits. The record must have been priced.</summary>
    public static string Hash(AssessedRecord record, MappingRules mapping)
    {
        var (source, found) = (record.Record, record.Assessment);
        var pricing = found.Pricing!;
        var date = found.Date!.Value;
        var taxDate = pricing.TaxDate ?? date;
        var fields = new FieldHash(stackalloc byte[FieldHash.Usual]);
        fields.Add(Version);
        fields.Add(source.Stream.ToString());
        fields.Add(source.Id);
        fields.Add(found.Key!.ToString());
        fields.Add(Iso(date));
        AddNumber(ref fields, source.Seconds);
        fields.Add(source.Amount is { } amount ? NumberText.Canonical(amount) : "");
        fields.Add(source.Currency);
        fields.Add(pricing.UnitPrice is { } price ? NumberText.Canonical(price.Amount) : "");
        fields.Add(pricing.Billable.ToString());
        fields.Add(pricing.Markup.ToString());
        fields.Add(pricing.Account);
        fields.Add(pricing.TaxCode.Code);
        fields.Add(pricing.TaxCode.Treatment?.ToString() ?? "");
        foreach (var c in pricing.TaxCode.Components) fields.Add($"{c.Name}={c.RateOn(taxDate)}{(c.Compound ? "+" : "")}");
        AddNumber(ref fields, mapping.Time.IncrementSeconds);
        fields.Add(mapping.Time.Mode.ToString());
        fields.Add(mapping.Time.Scope.ToString());
        AddNumber(ref fields, mapping.Time.MinimumSeconds);
        fields.Add(mapping.Money.Mode.ToString());
        fields.Add(mapping.Money.TaxPer.ToString());
        AddNumber(ref fields, mapping.Money.QuantityDecimals);
        foreach (var extra in Extras(record, mapping)) fields.Add(extra);
        return fields.End();
    }

    // What few records have is named where it is there: a hash of a record without it stays what it was before there was such a thing.
    private static IEnumerable<string> Extras(AssessedRecord record, MappingRules mapping)
    {
        if (mapping.Money.TaxInclusive) yield return "inclusive";
        if (record.Assessment.Pricing!.ExpenseRate is { } rate) yield return $"fx={Reduced(rate.Rate)}";
        if (mapping.LineDiscounts.Count > 0 && DiscountRules.OfLine(mapping, LineIdentity.Of(record, mapping.Lines.GroupBy)) is { Value: > 0 } percent) yield return $"line discount={percent}";
        if (DiscountRules.OfDocument(mapping, record.Assessment.Key!) is { } discount) yield return $"document discount={discount.Match(part => part.Percent.ToString(), whole => whole.Amount.ToString())}";
    }

    private static string Reduced(Rational value)
    {
        var divisor = BigInteger.GreatestCommonDivisor(value.Numerator, value.Denominator);
        return FormattableString.Invariant($"{value.Numerator / divisor}/{value.Denominator / divisor}");
    }

    private static void AddNumber(ref FieldHash fields, long? value)
    {
        if (value is { } number) fields.Add(number);
        else fields.Add("");
    }

    private static string Iso(DateOnly date) => date.ToString("O", CultureInfo.InvariantCulture);
}
