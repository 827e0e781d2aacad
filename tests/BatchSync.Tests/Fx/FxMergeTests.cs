using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Fx;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

/// <summary>Stored: USD on the 1st, 2nd and 6th, GBP on the 1st, JPY on the 6th; a rate is <c>CODE day value</c>.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FxMergeTests
{
    private static readonly string[] Stored = ["USD 01 1.1", "USD 02 1.2", "USD 06 1.6", "GBP 01 0.9", "JPY 06 160"];

    [TestCase("USD 02 1.20", "", "", "", TestName = "stored just so, with another zero")]
    [TestCase("USD 07 1.7", "USD 07", "", "", TestName = "after the newest day")]
    [TestCase("USD 02 1.21", "", "", "Differs 2", TestName = "another value")]
    [TestCase("USD 05 1.5", "", "", "FillsGap 2", TestName = "between two days")]
    [TestCase("GBP 05 0.8", "", "", "FillsGap 1", TestName = "a currency that was missing on an earlier day")]
    [TestCase("GBP 06 0.8", "", "", "FillsGap 1", TestName = "a currency that was missing on the newest day")]
    [TestCase("JPY 02 158", "JPY 02", "", "", TestName = "before a currency's first day")]
    [TestCase("CHF 02 0.93", "CHF 02", "", "", TestName = "a currency that nobody had")]
    public void Merge_OfASpotRateWithoutLeave_ChangesNothingThatADateHasFound(string rate, string added, string replaced, string conflict) =>
        Assert.That(Merged([rate], replaces: false), Is.EqualTo((added, replaced, conflict)));

    [TestCase("USD 02 1.21", "", "USD 02", "", TestName = "another value replaces")]
    [TestCase("USD 05 1.5", "USD 05", "", "", TestName = "a gap is filled")]
    public void Merge_OfASpotRateWithLeave_Replaces(string rate, string added, string replaced, string conflict) =>
        Assert.That(Merged([rate], replaces: true), Is.EqualTo((added, replaced, conflict)));

    [Test]
    public void Merge_OfAFileWithOneConflict_NamesItAlone()
    {
        var merge = FxMerge.Of(FxRateKind.Spot, [.. Stored.Select(StoredOf)], [New("USD 01 1.1", 2), New("USD 02 1.3", 3), New("USD 07 1.7", 4)], replaces: false);
        Assert.That(merge.Conflicts, Is.EqualTo(new[] { new FxConflict(FxConflictKind.Differs, New("USD 02 1.3", 3), StoredOf("USD 02 1.2", 1)) }));
    }

    [Test]
    public void Merge_OfAverages_TakesAMonthBetweenOthers()
    {
        var merge = FxMerge.Of(FxRateKind.MonthAverage, [.. Stored.Select(StoredOf)], [New("USD 05 1.5", 2)], replaces: false);
        Assert.That((merge.Added.Count, merge.Conflicts.Count), Is.EqualTo((1, 0)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Merge_OfRatesPerAnotherUnit_IsRefused(bool replaces)
    {
        var other = New("GBP 09 0.9", 2) with { From = Some.Usd };
        Assert.That(FxMerge.Of(FxRateKind.Spot, [.. Stored.Select(StoredOf)], [other], replaces).Conflicts.Select(c => c.Kind), Is.EqualTo(new[] { FxConflictKind.OtherUnit }));
    }

    [TestCase("01-10 1.1", "", "", TestName = "stored just so")]
    [TestCase("20- 1.2", "20-", "", TestName = "after the end of the stored one")]
    [TestCase("10-15 1.2", "10-15", "", TestName = "between two")]
    [TestCase("09-15 1.2", "", "Overlaps", TestName = "on the last day of the one before")]
    [TestCase("12-16 1.2", "", "Overlaps", TestName = "on the first day of the one after")]
    [TestCase("01-09 1.1", "", "Differs", TestName = "another end")]
    [TestCase("01-10 1.2", "", "Differs", TestName = "another value")]
    public void Merge_OfAContractWithoutLeave_LeavesStoredOnesAlone(string contract, string added, string conflict) =>
        Assert.That(MergedContracts([contract], replaces: false), Is.EqualTo((added, "", conflict)));

    [Test]
    public void Merge_OfAContractThatEndsAnotherWithLeave_TakesBoth() => Assert.That(MergedContracts(["15-17 1.5", "17-20 1.7"], replaces: true), Is.EqualTo(("17-20", "15-17", "")));

    [Test]
    public void Merge_OfAContractInsideAnotherWithLeave_IsRefusedAllTheSame() => Assert.That(MergedContracts(["16-18 1.7"], replaces: true).Conflicts, Is.EqualTo("Overlaps"));

    private static (string Added, string Replaced, string Conflicts) Merged(string[] rates, bool replaces)
    {
        var merge = FxMerge.Of(FxRateKind.Spot, [.. Stored.Select(StoredOf)], [.. rates.Select((r, i) => New(r, i + 2))], replaces);
        Assert.That(merge.FilledGaps.Count, Is.EqualTo(replaces && merge.Added.Count > 0 ? 1 : 0));
        var conflicts = merge.Conflicts.Select(c => FormattableString.Invariant($"{c.Kind} {c.Stored.ValidFrom.Day}")).ToList();
        return conflicts.Count > 0 ? ("", "", string.Join(' ', conflicts)) : (Names(merge.Added), Names(merge.Replaced.Select(r => r.New)), "");

        static string Names(IEnumerable<NewFxRate> rates) => string.Join(' ', rates.Select(r => FormattableString.Invariant($"{r.To} {r.ValidFrom.Day:00}")));
    }

    // Stored: from the 1st until the 10th, and from the 15th until the 20th; a contract is <c>first-until value</c>.
    private static (string Added, string Replaced, string Conflicts) MergedContracts(string[] contracts, bool replaces)
    {
        StoredFxRate[] stored = [StoredContract("01-10 1.1", 1), StoredContract("15-20 1.5", 2)];
        var merge = FxMerge.Of(FxRateKind.Contract, stored, [.. contracts.Select((c, i) => NewContract(c, i + 2))], replaces);
        return merge.Conflicts.Count > 0 ? ("", "", string.Join(' ', merge.Conflicts.Select(c => c.Kind))) : (Names(merge.Added), Names(merge.Replaced.Select(r => r.New)), "");

        static string Names(IEnumerable<NewFxRate> rates) => string.Join(' ', rates.Select(r => FormattableString.Invariant($"{r.ValidFrom.Day:00}-{r.ValidUntil?.Day:00}")));
    }

    private static NewFxRate New(string text, int line)
    {
        var parts = text.Split(' ');
        return new NewFxRate(Currency.Of("EUR"), Currency.Of(parts[0]), Some.Day("2026-03-" + parts[1]), null, VectorValues.DecimalOf(parts[2]), line);
    }

    private static StoredFxRate StoredOf(string text, int no) => Stores(New(text, 0), no);

    private static NewFxRate NewContract(string text, int line)
    {
        var parts = text.Split(' ', '-');
        return new NewFxRate(Currency.Of("EUR"), Some.Usd, Some.Day("2026-03-" + parts[0]), parts[1].Length == 0 ? null : Some.Day("2026-03-" + parts[1]), VectorValues.DecimalOf(parts[2]), line);
    }

    private static StoredFxRate StoredContract(string text, int no) => Stores(NewContract(text, 0), no);

    private static StoredFxRate Stores(NewFxRate rate, int no) => new(no, rate.From, rate.To, rate.ValidFrom, rate.ValidUntil, rate.Rate, DateTimeOffset.UnixEpoch);
}
