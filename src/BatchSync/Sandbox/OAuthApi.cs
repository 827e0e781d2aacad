using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchSync.Sandbox;

/// <summary>
/// The sandbox's OAuth2 server, <c>/oauth</c>: signs in by client credentials, by code (everybody is let in at once) and by refresh tokens, each of which is good once.
/// One that is used again takes its whole sign-in away, as careful servers do. Nothing is kept over a restart.
/// </summary>
/// <param name="secret">The client's secret: the sandbox's token.</param>
internal sealed class OAuthApi(string secret, TimeProvider time)
{
    public const string Root = "/oauth/";
    public const string ClientId = "sandbox-client";
    public static readonly TimeSpan AccessLife = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int SignIn, DateTimeOffset Until)> _access = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int SignIn, bool IsUsed)> _refresh = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Challenge, string RedirectUri)> _codes = new(StringComparer.Ordinal);
    private readonly HashSet<int> _withdrawn = [];
    private int _signIns;

    public SandboxAnswer Answer(SandboxRequest request) => (request.Method, request.Path[Root.Length..]) switch
    {
        ("GET", "authorize") => Authorize(request),
        ("POST", "token") => Token(request),
        _ => SandboxAnswer.Error(404, "unknown_path", $"There is no {request.Method} {request.Path}. Calls: GET {Root}authorize, POST {Root}token."),
    };

    /// <summary>Whether an access token is good now.</summary>
    public bool Takes(string token)
    {
        lock (_gate) return _access.TryGetValue(token, out var known) && known.Until > time.GetUtcNow() && !_withdrawn.Contains(known.SignIn);
    }

    /// <summary>Ends all access tokens; refresh tokens stay good.</summary>
    /// <returns>How many there were.</returns>
    public int ExpireAccess()
    {
        lock (_gate)
        {
            var count = _access.Count;
            _access.Clear();
            return count;
        }
    }

    private SandboxAnswer Authorize(SandboxRequest request)
    {
        if (!request.TryQuery("redirect_uri", out var redirect) || !Uri.TryCreate(redirect, UriKind.Absolute, out var target) || !target.IsLoopback)
            return SandboxAnswer.Error(400, "invalid_request", "redirect_uri must be an address of this machine.");
        request.TryQuery("state", out var state);
        var isGood = request.TryQuery("client_id", out var client) && client == ClientId && request.TryQuery("code_challenge", out _) && request.Query.GetValueOrDefault("code_challenge_method") == "S256";
        var answer = new Dictionary<string, string?> { ["state"] = state };
        if (isGood) answer["code"] = CodeFor(request.Query["code_challenge"], redirect);
        else answer["error"] = "invalid_request";
        return SandboxAnswer.Empty(302) with { Headers = [("Location", QueryHelpers.AddQueryString(redirect, answer))] };
    }

    private string CodeFor(string challenge, string redirect)
    {
        var code = NewToken("code");
        lock (_gate) _codes[code] = (challenge, redirect);
        return code;
    }

    private SandboxAnswer Token(SandboxRequest request)
    {
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(request.Body.Span)).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        if (!IsClient(request, form)) return Error(401, "invalid_client", "The client or its secret is wrong.");
        lock (_gate)
        {
            return form.GetValueOrDefault("grant_type") switch
            {
                "client_credentials" => Grant(++_signIns, withRefresh: false),
                "authorization_code" => ByCode(form),
                "refresh_token" => ByRefresh(form.GetValueOrDefault("refresh_token", "")),
                var other => Error(400, "unsupported_grant_type", $"'{other}' is none of client_credentials, authorization_code, refresh_token."),
            };
        }
    }

    private bool IsClient(SandboxRequest request, Dictionary<string, string> form)
    {
        if (form.TryGetValue("client_id", out var id)) return id == ClientId && form.GetValueOrDefault("client_secret") == secret;
        const string Scheme = "Basic ";
        var header = request.Header("Authorization") ?? "";
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        var pair = Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(secret)}");
        return header[Scheme.Length..].Trim() == Convert.ToBase64String(pair);
    }

    private SandboxAnswer ByCode(Dictionary<string, string> form)
    {
        if (!_codes.Remove(form.GetValueOrDefault("code", ""), out var known)) return Error(400, "invalid_grant", "The code is not known or was used.");
        var challenge = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(form.GetValueOrDefault("code_verifier", ""))));
        if (known.RedirectUri != form.GetValueOrDefault("redirect_uri") || known.Challenge != challenge) return Error(400, "invalid_grant", "The code was given to somebody else.");
        return Grant(++_signIns, withRefresh: true);
    }

    private SandboxAnswer ByRefresh(string token)
    {
        if (!_refresh.TryGetValue(token, out var known) || _withdrawn.Contains(known.SignIn)) return Error(400, "invalid_grant", "The refresh token is not known or was withdrawn.");
        if (known.IsUsed)
        {
            _withdrawn.Add(known.SignIn);
            return Error(400, "invalid_grant", "The refresh token was used before, so the whole sign-in is withdrawn.");
        }

        _refresh[token] = known with { IsUsed = true };
        return Grant(known.SignIn, withRefresh: true);
    }

    private SandboxAnswer Grant(int signIn, bool withRefresh)
    {
        var access = NewToken("access");
        _access[access] = (signIn, time.GetUtcNow() + AccessLife);
        var refresh = withRefresh ? NewToken("refresh") : null;
        if (refresh is not null) _refresh[refresh] = (signIn, false);
        return SandboxAnswer.Json(200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("access_token", access);
            writer.WriteString("token_type", "Bearer");
            writer.WriteNumber("expires_in", (int)AccessLife.TotalSeconds);
            if (refresh is not null) writer.WriteString("refresh_token", refresh);
            writer.WriteEndObject();
        });
    }

    private static SandboxAnswer Error(int status, string error, string description) => SandboxAnswer.Json(status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("error", error);
        writer.WriteString("error_description", description);
        writer.WriteEndObject();
    });

    private static string NewToken(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{RandomNumberGenerator.GetHexString(32, lowercase: true)}");
}
