using System.Net;
using System.Text;

namespace BatchSync.Tests.Support;

/// <summary>An HTTP network of one function: call number (from 0) and request in, response out. Keeps every URL and body it saw.</summary>
internal sealed class FakeHandler(Func<int, HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<string> Urls { get; } = [];
    public List<HttpRequestMessage> Requests { get; } = [];

    /// <summary>Answers the first call with the first response, and so on; the last one stays.</summary>
    public static FakeHandler Of(params Func<HttpResponseMessage>[] answers) => new((call, _) => answers[Math.Min(call, answers.Length - 1)]());

    public static HttpResponseMessage Json(string body, int status = 200) =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Status(int status, string body = "", string? retryAfter = null)
    {
        var response = Json(body, status);
        if (retryAfter is not null) response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return response;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Urls.Add(request.RequestUri!.AbsoluteUri);
        Requests.Add(request);
        try
        {
            return Task.FromResult(answer(Urls.Count - 1, request));
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Task.FromException<HttpResponseMessage>(error);
        }
    }
}
