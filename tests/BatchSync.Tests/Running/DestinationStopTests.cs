using BatchSync.Configuration;
using BatchSync.Core.Reconciliation;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Two entities with a destination each: what one of them does to us does not keep the other from its books.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DestinationStopTests
{
    private static readonly OutsideException Refused = new(OutsideFault.Permanent, "The server answered 401: the token was refused.");

    [TestCase("probe")]
    [TestCase("look-up")]
    [TestCase("create")]
    [TestCase("finalize")]
    public async Task Run_WhereOneDestinationFails_PostsAndProvesTheOther(string call)
    {
        await using var firm = await OpenAsync();
        var (us, uk) = (Books(firm, "us"), Books(firm, "uk"));
        Fail(uk, call, Refused);
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain("destination 'uk' (entity uk) was left alone, with 1 document pending there: The server answered 401: the token was refused.").And.Contain("continue with: batchsync run nightly"));
            Assert.That(us.Documents.Single().Shown.IsDraft, Is.False);
            Assert.That(result.Proof!.Failure, Does.Contain("destination 'uk'"));
            Assert.That(result.Proof.Rows.Where(r => r is { Step: ReconciliationStep.Posting, Item: ReconciliationItems.ReadBack, Client: "ACME" }).Sum(r => r.Amount), Is.EqualTo(110m), "the other one is read back");
            Assert.That(firm.File.Rows("SELECT COUNT(*) FROM touched_periods"), Is.EqualTo(new[] { call == "probe" ? "0" : "1" }), "the period is still to be proven where a document of it could not be asked for");
        });
        Fail(uk, call, null);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(uk.Documents.Single().Shown.IsDraft, Is.False);
            Assert.That(us.Batches, Has.Count.EqualTo(1));
            Assert.That(await firm.DifferencesAsync(), Is.Empty);
        });
    }

    [Test]
    public async Task Run_WhereOneDestinationIsDown_KeepsWhatIsKnownOfItsDocuments()
    {
        await using var firm = await OpenAsync();
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        var uk = Books(firm, "uk");
        uk.Change("doc-1", d => d with { Net = Some.Money("90.00", "EUR"), Total = Some.Money("90.00", "EUR") });
        firm.Source.Put(Some.TimeEntry("3", client: "1002") with { Approved = false });
        await firm.ExpectAsync(ExitCodes.Differences);
        var before = await firm.DifferencesAsync();
        Assert.That(before, Is.EqualTo(new[] { "amount-at-destination NORDWIND -10" }));
        await firm.AcceptAllAsync();
        Fail(uk, "probe", Refused);
        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("4"));
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(await firm.DifferencesAsync(), Is.EqualTo(new[] { "amount-at-destination NORDWIND -10 accepted" }), "nobody looked, so nothing is said anew");
        Assert.That(Books(firm, "us").Owed("58"), Is.EqualTo(220m));
    }

    [Test]
    public async Task Run_WhereOneDestinationIsDown_CorrectsTheOthersDocumentsOnly()
    {
        await using var firm = await OpenAsync();
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.Delta } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        Fail(Books(firm, "uk"), "look-up", Refused);
        firm.Source.Edit("1", r => r with { Seconds = 7200 });
        firm.Source.Edit("2", r => r with { Seconds = 7200 });
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That((Books(firm, "us").Owed("58"), Books(firm, "uk").Owed("61", "EUR")), Is.EqualTo((220m, 100m)));
        Fail(Books(firm, "uk"), "look-up", null);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(Books(firm, "uk").Owed("61", "EUR"), Is.EqualTo(200m));
    }

    [Test]
    public async Task Run_WhereNoDestinationAnswers_FailsAtOnce()
    {
        await using var firm = await OpenAsync();
        Fail(Books(firm, "us"), "probe", Refused);
        Fail(Books(firm, "uk"), "probe", new OutsideException(OutsideFault.Transient, "No connection."));
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(result.Message, Does.Contain("Destination 'uk': No connection.").And.Contain("Destination 'us': The server answered 401"));
        Assert.That(firm.Source.Requests, Is.Empty);
    }

    private static async Task<Firm> OpenAsync()
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Mapping = PauseTests.TwoEntities();
        firm.Job = Some.Job(destinations: ["uk", "us"]);
        firm.Ports = new Dictionary<string, IDestination> { ["uk"] = new FakeBooks { Tenant = new DestinationTenant("company-uk", "test") }, ["us"] = new FakeBooks { Tenant = new DestinationTenant("company-us", "test") } };
        return firm;
    }

    private static FakeBooks Books(Firm firm, string destination) => (FakeBooks)firm.Ports[destination];

    private static void Fail(FakeBooks books, string call, OutsideException? fault)
    {
        Action? fails = fault is null ? null : () => throw fault;
        if (call == "probe") books.OnProbe = fails;
        else if (call == "look-up") books.OnLookUp = fails;
        else if (call == "create") books.OnCreate = fault is null ? null : _ => throw fault;
        else books.OnFinalize = fault is null ? null : _ => throw fault;
    }
}
