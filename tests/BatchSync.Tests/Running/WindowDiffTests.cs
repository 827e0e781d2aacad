using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Records that vanish at the source: found by what a window does not show, and believed only where nothing else explains it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class WindowDiffTests
{
    [Test]
    public async Task Run_OfARecordThatIsNotFoundByItsId_TakesItOffTheBooks()
    {
        await using var firm = await OpenAsync(byId: true, ChangePolicy.Delta);
        firm.Source.Delete("2");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 deleted"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
            Assert.That(firm.Source.Asked, Is.EqualTo(new[] { "1", "2" }), "first one that is there, to see that asking works");
        });
    }

    [Test]
    public async Task Run_OfARecordMissingWithoutById_WaitsForTheNextRunToMissItToo([Values] bool knowsChanges)
    {
        await using var firm = await OpenAsync(byId: false, ChangePolicy.Delta, knowsChanges);
        firm.Source.Delete("2");
        var first = await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
        Assert.That(await firm.StepAsync(first, "deletes"), Is.EqualTo("window from 2026-09-22: 0 records deleted at the source, 1 missing once, 0 not listed but there"));
        firm.NextDay();
        var second = await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 deleted"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        });
        Assert.That(await firm.StepAsync(second, "deletes"), Is.EqualTo("window from 2026-09-23: 1 record deleted at the source, 0 missing once, 0 not listed but there"));
    }

    [Test]
    public async Task Run_OfARecordMissingOnceAndThereAgain_ForgetsThatItWasMissing()
    {
        await using var firm = await OpenAsync(byId: false);
        firm.Source.Hidden.Add("2");
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Hidden.Clear();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Hidden.Add("2");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"), "missed twice, but not by two readings in a row");
    }

    // The run between them concluded nothing, but it did show the record.
    [Test]
    public async Task Run_OfARecordMissingAgainAfterAReadingThatConcludedNothing_WaitsAnew()
    {
        await using var firm = await OpenAsync(byId: false);
        firm.Source.Hidden.Add("2");
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Job = firm.Job with { Limits = firm.Job.Limits with { Deletes = 0 } };
        firm.Source.Hidden.Clear();
        firm.Source.Hidden.Add("3");
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Job = firm.Job with { Limits = firm.Job.Limits with { Deletes = 20 } };
        firm.Source.Hidden.Clear();
        firm.Source.Hidden.Add("2");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    [Test]
    public async Task Run_OfARecordThatIsNotListedButThere_LeavesItAlone()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.Hidden.Add("2");
        for (var run = 0; run < 3; run++)
        {
            await firm.ExpectAsync(ExitCodes.Done);
            firm.NextDay();
        }

        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Run_OfMoreMissingRecordsThanTheLimit_TakesNoneForDeleted(bool byId)
    {
        await using var firm = await OpenAsync(byId, ChangePolicy.Delta);
        firm.Job = firm.Job with { Limits = firm.Job.Limits with { Deletes = 1 } };
        firm.Source.Delete("1", "2");
        for (var run = 0; run < 3; run++)
        {
            var held = await firm.ExpectAsync(ExitCodes.Differences);
            Assert.That(held.Message, Does.Contain("2 records since 2026-09-2").And.Contain("limits.deletes").And.Contain("raise the limit to 2"));
            firm.NextDay();
        }

        Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
        firm.Job = firm.Job with { Limits = firm.Job.Limits with { Deletes = 2 } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
    }

    [Test]
    public async Task Run_WhoseWindowIsNotWhatTheSourceStates_TakesNothingForDeleted([Values] bool byId)
    {
        await using var firm = await OpenAsync(byId);
        firm.Source.Delete("2");
        firm.Source.OnPage = _ => firm.Source.StatedTotal = firm.Source.Requests[^1].FromDate is null ? null : 3;
        for (var run = 0; run < 2; run++)
        {
            var result = await firm.ExpectAsync(ExitCodes.Differences);
            Assert.That(result.Message, Does.Contain("the source stated 3 of time_entries and 2 were read, so none counts as deleted"));
            firm.NextDay();
        }

        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    [Test]
    public async Task Run_WhoseWindowBreaksOff_ReadsItAnewAndTakesNothingForDeletedByHalf()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.PageSize = 1;
        firm.Source.Delete("1");
        firm.Source.OnPage = page =>
        {
            if (firm.Source.Requests[^1].FromDate is not null && page.Cursor is not null) throw FakeSource.Fault(OutsideFault.Transient, "GET /time answered 503.");
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/1 billed").And.Contain("time_entries/3 billed"));

        // Meanwhile rows are saved that the half of the reading did show: a continued one would miss them.
        firm.NextDay();
        firm.Source.OnPage = null;
        firm.Source.Edit("2", r => r with { Notes = "edited" });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 deleted", "time_entries/2 billed", "time_entries/3 billed" }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Run_OfAnEmptyWindow_AsksWhetherTheSourceKnowsUsAndWaits(bool byId)
    {
        await using var firm = await OpenAsync(byId, ChangePolicy.Delta);
        firm.Source.Delete("1", "2", "3");
        var probes = 0;
        firm.Source.OnProbe = () =>
        {
            if (++probes == 2) throw FakeSource.Fault(message: "GET /account answered 401.");
        };
        var failed = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(failed.Message, Does.Contain("401"));
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m), "nothing that is there could be asked for, so one silence is not enough");
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.Zero);
    }

    [Test]
    public async Task Run_WhereNothingIsFoundByItsId_SaysThatAskingDoesNotWork()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.Delete("2");
        firm.Source.IsBlind = true;
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Source.Asked, Is.EqualTo(new[] { "1" }), "one that is there, and no other after it");
            Assert.That(result.Message, Does.Contain("time_entries/1 was listed and is not found by its id, so none counts as deleted. Check 'byId' of the connector 'source'"));
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
        });
    }

    [Test]
    public async Task Run_WhoseAskingIsRefused_FailsAndTakesNothingForDeleted()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.Delete("2");
        firm.Source.OnHas = id =>
        {
            if (id == "2") throw FakeSource.Fault(message: "GET /time/2 answered 403.");
        };
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(result.Message, Does.Contain("403"));
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    [Test]
    public async Task Run_OfARecordThatMovedOutOfTheWindow_KnowsItsNewDate([Values] bool knowsChanges)
    {
        await using var firm = await OpenAsync(byId: false, knowsChanges: knowsChanges);
        firm.Source.Edit("2", r => r with { Date = Some.Day("2026-05-07") });
        for (var run = 0; run < 2; run++)
        {
            await firm.ExpectAsync(ExitCodes.Differences);
            firm.NextDay();
        }

        Assert.That(firm.File.Rows("SELECT service_date, deleted FROM records WHERE source_id = '2' AND is_current = 1"), Is.EqualTo(new[] { "2026-05-07|0" }));
    }

    [Test]
    public async Task Run_OfARecordThatMovesWhileTheWindowIsRead_IsToldByTheNextReadingOfChanges()
    {
        await using var firm = await OpenAsync(byId: false);
        firm.Source.OnPage = _ =>
        {
            if (firm.Source.Requests[^1].FromDate is null) return;
            firm.Source.OnPage = null;
            firm.Source.Edit("2", r => r with { Date = Some.Day("2026-05-07") });
        };
        firm.Source.PageSize = 1;
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.File.Rows("SELECT service_date, deleted FROM records WHERE source_id = '2' AND is_current = 1"), Is.EqualTo(new[] { "2026-05-07|0" }));
    }

    [Test]
    public async Task Run_OfRecordsOlderThanTheWindow_LeavesThemAlone()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", date: "2026-08-07"), Some.TimeEntry("2"));
        firm.Job = WithDeletes(firm.Job, DeletesBy.WindowDiff);
        firm.Source.FindsById = true;
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Delete("1");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/1 billed"));
        var window = firm.Source.Requests.Last(r => r.FromDate is not null);
        Assert.That((window.FromDate, window.ToDate, window.ModifiedSince), Is.EqualTo(((DateOnly?)Some.Day("2026-09-21"), (DateOnly?)Some.Day("2026-11-07"), (DateTimeOffset?)null)));
    }

    [Test]
    public async Task Run_OfAStreamThatLeavesRowsOut_LooksForNoDeletions()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.ShowsAll = false;
        firm.Source.Delete("2");
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(await firm.StepAsync(result, "deletes"), Does.Contain("time_entries left out"));
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    [Test]
    public async Task Run_WithADateRange_LooksForNoDeletions()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.Delete("2");
        await firm.ExpectAsync(ExitCodes.Done, from: Some.Day("2026-10-01"), to: Some.Day("2026-10-31"));
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    [Test]
    public async Task Run_OfADeletedRecordThatComesBack_BillsItAgain()
    {
        await using var firm = await OpenAsync(byId: true, ChangePolicy.Delta);
        firm.Source.Delete("2");
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("2"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
        });
    }

    [Test]
    public async Task Run_ThatFindsADeletion_KeepsItsEvidenceAmongTheRawPages()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.Delete("2");
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(
            firm.File.Rows("SELECT s.purpose, s.state, p.records, p.location FROM page_sets s JOIN pages p ON p.page_set = s.page_set WHERE s.purpose = 'absence'"),
            Has.One.StartsWith("absence|complete|1|missing in page set "));
    }

    [Test]
    public async Task Run_UnderThePolicyThatReports_ShowsTheDeletionAsADifference()
    {
        await using var firm = await OpenAsync(byId: true);
        firm.Source.Delete("2");
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "changed-after-posting time_entries/2 110" }));
    }

    /// <summary>Three entries of an hour each for ACME, posted; 110.00 apiece.</summary>
    private static async Task<Firm> OpenAsync(bool byId, ChangePolicy policy = ChangePolicy.Report, bool knowsChanges = true)
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3"));
        firm.Source.FindsById = byId;
        firm.Source.KnowsChanges = knowsChanges;
        firm.Job = WithDeletes(firm.Job, DeletesBy.WindowDiff) with { Posting = new PostingRules(AsDraft: false) { OnChange = policy } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm;
    }

    private static JobDefinition WithDeletes(JobDefinition job, DeletesBy by) => job with { Source = job.Source with { Deletes = new DeletesRule(by, 45) } };
}
