using System.Text;
using System.Text.Json;

namespace BatchSync.Destinations.Rest;

/// <summary>Finds values in an API's answer.</summary>
internal static class AnswerField
{
    /// <summary>The body as JSON; null where it is none, or only the beginning of one.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[3..] : body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What stands at a dotted path (<c>error.code</c>; empty: the element itself); null where nothing does.</summary>
    public static JsonElement? At(JsonElement element, string path)
    {
        if (path.Length == 0) return element;
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        }

        return element;
    }

    /// <summary>The list at a path; null where there is none.</summary>
    public static IReadOnlyList<JsonElement>? List(JsonElement element, string path) =>
        At(element, path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : null;

    /// <summary>A text, number or truth value at a path as its text (<c>12.50</c> stays <c>12.50</c>); null where there is none, or half a surrogate pair in it.</summary>
    public static string? Text(JsonElement element, string path) => At(element, path) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.String => StringOf(value),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static string? StringOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
