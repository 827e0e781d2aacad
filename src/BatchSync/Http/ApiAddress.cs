namespace BatchSync.Http;

/// <summary>Where calls go: paths are added to the base URL, and nothing with our credentials ever leaves its scheme, host and port.</summary>
internal static class ApiAddress
{
    /// <summary>
    /// <c>https://api.example.com/v2/</c> and <c>/time_entries?page=2</c> make <c>https://api.example.com/v2/time_entries?page=2</c>; an absolute
    /// URL of the same origin stays as it is.
    /// </summary>
    /// <exception cref="OutsideException">The URL leads to another origin.</exception>
    /// <exception cref="SettingException">The base URL is no absolute http or https URL.</exception>
    public static Uri Of(string baseUrl, string pathOrUrl)
    {
        var home = Home(baseUrl);
        if (!IsAbsolute(pathOrUrl)) return new Uri(home.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/" + pathOrUrl.TrimStart('/'));
        var url = Uri.TryCreate(pathOrUrl, UriKind.Absolute, out var parsed) ? parsed : throw Foreign(home, pathOrUrl);
        return SameOrigin(home, url) ? url : throw Foreign(home, Shown(url));
    }

    /// <summary>A link of an answer, absolute or relative to the URL that gave it.</summary>
    /// <exception cref="OutsideException">It leads to another origin or is no URL.</exception>
    public static Uri Follow(Uri current, string link)
    {
        if (!Uri.TryCreate(current, link, out var next)) throw Foreign(current, "a text that is no URL");
        return SameOrigin(current, next) ? next : throw Foreign(current, Shown(next));
    }

    /// <summary>Scheme, host, port and path: what of a URL may stand in messages.</summary>
    public static string Shown(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public static bool IsAbsolute(string pathOrUrl) =>
        pathOrUrl.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || pathOrUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static Uri Home(string baseUrl) =>
        IsAbsolute(baseUrl) && Uri.TryCreate(baseUrl, UriKind.Absolute, out var home) ? home
            : throw new SettingException("The baseUrl of the connector must be an absolute http or https URL, such as https://api.example.com/v2.");

    private static bool SameOrigin(Uri a, Uri b) =>
        a.Scheme == b.Scheme && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase) && a.Port == b.Port;

    private static OutsideException Foreign(Uri home, string target) => new(
        OutsideFault.Permanent,
        $"The server at {home.Authority} points to {target}, which is another scheme, host or port. "
        + "Credentials are not sent there; if the API has moved, set baseUrl to its new address.");
}
