using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Deletions that the source lists itself.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DeletionFeedTests
{
    [Test]
    public async Task Run_OfAListedDeletion_TakesTheRecordOffTheBooks()
    {
        await using var firm = await OpenAsync();
        firm.Source.Delete("2");
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 deleted"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        });
        Assert.That(await firm.StepAsync(result, "deletes"), Is.EqualTo("1 record deleted at the source, 0 deleted that were never read, 0 known before or saved again since"));
    }

    [Test]
    public async Task Run_AfterADoneOne_AsksForDeletionsSinceTheListsOwnWatermark()
    {
        await using var firm = await OpenAsync();
        await firm.ExpectAsync(ExitCodes.Done);
        var asked = firm.Source.Requests.Where(r => r is { OfDeletions: true, Stream: StreamKind.TimeEntries }).Select(r => r.ModifiedSince);
        Assert.That(asked, Is.EqualTo(new DateTimeOffset?[] { null, new DateTimeOffset(2026, 11, 3, 11, 59, 0, TimeSpan.Zero) }));
    }

    [Test]
    public async Task Run_WhoseListBreaksOff_GoesOnInItAndMovesItsWatermarkAtItsEndOnly()
    {
        await using var firm = await OpenAsync();
        firm.Source.PageSize = 1;
        firm.Source.Delete("1", "2");
        firm.Source.OnPage = page =>
        {
            if (firm.Source.Requests[^1].OfDeletions && page.Cursor is not null) throw FakeSource.Fault(OutsideFault.Transient, "GET /deletions answered 503.");
        };
        var before = await firm.Store.FindDeletionsWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None);
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(await firm.Store.FindDeletionsWatermarkAsync(Some.Series, StreamKind.TimeEntries, CancellationToken.None), Is.EqualTo(before));
        firm.Source.OnPage = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Source.Requests.Last(r => r is { OfDeletions: true, Stream: StreamKind.TimeEntries }).ResumeCursor, Is.EqualTo("1"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
        });
    }

    [Test]
    public async Task Run_OfADeletionThatWasNeverRead_KeepsAnOlderRowOfItGone()
    {
        await using var firm = await OpenAsync();
        var deletedAt = firm.Time.GetUtcNow();
        firm.Source.TellDeletion("9", deletedAt);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Buckets(), Does.Contain("time_entries/9 deleted"));

        // A page that was made before the deletion, and comes after it.
        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("9") with { ModifiedAt = deletedAt.AddMinutes(-1) });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/9 deleted"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
        });

        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("9") with { ModifiedAt = deletedAt.AddMinutes(1) });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(440m), "it was saved again after it was deleted");
    }

    [Test]
    public async Task Run_OfADeletionBeforeTheRecordWasSavedAgain_LeavesItAlone()
    {
        await using var firm = await OpenAsync();
        firm.Source.TellDeletion("2", firm.Time.GetUtcNow().AddHours(-2));
        firm.Source.Edit("2", r => r with { ModifiedAt = firm.Time.GetUtcNow().AddHours(-1), Notes = "restored" });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
    }

    // The look-back shows the deletion again, and the source dates no rows.
    [Test]
    public async Task Run_OfARestoredRecordWithoutATime_IsNotDeletedByTheSameDeletionAgain()
    {
        await using var firm = await OpenAsync();
        firm.Source.Delete("2");
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("2"));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(330m));
        });
    }

    [Test]
    public async Task Run_OfADeletionThatCannotBeRead_FailsAndSaysWhere()
    {
        await using var firm = await OpenAsync();
        firm.Source.TellUnreadable(new SourceRecord { Stream = StreamKind.TimeEntries, Id = "2", Deleted = true, Faults = [new FieldFault("modifiedAt", "soon", "an instant")] });
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(result.Message, Does.Contain("'modifiedAt' is 'soon', allowed is an instant. Check 'deletions' of the connector."));
        Assert.That(firm.Buckets(), Does.Contain("time_entries/2 billed"));
    }

    private static async Task<Firm> OpenAsync()
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"), Some.TimeEntry("3"));
        firm.Source.TellsDeletions = true;
        firm.Job = firm.Job with
        {
            Source = firm.Job.Source with { Deletes = new DeletesRule(DeletesBy.Feed, 45) },
            Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.Delta },
        };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm;
    }
}
