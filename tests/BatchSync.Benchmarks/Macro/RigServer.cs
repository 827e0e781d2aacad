using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace BatchSync.Benchmarks.Macro;

/// <summary>A time tracker and books on loopback that answer faster than any client asks.</summary>
internal sealed class RigServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly EntryPages _pages;

    private RigServer(WebApplication host, EntryPages pages) => (_host, _pages) = (host, pages);

    public Uri Address { get; private set; } = new("http://127.0.0.1/");
    public CountingBooks Books { get; set; } = new();
    public long Calls { get; private set; }

    /// <param name="before">What every call goes through first; null: nothing.</param>
    public static async Task<RigServer> StartAsync(EntryPages pages, Func<HttpContext, RequestDelegate, Task>? before = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var rig = new RigServer(builder.Build(), pages);
        if (before is not null) rig._host.Use(before);
        rig._host.Run(rig.AnswerAsync);
        await rig._host.StartAsync();
        rig.Address = new Uri(rig._host.Urls.Single());
        return rig;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        Calls++;
        var query = http.Request.Query;
        var body = http.Request.Path.Value switch
        {
            "/time_entries" => _pages.Page(query["cursor"] is [{ Length: > 0 } cursor] ? cursor : null, query.ContainsKey("updated_since")),
            "/account" => """{"account":{"id":"1"}}"""u8.ToArray(),
            "/company" => """{"company":{"id":"rig","environment":"test"}}"""u8.ToArray(),
            "/invoices" => Books.Find(query["references"].ToString()),
            "/invoices/bulk" => Books.Create(await JsonDocument.ParseAsync(http.Request.Body)),
            _ => null,
        };
        http.Response.StatusCode = body is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body?.Length ?? 0;
        if (body is not null) await http.Response.BodyWriter.WriteAsync(body);
    }
}
