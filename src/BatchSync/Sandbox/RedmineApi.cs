using System.Globalization;
using BatchSync.Core.Sources;

namespace BatchSync.Sandbox;

/// <summary>
/// The same rows in the shape and with the manners of Redmine 5, <c>/redmine</c>: offset paging with a silent clamp, newest first unless
/// <c>sort=id</c>, parameters that cannot be read passed over, and a wrong key that looks like an empty list. Measured on Redmine 5.0.4.
/// </summary>
internal sealed class RedmineApi(SandboxRows rows, string key)
{
    public const string Root = "/redmine/";
    public const string KeyHeader = "X-Redmine-API-Key";
    public const int DefaultLimit = 25;
    public const int LargestLimit = 100;

    public SandboxAnswer Answer(SandboxRequest request)
    {
        var isKnown = request.Header(KeyHeader) == key;
        if (request.Method != "GET") return SandboxAnswer.Html(404, "Page not found");
        if (request.Path == Root + "my/account.json") return isKnown ? Account() : SandboxAnswer.Empty(401);
        var stream = request.Path[Root.Length..];
        if (!stream.EndsWith(".json", StringComparison.Ordinal)) return SandboxAnswer.Html(404, "Page not found");
        stream = stream[..^".json".Length];
        if (stream.Split('/') is [var of, var id] && StreamNames.All.Contains(of)) return OneOf(of, id, isKnown);
        if (!rows.Streams.TryGetValue(stream, out var list))
        {
            if (!StreamNames.All.Contains(stream)) return SandboxAnswer.Html(404, "Page not found");
            list = StreamRows.Empty;
        }

        return List(request, stream, isKnown ? list : StreamRows.Empty);
    }

    private static SandboxAnswer Account() => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("user");
        writer.WriteNumber("id", 1);
        writer.WriteString("login", "sandbox");
        writer.WriteBoolean("admin", true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    // A wrong key is told from a wrong id here, as Redmine does: only lists are open to everybody.
    private SandboxAnswer OneOf(string stream, string id, bool isKnown)
    {
        if (!isKnown) return SandboxAnswer.Empty(401);
        if (!rows.Streams.TryGetValue(stream, out var list) || list.All.FirstOrDefault(r => r.Id.Text == id) is not { } row) return SandboxAnswer.Empty(404);
        return SandboxAnswer.Json(200, writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName(stream.TrimEnd('s'));
            writer.WriteRawValue(row.Json.Span, skipInputValidation: true);
            writer.WriteEndObject();
        });
    }

    private static SandboxAnswer List(SandboxRequest request, string stream, StreamRows list)
    {
        var limit = Number(request, "limit") is var asked and >= 1 ? Math.Min(asked, LargestLimit) : DefaultLimit;
        var offset = request.Query.ContainsKey("offset") ? Math.Max(0, Number(request, "offset"))
            : (int)Math.Clamp((Number(request, "page") - 1L) * limit, 0, int.MaxValue);
        var matching = list.Matching(new RowFilter(null, Date(request, "from"), Date(request, "to")));
        return SandboxAnswer.Json(200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray(stream);
            foreach (var row in Ordered(matching, request).Skip(offset).Take(limit)) writer.WriteRawValue(row.Json.Span, skipInputValidation: true);
            writer.WriteEndArray();
            writer.WriteNumber("total_count", matching.Count);
            writer.WriteNumber("offset", offset);
            writer.WriteNumber("limit", limit);
            writer.WriteEndObject();
        });
    }

    private static IEnumerable<SandboxRow> Ordered(IReadOnlyList<SandboxRow> rows, SandboxRequest request) =>
        request.Query.GetValueOrDefault("sort") is "id" or "id:asc" ? rows : rows.OrderByDescending(r => r.Date).ThenByDescending(r => r.Id);

    // As Ruby's to_i: what is no number is 0.
    private static int Number(SandboxRequest request, string name) =>
        int.TryParse(request.Query.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static DateOnly? Date(SandboxRequest request, string name) =>
        SandboxRequest.TryDate(request.Query.GetValueOrDefault(name), out var date) ? date : null;
}
