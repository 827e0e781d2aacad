using BatchSync.Http;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>Who keeps schedules, and who works on which part of a run.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreHostTests(string kind)
{
    [Test]
    public async Task Host_ThatWasSeen_IsListedOnceUntilItIsRemoved()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.SaveHostAsync("", "first", CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        await bench.Store.SaveHostAsync("BatchSync 1", "second", CancellationToken.None);
        var host = (await bench.Store.ListHostsAsync(CancellationToken.None)).Single();
        Assert.That((host.Host, host.ProcessId, host.Cluster, host.ConfigurationHash), Is.EqualTo((Environment.MachineName, Environment.ProcessId, "BatchSync 1", "second")));
        await bench.Store.RemoveHostAsync(CancellationToken.None);
        Assert.That(await bench.Store.ListHostsAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Host_ThatWasNotSeenForAWeek_IsForgotten()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.SaveHostAsync("", "first", CancellationToken.None);
        bench.File.Execute("UPDATE hosts SET host = 'old', seen_at = '2001-01-01T00:00:00.0000000Z'");
        await bench.Store.SaveHostAsync("", "first", CancellationToken.None);
        Assert.That((await bench.Store.ListHostsAsync(CancellationToken.None)).Select(h => h.Host), Is.EqualTo(new[] { Environment.MachineName }));
    }

    [Test]
    public async Task Partition_IsTakenByOneAndFreeAgainWhenItsLeaseIsOver()
    {
        await using var bench = await OfferedAsync();
        await using var other = bench.File.Open(bench.Time);
        var (eu, us) = await bench.Store.ListFreePartitionsAsync(CancellationToken.None) is [var first, var second] ? (first, second) : throw new InvalidOperationException("Two are offered.");
        var lease = await bench.Store.ClaimPartitionAsync(eu, StoreBench.LeaseLength, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((lease!.Name, lease.Token, lease.Partition!.Name), Is.EqualTo((Some.Series, bench.Lease.Token, "eu")));
            Assert.That(await other.ClaimPartitionAsync(eu, StoreBench.LeaseLength, CancellationToken.None), Is.Null);
            Assert.That((await other.ListFreePartitionsAsync(CancellationToken.None)).Select(p => p.Destination), Is.EqualTo(new[] { us.Destination }));
        });
        bench.Time.Advance(StoreBench.LeaseLength);
        var taken = await other.ClaimPartitionAsync(eu, StoreBench.LeaseLength, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(taken!.Partition!.Token, Is.EqualTo(lease!.Partition!.Token + 1));
            await Assert.ThrowsAsync<LeaseLostException>(() => bench.Store.RenewLeaseAsync(lease, StoreBench.LeaseLength, CancellationToken.None));
            await other.RenewLeaseAsync(taken, StoreBench.LeaseLength, CancellationToken.None);
        });
    }

    [Test]
    public async Task Partition_ThatIsDone_KeepsWhatCameOfItAndIsTakenByNobody()
    {
        await using var bench = await OfferedAsync();
        var eu = (await bench.Store.ListFreePartitionsAsync(CancellationToken.None))[0];
        var lease = (await bench.Store.ClaimPartitionAsync(eu, StoreBench.LeaseLength, CancellationToken.None))!;
        var result = new PartitionResult(3, 1, 2, OutsideFault.Unknown, "It does not answer.");
        await bench.Store.EndPartitionAsync(lease, bench.Run.RunNo, result, CancellationToken.None);
        await bench.Store.ReleaseLeaseAsync(lease, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((await bench.Store.ListPartitionsAsync(bench.Run.RunNo, CancellationToken.None)).Select(p => (p.Destination, p.State, p.Host, p.Result)), Is.EqualTo(new[]
            {
                ("eu", PartitionState.Done, Environment.MachineName, result), ("us", PartitionState.Waiting, "", new PartitionResult(0, 0, 0, null, "")),
            }));
            Assert.That(await bench.Store.ClaimPartitionAsync(eu, StoreBench.LeaseLength, CancellationToken.None), Is.Null);
            Assert.That((await bench.Store.ListLeasesAsync(CancellationToken.None)).Select(l => l.Name), Is.EqualTo(new[] { Some.Series }));
        });
    }

    // Another run holds the series: nobody begins for the old one, and who has begun writes nothing more.
    [Test]
    public async Task Partition_OfASeriesThatAnotherRunHolds_IsClosed()
    {
        await using var bench = await OfferedAsync();
        var offered = await bench.Store.ListFreePartitionsAsync(CancellationToken.None);
        var lease = (await bench.Store.ClaimPartitionAsync(offered[0], StoreBench.LeaseLength, CancellationToken.None))!;
        await bench.Store.ReleaseLeaseAsync(bench.Lease, CancellationToken.None);
        await using var other = bench.File.Open(bench.Time);
        Assert.That(await other.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None), Is.Not.Null);
        await Assert.MultipleAsync(async () =>
        {
            await Assert.ThrowsAsync<LeaseLostException>(() => bench.Store.EndPartitionAsync(lease, bench.Run.RunNo, new PartitionResult(0, 0, 0, null, ""), CancellationToken.None));
            Assert.That(await bench.Store.ClaimPartitionAsync(offered[1], StoreBench.LeaseLength, CancellationToken.None), Is.Null);
            Assert.That(await bench.Store.ListFreePartitionsAsync(CancellationToken.None), Is.Empty);
        });
    }

    private async Task<StoreBench> OfferedAsync()
    {
        var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.OfferPartitionsAsync(bench.Lease, bench.Run.RunNo, ["eu", "us"], CancellationToken.None);
        return bench;
    }
}
