using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
public sealed class DiscountVectorTests
{
    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("discounts");

    [TestCaseSource(nameof(Cases))]
    public void Discount_OfVector_GivesItsResult(VectorCase vector)
    {
        var kind = vector.Given.Text("kind");
        var actual = kind switch
        {
            "discount" => Discount(vector.Given),
            "cap" => Capped(vector.Given),
            "retainer" => Drawn(vector.Given),
            _ => throw new ArgumentException($"'{kind}' is no kind of discount."),
        };
        var expected = kind switch
        {
            "discount" => [.. vector.Expected.Items("lines").Select(l => Texts(l, "lineDiscount", "documentDiscount", "net")), Texts(vector.Expected, "documentDiscount", "cut", "net")],
            "cap" => [.. vector.Expected.Items("held").Select(h => h.GetString()!), .. vector.Expected.Items("lines").Select(l => $"{l.Text("id")} {NumberText.Canonical(l.Decimal("quantity"))} {l.Text("net")}"), vector.Expected.Text("net")],
            _ => new List<string> { Texts(vector.Expected, "drawn", "due", "balanceAfter") },
        };
        Assert.That(actual, Is.EqualTo(expected), vector.Why);
    }

    private static List<string> Discount(JsonElement given)
    {
        var currency = given.Currency();
        var lines = given.Items("lines").Select(l => new DiscountableLine(MoneyOf(l, "net", currency), Percent(l.TextOrNull("percent")))).ToList();
        DocumentReduction? reduction = null;
        if (given.TryGetProperty("document", out var document))
        {
            reduction = document.TryGetProperty("fixed", out _) ? new DocumentReduction.Fixed(MoneyOf(document, "fixed", currency)) : new DocumentReduction.Part(Percent(document.Text("percent")));
        }

        var result = Discounts.Of(lines, reduction, given.Mode(), currency);
        return
        [
            .. result.Lines.Select(l => $"{l.LineDiscount.ToAmountString()} {l.DocumentDiscount.ToAmountString()} {l.Net.ToAmountString()}"),
            $"{result.DocumentDiscount.ToAmountString()} {result.Cut.ToAmountString()} {Money.Sum(result.Lines.Select(l => l.Net), currency).ToAmountString()}",
        ];
    }

    private static List<string> Capped(JsonElement given)
    {
        var currency = given.Currency();
        var entries = given.Items("entries").ToList();
        var held = Cap.LeftOut(
            entries.Select(e => new CappedEntry(e.Text("id"), e.Date("date")!.Value)),
            MoneyOf(given, "cap", currency),
            without => Money.Sum(LinesWithout(without).Select(l => l.Amount.Net), currency));
        var left = LinesWithout(held);
        return
        [
            .. held.Order(StringComparer.Ordinal),
            .. left.Select(l => $"{l.Id} {l.Amount.Quantity} {l.Amount.Net.ToAmountString()}"),
            Money.Sum(left.Select(l => l.Amount.Net), currency).ToAmountString(),
        ];

        List<(string Id, LineAmount Amount)> LinesWithout(IReadOnlySet<string> without) =>
        [
            .. from line in given.Items("lines")
               let ofLine = entries.Where(e => e.Text("line") == line.Text("id") && !without.Contains(e.Text("id"))).Select(e => (e.Whole("billedSeconds"), Fraction.One)).ToList()
               where ofLine.Count > 0
               select (line.Text("id"), LineNet.OfTime(ofLine, new UnitPrice(line.Decimal("unitPrice"), currency), (int)given.Whole("quantityDecimals"), given.Mode())),
        ];
    }

    private static List<string> Drawn(JsonElement given)
    {
        var currency = given.Currency();
        var (balance, total) = (MoneyOf(given, "balance", currency), MoneyOf(given, "total", currency));
        var drawn = Retainer.Draw(balance, total, Money.Zero(currency));
        return [$"{drawn.ToAmountString()} {(total - drawn).ToAmountString()} {(balance - drawn).ToAmountString()}"];
    }

    private static Fraction Percent(string? text) => new(text is null ? 0 : VectorValues.DecimalOf(text) / 100);

    private static Money MoneyOf(JsonElement item, string name, Currency currency) => Money.Round(item.Exact(name), currency, RoundingMode.Down);

    private static string Texts(JsonElement item, params string[] names) => string.Join(' ', names.Select(name => item.Text(name)));
}
