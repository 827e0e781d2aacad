using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>What other rules would have done to October and September, from the store alone.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class MappingTrialTests
{
    [Test]
    public async Task Trial_OfTheSameRules_DiffersInNothing([Values(RoundingScope.Entry, RoundingScope.Day, RoundingScope.Line)] RoundingScope scope)
    {
        await using var firm = await Firm.OpenAsync(
            Some.TimeEntry("1", hours: 0.4m), Some.TimeEntry("2", hours: 0.3m), Some.TimeEntry("3", client: "1002"), Some.Expense("4"), Some.TimeEntry("5", hours: 30m), Some.TimeEntry("6", date: "2026-11-02"));
        firm.Mapping = Some.Mapping(time: new TimeRounding(900, RoundingMode.Up, scope, 0));
        await firm.ExpectAsync(ExitCodes.Differences);
        var trial = await TryAsync(firm, firm.Mapping);
        Assert.Multiple(() =>
        {
            Assert.That(Shown(trial), Has.Count.EqualTo(2).And.All.EndsWith(" difference 0.00 + 0.00"));
            Assert.That(trial.Moves, Is.Empty);
        });
    }

    [Test]
    public async Task Trial_OfOtherRates_ShowsEachClientsDifference()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", date: "2026-09-07"), Some.TimeEntry("4", client: "1002", date: "2026-08-07"));
        var before = PlanBench.Shown(firm);
        var trial = await TryAsync(firm, Some.Mapping(rates: [Some.Rate(150m, client: "ACME", from: "2026-10-01"), Some.Rate(100m)], version: "2"));
        Assert.Multiple(() =>
        {
            Assert.That(Shown(trial), Is.EqualTo(new[]
            {
                "2026-09 ACME USD: 100.00 + 10.00, then 100.00 + 10.00, difference 0.00 + 0.00",
                "2026-10 ACME USD: 100.00 + 10.00, then 150.00 + 15.00, difference 50.00 + 5.00",
                "2026-10 NORDWIND EUR: 100.00 + 0.00, then 100.00 + 0.00, difference 0.00 + 0.00",
            }));
            Assert.That((trial.Records, trial.Moves), Is.EqualTo((3, Array.Empty<TrialMove>())), "August is out of the range");
            Assert.That(PlanBench.Shown(firm), Is.EqualTo(before), "nothing is stored");
        });
    }

    // Record 2 has no document: its task has no rate. Record 3 is not billed by the other rules.
    [Test]
    public async Task Trial_OfRulesThatBillOtherRecords_CountsThemToo()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", task: "Design"), Some.TimeEntry("3", client: "1002"));
        firm.Mapping = Some.Mapping(rates: [Some.Rate(100m, task: "DEV")]);
        await firm.ExpectAsync(ExitCodes.Differences);
        var trial = await TryAsync(firm, Some.Mapping(rates: [Some.Rate(100m, client: "ACME")], version: "2"));
        Assert.Multiple(() =>
        {
            Assert.That(Shown(trial), Is.EqualTo(new[]
            {
                "2026-10 ACME USD: 100.00 + 10.00, then 200.00 + 20.00, difference 100.00 + 10.00",
                "2026-10 NORDWIND EUR: 100.00 + 0.00, then 0.00 + 0.00, difference -100.00 + 0.00",
            }));
            Assert.That(trial.Moves.Select(m => $"{m.Record} {m.From} -> {m.To}"), Is.EqualTo(new[] { "time_entries/2 rejected: no rate -> billed", "time_entries/3 billed -> rejected: no rate" }));
        });
    }

    // A range of one day is the whole month; credited, rebilled and adjusted documents count with their sum.
    [TestCase(nameof(ChangePolicy.Delta))]
    [TestCase(nameof(ChangePolicy.CreditAndRebill))]
    public async Task Trial_AfterCorrections_ComparesWithWhatStands(string policy)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = Enum.Parse<ChangePolicy>(policy) } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        firm.Source.Put(Some.TimeEntry("3"));
        await firm.ExpectAsync(ExitCodes.Done);
        var trial = await TryAsync(firm, firm.Mapping, "2026-10-20", "2026-10-20");
        Assert.That(Shown(trial), Is.EqualTo(new[] { "2026-10 ACME USD: 400.00 + 40.00, then 400.00 + 40.00, difference 0.00 + 0.00" }));
    }

    [Test]
    public async Task Trial_OfAnUnpostedRecord_LeavesItHeld()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        await PlanBench.UnpostAsync(firm, 1);
        var trial = await TryAsync(firm, Some.Mapping(rates: [Some.Rate(150m)], version: "2"));
        Assert.That((Shown(trial), trial.Moves), Is.EqualTo((new[] { "2026-10 ACME USD: 0.00 + 0.00, then 0.00 + 0.00, difference 0.00 + 0.00" }, Array.Empty<TrialMove>())));
    }

    private static Task<MappingTrial> TryAsync(Firm firm, MappingRules other, string from = "2026-09-01", string to = "2026-10-31") =>
        new MappingTrialStep(firm.Store, firm.Job, other, Some.Day(from), Some.Day(to), firm.Time.GetUtcNow(), _ => 4).ExecuteAsync(CancellationToken.None);

    private static List<string> Shown(MappingTrial trial) => [.. trial.Amounts.Select(a => $"{a.Period} {a.Client} {a.Currency}: {Shown(a.Posted)}, then {Shown(a.Other)}, difference {Shown(a.Difference)}")];

    private static string Shown(BookedMoney money) => $"{money.Net.ToAmountString()} + {money.Tax.ToAmountString()}";
}
