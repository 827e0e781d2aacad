using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
public sealed class CapTests
{
    // Ids with their day of October and their net in cents | the limit | what is left out.
    [TestCase("a:1:100 b:2:100", 200, "")]
    [TestCase("a:1:100 b:2:100", 199, "b")]
    [TestCase("b:2:100 a:1:100", 0, "a b")]
    [TestCase("a:1:100", -1, "a", Description = "documents hold more than the cap already")]
    [TestCase("T9:1:100 T10:1:100", 100, "T9", Description = "of one day the larger id goes first, ordinal")]
    [TestCase("a:1:900 b:2:100", 500, "a b", Description = "the latest goes although an earlier one alone would do")]
    [TestCase("a:1:300 b:2:-100 c:3:50", 199, "a b c", Description = "without the correction the rest costs more, so everything goes")]
    [TestCase("", -1, "")]
    public void LeftOut_OfEntries_AreTheLatestUntilTheRestFits(string entries, long limit, string leftOut)
    {
        var known = entries.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split(':')).ToDictionary(e => e[0], e => (Day: (int)VectorValues.DecimalOf(e[1]), Net: (long)VectorValues.DecimalOf(e[2])));
        var found = Cap.LeftOut(
            known.Select(e => new CappedEntry(e.Key, new DateOnly(2026, 10, e.Value.Day))),
            Money.OfMinorUnits(limit, Some.Usd),
            without => Money.OfMinorUnits(known.Where(e => !without.Contains(e.Key)).Sum(e => e.Value.Net), Some.Usd));
        Assert.That(string.Join(' ', found.Order(StringComparer.Ordinal)), Is.EqualTo(leftOut));
    }
}
