using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Time;

[TestFixture]
public sealed class BilledTimeTests
{
    private static readonly RoundingScope[] Scopes = Enum.GetValues<RoundingScope>();
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();

    // Scope, increment, mode, minimum | seconds of one day and line, a posted one as seconds>billed | what each is billed.
    [TestCase(RoundingScope.Entry, 900, RoundingMode.Up, 0, "600>900 300", "900 900")]
    [TestCase(RoundingScope.Entry, 900, RoundingMode.Up, 0, "600>777", "777", Description = "posted stays as posted")]
    [TestCase(RoundingScope.Day, 900, RoundingMode.Up, 0, "600>900 300", "900 0", Description = "the day was billed in full")]
    [TestCase(RoundingScope.Day, 900, RoundingMode.Up, 0, "600>900 900", "900 900", Description = "1500 s are 1800, of which 900 are posted")]
    [TestCase(RoundingScope.Line, 900, RoundingMode.Up, 0, "600>900 601 300", "900 600 300", Description = "1501 s are 1800; the 900 that are not posted go out by 601 to 300")]
    [TestCase(RoundingScope.Day, 900, RoundingMode.HalfUp, 0, "600>900 -300", "900 -900", Description = "a late correction takes back what no longer stands")]
    [TestCase(RoundingScope.Day, 900, RoundingMode.Up, 1800, "60 60", "900 900", Description = "the minimum is for the sum")]
    [TestCase(RoundingScope.Day, 0, RoundingMode.Up, 1000, "60 60", "500 500", Description = "a minimum without an increment")]
    [TestCase(RoundingScope.Day, 0, RoundingMode.Up, 1000, "60 -60", "0 0")]
    [TestCase(RoundingScope.Day, 0, RoundingMode.Up, 0, "60 -60", "60 -60", Description = "nothing is rounded, so nothing is handed back")]
    [TestCase(RoundingScope.Day, 0, RoundingMode.Up, 0, "60>60 -60", "60 -60")]
    [TestCase(RoundingScope.Day, 900, RoundingMode.Up, 0, "600>600 60 -60", "600 300 0", Description = "seconds that cancel out cannot weigh: the first carries the rest")]
    [TestCase(RoundingScope.Day, 900, RoundingMode.Up, 0, "600>600 0", "600 300")]
    [TestCase(RoundingScope.Line, 900, RoundingMode.Up, 0, "600>600", "600", Description = "nobody is left to take the rest")]
    [TestCase(RoundingScope.Day, 10, RoundingMode.Up, 0, "1 1 1", "4 3 3", Description = "a tie of equal seconds: the smaller id")]
    [TestCase(RoundingScope.Day, 8, RoundingMode.Up, 0, "1 3", "2 6")]
    [TestCase(RoundingScope.Day, 6, RoundingMode.Up, 0, "1 3", "1 5", Description = "1.5 and 4.5: a tie goes to more seconds")]
    public void Of_OneDay_BillsItsSum(RoundingScope scope, int increment, RoundingMode mode, int minimum, string day, string expected)
    {
        var entries = day.Split(' ').Select((text, i) => EntryOf(text, $"T{i}")).ToList();
        var billed = BilledTime.Of(new TimeRounding(increment, mode, scope, minimum), entries);
        Assert.That(string.Join(' ', billed), Is.EqualTo(expected));
    }

    [Test]
    public void Of_TieOfEqualSeconds_GoesToTheSmallerIdByCodeUnits()
    {
        TimedEntry[] entries = [new("a", "D", "L", 1, null), new("T-2", "D", "L", 1, null), new("T-10", "D", "L", 1, null), new("Z", "D", "L", 1, null)];
        Assert.That(BilledTime.Of(new TimeRounding(6, RoundingMode.Up, RoundingScope.Day, 0), entries), Is.EqualTo(new long[] { 1, 2, 2, 1 }));
    }

