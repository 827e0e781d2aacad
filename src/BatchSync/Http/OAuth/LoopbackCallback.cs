using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BatchSync.Http.OAuth;

/// <summary>Waits on 127.0.0.1 for the browser that comes back from a sign-in, and tells the person to close it.</summary>
internal sealed class LoopbackCallback : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private const string Path = "/callback";

    private readonly HttpListener _listener = new();
    private readonly TimeProvider _time;

    private LoopbackCallback(int port, TimeProvider time)
    {
        _time = time;
        Address = FormattableString.Invariant($"http://127.0.0.1:{port}{Path}");
        _listener.Prefixes.Add(Address + "/");
    }

    /// <summary>Where the browser is to be sent.</summary>
    public string Address { get; }

    /// <param name="port">0: any free one.</param>
    /// <exception cref="SettingException">The port cannot be had.</exception>
    public static LoopbackCallback Listen(int port, TimeProvider time)
    {
        var callback = new LoopbackCallback(port == 0 ? FreePort() : port, time);
        try
        {
            callback._listener.Start();
            return callback;
        }
        catch (HttpListenerException error)
        {
            callback.Dispose();
            throw new SettingException($"{callback.Address} cannot be listened on: {error.Message} Name another port with --port.", error);
        }
    }

    /// <summary>The parameters of the first call that comes.</summary>
    /// <exception cref="OutsideException">Nobody came.</exception>
    public async Task<IReadOnlyDictionary<string, string>> WaitAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            var call = await _listener.GetContextAsync().WaitAsync(either.Token);
            var query = call.Request.QueryString;
            var answer = query.AllKeys.OfType<string>().ToDictionary(k => k, k => query[k] ?? "", StringComparer.Ordinal);
            call.Response.ContentType = "text/plain; charset=utf-8";
            await call.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes("You can close this window: BatchSync goes on in its own."), cancel);
            call.Response.Close();
            return answer;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new OutsideException(OutsideFault.Permanent, FormattableString.Invariant($"Nobody came back from the browser within {Patience.TotalMinutes} minutes. Sign in again, or bring a refresh token with --refresh-token."));
        }
    }

    public void Dispose() => ((IDisposable)_listener).Dispose();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
