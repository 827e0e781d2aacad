using BatchSync.Core.Sources;
using BatchSync.Explaining;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Explaining;

/// <summary>Records explained: each bucket with the rule that decided and its place, and what documents hold.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class RecordExplainerTests
{
    [TestCase("ready", "bucket: billed")]
    [TestCase("internal", "bucket: excluded: internal (first rule that matches; mapping-config/rules.yaml:32)")]
    [TestCase("early", "bucket: excluded: before start (jobs/nightly.yaml:3)")]
    [TestCase("elsewhere", "bucket: excluded: billed elsewhere (the source calls it billed)")]
    [TestCase("not billable", "bucket: non-billable (the source calls it not billable)")]
    [TestCase("not approved", "bucket: held: not approved (the job bills approved records only; jobs/nightly.yaml:9)")]
    [TestCase("open", "bucket: held: period open (2026-11 closes 2026-12-04 00:00:00Z; jobs/nightly.yaml:4)")]
    [TestCase("deleted", "bucket: deleted (the source says that it is gone)")]
    [TestCase("no rate", "bucket: rejected: no rate (rate 'client ACME, project WEB, task Painting, person 17 on 2026-10-07': a rate of mapping 'rules' that matches: add one under 'rates:')")]
    [TestCase("long", "bucket: rejected: invalid (hours '30': limits.hoursPerEntry: at most 24 of either sign)")]
    public async Task Explain_OfARecord_NamesTheRuleThatDecided(string what, string said)
    {
        var entry = Some.TimeEntry("1");
        await using var firm = await WrittenFirm.OpenAsync(records: [what switch
        {
            "internal" => entry with { Project = new Reference("INT-1", "") },
            "early" => entry with { Date = Some.Day("2026-01-31") },
            "elsewhere" => entry with { BilledElsewhere = true },
            "not billable" => entry with { Billable = false },
            "not approved" => entry with { Approved = false },
            "open" => entry with { Date = Some.Day("2026-11-01") },
            "deleted" => entry with { Deleted = true },
            "no rate" => entry with { Task = new Reference("", "Painting") },
            "long" => entry with { Seconds = 30 * 3600 },
            _ => entry,
        }]);
        await firm.Firm.RunAsync();
        var explanation = await firm.RecordAsync("1");
        Assert.Multiple(() =>
        {
            Assert.That(explanation.Root.Steps.Single(s => s.Name == "bucket").Text, Is.EqualTo(said));
            Assert.That(WrittenFirm.Faults(explanation).Concat(WrittenFirm.NotChecked(explanation)), Is.Empty);
        });
    }

    [Test]
    public async Task Explain_OfARecordThatAPersonKeepsOffTheBooks_SaysWhoAndWhy()
    {
        await using var firm = await WrittenFirm.OpenAsync(records: [Some.TimeEntry("1")]);
        var lease = (await firm.Store.AcquireLeaseAsync("T", TimeSpan.FromMinutes(1), CancellationToken.None))!;
        await firm.Store.SaveUnpostedAsync(lease, [new RecordName(StreamKind.TimeEntries, "1")], "eve", "agreed on the phone", CancellationToken.None);
        await firm.Store.ReleaseLeaseAsync(lease, CancellationToken.None);
        await firm.RunAsync();
        var steps = (await firm.RecordAsync("1")).Root.Steps;
        Assert.That(steps.Single(s => s.Name == "bucket").Result, Is.EqualTo("held: unposted"));
        Assert.That(steps.Single(s => s.Name == "unposted").Text, Is.EqualTo("unposted: kept off the books by eve since 2026-11-05 12:00:00Z, until it is released (agreed on the phone)"));
    }

    [Test]
    public async Task Explain_OfARecordThatChangedAfterPosting_ShowsTheOpenVariance()
    {
        await using var firm = await WrittenFirm.OpenAsync(rounding: "increment: 0s", tax: "per: line", onChange: "report", records: [Some.TimeEntry("1", task: "Travel", hours: 2m)]);
        await firm.RunAsync();
        firm.Firm.Source.Edit("1", r => r with { Seconds = 2 * 7200 });
        await firm.RunAsync(ExitCodes.Differences);
        var explanation = await firm.RecordAsync("1");
        Assert.Multiple(() =>
        {
            Assert.That(explanation.Root.Steps.Where(s => s.Name == "version").Select(s => s.Text.Split(" on ")[0]), Is.EqualTo(new[] { "version 1: 7200 s (2 h)", "version 2: 14400 s (4 h)" }));
            Assert.That(explanation.Root.Steps.Single(s => s.Name == "variance").Text, Is.EqualTo("variance: net 87.70, tax 16.66 USD posted = net 175.40, tax 33.33 USD correct (open: the record or its rules changed)"));
        });
    }

    [Test]
    public async Task Explain_OfABucketThatSomebodyChanged_DoesNotFollow()
    {
        await using var firm = await WrittenFirm.OpenAsync(records: [Some.TimeEntry("1") with { Approved = false }]);
        await firm.RunAsync();
        firm.Firm.File.Execute("UPDATE buckets SET bucket = 'excluded', reason = 'internal'");
        Assert.That(WrittenFirm.Faults(await firm.RecordAsync("1")), Is.EqualTo(new[] { "bucket: held: not approved comes out by the rules that decided it, excluded: internal is stored" }));
    }

    [Test]
    public async Task Explain_OfAPostedRecordThatSomebodyChanged_DoesNotFollow()
    {
        await using var firm = await WrittenFirm.OpenAsync(records: [Some.TimeEntry("1")]);
        await firm.RunAsync();
        firm.Firm.File.Execute("UPDATE records SET seconds = seconds + 1");
        Assert.That(WrittenFirm.Faults(await firm.RecordAsync("1")), Is.EqualTo(new[] { "correct: its content or rules changed since, and no variance is noted; the next run of the job judges it" }));
    }
}
