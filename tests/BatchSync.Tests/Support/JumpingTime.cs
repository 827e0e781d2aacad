namespace BatchSync.Tests.Support;

/// <summary>A clock on which every wait of up to <see cref="Longest"/> is over at once, the clock having moved on by it; longer ones (time-outs, renewals) never end. Nobody has to move it.</summary>
internal sealed class JumpingTime(DateTimeOffset start) : TimeProvider
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(35);

    private readonly Lock _gate = new();
    private DateTimeOffset _now = start;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan by)
    {
        lock (_gate) _now += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new JumpingTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class JumpingTimer(JumpingTime time, Action callback) : ITimer
    {
        private volatile bool _isStopped;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan || dueTime > Longest) return true;
            time.Advance(dueTime);
            ThreadPool.QueueUserWorkItem(_ =>
            {
                if (!_isStopped) callback();
            });
            return true;
        }

        public void Dispose() => _isStopped = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
