using BatchSync.Core.Scheduling;
using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>A run that is made for an occurrence, and what is left of both where its process ends.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class OccurrenceRunTests
{
    private static readonly FireTime Fire = new(Some.Day("2026-11-05"), new DateTimeOffset(2026, 11, 5, 7, 30, 0, TimeSpan.Zero));

    [Test]
    public async Task Run_OfAnOccurrence_IsItsRunAndNoOtherIsMade()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Occurrence = new OccurrenceClaim(Fire, 0, []);
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((await OnlyAsync(firm)).RunNo, Is.EqualTo(result.RunNo));
        Assert.That(await firm.TryRunAsync(firm.Store, firm.Source, firm.Ports), Is.Null, "it is performed");
        Assert.That((await firm.Store.ListRunsAsync(null, 10, CancellationToken.None)).Select(r => (r.RunNo, r.Occurrence)), Is.EqualTo(new[] { (result.RunNo, (DateOnly?)Fire.Date) }));
    }

    [Test]
    public async Task Run_ByHand_LeavesTheOccurrenceToItsOwnRun()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(await firm.Store.ListOccurrencesAsync(null, 10, CancellationToken.None), Is.Empty);
        firm.Occurrence = new OccurrenceClaim(Fire, 0, []);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((await OnlyAsync(firm)).Occurrence.State, Is.EqualTo(OccurrenceState.Done));
    }

    // Where its process ends: at which call, and whether that was carried out.
    [TestCase(nameof(IStore.OpenOccurrenceAsync), false, 1)]
    [TestCase(nameof(IStore.OpenOccurrenceAsync), true, 2)]
    [TestCase(nameof(IStore.StagePageAsync), true, 2)]
    [TestCase(nameof(IStore.CreateDocumentsAsync), true, 2)]
    [TestCase(nameof(IStore.BeginAttemptAsync), true, 2)]
    [TestCase(nameof(IStore.EndAttemptAsync), false, 2)]
    [TestCase(nameof(IStore.SaveReconciliationAsync), true, 2)]
    [TestCase(nameof(IStore.CloseRunAsync), false, 2)]
    [TestCase(nameof(IStore.CloseRunAsync), true, 1)]
    [TestCase(nameof(IStore.ReleaseLeaseAsync), false, 1)]
    public async Task Occurrence_OfWhichTheProcessEnded_IsPerformedOnceInTheEnd(string method, bool isDone, int runs)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Occurrence = new OccurrenceClaim(Fire, 0, []);
        await DieAsync(firm, method, isDone);
        firm.Time.Advance(TimeSpan.FromMinutes(3));
        while (await NextAsync(firm) is ScheduleStep.Perform { Claim: var claim })
        {
            firm.Occurrence = claim;
            await firm.ExpectAsync(ExitCodes.Done);
        }

        Assert.Multiple(async () =>
        {
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(2));
            Assert.That((await OnlyAsync(firm)).Occurrence.State, Is.EqualTo(OccurrenceState.Done));
            Assert.That(await firm.Store.ListRunsAsync(null, 10, CancellationToken.None), Has.Count.EqualTo(runs));
        });
    }

    private static async Task DieAsync(Firm firm, string method, bool isDone)
    {
        var isDead = false;
        await using var store = firm.File.Open(firm.Time);
        var mortal = Tapped.Of(store, (called, isAfter) =>
        {
            isDead |= called == method && isAfter == isDone;
            if (isDead) throw new ProcessEndedException();
        });
        var books = Tapped.Of<IDestination>(firm.Books, (_, _) =>
        {
            if (isDead) throw new ProcessEndedException();
        });
        try
        {
            await firm.TryRunAsync(mortal, firm.Source, new Dictionary<string, IDestination> { ["all"] = books });
        }
        catch (ProcessEndedException)
        {
            // That was the end of it.
        }

        Assert.That(isDead, Is.True, $"the run came to {method}");
    }

    // As the keeper decides: the fire time is due until the store knows of it.
    private static async Task<ScheduleStep> NextAsync(Firm firm)
    {
        var known = (await firm.Store.ListOccurrencesAsync(Some.Series, 10, CancellationToken.None)).Select(o => o.Occurrence).SingleOrDefault();
        return OccurrenceRules.Next(new ScheduleView { Due = known is null ? [Fire] : [], Holidays = [], Latest = known, Since = firm.Time.GetUtcNow(), WaitsFor = _ => null }, firm.Time.GetUtcNow());
    }

    private static async Task<OccurrenceRow> OnlyAsync(Firm firm) => (await firm.Store.ListOccurrencesAsync(null, 10, CancellationToken.None)).Single();

    private sealed class ProcessEndedException : Exception;
}