    [Test]
    public void Of_RandomEntries_BillsTheRoundedSumOfEveryGroupAndSharesItWithinASecond()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var rounding = RoundingOf(random);
            var entries = EntriesOf(random, posted: false);
            var billed = BilledTime.Of(rounding, entries);
            foreach (var group in Enumerable.Range(0, entries.Length).GroupBy(i => GroupOf(rounding.Scope, entries[i], i)))
            {
                var worked = group.Sum(i => entries[i].Seconds);
                var sum = Math.Max(rounding.Round(worked), worked > 0 ? rounding.MinimumSeconds : long.MinValue);
                var near = worked == 0 || group.All(i => Rational.Abs(billed[i] - (Rational)sum * entries[i].Seconds / worked) < Rational.One);
                Assert.That(group.Sum(i => billed[i]) == sum && near, Is.True, () => $"case {number}: group {group.Key} of {rounding}");
            }
        }
    }

    [Test]
    public void Of_RandomEntriesSomePosted_KeepsThePostedAndBillsTheRestOnce()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var rounding = RoundingOf(random) with { Scope = random.Pick([RoundingScope.Day, RoundingScope.Line]), IncrementSeconds = random.Pick<long>([60, 360, 900]) };
            var entries = EntriesOf(random, posted: true);
            var billed = BilledTime.Of(rounding, entries);
            Assert.That(entries.Select((e, i) => e.PostedSeconds is null || e.PostedSeconds == billed[i]), Has.All.True, () => $"case {number}");
            foreach (var group in Enumerable.Range(0, entries.Length).GroupBy(i => GroupOf(rounding.Scope, entries[i], i)))
            {
                if (group.All(i => entries[i].PostedSeconds is not null)) continue;
                var worked = group.Sum(i => entries[i].Seconds);
                var sum = Math.Max(rounding.Round(worked), worked > 0 ? rounding.MinimumSeconds : long.MinValue);
                Assert.That(group.Sum(i => billed[i]), Is.EqualTo(sum), () => $"case {number}: group {group.Key} of {rounding}");
            }
        }
    }

    [Test]
    public void Of_EntriesInAnotherOrder_BillsEachTheSame()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var rounding = RoundingOf(random);
            var entries = EntriesOf(random, posted: true);
            var shuffled = entries.ToArray();
            random.Shuffle(shuffled);
            Assert.That(ById(rounding, shuffled), Is.EqualTo(ById(rounding, entries)), () => $"case {number} of {rounding}");
        }
    }

    private static Dictionary<string, long> ById(TimeRounding rounding, TimedEntry[] entries) =>
        entries.Zip(BilledTime.Of(rounding, entries)).OrderBy(p => p.First.RecordId, StringComparer.Ordinal).ToDictionary(p => p.First.RecordId, p => p.Second);

    private static TimedEntry EntryOf(string text, string id)
    {
        var numbers = text.Split('>').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();
        return new(id, "D", "L", numbers[0], numbers.Count > 1 ? numbers[1] : null);
    }

    private static TimeRounding RoundingOf(Random random) =>
        new(random.Pick<long>([0, 6, 60, 360, 900]), random.Pick(Modes), random.Pick(Scopes), random.Pick<long>([0, 0, 600, 1000]));

    private static TimedEntry[] EntriesOf(Random random, bool posted) =>
        [.. Enumerable.Range(0, random.Next(1, 8)).Select(i => new TimedEntry(
            $"T-{i}",
            $"D{random.Next(2)}",
            $"L{random.Next(2)}",
            random.Next(10) == 0 ? -random.Next(4000) : random.Next(4000),
            posted && random.Next(3) == 0 ? random.Next(4000) : null))];

    private static string GroupOf(RoundingScope scope, TimedEntry entry, int index) => scope switch
    {
        RoundingScope.Day => entry.DayKey,
        RoundingScope.Line => entry.LineKey,
        _ => $"#{index}",
    };
}
