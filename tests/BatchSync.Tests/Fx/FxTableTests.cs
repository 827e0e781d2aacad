using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FxTableTests
{
    private static readonly DateTimeOffset Monday = new(2026, 4, 6, 16, 0, 0, TimeSpan.Zero);
    private static readonly Currency Eur = Currency.Of("EUR");
    private static readonly FxQuotes Spot = new("ecb", FxRateKind.Spot, Eur, [Quote("2026-03-27", "USD", 1.10m), Quote("2026-03-27", "GBP", 0.88m), Quote("2026-03-30", "USD", 1.20m), Quote("2026-04-02", "GBP", 0.80m)]);
    private static readonly FxQuotes Averages = new("ecb", FxRateKind.MonthAverage, Eur, [Quote("2026-03-01", "USD", 1.15m), Quote("2026-04-17", "USD", 1.25m), Quote("2026-03-31", "GBP", 0.92m)]);
    private static readonly FxContracts Agreed = new("treasury", [Contract("EUR", "USD", 1.05m, "2026-03-30", "2026-04-01"), Contract("EUR", "USD", 1.06m, "2026-04-03", null), Contract("EUR", "USD", 1.04m, "2026-01-01", "2026-02-01")]);

    [TestCase("USD", "EUR", "2026-03-27", "2026-03-27 10/11", TestName = "of the day")]
    [TestCase("USD", "EUR", "2026-03-29", "2026-03-27 10/11", TestName = "of the last published day")]
    [TestCase("USD", "EUR", "2026-03-30", "2026-03-30 10/12", TestName = "of a newer day")]
    [TestCase("USD", "EUR", "2026-03-26", "", TestName = "before the first day")]
    [TestCase("USD", "EUR", "2026-04-04", "2026-03-30 10/12", TestName = "as old as may be")]
    [TestCase("USD", "EUR", "2026-04-05", "", TestName = "a day too old")]
    [TestCase("USD", "GBP", "2026-04-01", "2026-03-27 88/110", TestName = "of the day that quotes both")]
    [TestCase("USD", "GBP", "2026-04-02", "", TestName = "the day that quotes both is too old")]
    [TestCase("USD", "CHF", "2026-03-27", "", TestName = "never quoted")]
    [TestCase("CHF", "CHF", "1990-01-01", "1990-01-01 1/1", TestName = "itself")]
    public void Find_OfSpotRates_TakesTheLatestDayThatQuotesBoth(string from, string to, string date, string expected) =>
        Assert.That(Found(Table(new FxSource("ecb", FxRateKind.Spot)), from, to, date), Is.EqualTo(Expected(expected)));

    [TestCase("USD", "EUR", "2026-03-31", "2026-03-01 100/115", TestName = "last day of the month")]
    [TestCase("EUR", "USD", "2026-04-01", "2026-04-01 125/100", TestName = "first day of the next")]
    [TestCase("EUR", "USD", "2026-05-01", "", TestName = "a month without an average")]
    [TestCase("USD", "GBP", "2026-03-15", "2026-03-01 92/115", TestName = "cross rate within the month")]
    [TestCase("USD", "GBP", "2026-04-15", "", TestName = "of one month both or none")]
    public void Find_OfMonthAverages_TakesTheMonthOfTheDate(string from, string to, string date, string expected) =>
        Assert.That(Found(Table(new FxSource("ecb", FxRateKind.MonthAverage)), from, to, date), Is.EqualTo(Expected(expected)));

    [TestCase("EUR", "USD", "2026-03-29", "", TestName = "before it begins")]
    [TestCase("EUR", "USD", "2026-03-30", "2026-03-30 105/100", TestName = "on its first day")]
    [TestCase("EUR", "USD", "2026-03-31", "2026-03-30 105/100", TestName = "on its last day")]
    [TestCase("EUR", "USD", "2026-04-01", "", TestName = "on the day on which it ended")]
    [TestCase("EUR", "USD", "2030-01-01", "2026-04-03 106/100", TestName = "without an end")]
    [TestCase("USD", "EUR", "2026-03-30", "", TestName = "in the other direction")]
    public void Find_OfContracts_TakesTheOneInForce(string from, string to, string date, string expected) =>
        Assert.That(Found(Table(new FxSource("treasury", FxRateKind.Contract)), from, to, date), Is.EqualTo(Expected(expected)));

    [TestCase("2026-03-30", FxRateKind.Contract)]
    [TestCase("2026-04-01", FxRateKind.Spot)]
    [TestCase("2026-03-10", FxRateKind.MonthAverage)]
    [TestCase("2026-02-10", null)]
    public void Find_InSeveralSources_TakesTheFirstThatHasARate(string date, FxRateKind? kind)
    {
        var table = Table(new FxSource("treasury", FxRateKind.Contract), new FxSource("ecb", FxRateKind.Spot), new FxSource("ecb", FxRateKind.MonthAverage));
        Assert.That(table.Find(Eur, Some.Usd, Some.Day(date))?.Kind, Is.EqualTo(kind));
    }

    [TestCase(0, "2026-03-28", false)]
    [TestCase(1, "2026-03-28", true)]
    [TestCase(int.MaxValue, "2026-03-29", true)]
    public void Find_OfSpotRates_MindsTheAgeOfItsSource(int maxAge, string date, bool found) =>
        Assert.That(Table(new FxSource("ecb", FxRateKind.Spot, maxAge)).Find(Eur, Some.Usd, Some.Day(date)) is not null, Is.EqualTo(found));

    [Test]
    public void Find_OfACrossRate_TellsItsQuotesAndTheLaterRetrieval()
    {
        var later = Monday.AddHours(3);
        var quotes = new FxQuotes("ecb", FxRateKind.Spot, Eur, [Quote("2026-03-27", "USD", 1.10m), Quote("2026-03-27", "GBP", 0.88m) with { RetrievedAt = later }]);
        var table = new FxTable(new FxRules([new FxSource("ecb", FxRateKind.Spot)]), [quotes], []);
        var there = table.Find(Some.Usd, Currency.Of("GBP"), Some.Day("2026-03-27"))!;
        var back = table.Find(Currency.Of("GBP"), Some.Usd, Some.Day("2026-03-27"))!;
        Assert.Multiple(() =>
        {
            Assert.That(there.Cross, Is.EqualTo(new FxCross(Eur, 1.10m, 0.88m)));
            Assert.That((there.Provider, there.RetrievedAt, back.RetrievedAt), Is.EqualTo(("ecb", later, later)));
            Assert.That(there.Rate * back.Rate, Is.EqualTo(Rational.One));
        });
    }

    [Test]
    public void Find_InRandomTables_AgreesWithASearchDayByDay()
    {
        string[] codes = ["EUR", "USD", "GBP", "JPY"];
        foreach (var (number, random) in Seeded.Cases(2_000))
        {
            var first = Some.Day("2026-01-01");
            var quotes = codes.Skip(1).SelectMany(code => Enumerable.Range(0, 20).Where(_ => random.Next(3) > 0).Select(d => new FxQuote(first.AddDays(d), Currency.Of(code), random.Next(1, 500) / 100m, Monday))).ToList();
            var (from, to, date, age) = (random.Pick(codes), random.Pick(codes), first.AddDays(random.Next(-2, 25)), random.Next(0, 7));
            var table = new FxTable(new FxRules([new FxSource("ecb", FxRateKind.Spot, age)]), [new FxQuotes("ecb", FxRateKind.Spot, Eur, quotes.OrderBy(_ => random.Next()))], []);
            var found = table.Find(Currency.Of(from), Currency.Of(to), date);
            Assert.That((found?.RateDate, found?.Rate), Is.EqualTo(Searched(quotes, from, to, date, age)), $"case {number}");
        }
    }

    [Test]
    public void Quotes_TwoOfADateOrOneOfTheBase_AreADefect()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new FxQuotes("ecb", FxRateKind.Spot, Eur, [Quote("2026-03-27", "USD", 1.1m), Quote("2026-03-27", "USD", 1.1m)]), Throws.InstanceOf<InvariantException>());
            Assert.That(() => new FxQuotes("ecb", FxRateKind.MonthAverage, Eur, [Quote("2026-03-27", "USD", 1.1m), Quote("2026-03-01", "USD", 1.1m)]), Throws.InstanceOf<InvariantException>());
            Assert.That(() => new FxQuotes("ecb", FxRateKind.Spot, Eur, [Quote("2026-03-27", "EUR", 1m)]), Throws.InstanceOf<InvariantException>());
            Assert.That(() => new FxQuotes("ecb", FxRateKind.Spot, Eur, [Quote("2026-03-27", "USD", 0m)]), Throws.InstanceOf<InvariantException>());
            Assert.That(() => new FxContracts("t", [Contract("EUR", "USD", 1m, "2026-01-01", null), Contract("EUR", "USD", 1m, "2026-03-01", "2026-04-01")]), Throws.InstanceOf<InvariantException>());
        });
    }

    [Test]
    public void Convert_OfMoneyOfAnotherCurrency_IsADefect() =>
        Assert.That(() => FxConversion.Convert(Some.Money("1.00", "GBP"), FxRate.Same(Eur, Some.October.From), RoundingMode.HalfUp), Throws.InstanceOf<InvariantException>());

    private static (DateOnly?, Rational?) Searched(List<FxQuote> quotes, string from, string to, DateOnly date, int age)
    {
        if (from == to) return (date, Rational.One);
        for (var day = date; day >= date.AddDays(-age); day = day.AddDays(-1))
        {
            if (On(from, day) is { } a && On(to, day) is { } b) return (day, (Rational)b / a);
        }

        return (null, null);

        decimal? On(string code, DateOnly day) => quotes.FirstOrDefault(q => q.Currency.Code == code && q.Date == day)?.Value
            ?? (code == "EUR" && quotes.Exists(q => q.Date == day && (q.Currency.Code == from || q.Currency.Code == to)) ? 1m : null);
    }

    private static FxTable Table(params FxSource[] sources) => new(new FxRules(sources), [Averages, Spot], [Agreed]);

    private static (string, Rational)? Found(FxTable table, string from, string to, string date) =>
        table.Find(Currency.Of(from), Currency.Of(to), Some.Day(date)) is { } rate ? ($"{rate.RateDate:yyyy-MM-dd}", rate.Rate) : null;

    private static (string, Rational)? Expected(string text)
    {
        if (text.Length == 0) return null;
        var parts = text.Split(' ', '/');
        return (parts[0], VectorValues.ExactOf(parts[1]) / VectorValues.ExactOf(parts[2]));
    }

    private static FxQuote Quote(string date, string currency, decimal value) => new(Some.Day(date), Currency.Of(currency), value, Monday);

    private static FxContract Contract(string from, string to, decimal rate, string validFrom, string? until) =>
        new(Currency.Of(from), Currency.Of(to), rate, Some.Day(validFrom), until is null ? null : Some.Day(until), Monday);
}
