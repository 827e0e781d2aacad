using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BatchSync.Sandbox;

namespace BatchSync.Tests.Sandbox;

/// <summary>A sandbox on a free port with a folder of its own, and a client that talks to it over real HTTP.</summary>
internal sealed class RunningSandbox : IAsyncDisposable
{
    private readonly bool _ownsFolder;

    private RunningSandbox(SandboxServer server, string folder, bool ownsFolder)
    {
        (Server, Folder, _ownsFolder) = (server, folder, ownsFolder);
        Client = new HttpClient { BaseAddress = server.Address, Timeout = Timeout.InfiniteTimeSpan };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SandboxOptions.DefaultToken);
    }

    public SandboxServer Server { get; }
    public string Folder { get; }
    public HttpClient Client { get; }

    public static Task<RunningSandbox> StartAsync(params (string File, string Json)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        foreach (var (file, json) in files) Write(folder, file, json);
        return StartAsync(new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System), ownsFolder: true);
    }

    public static async Task<RunningSandbox> StartAsync(SandboxOptions options, bool ownsFolder = false) =>
        new(await SandboxServer.StartAsync(options, CancellationToken.None), options.DataFolder, ownsFolder);

    public static void Write(string folder, string file, string json)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json);
    }

    public async Task<Reply> GetAsync(string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await SendAsync(request, CancellationToken.None);
    }

    public Task<Reply> PostAsync(string url, string body, string? key = null) => PostAsync(url, body, key, CancellationToken.None);

    public async Task<Reply> PostAsync(string url, string body, string? key, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null) request.Headers.Add(BooksApi.KeyHeader, key);
        return await SendAsync(request, cancel);
    }

    public Task<Reply> PostInvoicesAsync(params string[] items) => PostAsync("/books/v1/invoices/bulk", Some.Bulk(items));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        if (_ownsFolder) Directory.Delete(Folder, recursive: true);
    }

    private async Task<Reply> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using var response = await Client.SendAsync(request, cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        return new Reply(response.StatusCode, text, name => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null);
    }
}

/// <summary>An answer, with its body as text.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text, Func<string, string?> Header)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public IReadOnlyList<string> Ids(string stream) => [.. Json.GetProperty(stream).EnumerateArray().Select(r => r.GetProperty("id").ToString())];

    public string ErrorCode => Json.GetProperty("error").GetProperty("code").GetString()!;

    /// <summary>The outcome of an item: <c>created</c>, or its error's code.</summary>
    public string Outcome(string reference)
    {
        var result = Json.GetProperty("results").EnumerateArray().Single(r => r.GetProperty("reference").GetString() == reference);
        return result.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code").GetString()! : result.GetProperty("status").GetString()!;
    }
}
