using BatchSync.Core.Retry;

namespace BatchSync.Http;

/// <summary>Asks one API only while its <see cref="Circuit"/> lets it: a dead one is not asked again and again, by every batch and every try.</summary>
/// <param name="name">How messages call the API: its connector.</param>
/// <param name="busy">Statuses by which the API says that it is busy, besides those that always do: an answer, and no failure.</param>
internal sealed class CircuitHandler(string name, IReadOnlyCollection<int> busy, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly Lock _gate = new();
    private Circuit _circuit = Circuit.Closed;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Begin(request);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var status = (int)response.StatusCode;
            var isFailing = !busy.Contains(status) && HttpStatusTable.KindOf(status) == HttpStatusKind.Failing;
            Note(isFailing);
            return response;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            Note(isFailing: true);
            throw;
        }
    }

    private void Begin(HttpRequestMessage request)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (!_circuit.MayCall(now))
            {
                throw new OutsideException(
                    OutsideFault.Transient,
                    FormattableString.Invariant($"{request.Method} {ApiAddress.Shown(request.RequestUri!)} was not sent: the last {_circuit.Failures} calls to {name} failed, and it is not asked again before {_circuit.RestsUntil:yyyy-MM-dd HH:mm:ss'Z'}. Run again later; nothing that was done is lost."));
            }

            _circuit = _circuit.Begin(now);
        }
    }

    private void Note(bool isFailing)
    {
        lock (_gate) _circuit = isFailing ? _circuit.Failed(time.GetUtcNow()) : Circuit.Closed;
    }
}
