using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BatchSync.Core.Sources;

namespace BatchSync.Sandbox;

/// <summary>
/// The time-tracking API, <c>/time/v1</c>: an account, lists with every way of paging, rows by their id, and a feed of deletions. Lists are by id; a cursor names
/// the last id shown, so it outlives a restart and rows that come and go.
/// </summary>
internal sealed class TimeApi(SandboxRows rows)
{
    public const string Root = "/time/v1/";
    public const int DefaultPageSize = 100;
    public const int LargestPage = 2000;
    private const string CursorPrefix = "after:";

    public SandboxAnswer Answer(SandboxRequest request)
    {
        if (request.Method != "GET") return SandboxAnswer.Error(405, "method_not_allowed", $"{request.Path} takes GET, not {request.Method}.");
        return request.Path[Root.Length..] switch
        {
            "account" => Account(),
            "deletions" => Deletions(request),
            var stream when FindStream(stream, out var list) => List(request, stream, list),
            var path when path.Split('/') is [var stream, var id] && FindStream(stream, out var list) => OneOf(stream, list, new RowId(id)),
            var stream => SandboxAnswer.Error(404, "unknown_stream", $"There is no stream '{stream}'. Streams: {string.Join(", ", Known())}."),
        };
    }

    private static SandboxAnswer Account() => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("account");
        writer.WriteString("id", "acc-1");
        writer.WriteString("name", "Sandbox Time");
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    // A stream without a file is empty where real APIs have one, so that a job that reads expenses too can be rehearsed without any.
    private bool FindStream(string name, [NotNullWhen(true)] out StreamRows? list)
    {
        if (rows.Streams.TryGetValue(name, out list)) return true;
        list = StreamNames.All.Contains(name) ? StreamRows.Empty : null;
        return list is not null;
    }

    private IEnumerable<string> Known() => rows.Streams.Keys.Union(StreamNames.All).Order(StringComparer.Ordinal);

    private SandboxAnswer Deletions(SandboxRequest request)
    {
        DateTimeOffset? since = null;
        if (request.TryQuery("since", out var text))
        {
            if (!SandboxRequest.TryInstant(text, out var instant)) return Invalid("since", text, "an instant such as 2026-10-01T00:00:00Z");
            since = instant;
        }

        var deletions = rows.DeletionsSince(since);
        if (request.TryQuery("stream", out var stream)) deletions = [.. deletions.Where(d => d.Stream == stream)];
        return SandboxAnswer.Json(200, writer => WriteDeletions(writer, deletions));
    }

