using System.Net;
using System.Net.Http.Headers;

namespace BatchSync.Http.OAuth;

/// <summary>Puts the access token on each call; one that is refused (401) is replaced once, and the call made once more: it was not carried out.</summary>
internal sealed class SignInHandler(AccessTokens tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(refused: null, cancellationToken);
        var response = await SendAsync(request, token, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized) return response;
        response.Dispose();
        return await SendAsync(request, await tokens.GetAsync(refused: token, cancellationToken), cancellationToken);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string token, CancellationToken cancel)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return base.SendAsync(request, cancel);
    }
}
