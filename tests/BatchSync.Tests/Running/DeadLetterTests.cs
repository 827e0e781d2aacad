using System.Globalization;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Documents that are refused for good, until somebody mends what is wrong or gives them up.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DeadLetterTests
{
    [Test]
    public async Task DeadLetter_RefusedNightAfterNight_SaysHowOftenAndSinceWhen()
    {
        await using var firm = await RefusedAsync();
        await firm.ExpectAsync(ExitCodes.Differences);
        var letter = (await firm.Store.ListDeadLettersAsync(CancellationToken.None)).Single();
        var exchanges = await firm.Store.ListExchangesAsync(letter.Document.Reference, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((letter.Job, letter.Document.Key.Client, letter.Refusals), Is.EqualTo(("nightly", "NORDWIND", 2)));
            Assert.That(letter.Last - letter.Since, Is.EqualTo(TimeSpan.FromDays(1)));
            Assert.That(letter.Document.Message, Is.EqualTo("unknown_customer: There is no customer '61'."));
            Assert.That(exchanges.Select(e => (e.Attempt.Action, e.Attempt.Outcome, e.Request, e.Response)), Is.All.EqualTo(("create", "Rejected", "request", "response")).And.Exactly(2).Items);
        });
        firm.NextDay();
        firm.Books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(await firm.Store.ListDeadLettersAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Retry_OfADeadLetter_HasItSentByTheNextRun()
    {
        await using var firm = await RefusedAsync();
        var number = (await firm.Store.ListDeadLettersAsync(CancellationToken.None)).Single().Document.DocumentNo;
        var result = await PlanBench.DecideAsync(firm, Decision.Retry([number], "eve", "customer made"));
        Assert.That((result.ExitCode, result.Message), Is.EqualTo((ExitCodes.Done, "1 document taken apart. The next run forms and sends what its records make now: batchsync run nightly")));
        Assert.That(firm.File.Rows("SELECT author || ' ' || action || ' ' || reason FROM audit_events WHERE author_kind = 'person'"), Is.EqualTo(new[] { "eve retry dead letter customer made" }));
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 ready"));
        firm.Books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(100m));
    }

    [Test]
    public async Task Discard_OfADeadLetter_KeepsItsRecordsOffTheBooksUntilTheyAreReleased()
    {
        await using var firm = await RefusedAsync();
        var number = (await firm.Store.ListDeadLettersAsync(CancellationToken.None)).Single().Document.DocumentNo;
        var result = await PlanBench.DecideAsync(firm, Decision.Discard([number], "eve", "billed by hand"));
        firm.Books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(result.Message, Does.StartWith("1 document discarded").And.Contain("batchsync release nightly RECORD --reason TEXT"));
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 held: unposted"));
            Assert.That(firm.Books.Owed("61", "EUR"), Is.Zero);
            Assert.That(await firm.Store.ListDeadLettersAsync(CancellationToken.None), Is.Empty);
            Assert.That(firm.File.Rows("SELECT author || ' ' || action || ' ' || reason FROM audit_events WHERE author_kind = 'person' ORDER BY event_no"), Is.EqualTo(new[] { "eve discard dead letter billed by hand", "eve unpost record billed by hand" }));
            var run = (await firm.Store.FindRunAsync(result.RunNo, CancellationToken.None))!;
            Assert.That((await UnpostedRecords.OfRunAsync(firm.Store, run, CancellationToken.None)).Select(r => r.ToString()), Is.EqualTo(new[] { "time_entries/2" }), "release --run finds them");
        });
        await PlanBench.ReleaseAsync(firm, new RecordName(StreamKind.TimeEntries, "2"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(100m));
    }

    [Test]
    public async Task Decision_AboutADocumentThatIsNotRefusedAnyMore_ChangesNothing()
    {
        await using var firm = await RefusedAsync();
        var posted = firm.File.Rows("SELECT document_no FROM outbox WHERE state = 'Posted'").Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();
        var before = PlanBench.Shown(firm);
        await PlanBench.DecideAsync(firm, Decision.Retry(posted, "eve", "no"));
        await PlanBench.DecideAsync(firm, Decision.Discard(posted, "eve", "no"));
        Assert.That(PlanBench.Shown(firm), Is.EqualTo(before));
        Assert.That(firm.File.Rows("SELECT 1 FROM audit_events WHERE author_kind = 'person'"), Is.Empty);
    }

    private static async Task<Firm> RefusedAsync()
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Books.OnCreate = call => call.CarryOut(d => d.DestinationClient == "61" ? new PostingOutcome.Rejected(d.Reference, "unknown_customer", "There is no customer '61'.") : null);
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        return firm;
    }
}
