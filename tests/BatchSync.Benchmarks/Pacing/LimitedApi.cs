using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace BatchSync.Benchmarks.Pacing;

/// <summary>Stands before the server, counts as the API does, and refuses what is one too many.</summary>
internal sealed class LimitedApi(ApiShape shape)
{
    /// <summary>How long is to be waited after a call that is refused for those under way.</summary>
    private static readonly TimeSpan UntilOneEnds = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Random _random = new(shape.Calls);
    private readonly Queue<TimeSpan> _letThrough = new();
    private readonly List<TimeSpan> _measured = [];
    private readonly TaskCompletionSource _allSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private int _underWay;

    /// <summary>Calls that came, of those that count.</summary>
    public int Came { get; private set; }

    public int Refused { get; private set; }

    /// <summary>When the measured calls were let through.</summary>
    public IReadOnlyList<TimeSpan> Measured => _measured;

    /// <summary>Ends with the last of the calls that are measured.</summary>
    public Task AllSeen => _allSeen.Task;

    public async Task AnswerAsync(HttpContext http, RequestDelegate next)
    {
        var path = http.Request.Path.Value!;
        if (!shape.Counted.Contains(path))
        {
            await next(http);
            return;
        }

        var atOnce = Interlocked.Increment(ref _underWay);
        var (before, after) = Way();
        await Task.Delay(before);
        var wait = Count(path, atOnce, http.Response);
        await Task.Delay(after);
        // Whoever has the answer may call again at once, so it is no longer under way when it sets out.
        Interlocked.Decrement(ref _underWay);
        if (wait is null) await next(http);
        else Refuse(http.Response, wait.Value);
    }

    // The API counts a call somewhere on its way.
    private (TimeSpan Before, TimeSpan After) Way()
    {
        lock (_gate)
        {
            var all = shape.Answers * (1 + (_random.NextDouble() / 2));
            var before = all * _random.NextDouble();
            return (before, all - before);
        }
    }

    private TimeSpan? Count(string path, int atOnce, HttpResponse response)
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetElapsedTime(_start);
            while (_letThrough.TryPeek(out var first) && now - first >= shape.Per) _letThrough.Dequeue();
            Came++;
            var isTaken = _letThrough.Count < shape.Calls && atOnce <= shape.AtOnce;
            if (isTaken) _letThrough.Enqueue(now);
            else Refused++;
            if (isTaken && path == shape.Measured) _measured.Add(now);
            if (_measured.Count == shape.MeasuredCalls) _allSeen.TrySetResult();
            if (shape.RemainingHeader is { } header) response.Headers[header] = (shape.Calls - _letThrough.Count).ToString(CultureInfo.InvariantCulture);
            if (isTaken) return null;
            return _letThrough.Count < shape.Calls ? UntilOneEnds : shape.Per - (now - _letThrough.Peek());
        }
    }

    private void Refuse(HttpResponse response, TimeSpan wait)
    {
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.ContentLength = 0;
        if (shape.SaysHowLong) response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }
}
