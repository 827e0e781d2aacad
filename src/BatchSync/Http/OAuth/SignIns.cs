using System.Security.Cryptography;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Storage;

namespace BatchSync.Http.OAuth;

/// <summary>The sign-ins of one process: connectors that sign in as the same client to the same account share one, with its access token.</summary>
/// <param name="environment">Where the key file is named.</param>
/// <param name="network">Where tokens are had. Not disposed here.</param>
internal sealed class SignIns(IStore store, Func<string, string?> environment, TimeProvider time, HttpMessageHandler network) : IDisposable
{
    private readonly Dictionary<string, AccessTokens> _tokens = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new(network, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Lazy<SealingKey> _key = new(() => SealingKey.Load(environment));

    /// <summary>What calls of an API go through: where its connector signs in by OAuth2, a handler that does, else the inner one.</summary>
    public HttpMessageHandler HandlerOf(string connector, ApiDefinition api, SettingValues settings, HttpMessageHandler inner)
    {
        if (api.Authentication is not (Authentication.ClientCredentials or Authentication.RefreshToken)) return inner;
        var name = NameOf(connector, api, settings);
        if (!_tokens.TryGetValue(name.Key, out var tokens)) _tokens.Add(name.Key, tokens = new AccessTokens(FetchOf(connector, api, settings), time));
        return new SignInHandler(tokens, inner);
    }

    /// <summary>The refresh token of a connector that has one.</summary>
    public RefreshTokens RefreshTokensOf(string connector, ApiDefinition api, SettingValues settings) =>
        new(NameOf(connector, api, settings), store, EndpointOf(api, settings), () => _key.Value, time);

    public TokenEndpoint EndpointOf(ApiDefinition api, SettingValues settings) => new(ClientOf(api), api.BaseUrl, settings, _http, time);

    /// <summary>Makes sure that refresh tokens can be sealed.</summary>
    /// <exception cref="SettingException">The key file cannot be used.</exception>
    public void RequireKey() => _ = _key.Value;

    /// <summary>Which sign-in a connector uses with some settings.</summary>
    public static SignInName NameOf(string connector, ApiDefinition api, SettingValues settings)
    {
        var client = ClientOf(api);
        var account = api.Authentication is Authentication.RefreshToken { Account: { } reference } ? settings.Resolve(reference) : "";
        var identity = string.Join('\n', settings.Resolve(client.TokenUrl), settings.Resolve(client.Id), account);
        return new SignInName($"{connector} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16]}", connector, account);
    }

    public void Dispose()
    {
        foreach (var tokens in _tokens.Values) tokens.Dispose();
        if (_key.IsValueCreated) _key.Value.Dispose();
        _http.Dispose();
    }

    private Func<Task<TokenAnswer>> FetchOf(string connector, ApiDefinition api, SettingValues settings)
    {
        if (api.Authentication is Authentication.RefreshToken) return RefreshTokensOf(connector, api, settings).RefreshAsync;
        var endpoint = EndpointOf(api, settings);
        List<KeyValuePair<string, string>> form = [new("grant_type", "client_credentials")];
        if (ClientOf(api).Scopes is { Count: > 0 } scopes) form.Add(new("scope", string.Join(' ', scopes)));
        return async () =>
        {
            try
            {
                return await endpoint.AskAsync(form);
            }
            catch (RefusedGrantException refused)
            {
                throw new OutsideException(OutsideFault.Permanent, $"{refused.Message} Check client id, secret and scopes.", refused);
            }
        };
    }

    private static OAuthClient ClientOf(ApiDefinition api) => api.Authentication switch
    {
        Authentication.ClientCredentials credentials => credentials.Client,
        Authentication.RefreshToken refresh => refresh.Client,
        _ => throw new SettingException("The connector does not sign in by OAuth2."),
    };
}
