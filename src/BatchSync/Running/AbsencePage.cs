using System.Buffers;
using System.Text.Json;
using BatchSync.Core.Sources;

namespace BatchSync.Running;

/// <summary>
/// What we concluded of missing records, as a page among the raw ones: whoever rebuilds the records finds the deletions in it.
/// <c>{"stream":"time_entries","page_set":17,"gone":[{"id":"4","because":"not found by its id"}]}</c>
/// </summary>
internal static class AbsencePage
{
    public static ReadOnlyMemory<byte> Write(StreamKind stream, long pageSet, IEnumerable<(string Id, string Because)> gone)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("stream", stream.Name());
            json.WriteNumber("page_set", pageSet);
            json.WriteStartArray("gone");
            foreach (var (id, because) in gone)
            {
                json.WriteStartObject();
                json.WriteString("id", id);
                json.WriteString("because", because);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The ids of the records that are gone.</summary>
    /// <exception cref="JsonException">The bytes are no such page.</exception>
    public static IReadOnlyList<string> Read(ReadOnlyMemory<byte> body)
    {
        using var page = JsonDocument.Parse(body);
        return [.. page.RootElement.GetProperty("gone").EnumerateArray().Select(g => g.GetProperty("id").GetString()!)];
    }

    /// <summary>A record as it stands once it is known to be gone: an absence has no date.</summary>
    public static SourceRecord Gone(SourceRecord record) => record with { Deleted = true, ModifiedAt = null };
}
