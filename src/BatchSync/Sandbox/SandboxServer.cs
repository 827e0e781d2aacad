using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BatchSync.Sandbox;

/// <summary>
/// A time-tracking and an accounting API on 127.0.0.1 in which users rehearse failures: real HTTP, real books, faults by script. Nothing
/// leaves the machine.
/// </summary>
internal sealed class SandboxServer : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);
    private readonly SandboxOptions _options;
    private readonly SandboxRows _rows;
    private readonly OAuthApi _oauth;
    private readonly SandboxApis _apis;
    private readonly CallLimit? _limit;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Method, string Path), int> _counts = [];
    private readonly Dictionary<string, SandboxAnswer> _lastPages = new(StringComparer.Ordinal);
    private volatile FaultSchedule _faults = new([]);
    private WebApplication? _host;

    private SandboxServer(SandboxOptions options, SandboxCompanies companies)
    {
        _options = options with { DataFolder = Path.GetFullPath(options.DataFolder) };
        Companies = companies;
        _limit = options.Limit is { } limit ? new CallLimit(limit, options.Time) : null;
        _rows = new SandboxRows(options.Time);
        _oauth = new OAuthApi(options.Token, options.Time);
        _apis = new SandboxApis(new TimeApi(_rows), new RedmineApi(_rows, options.Token), _oauth, companies, new AdminApi(this), options.Token);
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:41233/</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public SandboxCompanies Companies { get; }

    /// <summary>Those of the default company.</summary>
    public SandboxBooks Books => Companies.Default;

    /// <summary>Reads rows, faults and books, and listens.</summary>
    /// <exception cref="SandboxSetupException">A file cannot be used, or the port is taken.</exception>
    public static async Task<SandboxServer> StartAsync(SandboxOptions options, CancellationToken cancel)
    {
        var server = new SandboxServer(options, new SandboxCompanies(options.StateFile, options.UniqueReferences));
        try
        {
            server.Load(server._options.DataFolder);
            if (options.FaultFile is { } file) server.UseFaults(await ReadFaultsAsync(file, cancel), file);
            await server.ListenAsync(cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds the rows of a folder, replaces and removes those of the same id: late entries, edits, other dates, approvals withdrawn; and companies. Not kept over a restart.</summary>
    /// <param name="folder">Absolute, or below the data folder.</param>
    /// <returns>How many rows the folder has.</returns>
    /// <exception cref="SandboxSetupException">A file cannot be used; nothing was loaded.</exception>
    public int Load(string folder)
    {
        var read = SandboxFolder.Read(Path.Combine(_options.DataFolder, folder));
        if (read.Customers is { } customers) Companies.AllowCustomers(customers);
        Companies.Load(read.Companies);
        _rows.Load(read.Rows);
        return read.Rows.Count;
    }

    /// <summary>Puts another fault script in force; all counting starts again.</summary>
    /// <param name="name">What the problems are told of.</param>
    /// <returns>How many faults the script has.</returns>
    /// <exception cref="SandboxSetupException">The script cannot be used; the one before stays in force.</exception>
    public int UseFaults(string script, string name)
    {
        var faults = FaultScript.Parse(script, name);
        _faults = new FaultSchedule(faults);
        return faults.Count;
    }

    /// <summary>Ends all access tokens that were given out; whoever has a refresh token gets another one.</summary>
    /// <returns>How many there were.</returns>
    public int ExpireAccess() => _oauth.ExpireAccess();

    /// <summary>How often each path was called since the start, befallen calls included, by method and path.</summary>
    public IReadOnlyList<(string Method, string Path, int Count)> RequestCounts()
    {
        lock (_gate)
        {
            return [.. _counts.Select(c => (c.Key.Method, c.Key.Path, c.Value)).OrderBy(c => c.Method, StringComparer.Ordinal).ThenBy(c => c.Path, StringComparer.Ordinal)];
        }
    }

    /// <summary>How many calls were turned away for being more than the limit; null: there is no limit.</summary>
    public int? RefusedByLimit => _limit?.Refused;

    /// <summary>Stops listening, ends what hangs, closes the state file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_host is not null)
        {
            using var patience = new CancellationTokenSource(StopPatience);
            await _host.StopAsync(patience.Token);
            await _host.DisposeAsync();
        }

        Companies.Dispose();
        _stopping.Dispose();
    }

    private static async Task<string> ReadFaultsAsync(string file, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancel);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SandboxSetupException($"The fault script '{file}' cannot be read: {failure.Message} Name a file that can.", failure);
        }
    }

    private async Task ListenAsync(CancellationToken cancel)
    {
        // The empty builder reads no settings file and no environment, so nothing can make it listen elsewhere or log.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, _options.Port);
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var host = builder.Build();
        host.Run(AnswerAsync);
        try
        {
            await host.StartAsync(cancel);
        }
        catch (IOException failure)
        {
            await host.DisposeAsync();
            throw new SandboxSetupException($"Port {_options.Port} of 127.0.0.1 cannot be had: {failure.Message} Name another, or 0 for any.", failure);
        }

        _host = host;
        Address = new Uri(host.Urls.Single());
    }

    private async Task AnswerAsync(HttpContext http)
    {
        // A page of the web may be led here by name; it has no business with this machine.
        if (!IsLoopback(http.Request.Host.Host)) await SendAsync(http, SandboxAnswer.Error(421, "foreign_host", $"The host is '{http.Request.Host.Host}'; allowed are 127.0.0.1 and localhost."));
        else await AnswerAsync(http, await ReadAsync(http.Request));
    }

    private async Task AnswerAsync(HttpContext http, SandboxRequest request)
    {
        if (request.Path.StartsWith(AdminApi.Root, StringComparison.Ordinal))
        {
            await SendAsync(http, _apis.Answer(request));
            return;
        }

        Count(request);
        if (_limit?.Take(request) is var (refusal, left))
        {
            http.Response.Headers[CallLimit.RemainingHeader] = FormattableString.Invariant($"{left}");
            if (refusal is not null)
            {
                await SendAsync(http, refusal);
                return;
            }
        }

        await BefallAsync(http, request, _faults.Next(request.Method, request.Path));
    }

    private Task BefallAsync(HttpContext http, SandboxRequest request, FaultAction? fault) => fault switch
    {
        null => SendAsync(http, CarryOut(request)),
        FaultAction.Status status => SendAsync(http, Refusal(status)),
        FaultAction.Html => SendAsync(http, SandboxAnswer.Html(200, "Please sign in")),
        FaultAction.Slow slow => SlowAsync(http, request, slow.Delay),
        FaultAction.TimeoutAfterCommit => HangAsync(http, request),
        FaultAction.DropAfterCommit => DropAsync(http, request),
        FaultAction.RepeatPage => SendAsync(http, LastPage(request) ?? CarryOut(request)),
        FaultAction.Truncate => SendAsync(http, FirstHalf(CarryOut(request))),
        FaultAction.RejectItems reject => SendAsync(http, CarryOut(request with { RefusedItems = reject.Positions })),
        _ => throw new InvalidOperationException($"{fault.GetType().Name} is a fault that nothing carries out."),
    };

    private SandboxAnswer CarryOut(SandboxRequest request)
    {
        var answer = _apis.Answer(request);
        if (request.Method != "GET") return answer;
        lock (_gate) _lastPages[request.Path] = answer;
        return answer;
    }

    private SandboxAnswer? LastPage(SandboxRequest request)
    {
        lock (_gate) return _lastPages.GetValueOrDefault(request.Path);
    }

    private async Task SlowAsync(HttpContext http, SandboxRequest request, TimeSpan delay)
    {
        await Task.Delay(delay, _options.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_stopping.IsCancellationRequested) http.Abort();
        else await SendAsync(http, CarryOut(request));
    }

    private async Task HangAsync(HttpContext http, SandboxRequest request)
    {
        CarryOut(request);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
        await Task.Delay(FaultScript.LongestDelay, _options.Time, given.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        http.Abort();
    }

    private Task DropAsync(HttpContext http, SandboxRequest request)
    {
        CarryOut(request);
        http.Abort();
        return Task.CompletedTask;
    }

    private void Count(SandboxRequest request)
    {
        lock (_gate) _counts[(request.Method, request.Path)] = _counts.GetValueOrDefault((request.Method, request.Path)) + 1;
    }

    private static SandboxAnswer Refusal(FaultAction.Status status)
    {
        var answer = SandboxAnswer.Error(status.Code, "fault", "The fault script says so.");
        return status.RetryAfter is { } seconds ? answer with { Headers = [("Retry-After", FormattableString.Invariant($"{seconds}"))] } : answer;
    }

    private static SandboxAnswer FirstHalf(SandboxAnswer answer) => answer with { Body = answer.Body[..(answer.Body.Length / 2)] };

    private static async Task<SandboxRequest> ReadAsync(HttpRequest request)
    {
        var body = new MemoryStream();
        var isCompressed = string.Equals(request.Headers.ContentEncoding, "gzip", StringComparison.OrdinalIgnoreCase);
        await using var content = isCompressed ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        await content.CopyToAsync(body, request.HttpContext.RequestAborted);
        return new SandboxRequest(
            request.Method, $"{request.Scheme}://{request.Host}", request.Path.Value ?? "", request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal),
            name => request.Headers.TryGetValue(name, out var values) ? values.ToString() : null, body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static async Task SendAsync(HttpContext http, SandboxAnswer answer)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        http.Response.ContentLength = answer.Body.Length;
        foreach (var (name, value) in answer.Headers) http.Response.Headers[name] = value;
        await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
    }

    private static bool IsLoopback(string host) => host is "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>The program decides when it ends, not the host: without this, the host would take Ctrl-C for itself.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
