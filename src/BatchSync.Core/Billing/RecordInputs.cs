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
        string[] parts =
        [
            Version, source.Stream.ToString(), source.Id, found.Key!.ToString(), Iso(date),
            Number(source.Seconds), source.Amount is { } amount ? NumberText.Canonical(amount) : "", source.Currency,
            pricing.UnitPrice is { } price ? NumberText.Canonical(price.Amount) : "", pricing.Billable.ToString(), pricing.Markup.ToString(),
            pricing.Account, pricing.TaxCode.Code, pricing.TaxCode.Treatment?.ToString() ?? "",
            .. pricing.TaxCode.Components.Select(c => $"{c.Name}={c.RateOn(taxDate)}{(c.Compound ? "+" : "")}"),
            Number(mapping.Time.IncrementSeconds), mapping.Time.Mode.ToString(), mapping.Time.Scope.ToString(), Number(mapping.Time.MinimumSeconds),
            mapping.Money.Mode.ToString(), mapping.Money.TaxPer.ToString(), Number(mapping.Money.QuantityDecimals),
            .. Extras(record, mapping),
        ];
        var text = string.Concat(parts.Select(part => $"{Number(part.Length)}:{part}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
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
    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
