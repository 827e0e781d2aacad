using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;

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
        var text = new StringBuilder(512);
        Add(Version);
        Add(source.Stream.ToString());
        Add(source.Id);
        Add(found.Key!.ToString());
        Add(Iso(date));
        Add(Number(source.Seconds));
        Add(source.Amount is { } amount ? NumberText.Canonical(amount) : "");
        Add(source.Currency);
        Add(pricing.UnitPrice is { } price ? NumberText.Canonical(price.Amount) : "");
        Add(pricing.Billable.ToString());
        Add(pricing.Markup.ToString());
        Add(pricing.Account);
        Add(pricing.TaxCode.Code);
        Add(pricing.TaxCode.Treatment?.ToString() ?? "");
        foreach (var c in pricing.TaxCode.Components) Add($"{c.Name}={c.RateOn(taxDate)}{(c.Compound ? "+" : "")}");
        Add(Number(mapping.Time.IncrementSeconds));
        Add(mapping.Time.Mode.ToString());
        Add(mapping.Time.Scope.ToString());
        Add(Number(mapping.Time.MinimumSeconds));
        Add(mapping.Money.Mode.ToString());
        Add(mapping.Money.TaxPer.ToString());
        Add(Number(mapping.Money.QuantityDecimals));
        foreach (var extra in Extras(record, mapping)) Add(extra);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));

        void Add(string part) => text.Append(part.Length).Append(':').Append(part);
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

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
    private static string Iso(DateOnly date) => date.ToString("O", CultureInfo.InvariantCulture);
}
