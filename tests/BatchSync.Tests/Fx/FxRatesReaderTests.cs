using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Fx;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FxRatesReaderTests
{
    private const string Contract = "from_currency,to_currency,rate,from,until\n";
    private const string Average = "month,currency,rate\n";

    // The layout and the quotes of eurofxref-hist.csv: newest first, an empty last column, 2 to 5 decimals, withdrawn currencies.
    private const string History = """
        Date,USD,JPY,BGN,CYP,GBP,TRL,RUB,
        2025-04-22,1.1476,161.05,1.9558,N/A,0.85858,N/A,N/A,
        2025-04-17,1.1360,161.98,1.9558,N/A,0.85873,N/A,N/A,
        1999-01-05,1.1790,130.96,N/A,0.58230,0.7122,372274,N/A,

        """;

    [TestCase("\n")]
    [TestCase("\r\n")]
    public void Read_OfTheEcbHistory_GivesEachQuoteAsWritten(string lineEnd)
    {
        var reading = Read(History.ReplaceLineEndings(lineEnd), FxRateKind.Spot);
        Assert.Multiple(() =>
        {
            Assert.That(reading.Faults, Is.Empty);
            Assert.That(reading.Rates.Select(r => FormattableString.Invariant($"{r.Line} {r.ValidFrom:yyyy-MM-dd} {r.From}/{r.To} {r.Rate}")), Is.EqualTo(new[]
            {
                "2 2025-04-22 EUR/USD 1.1476", "2 2025-04-22 EUR/JPY 161.05", "2 2025-04-22 EUR/GBP 0.85858",
                "3 2025-04-17 EUR/USD 1.1360", "3 2025-04-17 EUR/JPY 161.98", "3 2025-04-17 EUR/GBP 0.85873",
                "4 1999-01-05 EUR/USD 1.1790", "4 1999-01-05 EUR/JPY 130.96", "4 1999-01-05 EUR/GBP 0.7122",
            }));
            Assert.That(reading.LeftOut, Is.EqualTo(new[] { "BGN", "CYP", "TRL" }));
        });
    }

    [TestCase("Date, USD, JPY\n2025-04-17, 1.1360, 161.98\n", 2, TestName = "spaces after the commas")]
    [TestCase("\n\nDate,USD\n\n2025-04-17,1.1360\n\n2025-04-16,1.1355", 2, TestName = "blank lines and no last line end")]
    [TestCase("Date,USD,JPY\n2025-04-17,1.1360,\n", 1, TestName = "an empty cell is no quote")]
    [TestCase("date,\"USD\"\n2025-04-17,\"1.1360\"\n", 1, TestName = "quotes around values")]
    public void Read_OfOtherSpotFiles_IsAsTolerantAsTheyNeed(string text, int rates) =>
        Assert.That((Read(text, FxRateKind.Spot).Rates.Count, Read(text, FxRateKind.Spot).Faults.Count), Is.EqualTo((rates, 0)));

    [TestCase("", "f: the file is empty")]
    [TestCase("Date,USD\n", "f: there is no rate in the file")]
    [TestCase(",,\n1,2,3\n", "f:1: the line of headings holds no heading")]
    [TestCase("Day,USD\n2025-04-17,1.1\n", "f:1: column 1 (Day): the headings are 'Day,USD': a list of spot rates has 'Date'")]
    [TestCase("Date;USD\n2025-04-17;1.1\n", "f:1: column 1 (Date;USD): the headings are 'Date;USD'")]
    [TestCase("Date,USD,usd\n2025-04-17,1.1,1.1\n", "f:1: column 3: 'usd' is no currency: write the ISO 4217 code in three capital letters")]
    [TestCase("Date,USD,USD\n2025-04-17,1.1,1.1\n", "f:1: column 3: 'USD' is the heading of an earlier column too")]
    [TestCase("Date,USD,EUR\n2025-04-17,1.1,1\n", "f:1: column 3: rates are per unit of EUR")]
    [TestCase("Date,USD,,GBP\n2025-04-17,1.1,1,1\n", "f:1: column 3: '' is no currency")]
    [TestCase("Date,USD\n17.04.2025,1.1\n", "f:2: column 1 (Date): '17.04.2025' is no date: write year, month and day, such as 2025-04-17")]
    [TestCase("Date,USD\n2025-02-29,1.1\n", "f:2: column 1 (Date): '2025-02-29' is no date")]
    [TestCase("Date,USD\n2025-04-17,1.1\n2025-04-17,1.1\n", "f:3: column 1 (Date): '2025-04-17' stands in line 2 too")]
    [TestCase("Date,USD\n2025-04-17,n/a\n", "f:2: column 2 (USD): 'n/a' is no rate: write a number above zero with a dot")]
    [TestCase("Date,USD\n2025-04-17,0\n", "f:2: column 2 (USD): '0' is no rate")]
    [TestCase("Date,USD\n2025-04-17,-1.1\n", "f:2: column 2 (USD): '-1.1' is no rate")]
    [TestCase("Date,USD\n2025-04-17,1.12345678901\n", "f:2: column 2 (USD): '1.12345678901' is no rate")]
    [TestCase("Date,USD\n2025-04-17,\"1,136\"\n", "f:2: column 2 (USD): '1,136' is no rate")]
    [TestCase("Date,USD\n2025-04-17,1,136\n", "f:2: the line has 3 values, and there are 2 headings")]
    [TestCase("Date,USD,GBP\n2025-04-17,1.1\n", "f:2: the line has 2 values, and there are 3 headings")]
    [TestCase("Date,USD\n2025-04-17,\"1.1\n2025-04-16,1.2\n", "f:2: a quote does not fit")]
    public void Read_OfAFaultySpotFile_SaysWhereAndWhatIsRight(string text, string expected) => AssertFault(Read(text, FxRateKind.Spot), expected);

    [Test]
    public void Read_OfAFileWithManyFaults_ListsAllInTheirOrderAndNoRate()
    {
        var reading = Read("Date,USD,XYZ\n2025-04-17,x,1\nyesterday,1.1,1\n2025-04-15,1.1,1,1\n2025-04-14,1.1,\"\"1\"\n2025-04-11,1.1,1\n", FxRateKind.Spot);
        Assert.Multiple(() =>
        {
            Assert.That(reading.Faults.Select(f => (f.Line, f.Column)), Is.EqualTo(new[] { (1, 3), (2, 2), (3, 1), (4, 0), (5, 0) }));
            Assert.That(reading.Rates, Is.Empty);
        });
    }

    [Test]
    public void Read_OfAverages_GivesTheMonthsFirstDay()
    {
        var reading = Read("rate,month,currency\n1.0807,2025-03,USD\n161.17,2025-03,JPY\n", FxRateKind.MonthAverage);
        Assert.That(reading.Rates.Select(r => FormattableString.Invariant($"{r.ValidFrom:yyyy-MM-dd} {r.From}/{r.To} {r.Rate}")), Is.EqualTo(new[] { "2025-03-01 EUR/USD 1.0807", "2025-03-01 EUR/JPY 161.17" }));
    }

    [TestCase("2025-03-01,USD,1.08", "f:2: column 1 (month): '2025-03-01' is no month: write year and month, such as 2025-04")]
    [TestCase("2025-03,EUR,1", "f:2: column 2 (currency): rates are per unit of EUR")]
    [TestCase("2025-03,US,1", "f:2: column 2 (currency): 'US' is no currency")]
    [TestCase("2025-03,USD,", "f:2: column 3 (rate): '' is no rate")]
    [TestCase("2025-03,USD,1.1\n2025-03,USD,1.1", "f:3: column 1 (month): '2025-03' of USD stands in line 2 too")]
    public void Read_OfFaultyAverages_SaysWhereAndWhatIsRight(string rows, string expected) => AssertFault(Read(Average + rows, FxRateKind.MonthAverage), expected);

    [Test]
    public void Read_OfContracts_GivesTheirPairsAndDays()
    {
        var reading = Read(Contract + "EUR,USD,1.05,2026-01-01,2026-04-01\nEUR,USD,1.07,2026-04-01,\nUSD,EUR,0.95,2026-01-01,\n", FxRateKind.Contract);
        Assert.That(reading.Rates.Select(r => FormattableString.Invariant($"{r.From}/{r.To} {r.Rate} {r.ValidFrom:yyyy-MM-dd} {r.ValidUntil:yyyy-MM-dd}")), Is.EqualTo(new[]
        {
            "EUR/USD 1.05 2026-01-01 2026-04-01", "EUR/USD 1.07 2026-04-01 ", "USD/EUR 0.95 2026-01-01 ",
        }));
    }

    [TestCase("EUR,EUR,1,2026-01-01,", "f:2: column 2 (to_currency): 'EUR' is the other currency too")]
    [TestCase("EUR,Euro,1,2026-01-01,", "f:2: column 2 (to_currency): 'Euro' is no currency")]
    [TestCase("EUR,USD,1,2026-01-01,2026-01-01", "f:2: column 5 (until): '2026-01-01' is not after '2026-01-01'")]
    [TestCase("EUR,USD,1,,", "f:2: column 4 (from): '' is no date")]
    [TestCase("EUR,USD,1,2026-01-01,soon", "f:2: column 5 (until): 'soon' is no date")]
    [TestCase("EUR,USD,1,2026-01-01,\nEUR,USD,2,2026-04-01,", "f:3: column 4 (from): '2026-04-01' lies in the contract of line 2")]
    [TestCase("EUR,USD,1,2026-04-01,\nEUR,USD,2,2026-01-01,2026-04-02", "f:3: column 4 (from): '2026-01-01' lies in the contract of line 2, or that begins before this one ends")]
    public void Read_OfFaultyContracts_SaysWhereAndWhatIsRight(string rows, string expected) => AssertFault(Read(Contract + rows, FxRateKind.Contract), expected);

    [Test]
    public void Read_OfAnotherKindOfFile_NamesTheHeadingsItNeeds() =>
        AssertFault(Read(History, FxRateKind.Contract), "f:1: the headings are 'Date,USD,JPY,BGN,CYP,GBP,TRL,RUB': they must be from_currency,to_currency,rate,from,until, in any order");

    private static void AssertFault(FxReading reading, string expected)
    {
        Assert.That(reading.Faults.Select(f => f.In("f")), Has.Exactly(1).StartsWith(expected));
        Assert.That((reading.Faults.Count, reading.Rates.Count), Is.EqualTo((1, 0)));
    }

    private static FxReading Read(string text, FxRateKind kind) => FxRatesReader.Read(new FxFile("f", "hash", text), kind, Currency.Of("EUR"));
}
