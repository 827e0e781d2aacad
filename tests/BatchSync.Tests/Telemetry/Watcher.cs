using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using BatchSync.Telemetry;

namespace BatchSync.Tests.Telemetry;

/// <summary>A metric as it was measured.</summary>
internal sealed record Measured(string Name, string Unit, double Value, IReadOnlyDictionary<string, string> Tags);

/// <summary>Listens to all spans and metrics of the program; tests run beside each other, so each asks for those of its own job.</summary>
internal sealed class Watcher : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentQueue<Measured> _metrics = new();
    private readonly ActivityListener _listener;
    private readonly MeterListener _meters = new();

    public Watcher()
    {
        _listener = new ActivityListener { ShouldListenTo = source => source.Name == Signals.Name, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = _spans.Enqueue };
        ActivitySource.AddActivityListener(_listener);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == Signals.Name) listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.Start();
    }

    /// <summary>The spans of a job's runs, in the order in which they ended.</summary>
    public IReadOnlyList<Activity> SpansOf(string job)
    {
        var traces = _spans.Where(s => Tag(s, SignalTags.Job) == job).Select(s => s.TraceId).ToHashSet();
        return [.. _spans.Where(s => traces.Contains(s.TraceId))];
    }

    /// <summary>Those with a tag of this value.</summary>
    public IReadOnlyList<Measured> MetricsOf(string tag, string value) => [.. _metrics.Where(m => m.Tags.GetValueOrDefault(tag) == value)];

    public static string? Tag(Activity span, string name) => span.GetTagItem(name) is { } value ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => _metrics.Enqueue(new Measured(
        instrument.Name, instrument.Unit ?? "", value, tags.ToArray().ToDictionary(t => t.Key, t => Convert.ToString(t.Value, CultureInfo.InvariantCulture) ?? "", StringComparer.Ordinal)));
}
