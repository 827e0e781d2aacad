using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace BatchSync.Http.OAuth;

/// <summary>
/// A person is asked to let us in: the address to open, and what only we know of it. Source: RFC 6749 section 4.1, RFC 7636 and RFC 8252 section 7.3, read 2026-11-27.
/// </summary>
/// <param name="Url">Where the person goes.</param>
/// <param name="State">Comes back with the answer; another one is not ours.</param>
/// <param name="Verifier">Proves at the token end-point that the one who asked brings the code.</param>
internal sealed record ConsentRequest(string Url, string State, string Verifier, string RedirectUri)
{
    public static ConsentRequest New(Uri authorize, string clientId, IReadOnlyList<string> scopes, string redirectUri)
    {
        var (state, verifier) = (Random(), Random());
        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = clientId,
            ["redirect_uri"] = redirectUri,
            ["state"] = state,
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        if (scopes.Count > 0) query["scope"] = string.Join(' ', scopes);
        return new ConsentRequest(QueryHelpers.AddQueryString(authorize.AbsoluteUri, query), state, verifier, redirectUri);
    }

    /// <summary>The code in what the browser brought back.</summary>
    /// <exception cref="OutsideException">It is no answer to this request, or a refusal.</exception>
    public string CodeIn(IReadOnlyDictionary<string, string> answer)
    {
        if (answer.GetValueOrDefault("state") != State) throw new OutsideException(OutsideFault.Permanent, "The browser came back with an answer to another request. Sign in again, with the address that is shown.");
        if (answer.GetValueOrDefault("code") is { Length: > 0 } code) return code;
        throw new OutsideException(OutsideFault.Permanent, $"The API did not let us in: {answer.GetValueOrDefault("error") ?? "it gave no code"}. {answer.GetValueOrDefault("error_description") ?? "Sign in again."}");
    }

    public IReadOnlyList<KeyValuePair<string, string>> FormFor(string code) =>
        [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", RedirectUri), new("code_verifier", Verifier)];

    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
}
