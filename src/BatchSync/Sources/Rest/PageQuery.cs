using System.Globalization;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;

namespace BatchSync.Sources.Rest;

/// <summary>
/// The path and query of a page: the stream's own parameters, the filters of the request, then those of the paginator, as in
/// <c>/time_entries?is_running=false&amp;updated_since=2026-10-01T00%3A00%3A00Z&amp;cursor=abc</c>.
/// </summary>
internal static class PageQuery
{
    public static string Of(StreamDefinition stream, SettingValues settings, PageSetRequest request, PagePlace place)
    {
        var fixedOnes = stream.Query.Select(q => new KeyValuePair<string, string>(q.Key, settings.Resolve(q.Value)));
        var query = new StringBuilder(stream.Path);
        var separator = stream.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        foreach (var (name, value) in fixedOnes.Concat(Filters(stream, request)).Concat(Paginator.Parameters(stream.Pagination, place)))
        {
            query.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return query.ToString();
    }

    private static IEnumerable<KeyValuePair<string, string>> Filters(StreamDefinition stream, PageSetRequest request)
    {
        if (stream.ModifiedSince is { } since && request.ModifiedSince is { } instant)
            yield return new(since, instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (stream.FromDate is { } from && request.FromDate is { } first) yield return new(from, Iso(first));
        if (stream.ToDate is { } to && request.ToDate is { } last) yield return new(to, Iso(last));
    }

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
