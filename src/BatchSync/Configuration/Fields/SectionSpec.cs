using System.Text.Json.Nodes;

namespace BatchSync.Configuration.Fields;

/// <summary>A closed list of fields that stand together.</summary>
/// <param name="Name">In the documentation: its headline.</param>
internal sealed record SectionSpec(string Name, string Description, IReadOnlyList<FieldSpec> Fields)
{
    /// <summary>Whether another section documents these fields already.</summary>
    public bool IsDocumentedElsewhere { get; init; }

    /// <summary>Of each group exactly one field is there.</summary>
    public IReadOnlyList<IReadOnlyList<FieldSpec>> ExactlyOne { get; init; } = [];

    /// <summary>Of each group at least one field is there.</summary>
    public IReadOnlyList<IReadOnlyList<FieldSpec>> AtLeastOne { get; init; } = [];

    public JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(Fields.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Name, f.ToSchema(definitions)))),
        };
        var required = Fields.Where(f => f.IsRequired).Select(f => (JsonNode)f.Name).ToArray();
        if (required.Length > 0) schema["required"] = new JsonArray(required);
        var groups = ExactlyOne.Select(g => Group("oneOf", g)).Concat(AtLeastOne.Select(g => Group("anyOf", g))).ToArray();
        if (groups.Length > 0) schema["allOf"] = new JsonArray(groups);
        return schema;
    }

    private static JsonNode Group(string rule, IEnumerable<FieldSpec> fields) =>
        new JsonObject { [rule] = new JsonArray([.. fields.Select(f => new JsonObject { ["required"] = new JsonArray(f.Name) })]) };
}
