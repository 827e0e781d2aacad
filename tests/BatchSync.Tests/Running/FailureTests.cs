using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>How a run ends that could not do its work, and that the next one makes up for it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FailureTests
{
    [TestCase(nameof(IStore.StagePageAsync))]
    [TestCase(nameof(IStore.SaveBucketsAsync))]
    [TestCase(nameof(IStore.CreateDocumentsAsync))]
    [TestCase(nameof(IStore.BeginAttemptAsync))]
    [TestCase(nameof(IStore.EndAttemptAsync))]
    [TestCase(nameof(IStore.SaveReconciliationAsync))]
    public async Task Run_WhoseStoreFails_IsResumable(string method)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var failing = Tapped.Of(firm.Store, (called, isAfter) =>
        {
            if (!isAfter && called == method) throw new StoreException("The disk of the store is full.");
        });
        var result = await firm.TryRunAsync(failing, firm.Source, firm.Ports);
        Assert.That((result!.ExitCode, result.Message), Is.EqualTo((ExitCodes.Failed, "The disk of the store is full. What was committed stands; continue with: batchsync run nightly")));
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
    }

    [Test]
    public async Task Run_WhoseStoreFailsAtItsEndToo_StillSaysWhy()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var failing = Tapped.Of(firm.Store, (called, isAfter) =>
        {
            if (!isAfter && called is nameof(IStore.SaveBucketsAsync) or nameof(IStore.CloseRunAsync) or nameof(IStore.ReleaseLeaseAsync)) throw new StoreException("The disk of the store is full.");
        });
        var result = await firm.TryRunAsync(failing, firm.Source, firm.Ports);
        Assert.That(result!.ExitCode, Is.EqualTo(ExitCodes.Failed), result.Message);
        firm.Time.Advance(TimeSpan.FromMinutes(3));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((await firm.Store.ListRunsAsync(null, 10, CancellationToken.None)).Select(r => r.Status), Is.EqualTo(new[] { RunStatus.Succeeded, RunStatus.Abandoned }));
    }

    [Test]
    public async Task Run_WithADefect_IsClosedAsOneAndThrows()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var broken = Tapped.Of(firm.Store, (called, isAfter) =>
        {
            if (!isAfter && called == nameof(IStore.SaveBucketsAsync)) throw new InvalidOperationException("no such column");
        });
        await Assert.ThatAsync(() => firm.TryRunAsync(broken, firm.Source, firm.Ports), Throws.InvalidOperationException);
        var run = (await firm.Store.ListRunsAsync(null, 10, CancellationToken.None)).Single();
        Assert.That((run.Status, run.ExitCode, run.Message), Is.EqualTo((RunStatus.Failed, (int?)ExitCodes.Defect, "Bug in BatchSync (run 1): no such column")));
        await firm.ExpectAsync(ExitCodes.Done);
    }

    [Test]
    public async Task Run_CancelledWhileACallIsOut_KeepsItsAnswer()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        using var stop = new CancellationTokenSource();
        firm.Books.OnCreate = call =>
        {
            stop.Cancel();
            return call.CarryOut();
        };
        var result = await firm.RunAsync(cancel: stop.Token);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Cancelled), result.Message);
            Assert.That(firm.File.Rows("SELECT state, destination_id FROM outbox"), Is.EqualTo(new[] { "Created|doc-1" }));
        });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_CancelledBeforeTheCall_SendsNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        using var stop = new CancellationTokenSource();
        firm.Books.OnLookUp = stop.Cancel;
        var result = await firm.RunAsync(cancel: stop.Token);
        Assert.That((result.ExitCode, firm.Books.Batches.Count), Is.EqualTo((ExitCodes.Cancelled, 0)), result.Message);
        firm.Books.OnLookUp = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_OfAJobThatNoLongerListsADestination_IsRefused()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry());
        firm.Job = Some.Job(destinations: ["us"]);
        firm.Ports = new Dictionary<string, IDestination> { ["us"] = firm.Books };
        var result = await firm.ExpectAsync(ExitCodes.Configuration);
        Assert.That(result.Message, Does.Contain("destination 'all'").And.Contain("Nothing was posted"));
    }

    [Test]
    public async Task Run_OfARenamedJob_KeepsItsDocumentsAndDifferences()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry());
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Job = Some.Job(name: "renamed");
        await firm.ExpectAsync(ExitCodes.Differences);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await firm.DifferencesAsync(), Has.Count.EqualTo(1));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1), "the series is the identity, not the job's name");
        });
    }

    [Test]
    public async Task Run_OfALateEntryBesideARefusedOriginal_PostsBothAsTheOriginal()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnCreate = call => call.CarryOut(d => new PostingOutcome.Rejected(d.Reference, "locked", "The period is locked."));
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Books.OnCreate = null;
        firm.Source.Put(Some.TimeEntry("2"));
        await firm.ExpectAsync(ExitCodes.Done);
        var document = firm.Books.Documents.Single().Content!;
        Assert.That((document.Identity.Purpose, document.Total), Is.EqualTo((DocumentPurpose.Original, Some.Money("220.00"))));
    }

    // Records are put into buckets 2,000 at a time.
    [Test]
    public async Task Run_OfMoreRecordsThanOneTransactionTakes_BillsEveryOne()
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 4_100).Select(i => Some.TimeEntry($"{i}", hours: 0.25m, client: i % 2 == 0 ? "1001" : "1002"))]);
        firm.Source.PageSize = 1_000;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(2_050 * 25m * 1.1m));
            Assert.That(firm.Books.Owed("61", "EUR"), Is.EqualTo(2_050 * 25m));
            Assert.That(firm.Buckets(), Is.All.EndsWith(" billed"));
        });
    }
}
