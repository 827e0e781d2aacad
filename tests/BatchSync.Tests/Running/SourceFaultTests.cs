using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>What sources do to us: the run fails, says how to go on, and the next one does.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class SourceFaultTests
{
    [Test]
    public async Task Run_WhoseProbeFails_BelievesNoEmptyExtract()
    {
        await using var firm = await Firm.OpenAsync();
        firm.Source.OnProbe = () => throw FakeSource.Fault();
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(result.Message, Is.EqualTo("GET /time answered 401. What was committed stands; continue with: batchsync run nightly"));
            Assert.That(firm.Source.Requests, Is.Empty);
            Assert.That(await firm.Store.ListWatermarksAsync(CancellationToken.None), Is.Empty);
        });
        firm.Source.OnProbe = null;
        firm.Source.Put(Some.TimeEntry());
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_AfterAFaultInTheMiddle_GoesOnFromThePageThatIsMissing([Values] bool isPermanent)
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 7).Select(i => Some.TimeEntry($"{i}"))]);
        firm.Source.PageSize = 3;
        firm.Source.OnPage = page =>
        {
            if (page.Number == 3) throw FakeSource.Fault(isPermanent ? OutsideFault.Permanent : OutsideFault.Transient, "GET /time sent half a page.");
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(firm.Books.Documents, Is.Empty, "half of a month is never billed");
            Assert.That(await firm.Store.ListWatermarksAsync(CancellationToken.None), Is.Empty);
        });

        firm.NextDay();
        firm.Source.OnPage = null;
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(firm.Source.Requests[1].ResumeCursor, Is.EqualTo("6"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(770m));

            // To before the first page of the set, not to the day on which it ended.
            Assert.That(await firm.Store.FindWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None), Is.EqualTo(new DateTimeOffset(2026, 11, 5, 11, 59, 0, TimeSpan.Zero)));
        });
    }

    [Test]
    public async Task Run_WhoseCursorHasExpired_ReadsTheSetFromItsStart()
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 5).Select(i => Some.TimeEntry($"{i}"))]);
        firm.Source.PageSize = 2;
        firm.Source.OnPage = page =>
        {
            if (page.Number == 2) throw FakeSource.Fault(OutsideFault.Transient, "GET /time answered 503.");
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        firm.NextDay();
        firm.Source.OnPage = page =>
        {
            if (page.Cursor == "2" && firm.Source.Requests.Count == 2) throw FakeSource.Fault(OutsideFault.Permanent, "GET /time answered 410: the cursor has expired.");
        };
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Source.Requests.Take(3).Select(r => r.ResumeCursor), Is.EqualTo(new[] { null, "2", null }));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(550m));
        });
    }

    [Test]
    public async Task Run_WithOtherDatesThanTheOpenSet_StartsItsOwn()
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 5).Select(i => Some.TimeEntry($"{i}"))]);
        firm.Source.PageSize = 2;
        firm.Source.OnPage = page =>
        {
            if (page.Number == 2) throw FakeSource.Fault(OutsideFault.Transient, "GET /time answered 503.");
        };
        await firm.ExpectAsync(ExitCodes.Failed, from: Some.Day("2026-10-01"));
        firm.Source.OnPage = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Source.Requests.Take(2).Select(r => (r.FromDate, r.ResumeCursor)), Is.EqualTo(new (DateOnly?, string?)[] { (Some.Day("2026-10-01"), null), (null, null) }));
    }

    [Test]
    public async Task Run_AfterADoneOne_AsksForWhatChangedSinceLessTheLookBack()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry());
        await firm.ExpectAsync(ExitCodes.Done);
        var asked = firm.Source.Requests.Where(r => r.Stream == StreamKind.TimeEntries).Select(r => r.ModifiedSince);
        Assert.That(asked, Is.EqualTo(new DateTimeOffset?[] { null, new DateTimeOffset(2026, 11, 3, 11, 59, 0, TimeSpan.Zero) }));
    }

    // Saved late at the source, with an instant from before the last reading: by a clock that is slow, or by a transaction that took its time.
    [TestCase(47, true)]
    [TestCase(49, false)]
    public async Task Run_OfARowThatShowsLateWithAnOlderInstant_FindsItWithinTheLookBack(int hoursLate, bool isFound)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.PutAsOf(firm.Time.GetUtcNow().AddDays(-1).AddHours(-hoursLate), Some.TimeEntry("2"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(isFound ? 220m : 110m), "the look-back is two days, by the source's clock");
    }

    // The source's clock is ahead, so the next reading's bound, less the look-back, is still before the row.
    [Test]
    public async Task Run_OfARowWithAnInstantOfTomorrow_FindsItOnce()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.PutAsOf(firm.Time.GetUtcNow().AddDays(1), Some.TimeEntry("2"));
        for (var run = 0; run < 4; run++)
        {
            await firm.ExpectAsync(ExitCodes.Done);
            firm.NextDay();
        }

        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
    }

    [Test]
    public async Task Run_FromASourceThatDoesNotKnowChanges_ReadsAllEachTime()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Source.KnowsChanges = false;
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Source.Requests.Select(r => r.ModifiedSince), Is.All.Null);
    }

    [Test]
    public async Task Run_WithADateRange_MovesNoWatermark()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        await firm.ExpectAsync(ExitCodes.Done, to: Some.Day("2026-10-31"));
        Assert.That(await firm.Store.ListWatermarksAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Run_OfAPageThatCameTwice_ChangesNothing()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry());
        firm.Time.Advance(TimeSpan.FromHours(1));
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(result.Proof!.Counts.Staged, Is.EqualTo(new StageCounts(0, 0, 1)));
    }

    [Test]
    public async Task Run_CancelledWhileReading_IsResumable()
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 5).Select(i => Some.TimeEntry($"{i}"))]);
        firm.Source.PageSize = 2;
        using var stop = new CancellationTokenSource();
        firm.Source.OnPage = page =>
        {
            if (page.Number == 2) stop.Cancel();
        };
        var result = await firm.RunAsync(cancel: stop.Token);
        Assert.That((result.ExitCode, result.Status), Is.EqualTo((ExitCodes.Cancelled, RunStatus.Cancelled)), result.Message);
        Assert.That(result.Message, Does.Contain("batchsync run nightly"));
        firm.Source.OnPage = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(550m));
    }

    [Test]
    public async Task Run_WhoseReportCannotGoOut_FailsAndTheNextOneSendsTheProof()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Reporter.OnReport = () => throw new OutsideException(OutsideFault.Transient, "The mail server does not answer.");
        await firm.ExpectAsync(ExitCodes.Failed);
        firm.Reporter.OnReport = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
            Assert.That(firm.Reporter.Proofs.Single().Periods, Is.EqualTo(new[] { Some.October }), "the period whose proof never went out");
        });
    }
}
