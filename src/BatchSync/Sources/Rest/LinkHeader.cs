using System.Text.RegularExpressions;

namespace BatchSync.Sources.Rest;

/// <summary>Reads the Link header. Source: RFC 8288 section 3, read 2026-11-22.</summary>
internal static partial class LinkHeader
{
    /// <summary><c>&lt;https://a.example/rows?page=2&gt;; rel="next", &lt;...&gt;; rel="last"</c> gives <c>https://a.example/rows?page=2</c>; null where no link is next.</summary>
    public static string? Next(string? header)
    {
        if (header is null) return null;
        return Links().Matches(header).FirstOrDefault(IsNext)?.Groups["url"].Value is { Length: > 0 } url ? url : null;
    }

    private static bool IsNext(Match link)
    {
        var rel = Rel().Match(link.Groups["parameters"].Value);
        return rel.Success && rel.Groups["value"].Value.Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase);
    }

    [GeneratedRegex("""<(?<url>[^>]*)>(?<parameters>(?:\s*;\s*[^;,"=\s]+(?:\s*=\s*(?:"[^"]*"|[^;,"]*))?)*)""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Links();

    [GeneratedRegex(""";\s*rel\s*=\s*(?:"(?<value>[^"]*)"|(?<value>[^;,"\s]*))""", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Rel();
}
