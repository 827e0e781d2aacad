using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

public sealed class CallBudgetTests
{
    [Test]
    public async Task Send_BeyondTheBudget_IsNotSent()
    {
        using var network = FakeHandler.Of(() => FakeHandler.Status(429));
        var budget = new CallBudget(5);
        using var handler = new BudgetHandler(budget, network);
        var time = new ManualTime();
        using var client = BatchSync.Tests.Http.Api.Client(handler, time);
        var fault = await Assert.ThrowsAsync<OutsideException>(async () =>
        {
            // Three tries, then two and the end.
            for (var call = 0; call < 2; call++) await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), TimeSpan.FromMinutes(1));
        });
        Assert.Multiple(() =>
        {
            Assert.That(network.Urls, Has.Count.EqualTo(5));
            Assert.That(fault!.Fault, Is.EqualTo(OutsideFault.Transient), "it was certainly not carried out");
            Assert.That(fault.Message, Does.Contain("the 5 calls that a run may make (limits.calls) are used up"));
            Assert.That(budget.Left, Is.Zero);
        });
    }

    [Test]
    public void TryTake_ByManyAtOnce_GivesNoMoreThanThereAre()
    {
        var budget = new CallBudget(1000);
        var taken = 0;
        Parallel.For(0, 4000, _ =>
        {
            if (budget.TryTake()) Interlocked.Increment(ref taken);
        });
        Assert.That((taken, budget.Left), Is.EqualTo((1000, (int?)0)));
    }

    // Two documents in batches of two: looked up with what else their keys may have, created, read back, made final, and read once more for the proof.
    [TestCase(5, ExitCodes.Done)]
    [TestCase(4, ExitCodes.Failed)]
    [TestCase(null, ExitCodes.Done)]
    public async Task Run_WhoseDocumentsDoNotFitIntoTheBudget_PostsNone(int? left, int exit)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Books.Traits = firm.Books.Traits with { CallsPerBatch = 3, BatchSize = 2, ReferencesPerLookUp = 100 };
        firm.Calls = new CallBudget(left);
        var result = await firm.ExpectAsync(exit);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(exit == ExitCodes.Done ? 2 : 0));
        if (exit == ExitCodes.Done) return;
        Assert.That(result.Message, Is.EqualTo("posting 2 documents and proving them takes 5 calls or more, and 4 of 4 are left (limits.calls): nothing was posted. Raise the limit, then run again: batchsync run nightly"));
        firm.NextDay();
        firm.Calls = new CallBudget(null);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(2));
    }

    // Three documents of which one call creates one: asked for before, read back, and read for the proof, each time in one portion. A draft that is made final is read right before that.
    [TestCase(false, 3)]
    [TestCase(true, 5)]
    public async Task Run_WhereACallCreatesOneDocument_LooksUpManyTogether(bool makesFinal, int lookUps)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        firm.Books.Traits = firm.Books.Traits with { BatchSize = 1, LookUpSize = 3, HasDrafts = makesFinal };
        var asked = 0;
        firm.Books.OnLookUp = () => asked++;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Batches.Count, asked, firm.Books.Documents.Count(d => d.Shown.IsDraft)), Is.EqualTo((firm.Books.Documents.Count, lookUps, 0)));
    }
}
