using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Two runs of one job never write at once.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class LeaseTests
{
    private const string TakeOver = "UPDATE leases SET token = token + 1";

    [Test]
    public async Task Run_WhileAnotherHoldsTheLease_DoesNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var held = await firm.Store.AcquireLeaseAsync(Some.Series, TimeSpan.FromMinutes(2), CancellationToken.None);
        Assert.That(await firm.TryRunAsync(firm.Store, firm.Source, firm.Ports), Is.Null);
        Assert.That(await firm.Store.ListRunsAsync(null, 10, CancellationToken.None), Is.Empty);
        await firm.Store.ReleaseLeaseAsync(held!, CancellationToken.None);
        await firm.ExpectAsync(ExitCodes.Done);
    }

    // The other run holds the lease for two minutes and dies.
    [TestCase(60, false)]
    [TestCase(119, false)]
    [TestCase(121, true)]
    public async Task Run_ThatWaitsForAnother_BeginsWhereThatEndsInTime(int seconds, bool begins)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        await firm.Store.AcquireLeaseAsync(Some.Series, TimeSpan.FromMinutes(2), CancellationToken.None);
        firm.LeaseWait = TimeSpan.FromSeconds(seconds);
        Assert.That((await firm.TryRunAsync(firm.Store, firm.Source, firm.Ports))?.ExitCode, Is.EqualTo(begins ? ExitCodes.Done : (int?)null));
    }

    [Test]
    public async Task Run_ThatIsDone_LetsTheLeaseGo()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(await firm.Store.ListLeasesAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Run_ThatLastsLong_KeepsItsLease()
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 5).Select(i => Some.TimeEntry($"{i}"))]);
        firm.Source.PageSize = 1;
        firm.Source.OnPage = _ => firm.Time.Advance(TimeSpan.FromMinutes(1));
        await firm.ExpectAsync(ExitCodes.Done);
    }

    // Known at the next write, or already when the lease is to be renewed.
    [TestCase(false)]
    [TestCase(true)]
    public async Task Run_WhoseLeaseWasTaken_StopsBeforeItPosts(bool untilRenewal)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2"));
        firm.Source.PageSize = 1;
        firm.Source.OnPage = page =>
        {
            if (page.Number != 2) return;
            firm.File.Execute(TakeOver);
            if (!untilRenewal) return;
            firm.Time.Advance(TimeSpan.FromSeconds(41));
            Assert.That(page.Cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)), Is.True, "the run is told");
        };
        var result = await firm.ExpectAsync(ExitCodes.Failed);
        Assert.Multiple(() =>
        {
            Assert.That(result.Message, Does.StartWith("Another run took over series 'T'"));
            Assert.That(firm.Books.Batches, Is.Empty);
            Assert.That(firm.File.Rows("SELECT source_id FROM records"), Is.EqualTo(new[] { "1" }), "nothing was written with the old token");
        });
    }

    [Test]
    public async Task Run_WhoseLeaseWasTakenBeforeTheCall_SendsNothing()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var looked = false;
        firm.Books.OnLookUp = () =>
        {
            if (looked) return;
            looked = true;
            firm.File.Execute(TakeOver);
        };
        await firm.ExpectAsync(ExitCodes.Failed);
        Assert.That(firm.Books.Batches, Is.Empty);
        firm.Time.Advance(TimeSpan.FromMinutes(3));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    // The other run took a document apart that this one was about to read.
    [Test]
    public async Task Run_ThatStumblesOverTheWorkOfTheRunThatTookOver_SaysThatItLostTheLease()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var store = Tapped.Of(firm.Store, (method, isDone) =>
        {
            if (method != nameof(IStore.LoadDocumentsAsync) || isDone) return;
            firm.File.Execute(TakeOver);
            throw new InvalidOperationException("Sequence contains no elements");
        });
        var result = await firm.TryRunAsync(store, firm.Source, firm.Ports);
        Assert.That((result!.ExitCode, result.Message), Is.EqualTo((ExitCodes.Failed, new LeaseLostException(Some.Series).Message)));
        Assert.That(firm.Books.Batches, Is.Empty);
    }

    [Test]
    public async Task Run_HeldUpBetweenCommitAndCall_SendsNothingThen()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var slow = new SlowStore(firm.Store, () => firm.Time.Advance(TimeSpan.FromSeconds(6)));
        var result = await firm.TryRunAsync(slow.Proxy, firm.Source, firm.Ports);
        Assert.Multiple(() =>
        {
            Assert.That(result!.ExitCode, Is.EqualTo(ExitCodes.Failed), result.Message);
            Assert.That(firm.Books.Batches, Is.Empty);
        });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
    }

    // What is slow is the store itself, while another run has its turn: it is waited for before the call is committed.
    [TestCase(nameof(IStore.LoadDocumentsAsync), true)]
    [TestCase(nameof(IStore.LoadDocumentsAsync), false)]
    [TestCase(nameof(IStore.BeginAttemptAsync), false)]
    public async Task Run_ThatWaitsForTheStoreBeforeACall_SendsItInTime(string slow, bool after)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry());
        var late = new List<string>();
        firm.Books.OnCreate = call =>
        {
            late.AddRange(firm.File.Rows("SELECT send_by FROM outbox").Where(sendBy => StoreText.InstantOf(sendBy) < firm.Time.GetUtcNow()));
            return call.CarryOut();
        };
        var store = Tapped.Of(firm.Store, (method, isAfter) =>
        {
            if (method == slow && isAfter == after) firm.Time.Advance(TimeSpan.FromSeconds(6));
        });
        var result = await firm.TryRunAsync(store, firm.Source, firm.Ports);
        Assert.Multiple(() =>
        {
            Assert.That(result!.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
            Assert.That(firm.Books.Documents, Has.Count.EqualTo(1));
            Assert.That(late, Is.Empty, "sent after the moment to which others wait before they look for it");
        });
    }

    /// <summary>A store on a host that sleeps right after it committed that a call goes out.</summary>
    private sealed class SlowStore(IStore store, Action sleep)
    {
        public IStore Proxy { get; } = Tapped.Of(store, (method, isAfter) =>
        {
            if (isAfter && method == nameof(IStore.BeginAttemptAsync)) sleep();
        });
    }
}
