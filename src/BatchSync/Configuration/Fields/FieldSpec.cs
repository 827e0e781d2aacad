using System.Text.Json.Nodes;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Fields;

/// <summary>One field of a YAML file. The check, the documentation and the JSON schema are all made from it.</summary>
internal abstract record FieldSpec(string Name, string Description)
{
    /// <summary>Whether the field must be written.</summary>
    public bool IsRequired => Default.Length == 0 && !IsOptional;

    /// <summary>Whether the field may be left out without anything standing in for it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>What holds where the field is left out, as it would be written; empty: nothing does.</summary>
    public string Default { get; init; } = "";

    /// <summary>A value as it would be written.</summary>
    public string Example { get; init; } = "";

    public abstract Kind Kind { get; }

    public JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var schema = Kind.ToSchema(definitions);

        // Draft 7 ignores what stands beside a reference.
        if (schema.ContainsKey("$ref")) schema = new JsonObject { ["allOf"] = new JsonArray(schema) };
        schema["description"] = Description;
        if (Default.Length > 0 && Default != "{}" && Default != "[]") schema["default"] = Default;
        if (Example.Length > 0) schema["examples"] = new JsonArray(Example);
        return schema;
    }

    /// <summary>Reads the value into a section's cell.</summary>
    internal abstract object? Read(Node node, Reading reading);
}

/// <summary>A field whose value is read as <typeparamref name="T"/>.</summary>
internal sealed record FieldSpec<T>(string Name, Kind<T> Of, string Description) : FieldSpec(Name, Description)
{
    private Found<T>? _default;

    public override Kind Kind => Of;

    /// <summary>The value that holds where the field is left out; null where there is none.</summary>
    public Found<T>? DefaultValue => Default.Length == 0 ? null : _default ??= ReadDefault();

    internal override object? Read(Node node, Reading reading) => Of.Read(node, Name, reading);

    // The default is declared as the text that a user could write, so that it passes the same checks and is documented as it is.
    private Found<T> ReadDefault()
    {
        var errors = new List<ConfigurationError>();
        var reading = new Reading(new SourceText("default", Default), errors);
        var node = YamlReader.Read(reading.Text, errors);
        var found = node is null ? null : Of.Read(node, Name, reading);
        Invariant.Holds(found is not null && errors.Count == 0, $"The default '{Default}' of the field '{Name}' is no value of its kind.");
        return found!;
    }
}
