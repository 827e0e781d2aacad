using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Mapping;

[TestFixture]
public sealed class RateTableTests
{
    private static readonly RateTable Table = new([
        Rate("task=DEV person=dana", "2026-01-01", "2026-07-01", 1),
        Rate("task=DEV|QA", null, "2027-01-01", 2),
        Rate("project=INT-*", null, null, 3),
    ]);

    [TestCase("DEV", "dana", "WEB", "2025-12-31", 2, Description = "the day before from")]
    [TestCase("DEV", "dana", "WEB", "2026-01-01", 1, Description = "from is inside")]
    [TestCase("DEV", "dana", "WEB", "2026-06-30", 1)]
    [TestCase("DEV", "dana", "WEB", "2026-07-01", 2, Description = "until is outside")]
    [TestCase("QA", "dana", "WEB", "2026-06-30", 2)]
    [TestCase("DEV", "bo", "INT-1", "2026-06-30", 2, Description = "the order decides, not how narrow a condition is")]
    [TestCase("DEV", "bo", "INT-1", "2027-01-01", 3)]
    [TestCase("DEV", "bo", "WEB", "2027-01-01", 0, Description = "no rate is not a price of zero")]
    public void Find_Record_IsTheFirstRateThatMatchesOnTheDate(string task, string person, string project, string date, int line)
    {
        var found = Table.Find(new RecordFacts(RecordFacts.Time, "ACME", project, task, person, "", ""), Date(date));
        Assert.That(found?.Line ?? 0, Is.EqualTo(line));
    }

    /// <summary>Rates are looked up by the value that tells them apart; the answer is that of walking the list.</summary>
    [Test]
    public void Find_RandomList_IsWhatWalkingItFinds()
    {
        foreach (var (number, random) in Seeded.Cases(2_000))
        {
            var table = new RateTable([.. Enumerable.Range(1, random.Next(1, 12)).Select(line => RateOf(RandomCondition(random) + random.Pick(["", "@2026-02-01..", "@..2026-02-01"]), line))]);
            for (var i = 0; i < 20; i++)
            {
                var facts = new RecordFacts(RecordFacts.Time, random.Pick(Values), random.Pick(Values), random.Pick(Values), random.Pick(Values), "", "");
                var date = new DateOnly(2026, random.Next(1, 4), 1);
                var walked = table.Rates.FirstOrDefault(rate => rate.Covers(date) && rate.When.Matches(facts));
                Assert.That(table.Find(facts, date), Is.SameAs(walked), $"case {number}: {facts} on {date:O}");
            }
        }
    }

    private static readonly string[] Values = ["", "A", "AB", "B", "C"];

    private static string RandomCondition(Random random) => string.Join(' ', new[] { "client", "project", "task", "person" }
        .Where(_ => random.Next(3) == 0)
        .Select(field => $"{field}={string.Join('|', Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Pick<string>(["A", "AB", "A*", "B", "*", "C"])).Distinct())}"));

    // Rates as condition@from..until; the result as later<earlier, by position.
    [TestCase("task=DEV; task=QA", "")]
    [TestCase("; task=QA; client=A", "2<1 3<1", Description = "everything after a catch-all")]
    [TestCase("task=*; task=QA; ", "2<1 3<1", Description = "a star alone is a catch-all")]
    [TestCase("task=D*; task=DEV; task=DE*; task=X", "2<1 3<1")]
    [TestCase("task=DEV@..2026-07-01; task=DEV@2026-01-01..2026-07-01", "2<1")]
    [TestCase("task=DEV@..2026-07-01; task=DEV@..2026-07-02", "", Description = "one day longer")]
    [TestCase("task=DEV@2026-01-01..; task=DEV@2025-12-31..", "", Description = "one day sooner")]
    [TestCase("task=DEV@2026-01-01..; task=DEV", "", Description = "open dates are wider than any")]
    [TestCase("task=DEV; task=DEV; task=DEV", "2<1 3<1", Description = "the first of them is named")]
    [TestCase("task=DEV@..2026-01-01; task=DEV@2026-01-01..; task=DEV", "", Description = "two together are not one")]
    [TestCase("task=DEV; task=QA; task=DEV|QA", "")]
    public void Shadowed_List_NamesEachRateThatOneEarlierTakesWhole(string rates, string expected)
    {
        var table = new RateTable([.. rates.Split(';').Select((text, i) => RateOf(text.Trim(), i + 1))]);
        Assert.That(string.Join(' ', table.Shadowed().Select(s => $"{s.Later + 1}<{s.Earlier + 1}")), Is.EqualTo(expected));
    }

    private static Rate RateOf(string text, int line)
    {
        var parts = text.Split('@');
        var dates = parts.Length > 1 ? parts[1].Split("..") : ["", ""];
        return Rate(parts[0], dates[0], dates[1], line);
    }

    private static Rate Rate(string condition, string? from, string? until, int line) =>
        new(ConditionTests.ConditionOf(condition), line, null, Fraction.One, DateOrNull(from), DateOrNull(until), line);

    private static DateOnly? DateOrNull(string? text) => string.IsNullOrEmpty(text) ? null : Date(text);

    private static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
