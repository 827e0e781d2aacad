using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Alerts;

/// <summary>A job that did not run when it should have, whoever was to start it: on a clock that the test moves.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class MissedRunTests
{
    [Test]
    public async Task Occurrence_ThatNobodyPerforms_IsToldAfterItsTimeAndWellOnceItIs()
    {
        await using var watched = await ScheduledAsync();
        var keeper = await KeeperAsync(watched);
        await PassAsync(watched, "2026-11-06 04:29");
        Assert.That(watched.Told, Is.Empty);
        await PassAsync(watched, "2026-11-06 04:30");
        await PassAsync(watched, "2026-11-06 12:00");
        Assert.That(watched.Told, Is.EqualTo(new[] { "missed raised" }));
        Assert.That((string?)watched.Notices[0]["summary"], Is.EqualTo("no run since 2026-11-06 02:30 (UTC)"));
        Assert.That((string?)watched.Notices[0]["details"], Does.Contain("Nothing has begun one."));

        await watched.Firm.Time.RunAsync(keeper.LookAsync("nightly", watched.Firm.Time.GetUtcNow(), CancellationToken.None), TimeSpan.FromSeconds(8));
        Assert.That(watched.Told, Is.EqualTo(new[] { "missed raised", "missed resolved" }), "the run that makes up for it looks itself");
    }

    [Test]
    public async Task Occurrence_OnAHoliday_IsNotMissedAndSeveralAreCounted()
    {
        await using var watched = await ScheduledAsync();
        await KeeperAsync(watched);
        await PassAsync(watched, "2026-11-09 12:00");
        Assert.That((string?)watched.Notices.Single()["summary"], Is.EqualTo("no run on 3 dates, the first of them 2026-11-06 02:30 (UTC)"), "6, 8 and 9: Founder's day is on the 7th");
    }

    [Test]
    public async Task Run_ThatHangs_IsMissedWhileItsLeaseIsHeld()
    {
        await using var watched = await ScheduledAsync();
        await KeeperAsync(watched);
        watched.Firm.Time.AdvanceTo(At("2026-11-06 02:30"));
        var lease = (await watched.Firm.Store.AcquireLeaseAsync(Some.Series, TimeSpan.FromDays(1), CancellationToken.None))!;
        await watched.Firm.Store.OpenOccurrenceAsync(lease, new RunStart(RunKind.Run, "nightly", Some.Series, "host", watched.Firm.Time.GetUtcNow(), null, null, []), new OccurrenceClaim(new FireTime(Some.Day("2026-11-06"), At("2026-11-06 02:30")), 0, []), CancellationToken.None);
        await PassAsync(watched, "2026-11-06 04:30");
        Assert.That(watched.Told, Is.EqualTo(new[] { "missed raised" }));
        Assert.That((string?)watched.Notices[0]["details"], Does.Contain("Run 1 is under way on host since 2026-11-06 02:30 UTC."));
    }

    // What could not even begin is known to the occurrence alone.
    [Test]
    public async Task Occurrence_ThatTheConfigurationFailed_IsMissedWithTheReason()
    {
        await using var watched = await ScheduledAsync();
        await KeeperAsync(watched);
        watched.Firm.Time.AdvanceTo(At("2026-11-06 02:30"));
        var lease = (await watched.Firm.Store.AcquireLeaseAsync(Some.Series, LeaseKeeper.Length, CancellationToken.None))!;
        await watched.Firm.Store.FailOccurrenceAsync(lease, "nightly", new FireTime(Some.Day("2026-11-06"), At("2026-11-06 02:30")), ExitCodes.Configuration, "The environment variable TOKEN is not set.", CancellationToken.None);
        await watched.Firm.Store.ReleaseLeaseAsync(lease, CancellationToken.None);
        await PassAsync(watched, "2026-11-06 04:30");
        Assert.That((string?)watched.Notices.Single()["details"], Does.Contain("Of 2026-11-06 it is known: The environment variable TOKEN is not set."));
    }

    [Test]
    public async Task Run_ByCron_ThatDoesNotCome_IsMissedThoughNobodyKeepsTheSchedule()
    {
        await using var watched = await ScheduledAsync();
        await PassAsync(watched, "2026-11-07 12:00");
        Assert.That(watched.Told, Is.Empty, "nobody has begun to run the job");
        watched.Firm.Time.AdvanceTo(At("2026-11-08 02:29"));
        await watched.Firm.ExpectAsync(ExitCodes.Done);
        await PassAsync(watched, "2026-11-09 04:29");
        Assert.That(watched.Told, Is.Empty, "cron's clock was a minute ahead");
        await PassAsync(watched, "2026-11-09 04:30");
        Assert.That(watched.Told, Is.EqualTo(new[] { "missed raised" }));
    }

    [Test]
    public async Task Run_ThatFailed_IsAFailureAndNotMissed()
    {
        await using var watched = await ScheduledAsync();
        await KeeperAsync(watched);
        watched.Firm.Time.AdvanceTo(At("2026-11-06 02:30"));
        watched.Firm.Source.OnProbe = () => throw FakeSource.Fault();
        await watched.Firm.ExpectAsync(ExitCodes.Failed);
        await PassAsync(watched, "2026-11-06 12:00");
        Assert.That(watched.Told, Is.EqualTo(new[] { "failure raised" }));
    }

    [Test]
    public async Task Run_ThatWasCancelled_LeavesItsDateMissed()
    {
        await using var watched = await ScheduledAsync();
        await KeeperAsync(watched);
        watched.Firm.Time.AdvanceTo(At("2026-11-06 02:30"));
        using var stop = new CancellationTokenSource();
        watched.Firm.Source.OnPage = _ => stop.Cancel();
        await watched.Firm.RunAsync(cancel: stop.Token);
        await PassAsync(watched, "2026-11-06 04:30");
        Assert.That((string?)watched.Notices.Single()["details"], Does.Contain("Run 1 was cancelled."));
    }

    [Test]
    public async Task Schedule_ThatIsTakenOut_IsNotMissedAnyMore()
    {
        await using var watched = await ScheduledAsync();
        await KeeperAsync(watched);
        await PassAsync(watched, "2026-11-06 04:30");
        watched.Firm.Job = watched.Firm.Job with { Schedule = null };
        await watched.LookAsync();
        Assert.That(watched.Told, Is.EqualTo(new[] { "missed raised", "missed resolved" }));
    }

    private static async Task<WatchedFirm> ScheduledAsync()
    {
        var watched = await WatchedFirm.OpenAsync(null, Some.TimeEntry());
        watched.Firm.Job = watched.Firm.Job with { Schedule = new ScheduleDefinition("0 30 2 ? * *", TimeZoneInfo.Utc) { Holidays = [new Holiday(Some.Day("2026-11-07"), "Founder's day")] } };
        return watched;
    }

    private static Task<ScheduleKeeper> KeeperAsync(WatchedFirm watched) => ScheduleKeeper.OpenAsync(
        watched.Firm.Store, [watched.Firm.Job], watched.Firm.Time, (_, claim, cancel) =>
        {
            watched.Firm.Occurrence = claim;
            return watched.Firm.TryRunAsync(watched.Firm.Store, watched.Firm.Source, watched.Firm.Ports, cancel: cancel);
        },
        Serilog.Core.Logger.None, CancellationToken.None);

    private static Task PassAsync(WatchedFirm watched, string utc)
    {
        watched.Firm.Time.AdvanceTo(At(utc));
        return watched.LookAsync();
    }

    private static DateTimeOffset At(string utc) => DateTimeOffset.ParseExact(utc, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
