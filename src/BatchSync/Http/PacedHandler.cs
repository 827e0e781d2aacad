using System.Net.Http.Headers;

namespace BatchSync.Http;

/// <summary>Tells the gate of an API of every call that really goes out, and of what came back. It stands next to the network and holds nothing up: who calls has waited before.</summary>
internal sealed class PacedHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var slot = SlotOf(request);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            slot.Answered((int)response.StatusCode, name => HeaderOf(response.Headers, name));
            return response;
        }
        finally
        {
            slot.NotAnswered();
        }
    }

    // A redirect, or the call once more with another access token, has the place of the call that it follows from.
    private static CallSlot SlotOf(HttpRequestMessage request)
    {
        if (!request.Options.TryGetValue(CallSlot.Key, out var kept)) return CallSlot.Free;
        if (kept.TryUse()) return kept;
        var next = kept.Next();
        next.TryUse();
        return next;
    }

    private static string? HeaderOf(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
