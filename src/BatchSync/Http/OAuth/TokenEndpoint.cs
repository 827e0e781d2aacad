using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Retry;
using BatchSync.Sources.Rest;

namespace BatchSync.Http.OAuth;

/// <summary>What a token end-point gave.</summary>
/// <param name="RefreshToken">The one that takes the place of the one sent; null: that one stays.</param>
/// <param name="ExpiresIn">How long the access token lives; null: it does not say.</param>
internal sealed record TokenAnswer(string AccessToken, string? RefreshToken, TimeSpan? ExpiresIn);

/// <summary>
/// The address where tokens are had. A call is made once: whoever makes it knows whether it may be made again. Source: RFC 6749 sections 2.3.1, 4.4, 5 and 6, read 2026-11-27.
/// </summary>
/// <param name="client">Who signs in.</param>
/// <param name="baseUrl">Where a token address that is a path begins.</param>
internal sealed class TokenEndpoint(OAuthClient client, ValueReference baseUrl, SettingValues settings, HttpClient http, TimeProvider time)
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(30);

    /// <summary>Asks for tokens.</summary>
    /// <param name="secrets">Texts of the form that must not stand in a message.</param>
    /// <exception cref="OutsideException">
    /// Transient: certainly nothing was given. Unknown: no answer tells. Permanent: refused; <see cref="RefusedGrantException"/> where it is the grant that is not taken any more.
    /// </exception>
    /// <exception cref="SettingException">The address is none that a secret may be sent to.</exception>
    public async Task<TokenAnswer> AskAsync(IReadOnlyList<KeyValuePair<string, string>> form, params string[] secrets)
    {
        var url = AddressOf(client.TokenUrl);
        var location = $"POST {ApiAddress.Shown(url)}";
        using var deadline = new CancellationTokenSource(LongestCall, time);
        try
        {
            using var message = Compose(url, form);
            using var response = await http.SendAsync(message, deadline.Token);
            var body = await BoundedBody.ReadAsync(response.Content, ApiClient.BodyLimit, deadline.Token) ?? ReadOnlyMemory<byte>.Empty;
            return Judge((int)response.StatusCode, body, location, secrets);
        }
        catch (HttpRequestException error) when (ApiClient.WasNotSent(error))
        {
            throw new OutsideException(OutsideFault.Transient, $"{location} could not be sent: {error.Message.TrimEnd('.')}. Check the connector's tokenUrl and the network, then run again.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException or OperationCanceledException)
        {
            throw new OutsideException(OutsideFault.Unknown, $"{location} gave no full answer. Run again.", error);
        }
    }

    /// <summary>The full address of a reference: as it is where it is absolute, else added to the base URL.</summary>
    /// <exception cref="SettingException">It is not encrypted, and not of this machine either.</exception>
    public Uri AddressOf(ValueReference reference)
    {
        var text = settings.Resolve(reference);
        var url = ApiAddress.IsAbsolute(text) ? ApiAddress.Of(text, text) : ApiAddress.Of(settings.Resolve(baseUrl), text);
        if (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback) return url;
        throw new SettingException($"The address {ApiAddress.Shown(url)} is not encrypted, and secrets are sent there. Write it with https.");
    }

    private HttpRequestMessage Compose(Uri url, IReadOnlyList<KeyValuePair<string, string>> form)
    {
        var fields = form.ToList();
        var message = new HttpRequestMessage(HttpMethod.Post, url);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var id = settings.Resolve(client.Id);
        if (client.Secret is { } secret && !client.SecretInBody)
        {
            // The parts of the pair are form-encoded before they are put together, so that a colon in one of them does no harm.
            var pair = $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(settings.Resolve(secret))}";
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else
        {
            fields.Add(new("client_id", id));
            if (client.Secret is not null) fields.Add(new("client_secret", settings.Resolve(client.Secret)));
        }

        message.Content = new FormUrlEncodedContent(fields);
        return message;
    }

    private TokenAnswer Judge(int status, ReadOnlyMemory<byte> body, string location, string[] secrets)
    {
        if (status is >= 200 and < 300) return Read(body) ?? throw new OutsideException(OutsideFault.Permanent, $"{location} answered {status} without an access token. Check the connector's tokenUrl.");
        var kind = HttpStatusTable.KindOf(status);
        if (kind == HttpStatusKind.Busy) throw new OutsideException(OutsideFault.Transient, $"{location} answered {status}. {HttpStatusTable.NextStep(status)}");
        if (kind == HttpStatusKind.Failing) throw new OutsideException(OutsideFault.Unknown, $"{location} answered {status}. {HttpStatusTable.NextStep(status)}");
        var (error, said) = ErrorIn(body);
        var text = $"{location} answered {status}{(error.Length > 0 ? $" ({error})" : "")}: {settings.Describe(client.Id)} was refused.{(said.Length > 0 ? $" It says: {Redact(said, secrets)}" : "")}";
        throw error == "invalid_grant" ? new RefusedGrantException(text) : new OutsideException(OutsideFault.Permanent, $"{text} Check client id, secret and scopes.");
    }

    private string Redact(string text, string[] secrets) =>
        secrets.Aggregate(settings.Redact(text), (t, secret) => secret.Length == 0 ? t : t.Replace(secret, "***", StringComparison.Ordinal));

    private static TokenAnswer? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = PageReader.Parse(body);
            if (TextIn(json.Root, "access_token"u8) is not { Length: > 0 } access) return null;
            var expires = json.Root.TryMember("expires_in"u8, out var e) && e.IsNumber && int.TryParse(e.RawText, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            return new TokenAnswer(access, TextIn(json.Root, "refresh_token"u8) is { Length: > 0 } refresh ? refresh : null, expires);
        }
        catch (Sources.UnreadablePageException)
        {
            return null;
        }
    }

    private static (string Error, string Said) ErrorIn(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = PageReader.Parse(body);
            return (TextIn(json.Root, "error"u8) ?? "", TextIn(json.Root, "error_description"u8) ?? "");
        }
        catch (Sources.UnreadablePageException)
        {
            return ("", BodyText.Excerpt(body));
        }
    }

    private static string? TextIn(JsonPage.JsonValue root, ReadOnlySpan<byte> name) =>
        root.TryMember(name, out var value) && value is { IsText: true, Text.IsUnreadable: false } ? value.Text.Text : null;
}

/// <summary>The refresh token or code is not taken any more: used up, withdrawn or too old.</summary>
internal sealed class RefusedGrantException(string message) : Exception(message);
