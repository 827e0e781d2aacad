using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Vectors;

/// <summary>The worked cases of foreign currency: an amount, or the lines of a document, by the rates of one provider.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FxVectorTests
{
    private const string Provider = "vectors";

    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("fx");

    [TestCaseSource(nameof(Cases))]
    public void Fx_OfVector_GivesItsResult(VectorCase vector)
    {
        var given = vector.Given;
        var (from, to) = (Currency.Of(given.Text("from")), Currency.Of(given.Text("to")));
        var rate = TableOf(given.GetProperty("fx")).Find(from, to, given.Date("date")!.Value);
        if (rate is null)
        {
            Assert.That(vector.Expected.TextOrNull("rejected"), Is.EqualTo("no FX rate"), vector.Why);
            return;
        }

        Assert.That(rate.Rate.Round(10, RoundingMode.HalfUp), Is.EqualTo(vector.Expected.Decimal("rate")), vector.Why);
        Assert.That(rate.RateDate, Is.EqualTo(vector.Expected.Date("rateDate")), vector.Why);
        if (given.TryGetProperty("lines", out _)) CompareDocument(vector, rate);
        else Assert.That(FxConversion.Convert(given.Exact("amount"), rate, given.Mode()).ToAmountString(), Is.EqualTo(vector.Expected.Text("amount")), vector.Why);
    }

    private static void CompareDocument(VectorCase vector, FxRate rate)
    {
        var lines = vector.Given.Items("lines").Select(l => new FxLine(AmountOf(l.GetProperty("net"), rate.From), [.. l.Items("taxes").Select(t => AmountOf(t, rate.From))])).ToList();
        var valued = FxConversion.Value(lines, rate, vector.Given.Mode());
        var expected = vector.Expected.Items("lines").Select(l => string.Join(' ', l.Items("baseTaxes").Select(t => t.GetString()).Prepend(l.Text("baseNet"))));
        Assert.Multiple(() =>
        {
            Assert.That(valued.Lines.Select(l => string.Join(' ', l.Taxes.Prepend(l.Net).Select(m => m.ToAmountString()))), Is.EqualTo(expected), vector.Why);
            Assert.That(valued.Total.ToAmountString(), Is.EqualTo(vector.Expected.Text("baseTotal")), vector.Why);
            Assert.That(valued.RoundingDifference.ToAmountString(), Is.EqualTo(vector.Expected.Text("roundingDifference")), vector.Why);
        });
    }

    private static Money AmountOf(JsonElement text, Currency currency)
    {
        var exact = VectorValues.ExactOf(text.GetString()!);
        var amount = Money.Round(exact, currency, RoundingMode.Down);
        Assert.That(amount.Exact, Is.EqualTo(exact), "A given amount has whole minor units.");
        return amount;
    }

    private static FxTable TableOf(JsonElement fx)
    {
        var quotes = from day in fx.GetProperty("rates").EnumerateObject()
                     from quote in day.Value.EnumerateObject()
                     select new FxQuote(Some.Day(day.Name), Currency.Of(quote.Name), VectorValues.DecimalOf(quote.Value.GetString()!), DateTimeOffset.UnixEpoch);
        var rules = new FxRules([new FxSource(Provider, FxRateKind.Spot, (int)fx.Whole("maxAgeDays"))]);
        return new FxTable(rules, [new FxQuotes(Provider, FxRateKind.Spot, Currency.Of(fx.Text("base")), quotes)], []);
    }
}
