using System.Numerics;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentBuilderTests
{
    private const int Cases = 300;

    [Test]
    public void Build_OfRandomRecords_EqualsTheSlowAndObviousWay()
    {
        foreach (var (number, random) in Seeded.Cases(Cases))
        {
            var mapping = RandomMapping(random);
            var records = RandomRecords(random, mapping);
            if (records.Count == 0) continue;
            Assert.That(Shown(Some.Document(mapping, records)), Is.EqualTo(ObviousDocument.Of(mapping, records)), $"case {number}");
        }
    }

    [Test]
    public void Build_OfRandomRecords_DoesNotDependOnTheirOrder()
    {
        foreach (var (number, random) in Seeded.Cases(Cases))
        {
            var mapping = RandomMapping(random);
            var records = RandomRecords(random, mapping);
            if (records.Count == 0) continue;
            var shuffled = records.ToArray();
            random.Shuffle(shuffled);
            Assert.That(WithShares(Some.Document(mapping, shuffled)), Is.EqualTo(WithShares(Some.Document(mapping, records))), $"case {number}");
        }
    }

    [Test]
    public void Build_OfRandomRecords_AddsUpEverywhere()
    {
        foreach (var (number, random) in Seeded.Cases(Cases))
        {
            var mapping = RandomMapping(random);
            var records = RandomRecords(random, mapping);
            if (records.Count == 0) continue;
            var document = Some.Document(mapping, records);
            Assert.Multiple(() =>
            {
                Assert.That(document.Net + document.Tax, Is.EqualTo(document.Total), $"case {number}");
                Assert.That(document.Total.Sign, Is.GreaterThanOrEqualTo(0), $"case {number}: a credit note turns the sign");
                Assert.That(Sum(document.Lines.Select(l => l.Net)), Is.EqualTo(document.Net), $"case {number}");
                Assert.That(Sum(document.Lines.Select(l => l.Tax)), Is.EqualTo(document.Tax), $"case {number}");
                Assert.That(Sum(document.Taxes.Select(t => t.Amount)), Is.EqualTo(document.Tax), $"case {number}");
                Assert.That(document.Lines.SelectMany(l => l.Shares).Select(s => (s.Stream, s.RecordId)), Is.EquivalentTo(records.Select(r => (r.Record.Stream, r.Record.Id))), $"case {number}: every record once");
                foreach (var line in document.Lines)
                {
                    Assert.That(Sum(line.Shares.Select(s => s.Net)), Is.EqualTo(line.Net), $"case {number}, line {line.Number}");
                    Assert.That(Sum(line.Shares.Select(s => s.Tax)), Is.EqualTo(line.Tax), $"case {number}, line {line.Number}");
                    Assert.That(line.Shares.Sum(s => s.BilledSeconds), Is.EqualTo(line.BilledSeconds), $"case {number}, line {line.Number}");
                    Assert.That(Money.Round((Rational)line.Quantity.Value * line.UnitPrice.Amount, document.Currency, mapping.Money.Mode), Is.EqualTo(line.Net), $"case {number}, line {line.Number} multiplies out");
                }
            });

            Money Sum(IEnumerable<Money> amounts) => Money.Sum(amounts, document.Currency);
        }
    }

    [Test]
    public void Build_OfNegatedRecords_MirrorsTheDocument()
    {
        foreach (var (number, random) in Seeded.Cases(Cases))
        {
            // A minimum is for time above zero only, so it has no mirror.
            var mapping = RandomMapping(random, minimum: false);
            var records = RandomRecords(random, mapping);
            if (records.Count == 0) continue;
            var document = Some.Document(mapping, records);
            var mirror = Some.Document(mapping, Some.Assessed(mapping, records.Select(r => r.Record with { Seconds = -r.Record.Seconds, Amount = -r.Record.Amount })));
            if (document.Total.Sign == 0) continue;
            Assert.Multiple(() =>
            {
                Assert.That(mirror.Type, Is.Not.EqualTo(document.Type), $"case {number}");
                Assert.That(Amounts(mirror), Is.EqualTo(Amounts(document)), $"case {number}");
            });
        }
    }

    [Test]
    public void Build_WhereTheTotalIsZero_IsAnInvoice()
    {
        var document = Some.Document(Some.Expense("1", amount: 20m), Some.Expense("2", amount: -20m));
        Assert.That((document.Type, document.Total.MinorUnits, document.Lines.Count), Is.EqualTo((DocumentType.Invoice, 0L, 2)));
    }

    [Test]
    public void Build_OfTimeThatCancelsOut_KeepsALineOfZero()
    {
        var document = Some.Document(Some.TimeEntry("1", hours: 1.5m), Some.TimeEntry("2", hours: -1.5m));
        var line = document.Lines.Single();
        Assert.Multiple(() =>
        {
            Assert.That((line.Quantity.Value, line.Net.MinorUnits, line.BilledSeconds), Is.EqualTo((0m, 0L, 0L)));
            Assert.That(line.Shares.Select(s => s.BilledSeconds), Is.EqualTo(new[] { 5400L, -5400L }));
        });
    }

    [Test]
    public void Build_OfATimeAndAnExpenseOfOneId_KeepsThemApart()
    {
        var document = Some.Document(Some.TimeEntry("1"), Some.Expense("1"));
        Assert.That(document.Lines.Select(l => (l.Type, l.Net)), Is.EquivalentTo(new[] { ("time", Some.Money("100.00")), ("expense", Some.Money("20.00")) }));
    }

    // Three entries of 20 minutes share 33.33 + 33.33 + 33.34: the odd cent goes to the smaller id where seconds are equal, else to more seconds.
    [TestCase("1200 1200 1200", "33.34 33.33 33.33")]
    [TestCase("1199 1200 1201", "33.31 33.33 33.36")]
    public void Build_OfEqualShares_GivesTheOddCentByTheRule(string seconds, string shares)
    {
        var records = seconds.Split(' ').Select((s, i) => Some.TimeEntry($"{i + 1}") with { Seconds = long.Parse(s, System.Globalization.CultureInfo.InvariantCulture) });
        var line = Some.Document([.. records]).Lines.Single();
        Assert.That(string.Join(' ', line.Shares.OrderBy(s => s.RecordId, StringComparer.Ordinal).Select(s => s.Net.ToAmountString())), Is.EqualTo(shares));
    }

    [Test]
    public void Build_OfPricesThatAreEqualByValue_MakesOneLine()
    {
        var mapping = Some.Mapping(rates: [Some.Rate(120m, person: "17"), Some.Rate(120.00m, person: "18")]);
        var document = Some.Document(mapping, Some.Assessed(mapping, [Some.TimeEntry("1", person: "17"), Some.TimeEntry("2", person: "18")]));
        Assert.That(document.Lines.Single().Quantity.Value, Is.EqualTo(2m));
    }

    [Test]
    public void Build_OfPartiallyBillableTime_BillsTheFraction()
    {
        var mapping = Some.Mapping(rates: [Some.Rate(110m, task: "Travel", billable: 0.5m), Some.Rate(110m)]);
        var document = Some.Document(mapping, Some.Assessed(mapping, [Some.TimeEntry("1", hours: 3m, task: "Travel")]));
        Assert.That((document.Lines[0].Quantity.Value, document.Net, document.Lines[0].BilledSeconds), Is.EqualTo((1.5m, Some.Money("165.00"), 10800L)));
    }

    [Test]
    public void Build_WithAMarkup_RoundsTheExpenseOnce()
    {
        var mapping = Some.Mapping(categories: [new Activity("HOTEL", new SourceNames([], ["Hotel"])) { Markup = new Fraction(0.05m), Account = "4900" }]);
        var line = Some.Document(mapping, Some.Assessed(mapping, [Some.Expense(amount: -10.10m)])).Lines.Single();

        // 10.605 rounds half-up to 10.61, away from zero.
        Assert.That((line.Quantity.Value, line.UnitPrice.Amount, line.Net, line.Account), Is.EqualTo((1m, 10.61m, Some.Money("10.61"), "4900")));
    }

    [Test]
    public void Build_ForADestinationWithFewerDecimals_LowersTheQuantity()
    {
        var mapping = Some.Mapping();
        var records = Some.Assessed(mapping, [Some.TimeEntry() with { Seconds = 1200 }]);
        var key = records[0].Assessment.Key!;
        var frame = new DocumentFrame(new DocumentIdentity("t", "T", key, DocumentPurpose.Original, 1), "REFERENCE1", key.Period.LastDay, 2);
        var line = new DocumentBuilder(mapping).Build(frame, records, []).Document!.Lines.Single();
        Assert.That((line.Quantity.Value, line.Net), Is.EqualTo((0.33m, Some.Money("33.00"))));
    }

    private static MappingRules RandomMapping(Random random, bool minimum = true) => Some.Mapping(
        rates: [Some.Rate(99.99m, person: "18", billable: 0.35m), Some.Rate(random.Next(0, 20_000) / 100m, person: "19"), Some.Rate(17m / 8, task: "QA"), Some.Rate(100m)],
        time: new TimeRounding(random.Pick([0L, 60, 360, 900]), random.Pick(Enum.GetValues<RoundingMode>()), RoundingScope.Entry, minimum ? random.Pick([0L, 0, 600]) : 0),
        money: new MoneyRounding(random.Pick(Enum.GetValues<RoundingMode>()), random.Pick([TaxPer.Line, TaxPer.Document]), TaxPoint.DocumentDate, random.Pick([2, 4])),
        taxes: [Some.Tax("VAT", ("state", 0.0725m), ("city", 0.00875m)), Some.Tax("LOW", ("vat", 0.05m)), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services")],
        taxRules: [new TaxRule(Some.When("project", "P2"), "LOW"), new TaxRule(Some.When("type", "expense"), "NONE")],
        clients: [Some.Client("ACME", "1001", "58", random.Pick(["USD", "JPY", "KWD"]), "VAT")]);

    private static IReadOnlyList<AssessedRecord> RandomRecords(Random random, MappingRules mapping)
    {
        var records = Enumerable.Range(1, random.Next(1, 25)).Select(i => random.Next(5) == 0
            ? Some.Expense($"{random.Next(3)}-{i}", amount: random.Next(-90_000, 90_000) / 1000m)
            : Some.TimeEntry($"{random.Next(3)}-{i}", project: random.Pick(["P1", "P2", "300"]), task: random.Pick(["Development", "QA"]), person: random.Pick(["17", "18", "19"]))
                with { Seconds = random.Next(-3000, 12_000) });
        return [.. Some.Assessed(mapping, records).Where(r => r.Assessment.Bucket == Bucket.Ready)];
    }

    private static string Shown(Document d) => string.Join(
        '\n',
        [.. d.Lines.Select(l => $"{string.Join('/', l.Group)} {l.Type} {l.Quantity} x {l.UnitPrice.Amount:0.##########} = {l.Net} [{string.Join(", ", l.Taxes.Select(t => t.Amount))}]"), $"{d.Type} {d.Net} + {d.Tax} = {d.Total}"]);

    private static string WithShares(Document d) => Shown(d) + '\n' + string.Join('\n', d.Lines.SelectMany(l => l.Shares)) + string.Join('\n', d.Lines.Select(l => l.Description)) + string.Join('\n', d.Taxes);

    private static string Amounts(Document d) => string.Join(
        '\n', [.. d.Lines.Select(l => $"{l.Quantity} {l.UnitPrice} {l.Net} {l.Tax} {l.Variance}"), .. d.Taxes.Select(t => t.ToString()), $"{d.Net} {d.Tax} {d.Total}"]);

    /// <summary>A document made with loops and fractions of whole numbers, line by line, sharing no code with the real one.</summary>
    private static class ObviousDocument
    {
        public static string Of(MappingRules mapping, IReadOnlyList<AssessedRecord> records)
        {
            var decimals = records[0].Assessment.Key!.Currency.Decimals;
            var lines = new List<Line>();
            foreach (var record in records.OrderBy(r => r.Record.Id, StringComparer.Ordinal))
            {
                var pricing = record.Assessment.Pricing!;
                var facts = record.Assessment.Facts;
                var line = facts.Type == "expense" ? null : lines.Find(l => l.Type == "time" && l.Project == facts.Project && l.Task == facts.Task && l.Price == pricing.UnitPrice!.Value.Amount && l.Tax == pricing.TaxCode);
                if (line is null) lines.Add(line = new Line { Type = facts.Type, Project = facts.Project, Task = facts.Task, Price = pricing.UnitPrice?.Amount ?? 0, Tax = pricing.TaxCode, FirstId = record.Record.Id });
                if (facts.Type == "expense") line.Amount = record.Record.Amount!.Value;
                else line.Seconds += Billed(mapping.Time, record.Record.Seconds!.Value) * pricing.Billable.Value;
            }

            foreach (var line in lines) line.Fill(mapping.Money, decimals);
            lines.Sort(Line.Compare);
            var taxes = Taxes(mapping.Money, lines, decimals);
            var (net, tax) = (lines.Sum(l => l.Net), taxes.Sum(t => t.Sum()));
            var sign = net + tax < 0 ? -1 : 1;
            var texts = lines.Select((l, i) => $"{l.Project}/{l.Task} {l.Type} {NumberText.Canonical(sign * l.Quantity)} x {l.Price:0.##########} = {Text(sign * l.Net)} [{string.Join(", ", taxes[i].Select(t => Text(sign * t)))}]");
            return string.Join('\n', [.. texts, $"{(sign < 0 ? "CreditNote" : "Invoice")} {Text(sign * net)} + {Text(sign * tax)} = {Text(sign * (net + tax))}"]);

            string Text(decimal amount) => Money.Round(amount, records[0].Assessment.Key!.Currency, RoundingMode.Down).ToString();
        }

        private static decimal Billed(TimeRounding rounding, long seconds)
        {
            var billed = rounding.IncrementSeconds == 0 ? seconds : Rounded(seconds / (decimal)rounding.IncrementSeconds, 0, rounding.Mode) * rounding.IncrementSeconds;
            return seconds > 0 && billed < rounding.MinimumSeconds ? rounding.MinimumSeconds : billed;
        }

        // One row of taxes a line; per document the tax is made on the sum, and cents go where the fractions are largest.
        private static List<decimal[]> Taxes(MoneyRounding money, List<Line> lines, int decimals)
        {
            if (money.TaxPer == TaxPer.Line) return lines.ConvertAll(l => l.Tax.Components.Select(c => Rounded(l.Net * c.Rates[0].Rate.Value, decimals, money.Mode)).ToArray());
            var taxes = lines.ConvertAll(l => new decimal[l.Tax.Components.Count]);
            foreach (var code in lines.Select(l => l.Tax).Distinct())
            {
                var members = Enumerable.Range(0, lines.Count).Where(i => lines[i].Tax == code).ToList();
                for (var place = 0; place < code.Components.Count; place++)
                {
                    var shares = Share(Rounded(members.Sum(i => lines[i].Net) * code.Components[place].Rates[0].Rate.Value, decimals, money.Mode), [.. members.Select(i => lines[i].Net)], decimals);
                    for (var i = 0; i < members.Count; i++) taxes[members[i]][place] = shares[i];
                }
            }

            return taxes;
        }

        private static decimal[] Share(decimal total, decimal[] weights, int decimals)
        {
            if (total == 0) return new decimal[weights.Length];
            var scale = Power(decimals);
            BigInteger units = new(Math.Abs(total) * scale), sum = new(weights.Sum() * scale);
            var exact = weights.Select(w => (units * new BigInteger(w * scale) * sum.Sign, BigInteger.Abs(sum))).ToList();
            var floors = exact.Select(e => Floor(e.Item1, e.Item2)).ToList();
            var left = (int)(units - floors.Aggregate(BigInteger.Zero, (a, b) => a + b));
            foreach (var i in Enumerable.Range(0, weights.Length).OrderByDescending(i => exact[i].Item1 - floors[i] * exact[i].Item2).Take(left)) floors[i] += 1;
            return [.. floors.Select(f => Math.Sign(total) * (decimal)f / scale)];
        }

        private static BigInteger Floor(BigInteger a, BigInteger b) => a >= 0 ? a / b : -((-a + b - 1) / b);

        private static decimal Power(int decimals) => decimals == 0 ? 1m : 10m * Power(decimals - 1);

        private static decimal Rounded(decimal value, int decimals, RoundingMode mode)
        {
            var size = Math.Abs(value) * Power(decimals);
            var whole = decimal.Truncate(size);
            var rest = size - whole;
            var up = mode switch
            {
                RoundingMode.Up => rest > 0,
                RoundingMode.Down => false,
                RoundingMode.HalfUp => rest >= 0.5m,
                _ => rest > 0.5m || (rest == 0.5m && whole % 2 == 1),
            };
            return Math.Sign(value) * (whole + (up ? 1 : 0)) / Power(decimals);
        }

        private sealed class Line
        {
            public required string Type { get; init; }
            public required string Project { get; init; }
            public required string Task { get; init; }
            public required decimal Price { get; set; }
            public required TaxCode Tax { get; init; }
            public required string FirstId { get; init; }
            public decimal Seconds { get; set; }
            public decimal Amount { get; set; }
            public decimal Quantity { get; private set; }
            public decimal Net { get; private set; }

            public void Fill(MoneyRounding money, int decimals)
            {
                Quantity = Type == "time" ? Rounded(Seconds / 3600m, money.QuantityDecimals, RoundingMode.HalfUp) : Amount < 0 ? -1 : 1;
                if (Type == "expense") Price = Rounded(Math.Abs(Amount), decimals, money.Mode);
                Net = Rounded(Quantity * Price, decimals, money.Mode);
            }

            public static int Compare(Line? a, Line? b)
            {
                string[] Texts(Line line) => [line.Project, line.Task, line.Type == "time" ? "0" : "1"];
                foreach (var (x, y) in Texts(a!).Zip(Texts(b!)))
                {
                    if (string.CompareOrdinal(x, y) is var order and not 0) return order;
                }

                if (a!.Price != b!.Price) return a.Price.CompareTo(b.Price);
                return string.CompareOrdinal(a.Tax.Code, b.Tax.Code) is var tax and not 0 ? tax : string.CompareOrdinal(a.FirstId, b.FirstId);
            }
        }
    }
}
