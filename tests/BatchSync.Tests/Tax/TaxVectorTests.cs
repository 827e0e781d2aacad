using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Tax;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Tax;

[TestFixture]
public sealed class TaxVectorTests
{
    private static IEnumerable<TestCaseData> Cases => new[] { "tax-line", "tax-document", "tax-inclusive", "tax-compound" }.SelectMany(VectorFile.Cases);

    [TestCaseSource(nameof(Cases))]
    public void Of_Vector_GivesItsTaxes(VectorCase vector)
    {
        var (given, expected) = (vector.Given, vector.Expected);
        var codes = given.GetProperty("taxCodes").EnumerateObject().ToDictionary(c => c.Name, c => VectorTax.CodeOf(c.Name, c.Value));
        var lines = given.Items("lines").Select(l => LineOf(l, given, codes)).ToList();
        var method = new TaxMethod(given.GetProperty("inclusive").GetBoolean(), given.Text("taxPer") == "document" ? TaxPer.Document : TaxPer.Line, given.Mode());
        var actual = TaxCalculation.Of(lines, method, given.Currency());
        var withholding = given.TextOrNull("withholdingRate") is { } rate
            ? TaxCalculation.Withholding(actual.Net, new TaxRate(VectorValues.DecimalOf(rate)), given.Mode())
            : Money.Zero(given.Currency());
        Assert.Multiple(() =>
        {
            Assert.That(actual.Lines.Select((line, i) => Print(line, lines[i].Code)), Is.EqualTo(expected.Items("lines").Select(PrintLine)), vector.Why);
            Assert.That(
                actual.Taxes.Select(t => $"{t.TaxCode} {t.Component} {t.Rate} {t.Amount.ToAmountString()}"),
                Is.EqualTo(expected.Items("taxes").Select(t => $"{t.Text("taxCode")} {PrintTax(t)}")),
                vector.Why);
            Assert.That(
                new[] { actual.Net, actual.Tax, actual.Total, withholding, actual.Total - withholding }.Select(m => m.ToAmountString()),
                Is.EqualTo(new[] { "net", "tax", "total", "withholding", "due" }.Select(name => expected.Text(name))),
                vector.Why);
        });
    }

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
