using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BatchSync.Core.Sources;
using BatchSync.Sources.Fields;

namespace BatchSync.Sources.Rest;

/// <summary>Finds values in JSON by path. Numbers come as the digits that were sent, never through a double.</summary>
internal static class JsonRow
{
    /// <summary>The element at a path; null where a step leads nowhere or to JSON null.</summary>
    public static JsonElement? Find(JsonElement element, RowPath path)
    {
        foreach (var step in path.Steps)
        {
            if (step.Name.Length > 0 && !TryMember(element, step.Name, out element)) return null;
            if (step.Key is null) continue;
            if (Pick(element, step) is not { } picked) return null;
            element = picked;
        }

        return element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : element;
    }

    /// <summary>The text of a scalar: <c>"a"</c> is a, <c>1.50</c> is 1.50, <c>true</c> is true, <c>null</c> is absent.</summary>
    public static FieldText TextOf(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined: return FieldText.Absent;
            case JsonValueKind.True: return FieldText.Of("true");
            case JsonValueKind.False: return FieldText.Of("false");
            case JsonValueKind.Number: return FieldText.Of(element.GetRawText());
            case JsonValueKind.String: return StringOf(element);
            default: return FieldText.Unreadable(RawOf(element));
        }
    }

    public static FieldText TextAt(JsonElement row, RowPath path) => Find(row, path) is { } element ? TextOf(element) : FieldText.Absent;

    /// <summary>An id made of the row's content, for a row that has none: <c>row:</c> and the first 16 hex digits of the SHA-256 of its bytes.</summary>
    public static string ContentId(JsonElement row) =>
        "row:" + Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(row)))[..16];

    public static string RawOf(JsonElement element) => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(element));

    private static FieldText StringOf(JsonElement element)
    {
        try
        {
            return FieldText.Of(element.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are no UTF-8: the value is broken, the row is not.
            return FieldText.Unreadable(RawOf(element));
        }
    }

    private static JsonElement? Pick(JsonElement list, RowStep step)
    {
        if (list.ValueKind != JsonValueKind.Array) return null;
        foreach (var item in list.EnumerateArray())
        {
            if (TryMember(item, step.Key!, out var value) && TextOf(value) is { IsUnreadable: false } text && text.Text == step.Value) return item;
        }

        return null;
    }

    private static bool TryMember(JsonElement element, string name, out JsonElement member)
    {
        member = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out member);
    }
}
