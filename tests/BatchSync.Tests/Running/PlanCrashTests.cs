using BatchSync.Configuration;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Plans, and runs with plans, whose process ends right after any one of their writes and calls.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class PlanCrashTests
{
    [Test]
    public async Task RunWithAPlan_ThatDiedAnywhere_EndsTheSameWhenRunAgain()
    {
        await using var prepared = await ChangedAsync(ChangePolicy.CreditAndRebill);
        var plan = PlanBench.Postable(await PlanBench.PlanAsync(prepared));
        prepared.Source.Edit("2", r => r with { Seconds = 10_800 });
        var whole = new EndingProcess(int.MaxValue);
        var undisturbed = await OutcomeAsync(prepared, plan, whole);
        Assert.That(undisturbed, Does.Contain("exit 3"));
        for (var at = 1; at <= whole.Calls.Count; at++)
        {
            var outcome = await OutcomeAsync(prepared, plan, new EndingProcess(at));
            Assert.That(outcome, Is.EqualTo(undisturbed), $"the process ended after call {at}, {whole.Calls[at - 1]}");
        }
    }

    [Test]
    public async Task Plan_ThatDiedAnywhere_LeavesNothingThatIsEverSent()
    {
        await using var prepared = await ChangedAsync(ChangePolicy.Delta);
        var whole = new EndingProcess(int.MaxValue);
        var undisturbed = await RunAfterAsync(prepared, whole);
        for (var at = 1; at <= whole.Calls.Count; at++)
        {
            var outcome = await RunAfterAsync(prepared, new EndingProcess(at));
            Assert.That(outcome, Is.EqualTo(undisturbed), $"the process ended after call {at}, {whole.Calls[at - 1]}");
        }
    }

    // A change of each kind, a new client, and one whose document the plan does not touch.
    private static async Task<Firm> ChangedAsync(ChangePolicy policy)
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1002"), Some.TimeEntry("4", client: "1003"));
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = policy, Approval = ApprovalRule.None } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 5400 });
        firm.Source.Edit("3", r => r with { Deleted = true });
        firm.Source.Put(Some.TimeEntry("5", client: "1004"), Some.TimeEntry("6"));
        return firm;
    }

    private static async Task<IReadOnlyList<string>> OutcomeAsync(Firm prepared, PostablePlan plan, EndingProcess process)
    {
        await using var firm = prepared.Copy();
        await process.LiveAsync(firm, (store, books) => PlanBench.RunAsync(firm, plan, store, books));
        Assert.That(firm.Books.Documents.Select(d => d.Shown.Reference).Skip(3), Is.SubsetOf(plan.ContentByReference.Keys));
        var result = await PlanBench.RunAsync(firm, plan);
        return [$"exit {result!.ExitCode}", .. PlanBench.Shown(firm), .. await firm.DifferencesAsync()];
    }

    private static async Task<IReadOnlyList<string>> RunAfterAsync(Firm prepared, EndingProcess process)
    {
        await using var firm = prepared.Copy();
        await process.LiveAsync(firm, (store, books) => PlanBench.PlanAsync(firm, store, books));
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(3), "a plan sends nothing");
        var result = await firm.RunAsync();
        return [$"exit {result.ExitCode}", .. PlanBench.Shown(firm), .. await firm.DifferencesAsync()];
    }
}
