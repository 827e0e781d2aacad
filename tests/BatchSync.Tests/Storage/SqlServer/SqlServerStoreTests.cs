using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage.SqlServer;

/// <summary>What SQL Server alone does, on the server that <c>BATCHSYNC_TEST_SQLSERVER</c> names; the contract that it shares runs in the other fixtures of the store.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SqlServerStoreTests
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(2);

    [Test]
    public async Task SqlServerLease_OfHostsWhoseClocksDiffer_GoesByTheDatabase()
    {
        await using var file = TestStore.Of("SqlServer");
        var (slow, fast) = (new ManualTime(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)), new ManualTime(new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await using var one = file.OpenByItsOwnClock(slow);
        await using var two = file.OpenByItsOwnClock(fast);
        await one.MigrateAsync(CancellationToken.None);
        var lease = await one.AcquireLeaseAsync("H", Length, CancellationToken.None);
        Assert.That(lease!.ExpiresAt, Is.EqualTo(slow.GetUtcNow() + Length), "its holder counts by its own clock, from before it asked");
        Assert.That(await two.AcquireLeaseAsync("H", Length, CancellationToken.None), Is.Null, "a clock that is far ahead ends no lease");
        Assert.That(await two.ListLeasesAsync(CancellationToken.None), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task SqlServerStore_WithoutItsSchema_SaysToMigrate()
    {
        await using var file = TestStore.Of("SqlServer");
        await using var store = (SqlStore)file.Open(new ManualTime());
        file.SkipOnBabelfish("has no number of its own for a table that is missing");
        var told = await Assert.ThrowsAsync<StoreException>(() => store.MakeReadyAsync(CancellationToken.None));
        Assert.That(told!.Message, Does.Contain("batchsync store migrate"));
    }

    [Test]
    public async Task SqlServerStore_OfAnOlderSchema_SaysToMigrate()
    {
        await using var file = TestStore.Of("SqlServer");
        await using var store = (SqlStore)file.Open(new ManualTime());
        await store.MigrateAsync(CancellationToken.None);
        await store.MakeReadyAsync(CancellationToken.None);
        file.Execute("DELETE FROM schema_journal WHERE version = (SELECT MAX(version) FROM schema_journal)");
        var told = await Assert.ThrowsAsync<StoreException>(() => store.MakeReadyAsync(CancellationToken.None));
        Assert.That(told!.Message, Does.Match(@"older than this BatchSync, [0-9]{4}-[a-z-]+ missing"));
        Assert.That(told.Message, Does.Contain("batchsync store migrate"));
    }

    [Test]
    public async Task SqlServerLease_TakenByManyAtOnce_GoesToOne()
    {
        await using var file = TestStore.Of("SqlServer");
        var time = new ManualTime();
        await using (var first = await file.OpenMigratedAsync(time)) { }

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var store = file.Open(time);
            return await store.AcquireLeaseAsync("H", Length, CancellationToken.None);
        })));
        Assert.That(taken.Count(l => l is not null), Is.EqualTo(1));
    }
}
