using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources.Fields;
using JsonValue = BatchSync.Sources.Rest.JsonPage.JsonValue;

namespace BatchSync.Sources.Rest;

/// <summary>Where a value stands in JSON. Numbers come as the digits that were sent, never through a double.</summary>
internal sealed class JsonPath
{
    private readonly string _text;
    private readonly Step[] _steps;

    private sealed record Step(byte[] Name, byte[]? Key, string? Value);

    private JsonPath(RowPath path)
    {
        _text = path.Text;
        _steps = [.. path.Steps.Select(s => new Step(Encoding.UTF8.GetBytes(s.Name), s.Key is null ? null : Encoding.UTF8.GetBytes(s.Key), s.Value))];
    }

    /// <exception cref="SettingException">The text is no path.</exception>
    public static JsonPath Of(string text) => RowPath.TryOf(text, out var path, out var problem) ? new JsonPath(path) : throw new SettingException(problem);

    /// <summary>An id made of the row's content, for a row that has none: <c>row:</c> and the first 16 hex digits of the SHA-256 of its bytes.</summary>
    public static string ContentId(JsonValue row) => "row:" + Convert.ToHexStringLower(SHA256.HashData(row.Raw))[..16];

    /// <summary>The value at the path; null where a step leads nowhere or to JSON null.</summary>
    public JsonValue? Find(JsonValue value)
    {
        foreach (var step in _steps)
        {
            if (step.Name.Length > 0 && !value.TryMember(step.Name, out value)) return null;
            if (step.Key is null) continue;
            if (Pick(value, step) is not { } picked) return null;
            value = picked;
        }

        return value.IsNull ? null : value;
    }

    /// <summary>The text at the path; absent where a step leads nowhere or to JSON null.</summary>
    public FieldText TextAt(JsonValue row) => Find(row) is { } value ? value.Text : FieldText.Absent;

    public override string ToString() => _text;

    private static JsonValue? Pick(JsonValue list, Step step)
    {
        foreach (var item in list.Items())
        {
            if (item.TryMember(step.Key, out var value) && value.Text is { IsUnreadable: false } text && text.Text == step.Value) return item;
        }

        return null;
    }
}
