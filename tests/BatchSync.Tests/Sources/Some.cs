using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Sources;
using BatchSync.Sources.Rest;
using BatchSync.Tests.Http;
using BatchSync.Tests.Support;
using Serilog.Core;

namespace BatchSync.Tests.Sources;

/// <summary>Streams, connectors and requests for tests of sources: what a test sets is what matters to it.</summary>
internal static class Some
{
    public const int NoteLength = 100;

    /// <summary>The field map of time entries: <c>name: path</c> or <c>name: path as Kind</c>, separated by semicolons.</summary>
    public const string TimeEntryFields =
        "id: id; client: client.id; clientName: client.name; project: project.id; taskName: task.name; person: user.id; date: spent_date as Date; "
        + "seconds: hours as Hours; billable: billable as Boolean; notes: notes; modifiedAt: updated_at as Instant";

    public static StreamDefinition Stream(
        Pagination? pagination = null, string records = "rows", string? total = null, string? where = null,
        string fields = TimeEntryFields, StreamKind kind = StreamKind.TimeEntries, string path = "/rows", params (string Name, string Value)[] query) => new(
        kind, path, query.ToDictionary(q => q.Name, q => new ValueReference(q.Value)), pagination ?? new Pagination.None(), records, total,
        "updated_since", "from", "to", where, Fields(fields));

    public static Dictionary<string, FieldDefinition> Fields(string text) => text
        .Split("; ", StringSplitOptions.RemoveEmptyEntries)
        .Select(f => f.Split(": ", 2))
        .ToDictionary(f => f[0], f => Field(f[1]));

    public static Limits Limits(int pagesPerSet = 1000) => new(50, 24, new DateOnly(2020, 1, 1), null, NoteLength, pagesPerSet);

    public static RestSource Source(HttpMessageHandler handler, StreamDefinition stream, int pagesPerSet = 1000, string? probeField = "account.id") => new(
        new SourceConnector("acme-time", Api.Definition(attempts: 1), "/account", probeField, null, new Dictionary<StreamKind, StreamDefinition> { [stream.Stream] = stream }),
        Api.Settings(), Limits(pagesPerSet), handler, null, TimeProvider.System, Logger.None);

    public static PageSetRequest Request(string? cursor = null, StreamKind kind = StreamKind.TimeEntries) => new(kind, null, null, null, cursor);

    public static async Task<List<SourcePage>> ReadAsync(this ISource source, PageSetRequest? request = null)
    {
        var pages = new List<SourcePage>();
        await foreach (var page in source.ReadAsync(request ?? Request(), CancellationToken.None)) pages.Add(page);
        return pages;
    }

    /// <summary>A server whose every path and query gives a fixed body; others are 404.</summary>
    public static FakeHandler Server(params (string PathAndQuery, string Body)[] answers) => new((_, request) =>
    {
        var found = answers.Where(a => a.PathAndQuery == request.RequestUri!.PathAndQuery).Select(a => a.Body).FirstOrDefault();
        return found is null ? FakeHandler.Status(404, "no such page") : FakeHandler.Json(found);
    });

    /// <summary>Rows of valid time entries with the ids from first to last.</summary>
    public static string Rows(int first, int last) =>
        "[" + string.Join(",", Enumerable.Range(first, last - first + 1).Select(id => $$"""{"id":{{id}},"spent_date":"2026-10-01","hours":1}""")) + "]";

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static FieldDefinition Field(string text)
    {
        var parts = text.Split(" as ", 2);
        var kind = parts.Length > 1 ? Enum.Parse<ValueKind>(parts[1]) : ValueKind.Text;
        return parts[0].StartsWith('=') ? new FieldDefinition(null, parts[0][1..], kind, [], null) : new FieldDefinition(parts[0], null, kind, [], null);
    }
}
