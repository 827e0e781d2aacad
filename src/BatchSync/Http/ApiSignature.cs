using System.Globalization;
using System.Text;
using BatchSync.Configuration;

namespace BatchSync.Http;

/// <summary>The headers that say who we are, resolved anew for every call, so that a rotated token file is seen.</summary>
internal sealed class ApiSignature(ApiDefinition api, SettingValues settings)
{
    /// <summary>Puts them on a call: ours, the connector's over ours, the request's over both; the authentication over all.</summary>
    /// <exception cref="SettingException">A setting is missing or no header can carry it.</exception>
    public void Sign(HttpRequestMessage message, IReadOnlyDictionary<string, string> headers)
    {
        Set(message, "Accept", "application/json");
        Set(message, "User-Agent", $"BatchSync/{ProgramVersion.Short}");
        foreach (var (name, value) in api.Headers) Set(message, name, settings.Resolve(value));
        foreach (var (name, value) in headers) Set(message, name, value);
        if (Authorization() is var (header, credentials)) Set(message, header, credentials);
    }

    /// <summary>What the API was told about us, for messages: <c>the bearer token (env:TOKEN)</c>.</summary>
    public string Describe() => api.Authentication switch
    {
        Authentication.Bearer bearer => $"the bearer token ({settings.Describe(bearer.Token)})",
        Authentication.Basic basic => $"user and password ({settings.Describe(basic.User)}, {settings.Describe(basic.Password)})",
        Authentication.ApiKey key => $"the key in the header {key.Header} ({settings.Describe(key.Key)})",
        Authentication.ClientCredentials credentials => $"the OAuth2 client ({settings.Describe(credentials.Client.Id)})",
        Authentication.RefreshToken refresh => $"the OAuth2 sign-in of the client ({settings.Describe(refresh.Client.Id)}; it is made by: batchsync auth login)",
        _ => "a call without credentials (the connector's 'auth' is none)",
    };

    private (string Header, string Value)? Authorization() => api.Authentication switch
    {
        Authentication.Bearer bearer => ("Authorization", "Bearer " + settings.Resolve(bearer.Token)),
        Authentication.Basic basic => ("Authorization", "Basic " + Pair(settings.Resolve(basic.User), settings.Resolve(basic.Password))),
        Authentication.ApiKey key => (key.Header, settings.Resolve(key.Key)),
        // Signing in by OAuth2 is the network's part: see SignInHandler.
        _ => null,
    };

    private static string Pair(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private static void Set(HttpRequestMessage message, string name, string value)
    {
        if (value.Any(c => c < ' ' || c > '~'))
            throw new SettingException(string.Create(
                CultureInfo.InvariantCulture, $"The value for the header '{name}' holds a character that a header cannot carry. Allowed are the visible ASCII characters and the space."));
        message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation(name, value);
    }
}
