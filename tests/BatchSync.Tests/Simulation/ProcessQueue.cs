namespace BatchSync.Tests.Simulation;

/// <summary>What a simulated process still has to do. All of it is done on the one thread that plays the world, so that the same seed plays the same way.</summary>
internal sealed class ProcessQueue : SynchronizationContext
{
    private static readonly TimeSpan LongestHop = TimeSpan.FromSeconds(60);

    private readonly Queue<(SendOrPostCallback Work, object? State)> _work = new();

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_work)
        {
            _work.Enqueue((d, state));
            Monitor.Pulse(_work);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("A simulated process waits for nobody.");

    /// <summary>Does the next piece of work where there is one.</summary>
    public bool DoNext()
    {
        (SendOrPostCallback Work, object? State) next;
        lock (_work)
        {
            if (!_work.TryDequeue(out next)) return false;
        }

        next.Work(next.State);
        return true;
    }

    /// <summary>Waits for work that the runtime hands over from a thread of its own, as it does when it cancels what waits.</summary>
    public void AwaitWork()
    {
        lock (_work)
        {
            if (_work.Count == 0 && !Monitor.Wait(_work, LongestHop)) throw new TimeoutException("A simulated process waits for something that the world does not know.");
        }
    }

    /// <summary>Does something as this process would.</summary>
    public void Within(Action work)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            work();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
