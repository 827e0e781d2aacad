using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>A store that knows less than its destination, because an older backup took its place: nothing is ever made twice.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class RestoredStoreTests
{
    [Test]
    public async Task Run_OfAStoreFromBeforeTheFirstRun_PostsNothingUntilItIsAdopted()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        await using var backup = firm.Copy();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        var result = await restored.ExpectAsync(ExitCodes.Differences);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(result.Message, Does.Contain("company company-1 holds 2 documents of ours that this store never sent").And.Contain("batchsync store adopt nightly --reason TEXT"));
            Assert.That(restored.Books.Batches, Is.Empty);
            Assert.That(await restored.DifferencesAsync(), Is.EquivalentTo(new[] { "pending ACME 110", "pending NORDWIND 100", "unknown-to-store ACME 110", "unknown-to-store NORDWIND 100" }));
        });
        restored.NextDay();
        await restored.ExpectAsync(ExitCodes.Differences);
        Assert.That((await AdoptAsync(restored)).Message, Does.StartWith("2 documents adopted: "));
        var done = await restored.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(done.Message, Does.Contain("2 of them found at the destination"));
            Assert.That(restored.Books.Shown, Is.EqualTo(firm.Books.Shown));
            Assert.That(restored.Buckets(), Is.All.EndsWith("billed"));
            Assert.That(await restored.DifferencesAsync(), Is.Empty);
            Assert.That(restored.File.Rows("SELECT author, action, reason FROM audit_events WHERE author_kind = 'person'"), Is.EqualTo(new[] { "eve|adopt document|restored", "eve|adopt document|restored" }));
        });
    }

    // One more client is in the restored store's way: nothing of the company is posted before somebody has looked.
    [Test]
    public async Task Run_OfAStoreThatIsBehind_PostsNothingElseForThatCompany()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        await using var backup = firm.Copy();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        restored.Source.Put(Some.TimeEntry("2", client: "1003"));
        await restored.ExpectAsync(ExitCodes.Differences);
        Assert.That(restored.Books.Batches, Is.Empty);
        await AdoptAsync(restored);
        await restored.ExpectAsync(ExitCodes.Done);
        Assert.That(restored.Books.Batches.Single().Documents.Single().DestinationClient, Is.EqualTo("64"));
    }

    // The invoice was taken back since the backup: it ties out, and what took it back stands beside it.
    [Test]
    public async Task Run_OfAnAdoptedStoreWhereADocumentWasTakenBackSince_TakesNeitherOver()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        await using var backup = firm.Copy();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await PlanBench.UnpostAsync(firm, await PlanBench.LastRunAsync(firm));
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        await restored.ExpectAsync(ExitCodes.Differences);
        await AdoptAsync(restored);
        for (var night = 0; night < 3; night++)
        {
            await restored.ExpectAsync(ExitCodes.Differences);
            restored.NextDay();
            Assert.That((restored.Books.Batches.Count, restored.Buckets().Single()), Is.EqualTo((0, "time_entries/1 held: changed at destination")), $"night {night}");
            Assert.That((await restored.DifferencesAsync()).Count(d => d.StartsWith("unknown-to-store", StringComparison.Ordinal)), Is.EqualTo(2), "they stay in the proof");
        }
    }

    [TestCase(nameof(ChangePolicy.Report), "nothing")]
    [TestCase(nameof(ChangePolicy.Report), "late")]
    [TestCase(nameof(ChangePolicy.Report), "edited")]
    [TestCase(nameof(ChangePolicy.Delta), "late")]
    [TestCase(nameof(ChangePolicy.Delta), "edited")]
    [TestCase(nameof(ChangePolicy.CreditAndRebill), "late")]
    [TestCase(nameof(ChangePolicy.CreditAndRebill), "edited")]
    [TestCase(nameof(ChangePolicy.Update), "late")]
    [TestCase(nameof(ChangePolicy.Update), "edited")]
    public async Task Run_OfAStoreFromBetweenTwoRuns_MakesNoDocument(string policy, string between)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        var onChange = Enum.Parse<ChangePolicy>(policy);
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: onChange == ChangePolicy.Update) { OnChange = onChange } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var backup = firm.Copy();
        if (between == "late") firm.Source.Put(Some.TimeEntry("3"));
        if (between == "edited") firm.Source.Edit("1", r => r with { Seconds = 7200 });
        var second = await firm.RunAsync();
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        for (var night = 0; night < 2; night++)
        {
            await restored.RunAsync();
            restored.NextDay();
        }

        await AdoptAsync(restored);
        var last = await restored.RunAsync();
        Assert.That(restored.Books.Shown, Is.EqualTo(firm.Books.Shown), last.Message);
        Assert.That(restored.Books.Batches, Is.Empty);

        // Whose draft was deleted since cannot be read any more, and is left to a person; all else comes to what it was.
        if (onChange == ChangePolicy.Update && between == "edited") Assert.That(await restored.DifferencesAsync(), Does.Contain("missing-at-destination ACME"));
        else Assert.That((last.ExitCode, restored.Buckets()), Is.EqualTo((second.ExitCode, firm.Buckets())), last.Message);
    }

    // The supplement stands at the destination with one record; the restored store would make it of two.
    [Test]
    public async Task Run_OfAnAdoptedStoreThatCannotFormWhatIsThere_HoldsTheRecordsOfThatKey()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        await using var backup = firm.Copy();
        firm.Source.Put(Some.TimeEntry("3"));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        restored.Source.Put(Some.TimeEntry("4"), Some.TimeEntry("5", client: "1002"));
        await restored.ExpectAsync(ExitCodes.Differences);
        Assert.That(restored.Books.Batches, Is.Empty);
        await AdoptAsync(restored);
        for (var night = 0; night < 2; night++)
        {
            await restored.ExpectAsync(ExitCodes.Differences);
            await Assert.MultipleAsync(async () =>
            {
                Assert.That(restored.Buckets(), Is.EqualTo(new[]
                {
                    "time_entries/1 billed", "time_entries/2 billed", "time_entries/3 held: changed at destination", "time_entries/4 held: changed at destination", "time_entries/5 billed",
                }));
                Assert.That(await restored.DifferencesAsync(), Is.EqualTo(new[] { "unknown-to-store ACME 110" }));
                Assert.That((restored.Books.Owed("58"), restored.Books.Owed("61", "EUR")), Is.EqualTo((220m, 200m)));
            });
            restored.NextDay();
        }

        // The person deletes it there, so that the store may bill both records itself.
        restored.Books.Documents.RemoveAll(d => d.Shown.Client == "58" && d.Content!.Identity.Purpose == Core.Billing.DocumentPurpose.Supplement);
        await restored.ExpectAsync(ExitCodes.Done);
        Assert.That(restored.Books.Owed("58"), Is.EqualTo(330m));
        Assert.That(restored.Buckets(), Is.All.EndsWith("billed"));
    }

    // The backup knows a call for the document that was refused. A later run sent it for an hour, and the restored store would make it of two: under one name stand two contents.
    [Test]
    public async Task Run_WhereADocumentThatDidNotGoThroughStandsThereWithOtherAmounts_IsBehind()
    {
        await using var restored = await OfARefusedCallAsync();
        restored.Source.Edit("1", r => r with { Seconds = 7200 });
        Assert.That((await restored.ExpectAsync(ExitCodes.Differences)).Message, Does.Contain("holds 1 document of ours that this store never sent"));
        await AdoptAsync(restored);
        await restored.ExpectAsync(ExitCodes.Differences);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(restored.Books.Batches, Is.Empty);
            Assert.That(restored.Buckets(), Is.EqualTo(new[] { "time_entries/1 held: changed at destination" }));
            Assert.That(await restored.DifferencesAsync(), Is.EqualTo(new[] { "unknown-to-store ACME 110" }));
        });
        restored.NextDay();
        restored.Books.Change("doc-1", d => d with { Net = Some.Money("200.00"), Tax = Some.Money("20.00"), Total = Some.Money("220.00") });
        await restored.ExpectAsync(ExitCodes.Done);
        Assert.That((restored.Books.Owed("58"), restored.Buckets().Single()), Is.EqualTo((220m, "time_entries/1 billed")));
    }

    [Test]
    public async Task Run_WhereADocumentThatDidNotGoThroughStandsThereTwice_IsBehindWhereOneHasOtherAmounts([Values] bool oursFirst)
    {
        await using var restored = await OfARefusedCallAsync();
        restored.Source.Edit("1", r => r with { Seconds = 7200 });
        var other = restored.Books.Documents[0];
        restored.Books.Documents.Insert(oursFirst ? 0 : 1, other with { Shown = other.Shown with { DestinationId = "doc-2", Net = Some.Money("200.00"), Tax = Some.Money("20.00"), Total = Some.Money("220.00") } });
        Assert.That((await restored.ExpectAsync(ExitCodes.Differences)).Message, Does.Contain("holds 1 document of ours that this store never sent"));
    }

    [Test]
    public async Task Run_WhereADocumentThatDidNotGoThroughWasVoidedThere_SaysSo()
    {
        await using var restored = await OfARefusedCallAsync();
        restored.Books.Change("doc-1", d => d with { Standing = DocumentStanding.Voided });
        await restored.ExpectAsync(ExitCodes.Differences);
        Assert.That(await restored.DifferencesAsync(), Is.EqualTo(new[] { "voided-at-destination ACME" }));
    }

    // The books hold the document of an hour; the store is of the moment after its first call was refused.
    private static async Task<Firm> OfARefusedCallAsync()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnCreate = _ => throw new OutsideException(OutsideFault.Permanent, "The server answered 401: the token was refused.");
        await firm.ExpectAsync(ExitCodes.Failed);
        await using var backup = firm.Copy();
        firm.Books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm.WithStoreOf(backup);
    }

    // A lost run billed the record to ACME. Where it is now, nothing of it stands.
    [TestCase("client")]
    [TestCase("period")]
    [TestCase("rules")]
    public async Task Run_OfAStoreWhoseRecordWasBilledElsewhereSince_DoesNotBillItAgain(string moved)
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1", client: "1002"), Some.TimeEntry("2") with { Approved = false });
        await using var backup = firm.Copy();
        firm.Source.Edit("2", r => r with { Approved = true });
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(110m));
        await using var restored = firm.WithStoreOf(backup);
        if (moved == "client") restored.Source.Edit("2", r => r with { Client = new Reference("1003", ""), Project = Reference.None });
        if (moved == "period") restored.Source.Edit("2", r => r with { Date = Some.Day("2026-09-07") });
        if (moved == "rules") restored.Mapping = Some.Mapping(clients: [.. Some.Clients.Select(c => c.Code == "ACME" ? Some.Client("ACME-NEW", "1001", "59", tax: "VAT") : c)], version: "2");
        Assert.That((await restored.ExpectAsync(ExitCodes.Differences)).Message, Does.Contain("company company-1 holds 1 document of ours that this store never sent"));
        await AdoptAsync(restored);
        for (var night = 0; night < 2; night++)
        {
            restored.NextDay();
            await restored.ExpectAsync(ExitCodes.Differences);
            Assert.That((restored.Books.Batches.Count, restored.Buckets()[1]), Is.EqualTo((0, "time_entries/2 held: changed at destination")), $"night {night}");
            Assert.That(await restored.DifferencesAsync(), Is.EqualTo(new[] { "unknown-to-store ACME 110" }));
        }

        // The person deletes it there, so that the store may bill the record itself.
        restored.Books.Documents.RemoveAll(d => d.Shown.Client == "58");
        restored.NextDay();
        await restored.ExpectAsync(ExitCodes.Done);
        Assert.That((restored.Books.Batches.Count, restored.Buckets()[1]), Is.EqualTo((1, "time_entries/2 billed")));
    }

    // A record went from ACME to SAKURA; the credit for ACME is held, so SAKURA must not be billed for it either.
    [Test]
    public async Task Run_ThatHoldsACorrection_HoldsWhatFollowsFromIt()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.CreditAndRebill } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var backup = firm.Copy();
        firm.Source.Put(Some.TimeEntry("3"));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        restored.Source.Edit("3", r => r with { Seconds = 60 });
        restored.Source.Edit("2", r => r with { Client = new Reference("1003", ""), Project = Reference.None });
        await restored.ExpectAsync(ExitCodes.Differences);
        await AdoptAsync(restored);
        await restored.ExpectAsync(ExitCodes.Differences);
        Assert.That((restored.Books.Owed("58"), restored.Books.Owed("64", "JPY")), Is.EqualTo((330m, 0m)));
    }

    // Two calls got no answer and were not carried out. Before they are made again, a document turns up that would come next for ACME and that this store never sent.
    [Test]
    public async Task Run_ThatSendsAgainBesideADocumentItNeverSent_WaitsForAPersonAndThenHoldsThatKeyAlone()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Books.OnCreate = _ =>
        {
            firm.Books.OnLookUp = () => throw new OutsideException(OutsideFault.Transient, "GET /invoices could not be sent.");
            throw Support.CreateCall.NoAnswer;
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        (firm.Books.OnCreate, firm.Books.OnLookUp) = (null, null);
        firm.NextDay();
        var acme = firm.Books.Batches.Single().Documents.Single(d => d.DestinationClient == "58");
        var next = DocumentReference.Of(acme.Identity with { Purpose = DocumentPurpose.Supplement }, firm.Books.Traits.ReferenceLength);
        firm.Books.Documents.Add(new BookedEntry(new DestinationDocument(next, "doc-99", "58", acme.Type, acme.Net, acme.Tax, acme.Total, DocumentStanding.Final), null));
        var behind = await firm.ExpectAsync(ExitCodes.Differences);
        Assert.Multiple(() =>
        {
            Assert.That(behind.Message, Does.Contain("holds 1 document of ours that this store never sent"));
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1), "nothing is sent again");
        });
        firm.NextDay();
        await AdoptAsync(firm);
        await firm.RunAsync();
        Assert.That(firm.Books.Batches, Has.Count.EqualTo(2));
        Assert.That(firm.Books.Batches[1].Documents.Select(d => d.DestinationClient), Is.EqualTo(new[] { "61" }), "what stands at ACME may bill the same");
    }

    // A call got no answer, was looked up twice and not found, and its run ended before it made it again; then the backup was made. The next night made the call.
    [Test]
    public async Task Run_OfAStoreThatWasAboutToSendAgain_FindsWhatWasSentSince()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        var looks = 0;
        firm.Books.OnCreate = _ =>
        {
            firm.Books.OnLookUp = () =>
            {
                if (++looks == 3) throw new OutsideException(OutsideFault.Transient, "GET /invoices could not be sent.");
            };
            throw Support.CreateCall.NoAnswer;
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(firm.File.Rows("SELECT state, misses FROM outbox"), Is.EqualTo(new[] { "Unknown|2" }));
        (firm.Books.OnCreate, firm.Books.OnLookUp) = (null, null);
        await using var backup = firm.Copy();
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var restored = firm.WithStoreOf(backup);
        var done = await restored.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(restored.Books.Batches, Is.Empty);
            Assert.That(restored.Books.Shown, Is.EqualTo(firm.Books.Shown));
            Assert.That(done.Proof!.Counts.DocumentsAdopted, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_WithoutNewDocuments_AsksNothing()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        var looks = 0;
        firm.Books.OnLookUp = () => looks++;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(looks, Is.Zero);
    }

    [Test]
    public async Task Adopt_WhereNothingWasFound_AdoptsNothing()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        Assert.That((await AdoptAsync(firm)).Message, Does.StartWith("Nothing to adopt"));
        Assert.That(firm.File.Rows("SELECT 1 FROM audit_events WHERE author_kind = 'person'"), Is.Empty);
    }

    internal static Task<RunResult> AdoptAsync(Firm firm) => PlanBench.DecideAsync(firm, Decision.Adopt("eve", "restored"));
}
