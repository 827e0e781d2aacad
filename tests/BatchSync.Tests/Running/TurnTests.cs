using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Calls that have to wait for their turn: they wait before they are committed, since a committed one goes out at once or not at all.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class TurnTests
{
    // A call may go out within 5 seconds of its commit.
    [Test]
    public async Task Run_WhoseCallsWaitLong_CommitsEachAfterItsWait()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        var states = new List<string>();
        firm.Books.OnReady = async cancel =>
        {
            await Task.Delay(TimeSpan.FromSeconds(15), firm.Time, cancel);
            states.AddRange(firm.File.Rows("SELECT state FROM outbox ORDER BY document_no"));
        };
        var result = await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(result.Proof!.Counts.DocumentsPosted, Is.EqualTo(3));
            Assert.That(firm.Books.Batches, Has.Count.EqualTo(2));
            Assert.That(states, Has.Count.EqualTo(4 * 3), "two calls that create and two that make final");
            Assert.That(states, Has.None.EqualTo("Sending").And.None.EqualTo("Finalizing"));
        });
    }

    [Test]
    public async Task Run_ThatIsPausedWhileACallWaits_DoesNotSendIt()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        firm.Books.OnReady = async cancel => await firm.Store.PauseAsync(PauseScope.All, "", "eve", "wrong rates", cancel);
        await firm.ExpectAsync(ExitCodes.Differences);
        Assert.That(firm.Books.Batches, Is.Empty);
        Assert.That(firm.File.Rows("SELECT state FROM outbox"), Is.EqualTo(new[] { "Ready" }));
    }

    [Test]
    public async Task Run_ThatIsCancelledWhileACallWaits_EndsAndTheNextPosts()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"));
        using var user = new CancellationTokenSource();
        firm.Books.OnReady = async cancel =>
        {
            await user.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, firm.Time, cancel);
        };
        var result = await firm.RunAsync(cancel: user.Token);
        Assert.That((result.Status, firm.Books.Batches.Count), Is.EqualTo((RunStatus.Cancelled, 0)));
        firm.Books.OnReady = null;
        await firm.ExpectAsync(ExitCodes.Done);
    }

    [Test]
    public async Task Run_WhoseTurnIsTooFarOff_SaysSoAndTheNextPostsTheRest()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        var turns = 0;
        firm.Books.OnReady = _ => ++turns == 1 ? Task.CompletedTask : throw new OutsideException(OutsideFault.Transient, "A call was not sent: books takes no call before 2026-11-06 00:00:00Z. Run again then.");
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.Contain("books takes no call before 2026-11-06 00:00:00Z"));
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(2));
            Assert.That(firm.File.Rows("SELECT state FROM outbox ORDER BY document_no"), Is.EqualTo(new[] { "Created", "Created", "Ready" }));
        });
        firm.NextDay();
        firm.Books.OnReady = null;
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(3));
    }
}
