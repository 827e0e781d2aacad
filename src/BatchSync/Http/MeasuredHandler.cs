using System.Diagnostics;
using BatchSync.Telemetry;

namespace BatchSync.Http;

/// <summary>Shows each call that really goes out to whoever watches: a span and how long it took. Of its address only the server's name is told.</summary>
internal sealed class MeasuredHandler(string connector, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var span = Signals.Spans.StartActivity(request.Method.Method, ActivityKind.Client);
        if (span is null && !Signals.CallDuration.Enabled) return await base.SendAsync(request, cancellationToken);
        var began = time.GetTimestamp();
        var tags = new TagList { { SignalTags.Connector, connector }, { SignalTags.Method, request.Method.Method }, { SignalTags.Server, request.RequestUri!.Host } };
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            tags.Add(SignalTags.Status, (int)response.StatusCode);
            if (!response.IsSuccessStatusCode) span?.SetStatus(ActivityStatusCode.Error);
            return response;
        }
        catch (Exception e)
        {
            tags.Add(SignalTags.Error, e.GetType().Name);
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            if (span is not null) foreach (var (name, value) in tags) span.SetTag(name, value);
            if (Correlation.Current is { } id) span?.SetTag(SignalTags.Correlation, id);
            Signals.CallDuration.Record(time.GetElapsedTime(began).TotalSeconds, tags);
        }
    }
}
