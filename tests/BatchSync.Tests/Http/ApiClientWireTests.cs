using System.IO.Compression;
using System.Net.Sockets;
using System.Net;
using System.Text;
using BatchSync.Http;
using BatchSync.Tests.Support;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

/// <summary>What only a real connection shows.</summary>
public sealed class ApiClientWireTests
{
    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("identity")]
    public async Task Send_WithACompressedAnswer_GivesThePlainBytes(string encoding)
    {
        await using var server = await LoopbackServer.StartAsync(context => AnswerAsync(context, encoding, Encoding.UTF8.GetBytes("{\"name\":\"Größe\"}")));
        using var client = Client(server);
        var answer = await client.SendAsync(ApiRequest.Get("/"), CancellationToken.None);
        Assert.That(Encoding.UTF8.GetString(answer.Body.Span), Is.EqualTo("{\"name\":\"Größe\"}"));
    }

    [Test]
    public async Task Send_WithASmallBodyThatUnpacksAboveTheLimit_IsRefused()
    {
        var zeros = new byte[ApiClient.BodyLimit + 1];
        await using var server = await LoopbackServer.StartAsync(context => AnswerAsync(context, "gzip", zeros));
        using var client = Client(server);
        var error = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get("/"), CancellationToken.None));
        Assert.That((error!.Fault, error.Message), Is.EqualTo((OutsideFault.Permanent, $"GET {server.Url}/ sent a body of more than 64 MiB. Ask for fewer rows in a page.")));
    }

    [TestCase("GET", "Transient")]
    [TestCase("POST", "Unknown")]
    public async Task Send_WithASlowBody_EndsAtTheTimeout(string method, string fault)
    {
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("{\"rows\":[");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var client = Client(server, timeoutSeconds: 0.3);
        var error = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(Request(method), CancellationToken.None));
        Assert.That(error!.Fault.ToString(), Is.EqualTo(fault));
        Assert.That(error.Message, Does.Contain("gave no full answer within 0.3 s"));
    }

    [TestCase("GET", "Transient", 2)]
    [TestCase("POST", "Unknown", 1)]
    public async Task Send_WhenTheConnectionBreaks_SendsAgainOnlyWhatIsRepeatable(string method, string fault, int calls)
    {
        var seen = 0;
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            Interlocked.Increment(ref seen);
            context.Abort();
            return Task.CompletedTask;
        });
        using var client = Client(server, attempts: 2);
        var error = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(Request(method), CancellationToken.None));
        Assert.That((error!.Fault.ToString(), seen), Is.EqualTo((fault, calls)));
    }

    // The network layer sends a call without content again by itself where a connection in use before ends without a byte; a POST must not be.
    [Test]
    public async Task Send_OfAnEmptyPost_OnAConnectionThatTheServerCloses_IsSentOnce()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var posts = 0;
        var server = ServeAsync(listener, () => posts++, stop.Token);
        using (var client = Api.Client(null, definition: Api.Definition($"http://{listener.LocalEndpoint}", attempts: 3) with { MaxDelay = TimeSpan.FromMilliseconds(5) }))
        {
            await client.SendAsync(ApiRequest.Get("/"), CancellationToken.None);
            await Assert.ThatAsync(() => client.SendAsync(Api.Post("/") with { JsonBody = null }, CancellationToken.None), Throws.TypeOf<OutsideException>());
        }

        await stop.CancelAsync();
        await server;
        Assert.That(posts, Is.EqualTo(1));
    }

    [Test]
    public async Task Send_ToAClosedPort_IsCertainlyNotCarriedOut()
    {
        using var client = Api.Client(null, definition: Api.Definition($"http://127.0.0.1:{ClosedPort()}", attempts: 1));
        var error = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(Api.Post(), CancellationToken.None));
        Assert.That(error!.Fault, Is.EqualTo(OutsideFault.Transient));
        Assert.That(error.Message, Does.Contain("could not be sent: Connection refused"));
    }

    // Answers every GET and keeps the connection; takes every POST and closes it without a word.
    private static async Task ServeAsync(TcpListener listener, Action onPost, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptTcpClientAsync(stop);
                using var reader = new StreamReader(connection.GetStream());
                while (await reader.ReadLineAsync(stop) is { } line)
                {
                    if (line.StartsWith("POST", StringComparison.Ordinal)) onPost();
                    while (await reader.ReadLineAsync(stop) is { Length: > 0 }) { }
                    if (line.StartsWith("POST", StringComparison.Ordinal)) break;
                    await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray(), stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static ApiRequest Request(string method) => method == "GET" ? ApiRequest.Get("/") : Api.Post("/");

    private static ApiClient Client(LoopbackServer server, int attempts = 1, double timeoutSeconds = 20) =>
        Api.Client(null, definition: Api.Definition(server.Url, attempts, timeoutSeconds) with { MaxDelay = TimeSpan.FromMilliseconds(5) });

    private static async Task AnswerAsync(HttpContext context, string encoding, byte[] body)
    {
        Assert.That(context.Request.Headers.AcceptEncoding.ToString(), Does.Contain("gzip").And.Contains("br"));
        if (encoding != "identity") context.Response.Headers.ContentEncoding = encoding;
        await using var stream = encoding switch
        {
            "gzip" => new GZipStream(context.Response.Body, CompressionLevel.Fastest),
            "br" => new BrotliStream(context.Response.Body, CompressionLevel.Fastest),
            _ => context.Response.Body,
        };
        await stream.WriteAsync(body, context.RequestAborted);
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
