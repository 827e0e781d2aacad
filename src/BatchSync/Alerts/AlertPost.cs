using System.Text.Encodings.Web;
using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Reports.Mail;

namespace BatchSync.Alerts;

/// <summary>Brings notices to where a route leads. It keeps no record of what it brought.</summary>
/// <param name="network">Not disposed here.</param>
internal sealed class AlertPost(SettingValues settings, HttpMessageHandler network, TimeProvider time)
{
    /// <summary>Longer than this nobody is waited for, whatever the way and however often it is tried.</summary>
    public static readonly TimeSpan LongestDelivery = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private const int Tries = 3;

    private static readonly Dictionary<string, ValueReference> NoHeaders = [];

    // Chat programs show the text as it is; nothing of it is HTML.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Tells one receiver. Telling it the same notice again does little harm: each try has the same id.</summary>
    /// <exception cref="OutsideException">It was not told, or no answer says so.</exception>
    /// <exception cref="SettingException">What the route refers to is not there.</exception>
    public Task TellAsync(AlertRoute route, AlertNotice notice, CancellationToken cancel) => WithinAsync(
        token => route switch
        {
            AlertRoute.Email email => Mailers.Of(email.Mail, settings.Resolve, time).SendAsync(MailOf(notice), token),
            AlertRoute.Webhook webhook => CallAsync(webhook.Url, webhook.Headers, HttpMethod.Post, BodyOf(notice), token),
            _ => throw new ArgumentOutOfRangeException(nameof(route), route, "There is no such route."),
        },
        cancel);

    /// <summary>Gives a sign of life.</summary>
    /// <exception cref="OutsideException">Nobody took it, or no answer says so.</exception>
    /// <exception cref="SettingException">What the URL refers to is not there.</exception>
    public Task BeatAsync(ValueReference heartbeat, CancellationToken cancel) => WithinAsync(token => CallAsync(heartbeat, NoHeaders, HttpMethod.Get, null, token), cancel);

    private async Task WithinAsync(Func<CancellationToken, Task> deliver, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(LongestDelivery, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            await deliver(either.Token);
        }
        catch (OperationCanceledException error) when (!cancel.IsCancellationRequested)
        {
            throw new OutsideException(OutsideFault.Unknown, FormattableString.Invariant($"It took longer than {LongestDelivery.TotalSeconds:0} s."), error);
        }
    }

    private static OutgoingMail MailOf(AlertNotice notice) => new(notice.Id, 1, notice.Id, notice.Subject, notice.Body, []) { Again = "'batchsync alerts check'" };

    private static byte[] BodyOf(AlertNotice notice) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            notice.Id, notice.Job, notice.Kind, notice.State, notice.Words.Summary, notice.Words.Details, Alert = notice.AlertNo, Run = notice.RunNo,
            RaisedAt = notice.RaisedAt.UtcDateTime, At = notice.At.UtcDateTime, notice.Host, Text = $"{notice.Subject}\n{notice.Words.Details}",
        },
        Json);

    // Only the log of the house's client is left out: it names the path of the URL, which is the secret of most webhooks.
    private async Task CallAsync(ValueReference reference, IReadOnlyDictionary<string, ValueReference> headers, HttpMethod method, ReadOnlyMemory<byte>? body, CancellationToken cancel)
    {
        var url = settings.Resolve(reference);
        if (!ApiAddress.IsAbsolute(url) || !Uri.TryCreate(url, UriKind.Absolute, out var address)) throw new SettingException($"{settings.Describe(reference)} is no absolute http or https URL.");
        var api = new ApiDefinition(reference, new Authentication.None(), headers, CallTimeout, Tries, LongestPause);
        using var client = new ApiClient(api, settings, network, gate: null, time, Serilog.Core.Logger.None);
        try
        {
            var answer = await client.SendAsync(new ApiRequest(method, url, body, new Dictionary<string, string>(), IsRepeatable: true), cancel);
            if (!answer.IsSuccess) throw new OutsideException(OutsideFault.Permanent, FormattableString.Invariant($"{answer.Location} answered {answer.Status}. Check the URL that {settings.Describe(reference)} holds.{Said(answer.Body)}"));
        }
        catch (OutsideException fault)
        {
            throw new OutsideException(fault.Fault, Hidden(fault.Message, address), fault.InnerException);
        }
    }

    private static string Said(ReadOnlyMemory<byte> body) => body.IsEmpty ? "" : $" The answer began: {BodyText.Excerpt(body)}";

    // A server that points elsewhere often names the same path there.
    private string Hidden(string text, Uri address) =>
        settings.Redact(address.AbsolutePath.Length > 1 ? text.Replace(address.AbsolutePath, "/***", StringComparison.Ordinal) : text);
}
