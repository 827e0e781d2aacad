namespace BatchSync.Http;

/// <summary>One call to an API.</summary>
/// <param name="PathOrUrl">A path added to the base URL, query included, or an absolute URL of the same scheme, host and port.</param>
/// <param name="JsonBody">UTF-8 JSON; null: no body.</param>
/// <param name="Headers">Beside those of the connector; a header given here replaces the connector's.</param>
/// <param name="IsRepeatable">Whether repeating it does no harm. One that is not is sent again only where it was certainly not carried out.</param>
internal sealed record ApiRequest(
    HttpMethod Method, string PathOrUrl, ReadOnlyMemory<byte>? JsonBody, IReadOnlyDictionary<string, string> Headers, bool IsRepeatable)
{
    private static readonly Dictionary<string, string> NoHeaders = [];

    /// <summary>The place that was kept for its first try; null: it waits for its turn.</summary>
    public CallSlot? Slot { get; init; }

    /// <summary>A repeatable GET without headers of its own.</summary>
    public static ApiRequest Get(string pathOrUrl) => new(HttpMethod.Get, pathOrUrl, null, NoHeaders, true);
}

/// <summary>What came back.</summary>
/// <param name="Status">The HTTP status, whatever it is; see <see cref="Core.Retry.HttpStatusTable"/>.</param>
/// <param name="Body">Decompressed; empty where there is none.</param>
/// <param name="Location">Method and URL for messages, without query, fragment and user, where secrets could stand: <c>GET https://api.example.com/v2/time_entries</c>.</param>
/// <param name="Header">The value of a response header, several joined by <c>, </c>; null where it is absent. Names in any case.</param>
internal sealed record ApiAnswer(int Status, ReadOnlyMemory<byte> Body, string Location, Func<string, string?> Header)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Whether an earlier try of the same call had no answer, or one that does not tell what became of it: that try may have been carried out.</summary>
    public bool FollowsUnanswered { get; init; }
}
