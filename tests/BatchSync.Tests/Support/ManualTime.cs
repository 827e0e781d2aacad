namespace BatchSync.Tests.Support;

/// <summary>A clock that stands still until a test moves it; timers that fall due go off in order, on the thread that moves it.</summary>
internal sealed class ManualTime(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private int _settings;
    private DateTimeOffset _now = start ?? new DateTimeOffset(2026, 11, 2, 3, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>When the next timer goes off; null: none runs.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate) return _timers.Count == 0 ? null : _timers.Min(t => t.Due);
        }
    }

    /// <summary>How many timers run.</summary>
    public int Timers
    {
        get
        {
            lock (_gate) return _timers.Count;
        }
    }

    /// <summary>How often a timer was set.</summary>
    public int Settings
    {
        get
        {
            lock (_gate) return _settings;
        }
    }

    public void Advance(TimeSpan by) => AdvanceTo(GetUtcNow() + by);

    /// <summary>An instant that has passed moves nothing.</summary>
    public void AdvanceTo(DateTimeOffset end)
    {
        while (FireNext(end)) { }
        lock (_gate) _now = end > _now ? end : _now;
    }

    /// <summary>Runs a task to its end by moving to each timer that is due within a span; longer ones (time-outs) do not go off.</summary>
    public async Task<T> RunAsync<T>(Task<T> task, TimeSpan within)
    {
        while (!task.IsCompleted)
        {
            if (!FireNext(GetUtcNow() + within)) await Task.Yield();
        }

        return await task;
    }

    private bool FireNext(DateTimeOffset until)
    {
        ManualTimer? next;
        lock (_gate)
        {
            next = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
            if (next is null) return false;
            _now = next.Due > _now ? next.Due : _now;
            _timers.Remove(next);
        }

        next.Fire();
        return true;
    }

    private sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero) throw new NotSupportedException("A manual timer goes off once.");
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time._now + dueTime;
                time._timers.Add(this);
                time._settings++;
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
