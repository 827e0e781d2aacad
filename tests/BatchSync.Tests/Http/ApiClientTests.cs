using System.IO.Compression;
using System.Net;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;
using Serilog.Core;
using Serilog.Events;
using Serilog;

namespace BatchSync.Tests.Http;

public sealed class ApiClientTests
{
    private static readonly TimeSpan Waits = TimeSpan.FromSeconds(40);

    private enum Result
    {
        Answer,
        Transient,
        Permanent,
        Unknown,
    }

    // what the server does, GET: tries and result, POST: tries and result
    [TestCase("200", 1, "Answer", 1, "Answer")]
    [TestCase("400", 1, "Answer", 1, "Answer")]
    [TestCase("404", 1, "Answer", 1, "Answer")]
    [TestCase("422", 1, "Answer", 1, "Answer")]
    [TestCase("401", 1, "Permanent", 1, "Permanent")]
    [TestCase("403", 1, "Permanent", 1, "Permanent")]
    [TestCase("408", 3, "Answer", 1, "Unknown")]
    [TestCase("429", 3, "Answer", 3, "Answer")]
    [TestCase("500", 3, "Answer", 1, "Unknown")]
    [TestCase("502 <html>", 3, "Answer", 1, "Unknown")]
    [TestCase("500 {\"error\":\"nothing was saved\"}", 3, "Answer", 1, "Answer")]
    [TestCase("302", 1, "Answer", 1, "Unknown")]
    [TestCase("307", 1, "Answer", 1, "Answer")]
    [TestCase("refused", 3, "Transient", 3, "Transient")]
    [TestCase("unresolved", 3, "Transient", 3, "Transient")]
    [TestCase("reset", 3, "Transient", 1, "Unknown")]
    [TestCase("cut body", 3, "Transient", 1, "Unknown")]
    public async Task Send_TriesAgainOnlyWhatDoesNoHarm(string what, int getTries, string getResult, int postTries, string postResult)
    {
        var get = await TryAsync(what, ApiRequest.Get("/rows"));
        var post = await TryAsync(what, Api.Post());
        Assert.That(
            (get.Tries, get.Result.ToString(), post.Tries, post.Result.ToString()),
            Is.EqualTo((getTries, getResult, postTries, postResult)));
    }

    [Test]
    public async Task Send_AfterTroubleThatPasses_GivesTheAnswer()
    {
        var handler = FakeHandler.Of(() => FakeHandler.Status(503), () => throw Refused(), () => FakeHandler.Json("[1]"));
        var time = new ManualTime();
        using var client = Api.Client(handler, time);
        var answer = await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows?page=2"), CancellationToken.None), Waits);
        Assert.That((answer.Status, Encoding.UTF8.GetString(answer.Body.Span), answer.Location), Is.EqualTo((200, "[1]", "GET https://api.example.com/v2/rows")));
    }