    private static void WriteDeletions(Utf8JsonWriter writer, IReadOnlyList<RowDeletion> deletions)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("deletions");
        foreach (var deletion in deletions)
        {
            writer.WriteStartObject();
            writer.WriteString("stream", deletion.Stream);
            writer.WriteString("id", deletion.Id.Text);
            writer.WriteString("deleted_at", deletion.DeletedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static SandboxAnswer OneOf(string stream, StreamRows list, RowId id) => list.All.FirstOrDefault(r => r.Id == id) is { } row
        ? new SandboxAnswer(200, row.Json, "application/json; charset=utf-8")
        : SandboxAnswer.Error(404, "unknown_row", $"There is no '{id.Text}' in {stream}.");

    private static SandboxAnswer List(SandboxRequest request, string stream, StreamRows list)
    {
        if (ReadFilter(request, out var filter) is { } badFilter) return badFilter;
        if (ReadSize(request, out var size) is { } badSize) return badSize;
        var matching = list.Matching(filter);
        if (ReadStart(request, matching, size, out var start, out var page) is { } badStart) return badStart;
        return PageOf(request, stream, matching, start, size, page);
    }

    private static SandboxAnswer? ReadFilter(SandboxRequest request, out RowFilter filter)
    {
        filter = default;
        if (request.TryQuery("updated_since", out var since))
        {
            if (!SandboxRequest.TryInstant(since, out var instant)) return Invalid("updated_since", since, "an instant such as 2026-10-01T00:00:00Z");
            filter = filter with { UpdatedSince = instant };
        }

        if (request.TryQuery("from", out var from))
        {
            if (!SandboxRequest.TryDate(from, out var first)) return Invalid("from", from, "a date such as 2026-10-01");
            filter = filter with { From = first };
        }

        if (request.TryQuery("to", out var to))
        {
            if (!SandboxRequest.TryDate(to, out var last)) return Invalid("to", to, "a date such as 2026-10-31");
            filter = filter with { To = last };
        }

        return null;
    }

    private static SandboxAnswer? ReadSize(SandboxRequest request, out int size)
    {
        size = DefaultPageSize;
        return !request.TryQuery("per_page", out var text) || (TryCount(text, out size) && size <= LargestPage) ? null : Invalid("per_page", text, $"1 to {LargestPage}");
    }

    private static SandboxAnswer? ReadStart(SandboxRequest request, IReadOnlyList<SandboxRow> rows, int size, out int start, out int? page)
    {
        (start, page) = (0, null);
        if (request.TryQuery("page", out var number))
        {
            if (request.TryQuery("cursor", out _)) return Invalid("page", number, "no page together with a cursor");
            if (!TryCount(number, out var asked)) return Invalid("page", number, "a number from 1");
            page = asked;
            start = (int)Math.Min((asked - 1L) * size, rows.Count);
        }
        else if (request.TryQuery("cursor", out var cursor))
        {
            if (!TryReadCursor(cursor, out var last)) return Invalid("cursor", cursor, "a next_cursor of this list");
            start = FirstAfter(rows, last);
        }

        return null;
    }

    private static SandboxAnswer PageOf(SandboxRequest request, string stream, IReadOnlyList<SandboxRow> rows, int start, int size, int? page)
    {
        var end = Math.Min(start + size, rows.Count);
        var cursor = end < rows.Count ? CursorAfter(rows[end - 1].Id) : null;
        var next = cursor is null ? null
            : page is null ? request.UrlWith(("cursor", cursor))
            : request.UrlWith(("page", (page.Value + 1).ToString(CultureInfo.InvariantCulture)));
        var answer = SandboxAnswer.Json(200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray(stream);
            for (var i = start; i < end; i++) writer.WriteRawValue(rows[i].Json.Span, skipInputValidation: true);
            writer.WriteEndArray();
            writer.WriteNumber("per_page", size);
            writer.WriteNumber("total_entries", rows.Count);
            writer.WriteNumber("total_pages", (rows.Count + size - 1) / size);
            if (page is null) writer.WriteNull("page");
            else writer.WriteNumber("page", page.Value);
            writer.WriteString("next_cursor", cursor);
            writer.WriteStartObject("links");
            writer.WriteString("next", next);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
        return next is null ? answer : answer with { Headers = [("Link", $"<{next}>; rel=\"next\"")] };
    }

    private static string CursorAfter(RowId id) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(CursorPrefix + id.Text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static bool TryReadCursor(string cursor, out RowId last)
    {
        last = default;
        var padded = cursor.Replace('-', '+').Replace('_', '/') + new string('=', (4 - cursor.Length % 4) % 4);
        var bytes = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, bytes, out var length)) return false;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        if (!text.StartsWith(CursorPrefix, StringComparison.Ordinal)) return false;
        last = new RowId(text[CursorPrefix.Length..]);
        return true;
    }

    private static int FirstAfter(IReadOnlyList<SandboxRow> rows, RowId last)
    {
        var (low, high) = (0, rows.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (rows[middle].Id.CompareTo(last) <= 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static bool TryCount(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1;

    private static SandboxAnswer Invalid(string parameter, string value, string allowed) =>
        SandboxAnswer.Error(422, "invalid_parameter", $"{parameter} is '{value}'; allowed is {allowed}.");
}
