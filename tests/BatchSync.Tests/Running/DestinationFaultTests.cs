using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>What destinations do to us, and that every document is there once all the same.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DestinationFaultTests
{
    [Test]
    public async Task Run_AfterATimeOutThatCommitted_AdoptsWhatIsThere()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnCreate = call =>
        {
            call.CarryOut();
            throw CreateCall.NoAnswer;
        };
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
            Assert.That(firm.Books.Documents.Single().Shown.IsDraft, Is.False, "adopted, read back and made final");
            Assert.That(result.Proof!.Counts.DocumentsAdopted, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_AfterATimeOutThatDidNotCommit_SendsAgainWithTheSameKey()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnCreate = call => call.Number == 1 ? throw CreateCall.NoAnswer : call.CarryOut();
        var began = firm.Time.GetUtcNow();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
            Assert.That(firm.Books.Batches.Select(b => b.IdempotencyKey).Distinct().Count(), Is.EqualTo(1));
            Assert.That(firm.Time.GetUtcNow() - began, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(5 + 10 + 2 + 2)), "sendBy, the call's own limit, and the settle time twice");
        });
    }

    [Test]
    public async Task Run_AfterATimeOutThatCommitsLate_FindsItAtTheSecondLook()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        CreateCall? late = null;
        var looks = 0;
        firm.Books.OnCreate = call =>
        {
            late = call;
            throw CreateCall.NoAnswer;
        };
        firm.Books.OnLookUp = () =>
        {
            // The first is before the call, the second after it, the third a settle time later.
            if (++looks == 3) late!.CarryOut();
        };
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_WhereHalfABatchCommittedWithoutAnAnswer_SendsTheOtherHalf()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Books.OnCreate = call =>
        {
            if (call.Number > 1) return call.CarryOut();
            firm.Books.Book(call.Batch with { Documents = [call.Batch.Documents[0]] }, _ => null);
            throw CreateCall.NoAnswer;
        };
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents.Select(d => d.Shown.Client), Is.EquivalentTo(new[] { "58", "61" }));
            Assert.That(firm.Books.Batches[1].Documents, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_WhereTheCallWasNotTaken_IsPendingAndTheNextOnePosts()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnCreate = _ => throw new OutsideException(OutsideFault.Transient, "POST /invoices answered 429.");
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(result.Message, Is.EqualTo("0 documents posted, 1 pending at a destination. Run again to continue: batchsync run nightly"));
            Assert.That((await firm.DifferencesAsync()).Single(), Does.StartWith("pending ACME"));
        });
        firm.Books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task Run_WhereTheDestinationRefusesEveryCall_FailsAndTheNextOnePosts()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnCreate = _ => throw new OutsideException(OutsideFault.Permanent, "POST /invoices answered 403.");
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(result.Message, Is.EqualTo("POST /invoices answered 403. What was committed stands; continue with: batchsync run nightly"));
        firm.Books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_WhereLookUpsFail_SendsNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnLookUp = () => throw new OutsideException(OutsideFault.Transient, "GET /invoices answered 503.");
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(firm.Books.Batches, Is.Empty, "nothing is created before the destination said that it has nothing");
        firm.Books.OnLookUp = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_WithOneItemRejected_PostsTheOthersAndFormsItAnewWithANewKey()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Books.OnCreate = call => call.CarryOut(d => d.DestinationClient == "61" ? new PostingOutcome.Rejected(d.Reference, "unknown_customer", "There is no customer '61'.") : null);
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        var difference = await firm.OnlyDifferenceAsync();
        Assert.Multiple(() =>
        {
            Assert.That((difference.Code, difference.Client, difference.Actual), Is.EqualTo((DifferenceCodes.RejectedByDestination, "NORDWIND", "unknown_customer: There is no customer '61'.")));
            Assert.That(firm.Books.Documents.Select(d => d.Shown.Client), Is.EqualTo(new[] { "58" }));
            Assert.That(result.Message, Does.StartWith("1 document posted"), "the rejected one is not counted as posted");
        });

        firm.NextDay();
        firm.Books.OnCreate = null;
        firm.Mapping = Some.Mapping(clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { DestinationId = "62" } : c)], version: "2");
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(firm.Books.Documents.Select(d => d.Shown.Client), Is.EqualTo(new[] { "58", "62" }));
            Assert.That(firm.Books.Batches.Select(b => b.IdempotencyKey), Is.Unique);
            Assert.That(firm.Books.Batches[1].Documents.Single().Reference, Is.EqualTo(firm.Books.Batches[0].Documents[1].Reference), "one document, one reference");
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task Run_AfterARejectionOfTheSameDocumentAlone_NeverUsesTheRefusedKeyAgain()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnCreate = call => call.CarryOut(d => call.Number <= 2 ? new PostingOutcome.Rejected(d.Reference, "locked", "The period is locked.") : null);
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Batches.Select(b => b.IdempotencyKey), Is.Unique);
    }

    [Test]
    public async Task Run_OfARejectedDocumentWhoseRecordIsEdited_PostsTheEditedOne()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnCreate = call => call.CarryOut(d => call.Number == 1 ? new PostingOutcome.Rejected(d.Reference, "too_large", "No.") : null);
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 1800 });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(55m));
    }

    // It said that it would not take the call, and took it all the same.
    [Test]
    public async Task Run_WhereTheDestinationTookWhatItSaidItDidNot_AdoptsIt()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnCreate = call =>
        {
            call.CarryOut();
            throw new OutsideException(OutsideFault.Transient, "POST /invoices answered 429.");
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
            Assert.That(firm.Books.Documents.Single().Shown.IsDraft, Is.False);
        });
    }

    [TestCase("61", "100.00", "client-at-destination ACME")]
    [TestCase("58", "90.00", "amount-at-destination ACME -10")]
    public async Task Run_ThatAdoptsWhatDoesNotTieOut_ReportsItAndMakesNothingFinal(string client, string net, string difference)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnCreate = call =>
        {
            call.CarryOut();
            firm.Books.Change("doc-1", d => d with { Client = client, Net = Some.Money(net), Total = Some.Money(net) + Some.Money("10.00") });
            throw CreateCall.NoAnswer;
        };
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Differences);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { difference }));
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
            Assert.That(firm.Books.Documents.Single().Shown.IsDraft, Is.True);
            Assert.That(firm.File.Rows("SELECT state FROM outbox"), Is.EqualTo(new[] { "Created" }));
        });
    }

    [Test]
    public async Task Run_ThatMakesFinal_KeepsTheCallLikeAnyOther()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry());
        Assert.That(
            firm.File.Rows("SELECT a.action || ' ' || i.outcome || ' ' || a.request || ' ' || a.response FROM posting_attempts a JOIN attempt_items i ON i.attempt_no = a.attempt_no WHERE a.ended_at IS NOT NULL ORDER BY a.attempt_no"),
            Is.EqualTo(new[] { "create Posted request response", "finalize Posted request response" }));
    }

    // A job that was copied with its series, for another company, into the same store.
    [Test]
    public async Task Run_OfAnotherJobInAStoreOfAnotherCompany_IsRefused()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Job = Some.Job(name: "copied");
        firm.Books.Tenant = new DestinationTenant("company-2", "test");
        firm.Source.Put(Some.TimeEntry("2"));
        var result = await firm.ExpectAsync(ExitCodes.Configuration);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain("job 'copied'").And.Contain("'company-2' (test)").And.Contain("'company-1' (test)").And.Contain("Nothing was posted").And.Contain("--store"));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
    }

    [TestCase("changed", "amount-at-destination ACME 5")]
    [TestCase("deleted", "missing-at-destination ACME")]
    [TestCase("doubled", "duplicate-at-destination ACME")]
    [TestCase("another client", "client-at-destination ACME")]
    public async Task Run_AfterSomebodyTouchedADocumentThere_ReportsItUntilItIsMended(string what, string difference)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        var original = firm.Books.Documents.Single();
        if (what == "changed") firm.Books.Change("doc-1", d => d with { Net = Some.Money("105.00"), Total = Some.Money("115.00") });
        if (what == "deleted") firm.Books.Documents.Clear();
        if (what == "doubled") firm.Books.Documents.Add(original with { Shown = original.Shown with { DestinationId = "doc-2" } });
        if (what == "another client") firm.Books.Change("doc-1", d => d with { Client = "61" });

        // The proof of a period is made again when the period is touched: here by a record that only waits.
        firm.Source.Put(Some.TimeEntry("2") with { Approved = false });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { difference }));

        firm.NextDay();
        firm.Books.Documents.Clear();
        firm.Books.Documents.Add(original);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(await firm.DifferencesAsync(), Is.Empty);
    }

    [Test]
    public async Task Run_AfterAnAcceptedGapChangedThere_OpensItAgain()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Books.Change("doc-1", d => d with { Net = Some.Money("105.00"), Total = Some.Money("115.00") });
        firm.Source.Put(Some.TimeEntry("2") with { Approved = false });
        await firm.ExpectAsync(ExitCodes.Differences);
        await firm.AcceptAllAsync();
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Books.Change("doc-1", d => d with { Net = Some.Money("500.00"), Total = Some.Money("510.00") });
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "amount-at-destination ACME 400" }));
    }

    [Test]
    public async Task Run_WhereMakingFinalGetsNoAnswer_IsPendingAndTheNextOneFinishes()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        firm.Books.OnFinalize = batch => new DestinationAnswer([.. batch.Items.Select(i => new PostingOutcome.Unknown(i.Reference, "time-out"))], "", "");
        await firm.ExpectAsync(ExitCodes.Failed);
        firm.Books.OnFinalize = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents.Single().Shown.IsDraft, Is.False);
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_AgainstAnotherCompany_IsRefused([Values("tenant", "environment")] string other)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Books.Tenant = other == "tenant" ? new DestinationTenant("company-2", "test") : new DestinationTenant("company-1", "production");
        firm.Source.Put(Some.TimeEntry("2"));
        var result = await firm.ExpectAsync(ExitCodes.Configuration);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain("company-1").And.Contain("--store"));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_OfMoreDocumentsThanACallTakes_SendsSeveralCalls()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"), Some.TimeEntry("4", client: "1004"), Some.TimeEntry("5", date: "2026-09-01"));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Batches.Select(b => b.Documents.Count), Is.EqualTo(new[] { 2, 2, 1 }));
    }
}
