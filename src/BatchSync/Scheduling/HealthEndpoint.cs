using System.Net;
using System.Text.Json;
using BatchSync.Core.Scheduling;
using BatchSync.Http;
using BatchSync.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BatchSync.Scheduling;

/// <summary>
/// What a monitor asks: <c>/live</c>, whether the process answers; <c>/ready</c>, whether it keeps schedules and can use its store; <c>/jobs</c>, what each job did last and does next.
/// On loopback alone: it asks nobody who they are.
/// </summary>
internal sealed class HealthEndpoint : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly ScheduleKeeper _keeper;
    private readonly IStore _store;
    private readonly TimeProvider _time;

    private HealthEndpoint(WebApplication host, ScheduleKeeper keeper, IStore store, TimeProvider time) => (_host, _keeper, _store, _time) = (host, keeper, store, time);

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8086/</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Whether schedules are kept now.</summary>
    public Func<bool> IsServing { get; set; } = () => false;

    /// <param name="at">An address of loopback; port 0: any free one.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<HealthEndpoint> StartAsync(IPEndPoint at, ScheduleKeeper keeper, IStore store, TimeProvider time, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(at);
        });
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        var health = new HealthEndpoint(builder.Build(), keeper, store, time);
        health._host.Run(health.AnswerAsync);
        try
        {
            await health._host.StartAsync(cancel);
        }
        catch
        {
            await health.DisposeAsync();
            throw;
        }

        health.Address = new Uri(health._host.Urls.Single());
        return health;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var (status, body) = http.Request.Path.Value switch
        {
            _ when !LoopbackHost.Is(http.Request.Host.Host) => (StatusCodes.Status421MisdirectedRequest, new { error = "The host is not this machine: 127.0.0.1 or localhost." }),
            "/live" => (StatusCodes.Status200OK, new { live = true }),
            "/ready" => await ReadyAsync(http.RequestAborted),
            "/jobs" => (StatusCodes.Status200OK, (object)await JobsAsync(http.RequestAborted)),
            _ => (StatusCodes.Status404NotFound, new { error = "There is /live, /ready and /jobs." }),
        };
        http.Response.StatusCode = status;
        await http.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Web, http.RequestAborted);
    }

    private async Task<(int Status, object Body)> ReadyAsync(CancellationToken cancel)
    {
        if (!IsServing()) return NotReady("Schedules are not kept: the process is starting or stopping.");
        try
        {
            await _store.ListLeasesAsync(cancel);
            return (StatusCodes.Status200OK, new { ready = true });
        }
        catch (StoreException)
        {
            // Why, with the names of files and servers, stands in the log.
            return NotReady("The store cannot be used.");
        }
    }

    private static (int Status, object Body) NotReady(string reason) => (StatusCodes.Status503ServiceUnavailable, new { ready = false, reason });

    private async Task<IReadOnlyList<object>> JobsAsync(CancellationToken cancel)
    {
        var jobs = new List<object>();
        foreach (var kept in _keeper.Schedules.OrderBy(s => s.Job.Name, StringComparer.Ordinal))
        {
            var status = (await ScheduleStatus.ReadAsync(_store, kept.Job, _time.GetUtcNow(), cancel))!;
            jobs.Add(new
            {
                job = kept.Job.Name,
                next = status.Next?.At,
                waiting = _keeper.Waiting.GetValueOrDefault(kept.Job.Name),
                last = status.Last is { Occurrence: var last } row ? new { date = last.Date, state = Word(last.State), at = last.ChangedAt, run = row.RunNo, exitCode = row.ExitCode } : null,
                lastSuccess = status.LastDone is { Occurrence: var done } ended ? new { date = done.Date, at = done.ChangedAt, run = ended.RunNo } : null,
            });
        }

        return jobs;
    }

    private static string Word(OccurrenceState state) => state.ToString().ToLowerInvariant();
}
