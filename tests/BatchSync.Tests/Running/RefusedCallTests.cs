using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Calls that are refused as a whole for what they contain: the documents that they are refused for are found, and all others are posted.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class RefusedCallTests
{
    private static readonly string[] OneClientEach = ["1001", "1002", "1003", "1004"];

    [TestCase("61", 3)]
    [TestCase("58 70", 2)]
    [TestCase("58 61 64 70", 0)]
    public async Task Run_WhoseCallIsRefusedAsAWhole_PostsAllButTheDocumentsThatItIsRefusedFor(string bad, int posted)
    {
        await using var firm = await OpenAsync(batchSize: 8);
        firm.Ports = new Dictionary<string, IDestination> { ["all"] = Refusing(firm, batchSize: 8, bad.Split(' ')) };
        var books = (FakeBooks)firm.Ports["all"];
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.Multiple(() =>
        {
            Assert.That(books.Documents.Select(d => d.Shown.Client).Order(), Is.EqualTo(new[] { "58", "61", "64", "70" }.Except(bad.Split(' '))));
            Assert.That(books.Documents, Has.Count.EqualTo(posted));
            Assert.That(books.Batches.Select(b => b.IdempotencyKey), Is.Unique, "each part has a key of its own");
            Assert.That(firm.File.Rows("SELECT d.destination_client FROM documents d JOIN outbox o ON o.document_no = d.document_no WHERE o.state = 'Rejected' ORDER BY 1"), Is.EqualTo(bad.Split(' ').Order()));
            Assert.That(firm.File.Rows("SELECT COUNT(*) FROM posting_attempts WHERE action = 'create' AND ended_at IS NOT NULL"), Is.EqualTo(new[] { $"{books.Batches.Count}" }), "each part is an attempt of its own");
        });
    }

    // What was refused yesterday is not sent together with what was not.
    [Test]
    public async Task Run_AfterADocumentWasRefused_SendsItByItself()
    {
        await using var firm = await OpenAsync(batchSize: 8);
        firm.Ports = new Dictionary<string, IDestination> { ["all"] = Refusing(firm, batchSize: 8, "61") };
        var books = (FakeBooks)firm.Ports["all"];
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.NextDay();
        books.Batches.Clear();
        firm.Source.Put(Some.TimeEntry("11", client: "1001", date: "2026-09-03"), Some.TimeEntry("12", client: "1003", date: "2026-09-03"));
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(books.Batches.Select(b => string.Join(' ', b.Documents.Select(d => d.DestinationClient))), Is.EqualTo(new[] { "58 64", "61" }));
        firm.NextDay();
        books.OnCreate = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(books.Documents, Has.Count.EqualTo(6));
    }

    // One document a call, and each is refused: nobody finds out more by sending the other ten.
    [Test]
    public async Task Run_WhereEverythingIsRefused_StopsAtTheLimitAndTheNextOneBeginsWithTheRest()
    {
        var entries = Enumerable.Range(1, PostingCall.RefusalLimit + 10).Select(i => Some.TimeEntry($"{i}", date: $"{2024 + (i / 12)}-{(i % 12) + 1:00}-05")).ToArray();
        await using var firm = await Firm.OpenAsync(entries);
        firm.Job = Some.Job(billFrom: "2024-01-01");
        var books = new FakeBooks { Traits = new FakeBooks().Traits with { BatchSize = 1 }, OnCreate = call => call.RefuseAll("no_account", "There is no account 4000.") };
        firm.Ports = new Dictionary<string, IDestination> { ["all"] = books };
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.Multiple(() =>
        {
            Assert.That(books.Batches, Has.Count.EqualTo(PostingCall.RefusalLimit));
            Assert.That(result.Message, Does.Contain("10 pending").And.Contain("refused 20 calls in a row").And.Contain("no_account: There is no account 4000"));
            Assert.That(result.Proof, Is.Not.Null, "what is there is proven all the same");
        });
        var tried = books.Batches.SelectMany(b => b.Documents).Select(d => d.Reference).ToHashSet();
        books.Batches.Clear();
        books.OnCreate = call => tried.Contains(call.Batch.Documents[0].Reference) ? call.RefuseAll() : call.CarryOut();
        firm.NextDay();
        await firm.RunAsync();
        Assert.That(books.Documents, Has.Count.EqualTo(10), "what was never tried comes first");
    }

    [Test]
    public async Task Run_WhoseCallThatMakesFinalIsRefusedAsAWhole_MakesTheOthersFinal()
    {
        await using var firm = await OpenAsync(batchSize: 8);
        var books = new FakeBooks { Traits = new FakeBooks().Traits with { BatchSize = 8 } };
        books.OnFinalize = batch => batch.Items.Any(i => i.DestinationId == "doc-2")
            ? new DestinationAnswer([.. batch.Items.Select(i => new PostingOutcome.RefusedTogether(i.Reference, "locked", "no"))], "request", "response")
            : books.MakeFinal(batch);
        firm.Ports = new Dictionary<string, IDestination> { ["all"] = books };
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(books.Documents.Where(d => d.Shown.IsDraft).Select(d => d.Shown.DestinationId), Is.EqualTo(new[] { "doc-2" }));
    }

    private static Task<Firm> OpenAsync(int batchSize) => Firm.OpenAsync([.. OneClientEach.Take(batchSize).Select((client, i) => Some.TimeEntry($"{i + 1}", client: client))]);

    private static FakeBooks Refusing(Firm firm, int batchSize, params string[] clients) => new()
    {
        Traits = firm.Books.Traits with { BatchSize = batchSize },
        OnCreate = call => call.Batch.Documents.Any(d => clients.Contains(d.DestinationClient)) ? call.RefuseAll() : call.CarryOut(),
    };
}
