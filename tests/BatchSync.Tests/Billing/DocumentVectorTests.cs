using System.Text.Json;
using System.Text.Json.Nodes;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Tax;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

/// <summary>The worked cases of whole documents: everything that is expected is compared, field by field, and nothing else may be there.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentVectorTests
{
    /// <summary>Decimals that are compared by value; amounts are compared as they are written, with the minor units of their currency.</summary>
    private static readonly string[] ByValue = ["quantity", "unitPrice", "rate", "variance", "expenses", "fx"];

    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("document");

    [TestCaseSource(nameof(Cases))]
    public void Build_OfVector_GivesAllThatIsExpected(VectorCase vector)
    {
        var actual = Result(new DocumentVector(vector.Given));
        using var text = JsonDocument.Parse(actual.ToJsonString());
        Assert.That(Lines("", text.RootElement), Is.EqualTo(Lines("", vector.Expected)), vector.Why);
    }

    private static JsonObject Result(DocumentVector vector)
    {
        if (vector.Mapping.Rates.Shadowed().ToList() is { Count: > 0 } shadowed)
            return new JsonObject { ["configurationErrors"] = ArrayOf(shadowed.Select(s => new JsonObject { ["rate"] = s.Later + 1, ["shadowedBy"] = s.Earlier + 1 })) };
        var billed = vector.Bill();
        return new JsonObject
        {
            ["documents"] = ArrayOf(billed.Documents.Select(DocumentOf)),
            ["records"] = ArrayOf(billed.Records.Select(RecordOf)),
            ["buckets"] = new JsonObject(billed.Records.GroupBy(r => r.Bucket.Name).Select(g => KeyValuePair.Create(g.Key, (JsonNode?)BucketOf(g)))),
            ["variances"] = VariancesOf(billed),
        };
    }

    private static JsonObject DocumentOf(Document d)
    {
        var key = d.Identity.Key;
        var result = new JsonObject
        {
            ["entity"] = key.Entity, ["client"] = key.Client, ["currency"] = key.Currency.Code, ["kind"] = key.Kind, ["period"] = key.Period.ToString(), ["split"] = key.Split,
            ["type"] = d.Type == DocumentType.CreditNote ? "credit-note" : "invoice",
            ["lines"] = ArrayOf(d.Lines.Select(LineOf)),
            ["taxes"] = ArrayOf(d.Taxes.Select(t => new JsonObject { ["taxCode"] = t.TaxCode, ["component"] = t.Component, ["rate"] = t.Rate.ToString(), ["amount"] = t.Amount.ToAmountString() })),
            ["net"] = d.Net.ToAmountString(), ["tax"] = d.Tax.ToAmountString(), ["total"] = d.Total.ToAmountString(), ["withholding"] = d.Withholding.ToAmountString(),
            ["retainer"] = d.Retainer.ToAmountString(), ["due"] = d.AmountDue.ToAmountString(), ["discountCut"] = d.DiscountCut.ToAmountString(),
        };
        if (d.Valuation is not { } valuation) return result;
        result["baseCurrency"] = valuation.Rate.To.Code;
        result["rate"] = Shown(valuation.Rate.Rate);
        result["rateDate"] = valuation.Rate.RateDate.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        result["baseTotal"] = valuation.Total.ToAmountString();
        result["roundingDifference"] = valuation.RoundingDifference.ToAmountString();
        return result;
    }

    private static JsonObject LineOf(DocumentLine l)
    {
        var result = new JsonObject
        {
            ["group"] = Texts(l.Group), ["type"] = l.Type, ["taxCode"] = l.TaxCode.Code, ["records"] = Texts(l.Shares.Select(s => s.RecordId).Order(StringComparer.Ordinal)),
            ["billedSeconds"] = l.BilledSeconds, ["quantity"] = l.Quantity.ToString(), ["unitPrice"] = NumberText.Canonical(l.UnitPrice.Amount), ["lineNet"] = l.Amount.ToAmountString(),
            ["lineDiscount"] = l.LineDiscount.ToAmountString(), ["documentDiscount"] = l.DocumentDiscount.ToAmountString(), ["net"] = l.Net.ToAmountString(),
            ["taxes"] = ArrayOf(l.Taxes.Select(t => new JsonObject { ["component"] = t.Component, ["rate"] = t.Rate.ToString(), ["amount"] = t.Amount.ToAmountString() })),
            ["total"] = l.Total.ToAmountString(), ["variance"] = Shown(l.Variance),
        };
        if (l.TaxCode.Treatment is { } treatment)
        {
            result["treatment"] = treatment switch { TaxTreatment.ReverseCharge => "reverse-charge", TaxTreatment.Exempt => "exempt", _ => "zero-rated" };
            result["reason"] = l.TaxCode.Reason;
        }

        if (l.BaseNet is not { } baseNet) return result;
        result["baseNet"] = baseNet.ToAmountString();
        result["baseTaxes"] = Texts(l.BaseTaxes.Select(t => t.ToAmountString()));
        return result;
    }

    private static JsonObject RecordOf(BilledRecord r)
    {
        var result = new JsonObject { ["id"] = r.Record.Id, ["version"] = r.Version, ["bucket"] = r.Bucket.Name };
        if (r.Bucket.Reason.Length > 0) result["reason"] = r.Bucket.Reason;
        if (r.BilledSeconds is { } seconds) result["billedSeconds"] = seconds;
        return result;
    }

    private static JsonObject BucketOf(IEnumerable<BilledRecord> records)
    {
        var amounts = records.Where(r => r.Record.Amount is not null).GroupBy(r => r.Record.Currency);
        return new JsonObject
        {
            ["records"] = records.Count(),
            ["seconds"] = records.Sum(r => r.Record.Seconds ?? 0),
            ["expenses"] = new JsonObject(amounts.Select(g => KeyValuePair.Create(g.Key, (JsonNode?)NumberText.Canonical(g.Sum(r => r.Record.Amount!.Value))))),
        };
    }

    private static JsonObject VariancesOf(BilledVector billed)
    {
        var quantity = billed.Documents.GroupBy(d => d.Currency.Code).Select(g => (g.Key, Sum: Sum(g.SelectMany(d => d.Lines.Select(l => d.Type == DocumentType.CreditNote ? -l.Variance : l.Variance)))));
        var fx = billed.Documents.Where(d => d.Valuation is not null).GroupBy(d => d.Valuation!.Total.Currency.Code)
            .Select(g => (g.Key, Sum: Sum(g.Select(d => (d.Type == DocumentType.CreditNote ? -d.Valuation!.RoundingDifference : d.Valuation!.RoundingDifference).Exact))));
        return new JsonObject
        {
            ["timeSeconds"] = billed.Records.Sum(r => r.BilledSeconds is { } seconds ? seconds - r.Record.Seconds!.Value : 0),
            ["quantity"] = new JsonObject(quantity.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)Shown(v.Sum)))),
            ["fx"] = new JsonObject(fx.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)Shown(v.Sum)))),
        };
    }

    private static Rational Sum(IEnumerable<Rational> values) => values.Aggregate(Rational.Zero, (a, b) => a + b);

    private static string Shown(Rational value) => NumberText.Canonical(value.Round(10, RoundingMode.HalfUp));

    private static JsonArray ArrayOf(IEnumerable<JsonNode> items) => [.. items];

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode)t)];

    // One line a value, named by its path: a difference then shows what differs and where. Fields stand in the order of their names.
    private static IEnumerable<string> Lines(string path, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).SelectMany(p => Lines($"{path}/{p.Name}", p.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, i) => Lines($"{path}[{i}]", item)).Append($"{path} has {value.GetArrayLength()}"),
        JsonValueKind.String when path.Split('/').Any(ByValue.Contains) => [$"{path} = {NumberText.Canonical(VectorValues.DecimalOf(value.GetString()!))}"],
        JsonValueKind.String => [$"{path} = {value.GetString()}"],
        _ => [$"{path} = {value.GetRawText()}"],
    };
}
