using System.Globalization;
using System.Text;
using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources.Fields;
using JsonValue = BatchSync.Sources.Rest.JsonPage.JsonValue;

namespace BatchSync.Sources.Rest;

/// <summary>
/// Reads a page of JSON. With records <c>time_entries</c>, statedTotal <c>total_entries</c> and the cursor path <c>next_cursor</c>,
/// <c>{"time_entries":[{"id":7,"hours":1.5}],"total_entries":1,"next_cursor":null}</c> is one record, total 1, no next.
/// </summary>
internal sealed class PageReader
{
    private readonly StreamKind _stream;
    private readonly JsonPath? _records;
    private readonly JsonPath? _total;
    private readonly JsonPath? _next;
    private readonly JsonPath? _pages;
    private readonly RecordReader<JsonValue> _reader;

    /// <param name="noteLength">Notes of more characters get a fault.</param>
    /// <exception cref="SettingException">A path or field of the stream cannot be read.</exception>
    public PageReader(StreamDefinition stream, int noteLength)
    {
        _stream = stream.Stream;
        _records = stream.Records.Length == 0 ? null : JsonPath.Of(stream.Records);
        _total = stream.StatedTotal is null ? null : JsonPath.Of(stream.StatedTotal);
        _next = stream.Pagination switch
        {
            Pagination.Cursor cursor => JsonPath.Of(cursor.Path),
            Pagination.Link { Path: { } link } => JsonPath.Of(link),
            _ => null,
        };
        _pages = stream.Pagination is Pagination.Page { TotalPages: { } pages } ? JsonPath.Of(pages) : null;
        _reader = new RecordReader<JsonValue>(stream, CultureInfo.InvariantCulture, noteLength, path =>
        {
            var compiled = JsonPath.Of(path);
            return compiled.TextAt;
        });
    }

    /// <exception cref="UnreadablePageException">It is not JSON, or the records do not stand where the connector says.</exception>
    public ParsedPage Read(ReadOnlyMemory<byte> body)
    {
        using var page = Parse(body);
        try
        {
            return Read(page.Root);
        }
        catch (InvalidOperationException error)
        {
            throw new UnreadablePageException($"it has a name with broken characters: {error.Message}", error);
        }
    }

    /// <summary>The body as JSON, or what it is instead.</summary>
    /// <exception cref="UnreadablePageException">It is none.</exception>
    public static JsonPage Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) throw new UnreadablePageException("the body is empty where JSON is expected");
        if (BodyText.IsHtml(body))
            throw new UnreadablePageException($"it is HTML where JSON is expected: a login, maintenance or proxy page. It begins: {BodyText.Excerpt(body)}");
        if (body.Span.StartsWith(Encoding.UTF8.Preamble)) body = body[3..];
        try
        {
            return JsonPage.Parse(body);
        }
        catch (JsonException error)
        {
            throw new UnreadablePageException($"it is no whole JSON, so it was cut off or damaged on the way: {error.Message}", error);
        }
    }

    private ParsedPage Read(JsonValue root)
    {
        var records = new List<SourceRecord>();
        var leftOut = 0;
        foreach (var row in RowsIn(root).Items())
        {
            if (RecordOf(row) is { } record) records.Add(record);
            else leftOut++;
        }

        return new ParsedPage(records, leftOut, CountAt(root, _total), NextIn(root), CountAt(root, _pages));
    }

    // Null where the row belongs to another stream.
    private SourceRecord? RecordOf(JsonValue row)
    {
        try
        {
            return _reader.IsLeftOut(row) ? null : _reader.Read(row, JsonPath.ContentId);
        }
        catch (InvalidOperationException)
        {
            // The parser gives up on a name with half of a surrogate pair or bytes that are no UTF-8; the other rows can be read.
            var fault = new FieldFault("row", FieldText.Shown(row.RawText), "JSON whose names are whole characters");
            return new SourceRecord { Stream = _stream, Id = JsonPath.ContentId(row), Faults = [fault] };
        }
    }

    private static string NamesIn(JsonValue root) => root.IsObject
        ? "an object with " + string.Join(", ", root.Names().Take(20).Select(name => $"'{name}'").DefaultIfEmpty("nothing in it"))
        : $"a JSON {root.Kind}";

    private JsonValue RowsIn(JsonValue root)
    {
        if (_records is null)
            return root.IsList ? root : throw new UnreadablePageException($"the body is {NamesIn(root)}, but the connector says that it is the list of records");
        if (_records.Find(root) is not { } rows)
            throw new UnreadablePageException($"there is no '{_records}', where the connector says the records stand; the body is {NamesIn(root)}");
        return rows.IsList ? rows
            : throw new UnreadablePageException($"'{_records}', where the connector says the records stand, is no list but a JSON {rows.Kind}");
    }

    private string? NextIn(JsonValue root)
    {
        if (_next is null) return null;
        var next = _next.TextAt(root);
        if (next.IsUnreadable) throw new UnreadablePageException($"'{_next}', where the connector says the next page stands, is no text or number");
        return string.IsNullOrEmpty(next.Text) ? null : next.Text;
    }

    private static long? CountAt(JsonValue root, JsonPath? path)
    {
        if (path is null) return null;
        var value = path.TextAt(root);
        if (value.Text is null) return null;
        const NumberStyles Style = NumberStyles.None;
        if (!value.IsUnreadable && long.TryParse(value.Text, Style, CultureInfo.InvariantCulture, out var count)) return count;
        throw new UnreadablePageException($"'{path}' should be a count and is '{FieldText.Shown(value.Text)}'");
    }
}
