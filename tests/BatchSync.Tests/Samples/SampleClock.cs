namespace BatchSync.Tests.Samples;

/// <summary>A clock whose date a sample sets; its timers are real, so that waits on the network end.</summary>
internal sealed class SampleClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}
