namespace BatchSync.Tests.Reports.Mail;

/// <summary>A clock that stands still for dates; its timers are real, so that waits on the network end.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
