using BatchSync.Core.Posting;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>What runs leave in the audit trail, and what approvals and pages they carry for an auditor.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class AuditedRunTests
{
    [Test]
    public async Task Run_ThatPosts_TellsOfEachDocumentOnceAStateThatCounts()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        await firm.ExpectAsync(ExitCodes.Done);
        var content = firm.File.Rows("SELECT content_hash FROM documents WHERE client = 'ACME'").Single();
        Assert.Multiple(() =>
        {
            Assert.That(Told(firm), Is.EqualTo(new[] { "1 nightly form document", "1 nightly form document", "1 nightly post document", "1 nightly post document" }));
            Assert.That(firm.File.Rows("SELECT subject FROM audit_events"), Has.Exactly(2).Contains($" content {content}"));
        });
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(Told(firm), Has.Count.EqualTo(4), "a run that posts nothing tells of no document");
        await VerifyAsync(firm);
    }

    [Test]
    public async Task Run_WhoseAnswerWasLost_TellsThatTheNextOneAdopted()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnCreate = call =>
        {
            call.CarryOut();
            throw CreateCall.NoAnswer;
        };
        await firm.RunAsync();
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(Told(firm).Select(t => t[2..]), Is.EqualTo(new[] { "nightly form document", "nightly adopt document", "nightly post document" }));
        await VerifyAsync(firm);
    }

    [Test]
    public async Task Run_WhoseDocumentIsRefused_TellsOfThatAndOfTakingItApart()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnCreate = call => call.CarryOut(d => new PostingOutcome.Rejected(d.Reference, "E1", "no such customer"));
        await firm.RunAsync();
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(Told(firm), Is.EqualTo(new[] { "1 nightly form document", "1 nightly reject document", "2 nightly take document apart", "2 nightly form document", "2 nightly post document" }));
    }

    [Test]
    public async Task Unpost_OfDrafts_TellsWhoAskedAndWhatWasWithdrawn()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Job = firm.Job with { Posting = firm.Job.Posting with { AsDraft = true } };
        await firm.ExpectAsync(ExitCodes.Done);
        await PlanBench.UnpostAsync(firm, 1);
        Assert.That(Told(firm).Skip(2), Has.Some.EqualTo(" eve unpost record").And.Some.EqualTo("2 nightly withdraw document"));
        await VerifyAsync(firm);
    }

    [Test]
    public async Task Plan_TellsOfNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        await firm.PlanAsync();
        await firm.PlanAsync();
        Assert.That(Told(firm), Is.Empty);
    }

    [Test]
    public void Hash_OfARecordThatSaysNothingOfItsApproval_IsWhatItWas()
    {
        var record = Some.TimeEntry("1");
        var approved = record with { ApprovedBy = "Kim", ApprovedAt = new DateTimeOffset(2026, 10, 30, 8, 0, 0, TimeSpan.Zero) };
        Assert.Multiple(() =>
        {
            Assert.That(RecordContent.Hash(record), Is.EqualTo("b39076a1307d1a5f6dc59608d26da5d0"));
            Assert.That(new[] { record, approved, approved with { ApprovedBy = "Lee" }, approved with { ApprovedAt = null } }.Select(RecordContent.Hash), Is.Unique);
        });
    }

    [Test]
    public async Task Approval_ThatComesAfterPosting_IsKeptWithTheRecordAndChangesNoMoney()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        var at = new DateTimeOffset(2026, 10, 30, 8, 0, 0, TimeSpan.Zero);
        firm.Source.Edit("1", r => r with { ApprovedBy = "Kim", ApprovedAt = at });
        var result = await firm.ExpectAsync(ExitCodes.Done);
        var stored = (await firm.Store.FindRecordAsync(Some.Series, BatchSync.Core.Sources.StreamKind.TimeEntries, "1", CancellationToken.None))!;
        Assert.Multiple(() =>
        {
            Assert.That((stored.Version, stored.Record.ApprovedBy, stored.Record.ApprovedAt), Is.EqualTo((2, "Kim", (DateTimeOffset?)at)));
            Assert.That(result.Proof!.Differences, Is.Empty);
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
            Assert.That(firm.Buckets(), Is.EqualTo(new[] { "time_entries/1 billed" }));
        });
    }

    [Test]
    public async Task RawPages_OfAJobThatKeepsThemForAWhile_AreGivenUpThenAndNotBefore()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Job = firm.Job with { Source = firm.Job.Source with { KeepRawPages = TimeSpan.FromDays(30) } };
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(Pruned(firm), Is.EqualTo(new[] { "0", "0" }));
        firm.Time.Advance(TimeSpan.FromDays(31));
        firm.Source.Put(Some.TimeEntry("2", date: "2026-11-10"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(Pruned(firm), Is.EquivalentTo(new[] { "1", "0", "0" }), "the old page of time entries; its new one stays, and so does the empty one of expenses, which was read again");
        Assert.That((await firm.Store.VerifyAsync(CancellationToken.None)).SelectMany(c => c.Problems), Is.Empty);
    }

    private static IReadOnlyList<string> Pruned(Firm firm) => firm.File.Rows("SELECT CASE WHEN pruned_at IS NULL THEN 0 ELSE 1 END FROM raw_pages ORDER BY first_seen_at");

    private static IReadOnlyList<string> Told(Firm firm) => firm.File.Rows("SELECT COALESCE(run_no, '') || ' ' || author || ' ' || action FROM audit_events ORDER BY event_no");

    private static async Task VerifyAsync(Firm firm)
    {
        var found = await AuditChain.VerifyAsync(firm.Store.ReadAuditAsync(null, null, CancellationToken.None), null, CancellationToken.None);
        Assert.That(found.Broken, Is.Null);
        Assert.That((await firm.Store.VerifyAsync(CancellationToken.None)).SelectMany(c => c.Problems), Is.Empty);
    }
}
