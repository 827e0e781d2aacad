using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BatchSync.Telemetry;

/// <summary>
/// Sends spans and metrics over OTLP, where the standard variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and those beside it) say where to. Whoever is to get them may be down: that
/// costs the process at most <see cref="Patience"/> at its end, and never changes what it does.
/// </summary>
internal sealed class TelemetryExport : IAsyncDisposable
{
    /// <summary>How long the end of the process waits for what is left to be sent.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    private TelemetryExport(TracerProvider? traces, MeterProvider? metrics) => (_traces, _metrics) = (traces, metrics);

    /// <summary>The libraries read the variables of the process themselves; here it is only decided whether there is anything to do.</summary>
    /// <param name="variable">A variable of the process; null: it is not set.</param>
    /// <param name="complain">Told why nothing is sent, where the variables cannot be used.</param>
    public static TelemetryExport Start(Func<string, string?> variable, Action<string> complain)
    {
        try
        {
            var isOff = string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
            bool IsWanted(string signal) => !isOff && (!string.IsNullOrEmpty(variable("OTEL_EXPORTER_OTLP_ENDPOINT")) || !string.IsNullOrEmpty(variable($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
            var (traces, metrics) = (IsWanted("TRACES"), IsWanted("METRICS"));
            return traces || metrics ? Start(traces, metrics, hasName: !string.IsNullOrEmpty(variable("OTEL_SERVICE_NAME"))) : new TelemetryExport(null, null);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or NotSupportedException)
        {
            complain($"Telemetry is off: {e.Message} Check the variables OTEL_EXPORTER_OTLP_*.");
            return new TelemetryExport(null, null);
        }
    }

    // By itself, so that a process that sends nothing does not load the libraries.
    private static TelemetryExport Start(bool traces, bool metrics, bool hasName)
    {
        void Name(ResourceBuilder resource)
        {
            if (!hasName) resource.AddService("batchsync", serviceVersion: ProgramVersion.Short);
        }

        return new TelemetryExport(
            traces ? Sdk.CreateTracerProviderBuilder().ConfigureResource(Name).AddSource(Signals.Name).AddOtlpExporter().Build() : null,
            metrics ? Sdk.CreateMeterProviderBuilder().ConfigureResource(Name).AddMeter(Signals.Name).AddOtlpExporter().Build() : null);
    }

    // Both at once: one that hangs must not use up the time of the other. What is not sent by then is lost with the process.
    public async ValueTask DisposeAsync()
    {
        if (_traces is null && _metrics is null) return;
        var within = (int)Patience.TotalMilliseconds;
        var ends = Task.WhenAll(Task.Run(() => _traces?.Shutdown(within)), Task.Run(() => _metrics?.Shutdown(within)));
        await Task.WhenAny(ends, Task.Delay(Patience));
    }
}
