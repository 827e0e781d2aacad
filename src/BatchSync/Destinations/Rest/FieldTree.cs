using System.Text.Json;
using BatchSync.Http;

namespace BatchSync.Destinations.Rest;

/// <summary>
/// The shape of an object that is sent, from its field map: <c>customer.id: client</c> and <c>total: total</c> make
/// <c>{"customer":{"id":"58"},"total":241.31}</c>. Fields come in ordinal order, so that the same document always has the same bytes. A field
/// without a value is left out, and so is an object that would be empty.
/// </summary>
internal sealed class FieldTree
{
    private readonly SortedDictionary<string, FieldTree> _fields = new(StringComparer.Ordinal);
    private string? _value;

    /// <param name="where">What the map describes, for messages: <c>documentFields of sandbox-books</c>.</param>
    /// <exception cref="SettingException">One field is both a value and an object, or has two values.</exception>
    public static FieldTree Of(IEnumerable<KeyValuePair<string, string>> targets, string where)
    {
        var tree = new FieldTree();
        foreach (var (target, value) in targets) tree.Add(target.Split('.'), value, $"{where}: '{target}'");
        return tree;
    }

    /// <param name="write">How a value is written; null where the value is empty.</param>
    public void Write(Utf8JsonWriter writer, Func<string, Action<Utf8JsonWriter>?> write)
    {
        writer.WriteStartObject();
        foreach (var (name, field) in _fields)
        {
            if (!field.HasContent(write)) continue;
            writer.WritePropertyName(name);
            if (field._value is { } value) write(value)!(writer);
            else field.Write(writer, write);
        }

        writer.WriteEndObject();
    }

    private bool HasContent(Func<string, Action<Utf8JsonWriter>?> write) =>
        _value is { } value ? write(value) is not null : _fields.Values.Any(field => field.HasContent(write));

    private void Add(ReadOnlySpan<string> path, string value, string where)
    {
        if (_value is not null && (path.Length > 0 || _value != value) || path.Length == 0 && _fields.Count > 0)
            throw new SettingException($"{where} cannot stand beside another value of the same field. Keep one of the two.");
        if (path.Length == 0)
        {
            _value = value;
            return;
        }

        if (!_fields.TryGetValue(path[0], out var field)) _fields.Add(path[0], field = new FieldTree());
        field.Add(path[1..], value, where);
    }
}
