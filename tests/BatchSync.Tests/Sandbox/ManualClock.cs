namespace BatchSync.Tests.Sandbox;

/// <summary>A clock that stands still; its timers fire when a test says so, and a test can wait until one is set.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly TaskCompletionSource<Alarm> _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DateTimeOffset Now { get; init; } = new(2026, 11, 1, 2, 30, 0, TimeSpan.Zero);

    /// <summary>The first timer that was set.</summary>
    public Task<Alarm> FirstAlarm => _set.Task;

    public override DateTimeOffset GetUtcNow() => Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(() => callback(state), dueTime);
        _set.TrySetResult(alarm);
        return alarm;
    }

    internal sealed class Alarm(Action ring, TimeSpan due) : ITimer
    {
        public TimeSpan Due => due;

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
