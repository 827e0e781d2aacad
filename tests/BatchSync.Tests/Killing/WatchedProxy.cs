using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BatchSync.Tests.Killing;

/// <summary>
/// Stands between a run and the sandbox and tells the run's watcher of each call three times: requested, nothing done yet; answered by the
/// sandbox, nothing sent back yet; and returned, the whole answer sent back.
/// </summary>
internal sealed class WatchedProxy : IAsyncDisposable
{
    /// <summary>
    /// A delayed call arrives when a run that did not wait would have looked it up in vain, and well before the eleven seconds (five to send
    /// it, five for the call, one to settle) after which the small job's next run believes that it cannot arrive any more.
    /// </summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(6);

    private readonly HttpClient _sandbox;
    private readonly List<Task> _delayed = [];
    private readonly WebApplication _host;
    private WatchedRun? _run;

    private WatchedProxy(Uri sandbox)
    {
        _sandbox = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = sandbox };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        _host = builder.Build();
        _host.Run(PassAsync);
    }

    public string Address => _host.Urls.Single();

    public static async Task<WatchedProxy> StartAsync(Uri sandbox)
    {
        var proxy = new WatchedProxy(sandbox);
        await proxy._host.StartAsync();
        return proxy;
    }

    /// <summary>The run whose calls come from now on.</summary>
    public void Watch(WatchedRun run) => _run = run;

    /// <summary>Waits until the calls that were delayed have been carried out.</summary>
    public Task SettleAsync() => Task.WhenAll(_delayed);

    public async ValueTask DisposeAsync()
    {
        await SettleAsync();
        await _host.StopAsync();
        await _host.DisposeAsync();
        _sandbox.Dispose();
    }

    private async Task PassAsync(HttpContext http)
    {
        var run = _run!;
        var (body, call) = (await ReadAsync(http.Request), run.NameOf($"{http.Request.Method} {http.Request.Path}"));
        if (await run.SeeAsync($"{call} requested"))
        {
            if (run.IsDelayed) _delayed.Add(CarryOutLaterAsync(Request(http, body)));
            http.Abort();
            return;
        }

        using var answer = await _sandbox.SendAsync(Request(http, body), CancellationToken.None);
        if (await run.SeeAsync($"{call} answered")) http.Abort();
        else await ReturnAsync(http, answer, run, call);
    }

    private async Task CarryOutLaterAsync(HttpRequestMessage request)
    {
        await Task.Delay(Delay);
        using var answer = await _sandbox.SendAsync(request, CancellationToken.None);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task ReturnAsync(HttpContext http, HttpResponseMessage answer, WatchedRun run, string call)
    {
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await http.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync());
        await http.Response.CompleteAsync();
        await run.SeeAsync($"{call} returned");
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static HttpRequestMessage Request(HttpContext http, byte[] body)
    {
        var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), $"{http.Request.Path}{http.Request.QueryString}");
        if (body.Length > 0) request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in http.Request.Headers)
        {
            if (name is "Host" or "Content-Length" or "Transfer-Encoding" or "Connection" or "Accept-Encoding") continue;
            if (!request.Headers.TryAddWithoutValidation(name, value.ToString())) request.Content?.Headers.TryAddWithoutValidation(name, value.ToString());
        }

        return request;
    }

    /// <summary>The test decides when it ends, not the host: without this, the host would take Ctrl-C for itself.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
