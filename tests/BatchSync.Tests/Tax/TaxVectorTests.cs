using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Tax;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Tax;

[TestFixture]
public sealed class TaxVectorTests
{
    private static IEnumerable<TestCaseData> PerLine => VectorFile.Cases("tax-line");

    // The file also has room for tax inside the price and for compound components, which are not calculated.
    private static IEnumerable<TestCaseData> PerDocument => VectorFile.Cases("tax-document").Where(c => c.Arguments[0] is VectorCase v && !v.Given.GetProperty("inclusive").GetBoolean() && !HasCompound(v));

    [TestCaseSource(nameof(PerLine))]
    [TestCaseSource(nameof(PerDocument))]
    public void Exclusive_OfVector_GivesItsTaxes(VectorCase vector)
    {
        var given = vector.Given;
        Assert.That(given.GetProperty("inclusive").GetBoolean() || HasCompound(vector), Is.False, "only exclusive tax without compound is calculated");
        var codes = given.GetProperty("taxCodes").EnumerateObject().ToDictionary(c => c.Name, c => CodeOf(c.Name, c.Value));
        var lines = given.Items("lines").Select(l => LineOf(l, given, codes)).ToList();
        var per = given.Text("taxPer") == "document" ? TaxPer.Document : TaxPer.Line;
        var actual = TaxCalculation.Exclusive(lines, per, given.Mode(), given.Currency());
        Assert.Multiple(() =>
        {
            Assert.That(actual.Lines.Select((line, i) => Print(line, lines[i].Code)), Is.EqualTo(vector.Expected.Items("lines").Select(PrintLine)), vector.Why);
            Assert.That(
                actual.Taxes.Select(t => $"{t.TaxCode} {t.Component} {t.Rate} {t.Amount.ToAmountString()}"),
                Is.EqualTo(vector.Expected.Items("taxes").Select(t => $"{t.Text("taxCode")} {PrintTax(t)}")),
                vector.Why);
            Assert.That(
                (actual.Net.ToAmountString(), actual.Tax.ToAmountString(), actual.Total.ToAmountString()),
                Is.EqualTo((vector.Expected.Text("net"), vector.Expected.Text("tax"), vector.Expected.Text("total"))),
                vector.Why);
        });
    }

    private static bool HasCompound(VectorCase vector) =>
        vector.Given.GetProperty("taxCodes").EnumerateObject().SelectMany(c => c.Value.Items("components"))
            .Any(c => c.TryGetProperty("compound", out var compound) && compound.GetBoolean());

    private static TaxCode CodeOf(string name, JsonElement code) =>
        new(name, name, [.. code.Items("components").Select(ComponentOf)], TreatmentOf(code.TextOrNull("treatment")), code.TextOrNull("reason") ?? "");

    private static TaxComponent ComponentOf(JsonElement component) =>
        new(component.Text("name"), [.. component.Items("rates").Select(r => new DatedTaxRate(new TaxRate(r.Decimal("rate")), r.Date("from"), r.Date("until")))]);

    private static TaxTreatment? TreatmentOf(string? name) => name switch
    {
        null => null,
        "reverse-charge" => TaxTreatment.ReverseCharge,
        "exempt" => TaxTreatment.Exempt,
        "zero-rated" => TaxTreatment.ZeroRated,
        _ => throw new ArgumentException($"'{name}' is no treatment."),
    };

    private static TaxableLine LineOf(JsonElement line, JsonElement given, Dictionary<string, TaxCode> codes)
    {
        var documentDate = given.Date("documentDate")!.Value;
        var taxDate = given.Text("taxPoint") == "service-date" ? line.Date("lastServiceDate")!.Value : documentDate;
        return new(Money.Round(line.Exact("amount"), given.Currency(), RoundingMode.Down), codes[line.Text("taxCode")], taxDate);
    }

    private static string Print(TaxedLine line, TaxCode code)
    {
        var treatment = code.Treatment switch
        {
            TaxTreatment.ReverseCharge => "reverse-charge",
            TaxTreatment.Exempt => "exempt",
            TaxTreatment.ZeroRated => "zero-rated",
            _ => "",
        };
        var taxes = line.Taxes.Select(t => $"{t.Component} {t.Rate} {t.Amount.ToAmountString()}");
        return $"{line.Net.ToAmountString()} [{string.Join(", ", taxes)}] {line.Total.ToAmountString()} {code.Code} {treatment} {code.Reason}";
    }

    private static string PrintLine(JsonElement line) =>
        $"{line.Text("net")} [{string.Join(", ", line.Items("taxes").Select(PrintTax))}] {line.Text("total")} {line.Text("taxCode")} {line.TextOrNull("treatment")} {line.TextOrNull("reason")}";

    private static string PrintTax(JsonElement tax) => $"{tax.Text("component")} {new TaxRate(tax.Decimal("rate"))} {tax.Text("amount")}";
}