    [TestCase("7", 7)]
    [TestCase("Mon, 02 Nov 2026 03:00:11 GMT", 11)]
    public async Task Send_WithRetryAfter_WaitsThatLong(string retryAfter, int seconds)
    {
        var time = new ManualTime();
        var start = time.GetUtcNow();
        using var client = Api.Client(FakeHandler.Of(() => FakeHandler.Status(429, retryAfter: retryAfter), () => FakeHandler.Json("{}")), time);
        await time.RunAsync(client.SendAsync(Api.Post(), CancellationToken.None), Waits);
        Assert.That(time.GetUtcNow() - start, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    // An API that is asked against its word answers no better, and may count it: a call to it ends, the next one is not made.
    [Test]
    public async Task Send_ToAnApiThatWantsALongWait_IsNotTriedAgainAndTheNextCallIsNotMade()
    {
        var time = new ManualTime();
        using var network = FakeHandler.Of(() => FakeHandler.Status(429, "{}", retryAfter: "3600"), () => FakeHandler.Json("{}"));
        using var client = Api.Client(network, time);
        var answer = await client.SendAsync(Api.Post(), CancellationToken.None);
        var fault = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(Api.Post(), CancellationToken.None));
        Assert.Multiple(() =>
        {
            Assert.That((answer.Status, network.Urls.Count), Is.EqualTo((429, 1)));
            Assert.That(client.FaultOf(answer, "It").Message, Does.Contain("It takes calls again from 2026-11-02 04:00:00Z."));
            Assert.That(fault!.Fault, Is.EqualTo(OutsideFault.Transient));
            Assert.That(fault.Message, Is.EqualTo("A call was not sent: the API takes no call before 2026-11-02 04:00:00Z: it asked for that. Run again then; nothing that was done is lost."));
        });
        time.Advance(TimeSpan.FromHours(1));
        Assert.That((await client.SendAsync(Api.Post(), CancellationToken.None)).Status, Is.EqualTo(200));
    }

    // Toggl says 402 with a header of its own where the quota of the hour is used up.
    [Test]
    public async Task Send_ToAnApiThatIsBusyInItsOwnWords_WaitsAsItAsks()
    {
        var time = new ManualTime();
        var start = time.GetUtcNow();
        var busy = FakeHandler.Status(402);
        busy.Headers.TryAddWithoutValidation("X-Quota-Resets-In", "13");
        var definition = Api.Definition() with { BusyStatuses = [402], RetryAfterHeader = "X-Quota-Resets-In" };
        using var client = Api.Client(FakeHandler.Of(() => busy, () => FakeHandler.Json("{}")), time, definition);
        var answer = await time.RunAsync(client.SendAsync(Api.Post(), CancellationToken.None), Waits);
        Assert.That((answer.Status, time.GetUtcNow() - start), Is.EqualTo((200, TimeSpan.FromSeconds(13))));
    }

    [TestCase(1023, false)]
    [TestCase(1024, true)]
    public async Task Send_ToAnApiThatTakesGzip_CompressesLongBodies(int length, bool isCompressed)
    {
        var body = new byte[length];
        Array.Fill(body, (byte)'x');
        var sent = Array.Empty<byte>();
        using var client = Api.Client(new FakeHandler((_, request) =>
        {
            using var copy = new MemoryStream();
            request.Content!.CopyTo(copy, null, CancellationToken.None);
            sent = copy.ToArray();
            Assert.That(request.Content.Headers.ContentEncoding, Is.EqualTo(isCompressed ? ["gzip"] : Array.Empty<string>()));
            return FakeHandler.Json("{}");
        }), definition: Api.Definition() with { TakesGzip = true });
        await client.SendAsync(Api.Post() with { JsonBody = body }, CancellationToken.None);
        if (isCompressed)
        {
            using var gzip = new GZipStream(new MemoryStream(sent), CompressionMode.Decompress);
            using var opened = new MemoryStream();
            await gzip.CopyToAsync(opened);
            sent = opened.ToArray();
        }

        Assert.That(sent, Is.EqualTo(body));
    }

    [Test]
    public async Task Send_WithAnOwnHeader_SignsTheCall()
    {
        var handler = FakeHandler.Of(() => FakeHandler.Json("{}"));
        using var client = Api.Client(handler);
        await client.SendAsync(Api.Post(), CancellationToken.None);
        var headers = handler.Requests[0].Headers.ToDictionary(h => h.Key, h => string.Join(",", h.Value));
        Assert.That(headers, Is.SupersetOf(new Dictionary<string, string>
        {
            ["Authorization"] = "Bearer s3cret-token", ["X-Account"] = "42", ["Idempotency-Key"] = "k1", ["Accept"] = "application/json",
        }));
        Assert.That(headers["User-Agent"], Does.Match(@"^BatchSync/\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$"));
    }

    [Test]
    public async Task Send_WithBasicAndKeyAuthentication_SignsTheCall()
    {
        var handler = FakeHandler.Of(() => FakeHandler.Json("{}"));
        using var basic = Api.Client(handler, definition: Api.Definition(authentication: new Authentication.Basic(new("dana"), new("pä:ss"))));
        using var key = Api.Client(handler, definition: Api.Definition(authentication: new Authentication.ApiKey("X-Key", new("setting:token"))));
        await basic.SendAsync(ApiRequest.Get("/a"), CancellationToken.None);
        await key.SendAsync(ApiRequest.Get("/a"), CancellationToken.None);
        Assert.That(handler.Requests[0].Headers.Authorization!.Parameter, Is.EqualTo("ZGFuYTpww6Q6c3M="));
        Assert.That(handler.Requests[1].Headers.GetValues("X-Key"), Is.EqualTo(new[] { Api.Token }));
    }

    [Test]
    public async Task Send_WhenRefused_NamesTheCredentialsAndNoSecret()
    {
        using var client = Api.Client(FakeHandler.Of(() => FakeHandler.Status(401, $"{{\"message\":\"bad\n token {Api.Token}\"}}")));
        var error = await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get("/rows?key=abc"), CancellationToken.None));
        Assert.That(error!.Message, Is.EqualTo(
            "GET https://api.example.com/v2/rows answered 401: the bearer token (setting:token (env:API_TOKEN)) was refused. "
            + "Check that it is current and may do this in the account that the settings name, then run again. The answer began: {\"message\":\"bad token ***\"}"));
    }

    [Test]
    public async Task FaultOf_ShowsTheFirst200CharactersOnOneLine()
    {
        using var client = Api.Client(FakeHandler.Of(() => FakeHandler.Status(404, "a\n" + new string('x', 5000))));
        var error = client.FaultOf(await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), "Reading clients");
        Assert.That(error.Fault, Is.EqualTo(OutsideFault.Permanent));
        Assert.That(error.Message, Does.StartWith("Reading clients: GET https://api.example.com/v2/rows answered 404. There is nothing at this address")
            .And.EndWith("The answer began: a " + new string('x', 198) + "..."));
    }

    [TestCase("/v2/elsewhere?page=2", "https://api.example.com/v2/elsewhere?page=2")]
    [TestCase("https://api.example.com/other", "https://api.example.com/other")]
    public async Task Send_RedirectedWithinTheOrigin_Follows(string target, string expected)
    {
        var handler = FakeHandler.Of(() => Moved(target), () => FakeHandler.Json("{}"));
        using var client = Api.Client(handler);
        var answer = await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        Assert.That((answer.Status, handler.Urls[^1]), Is.EqualTo((200, expected)));
    }

    [TestCase("https://evil.example.net/rows")]
    [TestCase("http://api.example.com/v2/rows")]
    [TestCase("https://api.example.com:8443/v2/rows")]
    [TestCase("//evil.example.net/rows")]
    public async Task Send_RedirectedElsewhere_RefusesToCarryCredentialsThere(string target)
    {
        var handler = FakeHandler.Of(() => Moved(target));
        using var client = Api.Client(handler);
        await Assert.ThatAsync(() => client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None), Throws.TypeOf<OutsideException>().With.Message.Contains("another scheme, host or port"));
        Assert.That(handler.Urls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Send_RedirectedWithoutEnd_StopsAtTheLimit()
    {
        var handler = FakeHandler.Of(() => Moved("/again"));
        using var client = Api.Client(handler);
        var answer = await client.SendAsync(ApiRequest.Get("/rows"), CancellationToken.None);
        Assert.That((answer.Status, handler.Urls.Count), Is.EqualTo((302, ApiClient.RedirectLimit + 1)));
    }

    [TestCase("https://api.example.com/v2", "/rows?a=1", "https://api.example.com/v2/rows?a=1")]
    [TestCase("https://api.example.com/v2/", "rows", "https://api.example.com/v2/rows")]
    [TestCase("http://127.0.0.1:5000", "/rows", "http://127.0.0.1:5000/rows")]
    [TestCase("https://api.example.com/v2", "https://api.example.com/v3/rows", "https://api.example.com/v3/rows")]
    public void Address_AddsPathsToTheBase(string baseUrl, string path, string expected) =>
        Assert.That(ApiAddress.Of(baseUrl, path).AbsoluteUri, Is.EqualTo(expected));

    [TestCase("api.example.com")]
    [TestCase("ftp://api.example.com")]
    [TestCase("/v2")]
    public void Address_WithoutAbsoluteBase_IsAFaultOfTheConfiguration(string baseUrl) =>
        Assert.That(() => ApiAddress.Of(baseUrl, "/rows"), Throws.TypeOf<SettingException>().With.Message.Contains("absolute http or https URL"));

    [Test]
    public async Task Send_WithALineEndInASecret_NamesTheHeaderOnly()
    {
        using var client = Api.Client(FakeHandler.Of(() => FakeHandler.Json("{}")), definition: Api.Definition(authentication: new Authentication.Bearer(new("a\nb"))));
        await Assert.ThatAsync(() => client.SendAsync(ApiRequest.Get("/"), CancellationToken.None), Throws.TypeOf<SettingException>().With.Message.Contains("'Authorization'"));
    }

    [Test]
    public async Task Send_TryingAgain_LogsNoSecret()
    {
        var lines = new LogLines();
        await using var log = new LoggerConfiguration().WriteTo.Sink(lines).CreateLogger();
        var time = new ManualTime();
        using var client = Api.Client(FakeHandler.Of(() => FakeHandler.Status(503), () => FakeHandler.Json("{}")), time, log: log);
        await time.RunAsync(client.SendAsync(ApiRequest.Get("/rows?api_key=hidden"), CancellationToken.None), Waits);
        Assert.That(lines.Texts, Has.Count.EqualTo(1));
        Assert.That(lines.Texts[0], Does.Contain("GET https://api.example.com/v2/rows answered 503").And.Not.Contains("hidden").And.Not.Contains(Api.Token));
    }

    [Test]
    public async Task Send_Cancelled_IsNoFaultOfTheServer()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        using var client = Api.Client(FakeHandler.Of(() => FakeHandler.Json("{}")));
        await Assert.ThatAsync(() => client.SendAsync(ApiRequest.Get("/rows"), cancel.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static async Task<(int Tries, Result Result)> TryAsync(string what, ApiRequest request)
    {
        var handler = new FakeHandler((_, _) => Response(what));
        var time = new ManualTime();
        using var client = Api.Client(handler, time);
        try
        {
            await time.RunAsync(client.SendAsync(request, CancellationToken.None), Waits);
            return (handler.Urls.Count, Result.Answer);
        }
        catch (OutsideException error)
        {
            return (handler.Urls.Count, Enum.Parse<Result>(error.Fault.ToString()));
        }
    }

    private static HttpResponseMessage Response(string what) => what switch
    {
        "refused" => throw Refused(),
        "unresolved" => throw new HttpRequestException(HttpRequestError.NameResolutionError, "Name or service not known (api.example.com:443)"),
        "reset" => throw new HttpRequestException(HttpRequestError.Unknown, "An error occurred while sending the request.", new IOException("Connection reset by peer")),
        "cut body" => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new BrokenStream()) },
        _ => FakeHandler.Status(int.Parse(what.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture), what[3..].Trim()),
    };

    private static HttpRequestException Refused() => new(HttpRequestError.ConnectionError, "Connection refused (api.example.com:443)");

    private static HttpResponseMessage Moved(string target)
    {
        var response = new HttpResponseMessage(HttpStatusCode.Found);
        response.Headers.TryAddWithoutValidation("Location", target);
        return response;
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
    }

    private sealed class LogLines : ILogEventSink
    {
        public List<string> Texts { get; } = [];

        public void Emit(LogEvent logEvent) => Texts.Add(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
    }
}
