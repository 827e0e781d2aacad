using System.Text;
using BatchSync.Alerts;
using BatchSync.Configuration;
using BatchSync.Core.Alerting;
using BatchSync.Core.Reconciliation;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Reports;
using BatchSync.Tests.Reports.Mail;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Alerts;

/// <summary>Whole runs with a receiver of alerts: what it is told, once, and that it is well again.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class AlertWatchTests
{
    [Test]
    public async Task Failure_OverThreeRuns_IsToldOnceAndResolvedByAGoodOne()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault(OutsideFault.Transient, "Harvest does not answer. Look at its status page.");
        for (var run = 1; run <= 3; run++) await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised" }));
        Assert.That((await watched.OpenAlertsAsync()).Single().Alert.Count, Is.EqualTo(3));
        watched.Firm.Source.OnProbe = null;
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised", "failure resolved" }));
            Assert.That((string?)watched.Notices[0]["summary"], Is.EqualTo("run 1 failed: Harvest does not answer"));
            Assert.That((string?)watched.Notices[1]["summary"], Is.EqualTo("run 4 came to its end: 1 document posted; the reconciliation balances"));
            Assert.That(((long)watched.Notices[0]["run"]!, (long)watched.Notices[1]["run"]!), Is.EqualTo((1L, 4L)));
        });
    }

    [Test]
    public async Task Failure_ThatStandsForADay_IsToldAgainWithWhatItIsNow()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        watched.Firm.NextDay();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised", "failure still" }));
        Assert.That((string?)watched.Notices[1]["summary"], Does.StartWith("2 runs in a row failed, the last of them run 2"));
    }

    [Test]
    public async Task Failure_ThatMayPass_IsToldWhenThereAreMoreThanTheLimit()
    {
        await using var watched = await WatchedFirm.OpenAsync(WatchedFirm.Everything with { FailuresOver = 1 }, Some.TimeEntry());
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Told, Is.Empty);
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised" }));
    }

    [Test]
    public async Task Failure_OfTheStoreToBelongToTheCompany_IsToldToo()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        watched.Firm.Books.Tenant = new("company-2", "test");
        await watched.Firm.ExpectAsync(ExitCodes.Configuration);
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised" }));
        Assert.That((string?)watched.Notices[0]["details"], Does.Contain("Next: batchsync check"));
    }

    [Test]
    public async Task Failure_OfARunThatSomebodyCancelled_IsNone()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        using var stop = new CancellationTokenSource();
        watched.Firm.Source.OnPage = _ => stop.Cancel();
        Assert.That((await watched.Firm.RunAsync(cancel: stop.Token)).ExitCode, Is.EqualTo(ExitCodes.Cancelled));
        await watched.LookAsync();
        Assert.That(watched.Told, Is.Empty);
    }

    // Nobody comes back from a run whose process ended: whoever looks next finds it.
    [Test]
    public async Task Failure_OfARunWhoseProcessEnded_IsFoundOnceItsLeaseIsOver()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        var lease = (await watched.Firm.Store.AcquireLeaseAsync(Some.Series, LeaseKeeper.Length, CancellationToken.None))!;
        await watched.Firm.Store.OpenRunAsync(lease, new RunStart(RunKind.Run, "nightly", Some.Series, "host", watched.Firm.Time.GetUtcNow(), null, null, []), CancellationToken.None);
        await watched.LookAsync();
        Assert.That(watched.Told, Is.Empty, "it is under way");
        watched.Firm.Time.Advance(LeaseKeeper.Length * 2);
        await watched.LookAsync();
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised", "failure resolved" }));
        Assert.That((string?)watched.Notices[0]["summary"], Is.EqualTo("run 1 failed: its process ended without a word"));
    }

    [Test]
    public async Task Receiver_ThatIsAway_IsToldByTheNextRunAndChangesNoExitCode()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.OnCall = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        watched.OnCall = _ => FakeHandler.Status(503);
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        watched.OnCall = null;
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised" }));
    }

    [Test]
    public async Task Receiver_ThatWasAwayUntilAllWasWell_IsToldNothing()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.OnCall = _ => FakeHandler.Status(500);
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        (watched.OnCall, watched.Firm.Source.OnProbe) = (null, null);
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        Assert.That(watched.Told, Is.Empty);
    }

    [Test]
    public async Task Receiver_ThatMissedTheResolvedNotice_IsToldLater()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        (watched.OnCall, watched.Firm.Source.OnProbe) = (_ => FakeHandler.Status(500), null);
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        watched.OnCall = null;
        await watched.LookAsync();
        await watched.LookAsync();
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised", "failure resolved" }));
    }

    [TestCase(404)]
    [TestCase(302)]
    [TestCase(403)]
    [TestCase(500)]
    public async Task Receiver_ThatDoesNotTakeIt_IsReportedWithoutTheSecretsOfItsUrl(int status)
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.OnCall = _ =>
        {
            var answer = FakeHandler.Status(status, "no such hook: T0-very-secret, key-of-the-hook");
            answer.Headers.Location = new Uri("https://elsewhere.example.com/");
            return answer;
        };
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        var reason = (await watched.LookAsync())!.NotTold.Single();
        Assert.Multiple(() =>
        {
            Assert.That(reason, Does.StartWith("webhook env:HOOK: ").And.Contain($"{status}").And.Contain("https://chat.example.com/***"));
            Assert.That(reason, Does.Not.Contain("channel=books").And.Not.Contain("/hooks").And.Not.Contain("key-of-the-hook"));
            Assert.That(watched.Told, Is.Empty, "no redirect was followed");
        });
    }

    [Test]
    public async Task Notice_AsJson_HasTheNamesThatReceiversGoBy()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault(message: "GET /time answered 401. Sign in.");
        string? key = null;
        watched.OnCall = request =>
        {
            key = string.Join(' ', request.Headers.GetValues("X-Key"));
            return FakeHandler.Status(204);
        };
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        var notice = watched.Notices.Single();
        Assert.Multiple(() =>
        {
            Assert.That(notice.Select(p => p.Key), Is.EqualTo(new[] { "id", "job", "kind", "state", "summary", "details", "alert", "run", "raisedAt", "at", "host", "text" }));
            Assert.That((string?)notice["id"], Is.EqualTo("nightly-20261105T120000Z-alert-1-1"));
            Assert.That(((string?)notice["job"], (string?)notice["raisedAt"], (long)notice["alert"]!), Is.EqualTo(("nightly", "2026-11-05T12:00:00Z", 1L)));
            Assert.That((string?)notice["text"], Does.StartWith("[BatchSync] nightly: run 1 failed: GET /time answered 401\nWhat: GET /time answered 401. Sign in."));
            Assert.That(key, Is.EqualTo("key-of-the-hook"));
        });
    }

    [Test]
    public async Task Rejections_OverTheLimit_AreToldAndAgainWhereTheyGrow()
    {
        await using var watched = await WatchedFirm.OpenAsync(WatchedFirm.Everything with { RejectionsOver = 1 }, Some.TimeEntry("1", hours: 30m), Some.TimeEntry("2"));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(watched.Told, Is.Empty);
        watched.Firm.Source.Put(Some.TimeEntry("3", hours: 31m));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        watched.Firm.Source.Put(Some.TimeEntry("4", client: "nobody", project: "none"));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        watched.Firm.Source.Edit("3", r => r with { Seconds = 3600 });
        watched.Firm.Source.Edit("4", r => r with { Client = r.Client with { Id = "1002" } });
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(watched.Told, Is.EqualTo(new[] { "rejections raised", "rejections still", "rejections resolved" }));
        Assert.That((string?)watched.Notices[1]["details"], Does.Contain("  2 rejected: invalid\n").And.Contain("  1 rejected: no client\n"));
    }

    [Test]
    public async Task Differences_ThatAreAccepted_AreWellAgainAtTheNextLook()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        watched.Firm.NextDay();
        watched.Firm.Source.Edit("1", r => r with { Seconds = 1800 });
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        await watched.Firm.AcceptAllAsync();
        await watched.LookAsync();
        Assert.That(watched.Told, Is.EqualTo(new[] { "differences raised", "differences resolved" }));
        Assert.That((string?)watched.Notices[0]["details"], Does.Contain($"  1. {DifferenceCodes.ChangedAfterPosting} time_entries/1\n").And.Contain("differences accept"));
    }

    [Test]
    public async Task Differences_OfAJobThatWasRenamed_StandUntilARunLooks()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        watched.Firm.NextDay();
        watched.Firm.Source.Edit("1", r => r with { Seconds = 1800 });
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        watched.Firm.Job = watched.Firm.Job with { Name = "renamed" };
        await watched.LookAsync();
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(watched.Told, Is.EqualTo(new[] { "differences raised" }));
        Assert.That((await watched.OpenAlertsAsync()).Single().Alert.Count, Is.EqualTo(1));
    }

    // A refused document is a difference as well: whoever is told of the one need not be told of the other.
    [Test]
    public async Task DeadLetters_ThatGrow_AreToldAndARunThatStopsSaysNothingOfThem()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        var refused = new HashSet<string> { "61" };
        watched.Firm.Books.OnCreate = call => call.CarryOut(d => refused.Contains(d.DestinationClient) ? new BatchSync.Core.Posting.PostingOutcome.Rejected(d.Reference, "no_item", "The item is missing.") : null);
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        watched.Firm.Time.Advance(TimeSpan.FromHours(1));
        watched.Firm.Source.OnPage = _ => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        watched.Firm.Source.OnPage = null;
        Assert.That(await watched.Firm.Store.ListDeadLettersAsync(CancellationToken.None), Is.Empty, "the run took it apart, and stopped");
        Assert.That(watched.Told, Is.EqualTo(new[] { "dead-letters raised", "failure raised" }));

        watched.Firm.Source.Put(Some.TimeEntry("3", client: "1003"));
        refused.Add("64");
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        refused.Clear();
        watched.Firm.Time.Advance(TimeSpan.FromHours(1));
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        Assert.That(watched.Told.Skip(2), Is.EquivalentTo(new[] { "failure resolved", "dead-letters still", "dead-letters resolved" }));
        Assert.That(watched.Notices.Select(n => (string?)n["details"]), Has.Some.Contain("The item is missing."));
    }

    [Test]
    public async Task Look_WhileARunIsUnderWay_LeavesWhatItHasTakenApart()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry("1"));
        watched.Firm.Books.OnCreate = call => call.CarryOut(d => new BatchSync.Core.Posting.PostingOutcome.Rejected(d.Reference, "no_item", "The item is missing."));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        watched.Firm.Books.OnCreate = null;
        var looks = 0;
        watched.Firm.Books.OnReady = async cancel =>
        {
            looks++;
            Assert.That(await watched.Firm.Store.ListDeadLettersAsync(cancel), Is.Empty);
            await watched.Watch.LookAsync(watched.Firm.Job, TimeSpan.Zero, cancel);
        };
        watched.Firm.Time.Advance(TimeSpan.FromHours(1));
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        Assert.That(looks, Is.GreaterThan(0));
        Assert.That(watched.Told, Is.EqualTo(new[] { "dead-letters raised", "dead-letters resolved" }));
    }

    [Test]
    public async Task Routes_ThatAreToldOfSomeKinds_HearOfThoseOnly()
    {
        await using var watched = await WatchedFirm.OpenAsync(WatchedFirm.Everything with { Routes = [WatchedFirm.ToHook(AlertKind.Rejections)] }, Some.TimeEntry("1", hours: 30m));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Told, Is.EqualTo(new[] { "rejections raised" }));
        Assert.That((await watched.OpenAlertsAsync()).Select(a => a.Alert.Kind), Is.EqualTo(new[] { AlertKind.Rejections, AlertKind.Failure }), "both stand");
    }

    [Test]
    public async Task Heartbeat_OfRunsThatDidTheirWork_IsASignOfLife()
    {
        await using var watched = await WatchedFirm.OpenAsync(WatchedFirm.Everything with { Heartbeat = new ValueReference("env:HEART") }, Some.TimeEntry("1", hours: 30m));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(watched.Beats, Is.EqualTo(1), "with something to look at");
        await watched.Firm.ExpectAsync(ExitCodes.Differences, from: Some.Day("2026-10-01"));
        Assert.That(watched.Beats, Is.EqualTo(1), "a run with dates is no sign that the nightly one lives");
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(watched.Beats, Is.EqualTo(1));
    }

    [Test]
    public async Task Heartbeat_ThatNobodyTakes_ChangesNoExitCodeAndKeepsNoAlertBack()
    {
        await using var watched = await WatchedFirm.OpenAsync(WatchedFirm.Everything with { Heartbeat = new ValueReference("env:HEART") }, Some.TimeEntry("1", hours: 30m));
        watched.OnCall = request => request.Method == HttpMethod.Get ? throw new HttpRequestException("gone") : FakeHandler.Status(204);
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        Assert.That((watched.Beats, watched.Told.Single()), Is.EqualTo((0, "rejections raised")));
    }

    [TestCase("https://beats.example.org/ping/1234-secret", "points to https://beats.example.org/***")]
    [TestCase("http://beats.example.com/ping/1234-secret", "points to http://beats.example.com/***")]
    public async Task Heartbeat_ThatIsSentElsewhere_IsNotFollowedAndShowsNoSecret(string target, string shown)
    {
        using var network = new FakeHandler((_, _) =>
        {
            var answer = FakeHandler.Status(301);
            answer.Headers.Location = new Uri(target);
            return answer;
        });
        var post = new AlertPost(new SettingValues(new Dictionary<string, ValueReference>(), ".", _ => WatchedFirm.Heart), network, TimeProvider.System);
        var fault = await Assert.ThrowsAsync<OutsideException>(() => post.BeatAsync(new ValueReference("env:HEART"), CancellationToken.None));
        Assert.That(fault!.Message, Does.Contain(shown).And.Not.Contain("1234-secret"));
        Assert.That(network.Urls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Mail_OfAnAlert_IsAsApproved()
    {
        using var folder = new TemporaryFolder();
        await using var watched = await WatchedFirm.OpenAsync(WatchedFirm.Everything with { Routes = [WatchedFirm.ToFolder(folder.File("outgoing"))] }, Some.TimeEntry("1", hours: 30m), Some.TimeEntry("2", client: "nobody", project: "none"));
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        var mail = Directory.GetFiles(folder.File("outgoing")).Single();
        Assert.That(Path.GetFileName(mail), Is.EqualTo("nightly-20261105T120000Z-alert-1-1.eml"));
        var message = await File.ReadAllTextAsync(mail);
        Assert.That(MailText.Fields(message[..message.IndexOf("\r\n\r\n", StringComparison.Ordinal)])["Subject"], Is.EqualTo("[BatchSync] nightly: 2 rejected records"));
        Approved.Check("alert.eml", Encoding.ASCII.GetBytes(message.Replace(Environment.MachineName, "HOST", StringComparison.Ordinal)));
    }

    // Wherever its process ends, the next look goes on: nothing is never told, and nothing is told to anybody a third time.
    [Test]
    public async Task Look_ThatDiedAnywhere_IsMadeUpForByTheNext()
    {
        await using var prepared = await Firm.OpenAsync(Some.TimeEntry("1", hours: 30m));
        prepared.Source.OnProbe = () => throw FakeSource.Fault();
        await prepared.ExpectAsync(ExitCodes.Failed);
        var deaths = 0;
        for (var at = 1; ; at++, deaths++)
        {
            await using var watched = WatchedFirm.On(prepared.Copy());
            if (!await DieAsync(watched, at)) break;
            watched.Firm.Time.Advance(LeaseKeeper.Length * 2);
            await watched.LookAsync();
            Assert.That(watched.Told.Distinct(), Is.EqualTo(new[] { "failure raised" }), $"the process ended at call {at}");
            Assert.That(watched.Told, Has.Count.LessThanOrEqualTo(2), $"the process ended at call {at}");
            Assert.That(watched.Notices.Select(n => (string?)n["id"]).Distinct().Count(), Is.EqualTo(1));
            Assert.That(await watched.OpenAlertsAsync(), Has.Count.EqualTo(1));
        }

        Assert.That(deaths, Is.GreaterThan(5));
    }

    // Somebody else looks, and does not come to an end: the run does not wait for that, nor fail of it.
    [Test]
    public async Task Look_WhileAnotherOneIsUnderWay_IsLeftToThatOne()
    {
        await using var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry("1", hours: 30m));
        var other = (await watched.Firm.Store.AcquireLeaseAsync(AlertRow.LeaseOf(Some.Series), TimeSpan.FromHours(1), CancellationToken.None))!;
        await watched.Firm.ExpectAsync(ExitCodes.Differences);
        Assert.That((await watched.LookAsync(), watched.Told.Count), Is.EqualTo(((AlertLook?)null, 0)));
        await watched.Firm.Store.ReleaseLeaseAsync(other, CancellationToken.None);
        Assert.That((await watched.LookAsync())!.Open.Single().Told, Is.EqualTo(new Dictionary<string, int> { ["webhook env:HOOK"] = 1 }));
    }

    private static async Task<bool> DieAsync(WatchedFirm watched, int at)
    {
        var calls = 0;
        await using var store = watched.Firm.File.Open(watched.Firm.Time);
        var mortal = Tapped.Of(store, (_, _) =>
        {
            if (++calls >= at) throw new ProcessEndedException();
        });
        await watched.WatchOn(mortal).TryLookAsync(watched.Firm.Job, TimeSpan.Zero, CancellationToken.None);
        return calls >= at;
    }

    private sealed class ProcessEndedException : Exception;
}
