using BatchSync.Core.Billing;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>The kill switch: no call that creates, makes final or deletes begins after it was thrown.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class PauseTests
{
    private const string PauseAll = "INSERT INTO pauses (scope, name, author, reason, paused_at) VALUES ('all', '', 'eve', 'wrong rates', '2026-11-05T11:00:00.0000000Z')";

    [TestCase(nameof(PauseScope.All), "", "All posting is paused by eve since 2026-11-05 12:00Z (wrong rates). To go on: batchsync resume all --reason TEXT")]
    [TestCase(nameof(PauseScope.Job), Some.Series, "Job 'nightly' is paused by eve since 2026-11-05 12:00Z (wrong rates). To go on: batchsync resume nightly --reason TEXT")]
    [TestCase(nameof(PauseScope.Entity), "us", "Entity 'us' is paused by eve since 2026-11-05 12:00Z (wrong rates). To go on: batchsync resume us --reason TEXT")]
    public async Task Run_OfWhatIsPaused_ReadsAndReconcilesAndPostsNothing(string scopeName, string name, string said)
    {
        var scope = Enum.Parse<PauseScope>(scopeName);
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        await firm.Store.PauseAsync(scope, name, "eve", "wrong rates", CancellationToken.None);
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        var differences = await firm.Store.ListDifferencesAsync("nightly", CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain($"{char.ToLowerInvariant(said[0])}{said[1..]}").And.Contain("2 documents held by that"));
            Assert.That(firm.Books.Batches, Is.Empty);
            Assert.That(firm.File.Rows("SELECT state FROM outbox"), Is.EqualTo(new[] { "Ready", "Ready" }));
            Assert.That(firm.Buckets(), Is.All.EndsWith("billed"), "they were read, mapped and formed");
            Assert.That(differences.Select(d => (d.Judged.Difference.Code, d.Judged.Difference.Explanation)), Is.All.EqualTo(("pending", said)));
        });
        firm.NextDay();
        Assert.That(await firm.Store.ResumeAsync(scope, name, "eve", "mended", CancellationToken.None), Is.True);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(2));
        Assert.That(firm.File.Rows("SELECT author || ' ' || action || ' ' || reason FROM audit_events WHERE author_kind = 'person' ORDER BY event_no"), Is.EqualTo(new[] { "eve pause wrong rates", "eve resume mended" }));
    }

    [Test]
    public async Task Run_OfAnotherJobThanThePausedOne_Posts()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        await firm.Store.PauseAsync(PauseScope.Job, "X", "eve", "why", CancellationToken.None);
        await firm.Store.PauseAsync(PauseScope.Entity, "elsewhere", "eve", "why", CancellationToken.None);
        await firm.ExpectAsync(ExitCodes.Done);
    }

    // Both entities have one destination and stand in one call.
    [Test]
    public async Task Run_WithOneEntityPaused_PostsTheOther()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"));
        firm.Mapping = TwoEntities();
        await firm.Store.PauseAsync(PauseScope.Entity, "uk", "eve", "why", CancellationToken.None);
        var result = await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Documents.Select(d => d.Shown.Client), Is.EqualTo(new[] { "58" }), result.Message);
        Assert.That(result.Message, Does.Contain("1 document held by that"));
    }

    [Test]
    public async Task Run_PausedWhileACallIsOut_KeepsItsAnswerAndMakesNoOther()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        firm.Books.OnCreate = call =>
        {
            firm.File.Execute(PauseAll);
            return call.CarryOut();
        };
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(1));
            Assert.That(firm.Books.Documents.Select(d => d.Shown.IsDraft), Is.EqualTo(new[] { true, true }), "making final is a call, too");
            Assert.That(firm.File.Rows("SELECT state FROM outbox ORDER BY document_no"), Is.EqualTo(new[] { "Created", "Created", "Ready" }));
        });
        await firm.Store.ResumeAsync(PauseScope.All, "", "eve", "mended", CancellationToken.None);
        firm.Books.OnCreate = null;
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents.Select(d => d.Shown.IsDraft), Is.EqualTo(new[] { false, false, false }));
    }

    // Committed right before the transaction that lets the call out, whatever was read before.
    [Test]
    public async Task Run_PausedBeforeItsCallIsCommitted_DoesNotMakeIt()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        var paused = false;
        var store = Tapped.Of(firm.Store, (method, isDone) =>
        {
            if (isDone || paused || method != nameof(IStore.BeginAttemptAsync)) return;
            paused = true;
            firm.File.Execute(PauseAll);
        });
        var result = await firm.TryRunAsync(store, firm.Source, firm.Ports);
        Assert.That((result!.ExitCode, firm.Books.Batches.Count), Is.EqualTo((ExitCodes.Differences, 0)), result.Message);
        Assert.That(firm.File.Rows("SELECT COUNT(*) FROM posting_attempts"), Is.EqualTo(new[] { "0" }));
    }

    [Test]
    public async Task Unpost_OfWhatIsPaused_TakesItBackOnceItIsResumed([Values] bool asDraft)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Job = Some.Job(draft: asDraft);
        await firm.ExpectAsync(ExitCodes.Done);
        await firm.Store.PauseAsync(PauseScope.All, "", "eve", "look first", CancellationToken.None);
        var (result, _) = await PlanBench.UnpostAsync(firm, 1);
        Assert.That((result.ExitCode, firm.Books.Documents.Count), Is.EqualTo((ExitCodes.Differences, 1)), result.Message);
        await firm.Store.ResumeAsync(PauseScope.All, "", "eve", "looked", CancellationToken.None);
        firm.NextDay();
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Owed("58"), firm.Buckets()), Is.EqualTo((0m, new[] { "time_entries/1 held: unposted" })));
    }

    [Test]
    public async Task Pause_OfWhatIsPaused_StaysAsItWas()
    {
        await using var firm = await Firm.OpenAsync();
        await firm.Store.PauseAsync(PauseScope.All, "", "eve", "first", CancellationToken.None);
        var stands = await firm.Store.PauseAsync(PauseScope.All, "", "bob", "second", CancellationToken.None);
        Assert.That((stands.Author, stands.Reason), Is.EqualTo(("eve", "first")));
        Assert.That(firm.File.Rows("SELECT author FROM audit_events WHERE author_kind = 'person'"), Is.EqualTo(new[] { "eve" }));
        Assert.That(await firm.Store.ResumeAsync(PauseScope.Job, "T", "bob", "other", CancellationToken.None), Is.False);
    }

    internal static Core.Mapping.MappingRules TwoEntities() => Some.Mapping(
        entities: [Some.Entity("us"), Some.Entity("uk")], clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { Entity = "uk" } : c)]);
}
