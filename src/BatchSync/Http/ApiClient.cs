using System.IO.Compression;
using System.Net;
using BatchSync.Configuration;
using BatchSync.Core.Retry;
using BatchSync.Storage;
using BatchSync.Telemetry;
using Polly;
using Polly.Retry;
using Serilog;

namespace BatchSync.Http;

/// <summary>
/// Calls one API. Repeatable calls are tried again on network errors, time-outs, 408, 429 and 5xx; a call that is not repeatable only
/// where it was certainly not carried out (429, or no connection was made).
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>Bytes of one decompressed body, 64 MiB: more is no page of records.</summary>
    public const int BodyLimit = 64 * 1024 * 1024;

    /// <summary>A shorter body is no longer for being compressed.</summary>
    private const int LeastCompressed = 1024;

    /// <summary>Redirects within the same origin that one call follows.</summary>
    public const int RedirectLimit = 5;

    private readonly ApiDefinition _api;
    private readonly SettingValues _settings;
    private readonly ApiSignature _signature;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HttpClient _http;
    private readonly FindGate _findGate;
    private CallGate? _gate;
    private readonly ResiliencePipeline<CallResult> _retry;

    /// <param name="handler">Null: the network. One that is given is not disposed here.</param>
    /// <param name="gate">What holds calls back; a <see cref="PacedHandler"/> in the handler tells it of them. Null: one of its own, which is not kept.</param>
    public ApiClient(ApiDefinition api, SettingValues settings, HttpMessageHandler? handler, FindGate? gate, TimeProvider time, ILogger log)
    {
        (_api, _settings, _time, _log) = (api, settings, time, log.ForContext<ApiClient>());
        _signature = new ApiSignature(api, settings);
        _findGate = gate ?? (_ => Task.FromResult(new CallGate(new PaceName("", "the API"), api, time)));
        _http = new HttpClient(gate is null ? new PacedHandler(handler ?? Network()) : handler ?? Network(), disposeHandler: handler is null) { Timeout = Timeout.InfiniteTimeSpan };
        _retry = Retry();
    }

    /// <summary>
    /// The answer to a call, of any status that trying again did not make go away, except 401, 403 and 407.
    /// </summary>
    /// <exception cref="OutsideException">
    /// No answer. Transient: not carried out. Unknown: a call that is not repeatable may have been carried out. Permanent: refused
    /// credentials, a redirect elsewhere, a body over the limit.
    /// </exception>
    public async Task<ApiAnswer> SendAsync(ApiRequest request, CancellationToken cancel)
    {
        var url = ApiAddress.Of(_settings.Resolve(_api.BaseUrl), request.PathOrUrl);
        var (before, unanswered) = ((CallResult?)null, false);
        var since = _time.GetUtcNow();
        var result = await _retry.ExecuteAsync(
            async token =>
            {
                unanswered |= before is not null && IsUnanswered(before);
                using var slot = before is null && request.Slot is { } kept ? kept : await TakeAsync(since, token);
                before = await TryOnceAsync(request, url, slot, token);
                since = _time.GetUtcNow();
                return before;
            },
            cancel);
        return result.Answer is { } answer ? answer with { FollowsUnanswered = unanswered } : throw result.Fault!;
    }

    /// <summary>The exception for an answer whose status is no success, with what the server said and what to do.</summary>
    /// <param name="purpose">What was wanted: <c>the probe of harvest</c>.</param>
    public OutsideException FaultOf(ApiAnswer answer, string purpose)
    {
        var fault = KindOf(answer.Status) is HttpStatusKind.Busy or HttpStatusKind.Failing ? OutsideFault.Transient : OutsideFault.Permanent;
        return new OutsideException(fault, $"{purpose}: {answer.Location} answered {answer.Status}. {GoesOn(answer)}{HttpStatusTable.NextStep(answer.Status)}{Said(answer.Body)}");
    }

    /// <summary>Waits for the turn of a call that is about to be made.</summary>
    /// <exception cref="OutsideException">Transient: the turn is too far off.</exception>
    public Task<CallSlot> ReadyAsync(CancellationToken cancel) => TakeAsync(_time.GetUtcNow(), cancel);

    public void Dispose() => _http.Dispose();

    // Whose calls count together is known by settings, which are not read before they are needed.
    private async Task<CallSlot> TakeAsync(DateTimeOffset since, CancellationToken cancel)
    {
        _gate ??= await _findGate(cancel);
        return await _gate.TakeAsync(since, _api.Patience, cancel);
    }

    private string GoesOn(ApiAnswer answer) => KindOf(answer.Status) == HttpStatusKind.Busy && Asked(answer) is { } wait
        ? FormattableString.Invariant($"It takes calls again from {_time.GetUtcNow() + wait:yyyy-MM-dd HH:mm:ss'Z'}. ")
        : "";

    /// <summary>The way to the network: no redirects, no cookies, compressed bodies opened.</summary>
    public static SocketsHttpHandler Network() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Brotli | DecompressionMethods.Deflate,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    private ResiliencePipeline<CallResult> Retry()
    {
        var builder = new ResiliencePipelineBuilder<CallResult> { TimeProvider = _time };
        if (_api.Attempts <= 1) return builder.Build();
        return builder.AddRetry(new RetryStrategyOptions<CallResult>
        {
            MaxRetryAttempts = _api.Attempts - 1,
            ShouldHandle = static outcome => ValueTask.FromResult(outcome.Outcome.Result is { MayTryAgain: true }),
            DelayGenerator = next => ValueTask.FromResult<TimeSpan?>(
                RetryDelay.Before(next.AttemptNumber, next.Outcome.Result!.Asked, _api.MaxDelay, Random.Shared.NextInt64)),
            OnRetry = next =>
            {
                _log.Warning(
                    "Trying again in {DelayMs} ms (retry {Retry} of {Retries}): {Reason}",
                    (long)next.RetryDelay.TotalMilliseconds, next.AttemptNumber + 1, _api.Attempts - 1, next.Outcome.Result!.Reason);
                Signals.Retries.Add(1, Signals.Tag(SignalTags.Connector, _gate?.Name.Connector));
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    // The one place where what an HTTP call throws is classified.
    private async Task<CallResult> TryOnceAsync(ApiRequest request, Uri url, CallSlot slot, CancellationToken cancel)
    {
        var location = $"{request.Method} {ApiAddress.Shown(url)}";
        using var deadline = new CancellationTokenSource(_api.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            return await CallAsync(request, url, location, slot, either.Token);
        }
        catch (OperationCanceledException error) when (!cancel.IsCancellationRequested)
        {
            return CallResult.NoAnswer(request, $"{location} gave no full answer within {_api.Timeout.TotalSeconds:0.###} s (the connector's timeout)", error);
        }
        catch (HttpRequestException error) when (WasNotSent(error))
        {
            return CallResult.NotSent($"{location} could not be sent: {error.Message.TrimEnd('.')}.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException)
        {
            return CallResult.NoAnswer(request, $"{location} broke off: {error.Message}", error);
        }
    }

    private async Task<CallResult> CallAsync(ApiRequest request, Uri url, string location, CallSlot slot, CancellationToken cancel)
    {
        for (var hop = 0; ; hop++)
        {
            using var message = Compose(request, url);
            message.Options.Set(CallSlot.Key, slot);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (hop < RedirectLimit && RedirectOf(request, url, response) is { } next)
            {
                url = next;
                continue;
            }

            var body = await BoundedBody.ReadAsync(response.Content, BodyLimit, cancel);
            if (body is null) return CallResult.TooLarge(request, $"{location} sent a body of more than {BodyLimit / 1024 / 1024} MiB");
            return Judge(request, new ApiAnswer((int)response.StatusCode, body.Value, location, HeadersOf(response)));
        }
    }

    // A call that could not be sent has no answer either, and yet certainly was not carried out.
    private bool IsUnanswered(CallResult result) => result.Answer is { } answer ? KindOf(answer.Status) == HttpStatusKind.Failing : result.WasSent;

    /// <summary>The name by which the API is told what a call is for; null: it takes none, or there is none.</summary>
    public string? CorrelationId => _api.CorrelationHeader is null ? null : Correlation.Current;

    /// <summary>What a status means at this API.</summary>
    public HttpStatusKind KindOf(int status) => _api.KindOf(status);

    private CallResult Judge(ApiRequest request, ApiAnswer answer) => KindOf(answer.Status) switch
    {
        HttpStatusKind.NotAllowed => CallResult.Failed(NotAllowed(answer)),
        // It wants no call for longer than any is waited for: asking it meanwhile would be refused, and may count.
        HttpStatusKind.Busy when Asked(answer) > _api.MaxDelay => CallResult.Done(answer),
        HttpStatusKind.Busy => CallResult.TryAgain(answer, Asked(answer)),
        HttpStatusKind.Failing when request.IsRepeatable => CallResult.TryAgain(answer, Asked(answer)),
        HttpStatusKind.Failing when !BodyText.IsJson(answer.Body) => CallResult.Failed(MayBeDone(answer)),
        HttpStatusKind.Redirect when !request.IsRepeatable && answer.Status is not (307 or 308) => CallResult.Failed(MayBeDone(answer)),
        _ => CallResult.Done(answer),
    };

    private TimeSpan? Asked(ApiAnswer answer) => RetryDelay.Asked(answer.Header(_api.RetryAfterHeader), _time.GetUtcNow());

    private HttpRequestMessage Compose(ApiRequest request, Uri url)
    {
        var message = new HttpRequestMessage(request.Method, url);
        if (request.JsonBody is { } body)
        {
            var isCompressed = _api.TakesGzip && body.Length >= LeastCompressed;
            message.Content = new ReadOnlyMemoryContent(isCompressed ? Gzip(body) : body);
            if (isCompressed) message.Content.Headers.ContentEncoding.Add("gzip");
            message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }
        else if (!request.IsRepeatable)
        {
            // Without a content the network layer may by itself send a call again whose reused connection was closed.
            message.Content = new ReadOnlyMemoryContent(ReadOnlyMemory<byte>.Empty);
        }

        if (CorrelationId is { } id) message.Headers.TryAddWithoutValidation(_api.CorrelationHeader!, id);
        _signature.Sign(message, request.Headers);
        return message;
    }

    private static ReadOnlyMemory<byte> Gzip(ReadOnlyMemory<byte> body)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(body.Span);
        return target.GetBuffer().AsMemory(0, (int)target.Length);
    }

    private static Uri? RedirectOf(ApiRequest request, Uri url, HttpResponseMessage response)
    {
        var isReading = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
        if (!isReading || (int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)) return null;
        return response.Headers.Location is { } target ? ApiAddress.Follow(url, target.OriginalString) : null;
    }

    /// <summary>Whether no connection was made, so that nothing was carried out.</summary>
    public static bool WasNotSent(HttpRequestException error) => error.HttpRequestError
        is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    private OutsideException NotAllowed(ApiAnswer answer) => new(
        OutsideFault.Permanent,
        $"{answer.Location} answered {answer.Status}: {_signature.Describe()} was refused. "
        + $"Check that it is current and may do this in the account that the settings name, then run again.{Said(answer.Body)}");

    private OutsideException MayBeDone(ApiAnswer answer) => new(
        OutsideFault.Unknown,
        $"{answer.Location} answered {answer.Status} without saying whether the call was carried out. "
        + $"It is not sent again before the server was asked what it holds.{Said(answer.Body)}");

    private string Said(ReadOnlyMemory<byte> body) => body.IsEmpty ? "" : $" The answer began: {_settings.Redact(BodyText.Excerpt(body))}";

    private static Func<string, string?> HeadersOf(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers)) headers[name] = string.Join(", ", values);
        return name => headers.GetValueOrDefault(name);
    }
}
