using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Holds a series' lease for as long as a run lasts, renewing it in the background. When it is lost, <see cref="Lost"/> is
/// cancelled, and every write with it is refused by the store as well.
/// </summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    /// <summary>How long a lease lasts without renewal: the longest that a dead host holds up the next one.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(40);

    /// <summary>Who waits for a lease asks this often: a run lasts seconds at least.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);

    private readonly IStore _store;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;

    private LeaseKeeper(IStore store, Lease lease, TimeProvider time, CancellationToken cancel)
    {
        _store = store;
        _time = time;
        Lease = lease;
        _lost = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _renewing = RenewAsync();
    }

    /// <summary>The grant; its expiry is that of the last renewal.</summary>
    public Lease Lease { get; private set; }

    /// <summary>Why the lease could not be kept; null while it is held.</summary>
    public Exception? LostBecause { get; private set; }

    /// <summary>Cancelled with the run's own token, and when the lease is lost.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>
    /// What a run failed of. A host that slept may not know yet that another run took over and changed what this one was reading: what it
    /// stumbled over then is no fault of its own.
    /// </summary>
    public async Task<Exception> CauseOfAsync(Exception failure)
    {
        if (LostBecause is not null) return LostBecause;
        try
        {
            await _store.RenewLeaseAsync(Lease, Length, CancellationToken.None);
            return failure;
        }
        catch (LeaseLostException lost)
        {
            return lost;
        }
        catch (StoreException)
        {
            return failure;
        }
    }

    /// <param name="wait">How long to ask again and again where another run holds it.</param>
    /// <returns>Null where another run holds it, at the end of the wait.</returns>
    public static async Task<LeaseKeeper?> TakeAsync(IStore store, string series, TimeProvider time, TimeSpan wait, CancellationToken cancel)
    {
        var until = time.GetUtcNow() + wait;
        while (true)
        {
            if (await store.AcquireLeaseAsync(series, Length, cancel) is { } lease) return new LeaseKeeper(store, lease, time, cancel);
            if (until - time.GetUtcNow() is not { Ticks: > 0 } left) return null;
            await Task.Delay(left < AskEvery ? left : AskEvery, time, cancel);
        }
    }

    /// <summary>Keeps a lease that was taken elsewhere.</summary>
    public static LeaseKeeper Keep(IStore store, Lease lease, TimeProvider time, CancellationToken cancel) => new(store, lease, time, cancel);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        try
        {
            await _store.ReleaseLeaseAsync(Lease, CancellationToken.None);
        }
        catch (Exception e) when (e is LeaseLostException or StoreException)
        {
            // Somebody else holds it now, or it will run out by itself: the run's own result matters more.
        }

        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(RenewEvery, _time, _stop.Token);
                Lease = await _store.RenewLeaseAsync(Lease, Length, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
        catch (Exception e) when (e is LeaseLostException or StoreException)
        {
            LostBecause = e;
            await _lost.CancelAsync();
        }
    }
}
