using System.Globalization;
using System.Text;
using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources.Fields;

namespace BatchSync.Sources.Rest;

/// <summary>
/// Reads a page of JSON. With records <c>time_entries</c>, statedTotal <c>total_entries</c> and the cursor path <c>next_cursor</c>,
/// <c>{"time_entries":[{"id":7,"hours":1.5}],"total_entries":1,"next_cursor":null}</c> is one record, total 1, no next.
/// </summary>
internal sealed class PageReader
{
    private readonly StreamKind _stream;
    private readonly RowPath? _records;
    private readonly RowPath? _total;
    private readonly RowPath? _next;
    private readonly RowPath? _pages;
    private readonly RecordReader<JsonElement> _reader;

    /// <param name="noteLength">Notes of more characters get a fault.</param>
    /// <exception cref="SettingException">A path or field of the stream cannot be read.</exception>
    public PageReader(StreamDefinition stream, int noteLength)
    {
        _stream = stream.Stream;
        _records = stream.Records.Length == 0 ? null : PathOf(stream.Records);
        _total = stream.StatedTotal is null ? null : PathOf(stream.StatedTotal);
        _next = stream.Pagination switch
        {
            Pagination.Cursor cursor => PathOf(cursor.Path),
            Pagination.Link { Path: { } link } => PathOf(link),
            _ => null,
        };
        _pages = stream.Pagination is Pagination.Page { TotalPages: { } pages } ? PathOf(pages) : null;
        _reader = new RecordReader<JsonElement>(stream, CultureInfo.InvariantCulture, noteLength, path =>
        {
            var compiled = PathOf(path);
            return row => JsonRow.TextAt(row, compiled);
        });
    }

    /// <exception cref="UnreadablePageException">It is not JSON, or the records do not stand where the connector says.</exception>
    public ParsedPage Read(ReadOnlyMemory<byte> body)
    {
        using var document = Parse(body);
        try
        {
            return Read(document.RootElement);
        }
        catch (InvalidOperationException error)
        {
            throw new UnreadablePageException($"it has a name with broken characters: {error.Message}", error);
        }
    }

    /// <summary>The body as JSON, or what it is instead.</summary>
    /// <exception cref="UnreadablePageException">It is none.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) throw new UnreadablePageException("the body is empty where JSON is expected");
        if (BodyText.IsHtml(body))
            throw new UnreadablePageException($"it is HTML where JSON is expected: a login, maintenance or proxy page. It begins: {BodyText.Excerpt(body)}");
        if (body.Span.StartsWith(Encoding.UTF8.Preamble)) body = body[3..];
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException error)
        {
            throw new UnreadablePageException($"it is no whole JSON, so it was cut off or damaged on the way: {error.Message}", error);
        }
    }

    private ParsedPage Read(JsonElement root)
    {
        var records = new List<SourceRecord>();
        var leftOut = 0;
        foreach (var row in RowsIn(root).EnumerateArray())
        {
            if (RecordOf(row) is { } record) records.Add(record);
            else leftOut++;
        }

        return new ParsedPage(records, leftOut, CountAt(root, _total), NextIn(root), CountAt(root, _pages));
    }

    // Null where the row belongs to another stream.
    private SourceRecord? RecordOf(JsonElement row)
    {
        try
        {
            return _reader.IsLeftOut(row) ? null : _reader.Read(row, JsonRow.ContentId);
        }
        catch (InvalidOperationException)
        {
            // The parser gives up on a name with half of a surrogate pair or bytes that are no UTF-8; the other rows can be read.
            var fault = new FieldFault("row", FieldText.Shown(JsonRow.RawOf(row)), "JSON whose names are whole characters");
            return new SourceRecord { Stream = _stream, Id = JsonRow.ContentId(row), Faults = [fault] };
        }
    }

    private static RowPath PathOf(string text) =>
        RowPath.TryOf(text, out var path, out var problem) ? path : throw new SettingException(problem);

    private static string NamesIn(JsonElement root) => root.ValueKind == JsonValueKind.Object
        ? "an object with " + string.Join(", ", root.EnumerateObject().Take(20).Select(p => $"'{p.Name}'").DefaultIfEmpty("nothing in it"))
        : $"a JSON {NameOf(root)}";

    private static string NameOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "object",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    private JsonElement RowsIn(JsonElement root)
    {
        if (_records is null)
            return root.ValueKind == JsonValueKind.Array ? root : throw new UnreadablePageException($"the body is {NamesIn(root)}, but the connector says that it is the list of records");
        if (JsonRow.Find(root, _records) is not { } rows)
            throw new UnreadablePageException($"there is no '{_records}', where the connector says the records stand; the body is {NamesIn(root)}");
        return rows.ValueKind == JsonValueKind.Array ? rows
            : throw new UnreadablePageException($"'{_records}', where the connector says the records stand, is no list but a JSON {NameOf(rows)}");
    }

    private string? NextIn(JsonElement root)
    {
        if (_next is null) return null;
        var next = JsonRow.TextAt(root, _next);
        if (next.IsUnreadable) throw new UnreadablePageException($"'{_next}', where the connector says the next page stands, is no text or number");
        return string.IsNullOrEmpty(next.Text) ? null : next.Text;
    }

    private static long? CountAt(JsonElement root, RowPath? path)
    {
        if (path is null) return null;
        var value = JsonRow.TextAt(root, path);
        if (value.Text is null) return null;
        const NumberStyles Style = NumberStyles.None;
        if (!value.IsUnreadable && long.TryParse(value.Text, Style, CultureInfo.InvariantCulture, out var count)) return count;
        throw new UnreadablePageException($"'{path}' should be a count and is '{FieldText.Shown(value.Text)}'");
    }
}
