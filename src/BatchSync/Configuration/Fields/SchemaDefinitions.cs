using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BatchSync.Configuration.Fields;

/// <summary>JSON schema, draft 7, of a kind of file: every section once, under its name.</summary>
internal sealed class SchemaDefinitions
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly SortedDictionary<string, JsonObject> _definitions = new(StringComparer.Ordinal);

    /// <summary>The schema of files that are one of several sections, as text that ends in a line break.</summary>
    public static string Of(string title, IReadOnlyList<SectionSpec> sections)
    {
        var definitions = new SchemaDefinitions();
        var references = sections.Select(s => (JsonNode)definitions.ReferenceTo(s)).ToArray();
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = title,
            [sections.Count == 1 ? "allOf" : "anyOf"] = new JsonArray(references),
            ["definitions"] = new JsonObject(definitions._definitions.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
        };
        return schema.ToJsonString(Readable) + "\n";
    }

    /// <summary>A reference to the section's definition, which is made where it is the first.</summary>
    public JsonObject ReferenceTo(SectionSpec section)
    {
        var name = NameOf(section);
        if (_definitions.TryAdd(name, [])) _definitions[name] = section.ToSchema(this);
        return new JsonObject { ["$ref"] = "#/definitions/" + name };
    }

    // A reference is a URI fragment; letters and hyphens need no escapes.
    private static string NameOf(SectionSpec section) =>
        string.Join('-', section.Name.Split([' ', ':', '(', ')', '_'], StringSplitOptions.RemoveEmptyEntries));
}
