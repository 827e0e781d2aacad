using System.Text.Json.Nodes;
using BatchSync.Configuration.Yaml;

namespace BatchSync.Configuration.Fields;

/// <summary>What a field's value is: how it is read and checked, how the documentation calls it, and its JSON schema.</summary>
internal abstract class Kind(string title)
{
    /// <summary>In the words of the documentation: <c>duration</c>, <c>list of text</c>.</summary>
    public string Title { get; } = title;

    /// <summary>Several of them.</summary>
    public string Plural =>
        Title.StartsWith("one of ", StringComparison.Ordinal) ? Title["one of ".Length..] : Title.EndsWith('s') ? Title + "es" : Title + "s";

    /// <summary>Least and most; empty where there is neither.</summary>
    public string Range { get; init; } = "";

    /// <summary>Empty where the value carries its unit or has none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Sections of fields inside, for the documentation.</summary>
    public virtual IReadOnlyList<SectionSpec> Sections => [];

    /// <summary>A JSON schema of the value; sections inside become definitions.</summary>
    public abstract JsonObject ToSchema(SchemaDefinitions definitions);
}

/// <summary>A kind whose values are read as <typeparamref name="T"/>.</summary>
internal abstract class Kind<T>(string title) : Kind(title)
{
    /// <summary>The value, or null and at least one error. A list or section with faults inside has a value nevertheless, so that the rest of it is checked too.</summary>
    /// <param name="subject">The field's name, for messages.</param>
    public abstract Found<T>? Read(Node node, string subject, Reading reading);
}

/// <summary>A value and where it stands.</summary>
internal sealed record Found<T>(T Value, Node Node);

/// <summary>Why a text is no value of its kind.</summary>
internal sealed record Fault(Core.Diagnostics.ErrorCode Code, string Message, Advice Advice);

/// <summary>What a text is read as: a value or a fault.</summary>
internal readonly record struct Parsed<T>(T? Value, Fault? Fault)
{
    public static implicit operator Parsed<T>(T value) => new(value, null);
    public static implicit operator Parsed<T>(Fault fault) => new(default, fault);
}

/// <summary>A single value, read from its text.</summary>
/// <param name="parse">Gets the text and the field's name.</param>
internal sealed class ScalarKind<T>(string title, Func<string, string, Parsed<T>> parse, Func<JsonObject> schema) : Kind<T>(title)
{
    public override JsonObject ToSchema(SchemaDefinitions definitions) => schema();

    public override Found<T>? Read(Node node, string subject, Reading reading)
    {
        if (node is not Node.Scalar { IsNothing: false } scalar)
        {
            Shapes.Refuse(node, subject, Title, reading);
            return null;
        }

        var parsed = parse(scalar.Text, subject);
        if (parsed.Fault is not { } fault) return new Found<T>(parsed.Value!, node);
        reading.Report(fault.Code, node.Span, fault.Message, fault.Advice);
        return null;
    }
}

/// <summary>A list of values of one kind.</summary>
/// <param name="orOne">Whether one value may stand without a list around it.</param>
internal sealed class ListKind<T>(Kind<T> item, bool orOne = false, int least = 0)
    : Kind<IReadOnlyList<Found<T>>>(orOne ? $"{item.Title}, or a list of them" : "list of " + item.Plural)
{
    public override IReadOnlyList<SectionSpec> Sections => item.Sections;

    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = item.ToSchema(definitions) };
        if (least > 0) list["minItems"] = least;
        return orOne ? new JsonObject { ["anyOf"] = new JsonArray(item.ToSchema(definitions), list) } : list;
    }

    public override Found<IReadOnlyList<Found<T>>>? Read(Node node, string subject, Reading reading)
    {
        if (orOne && node is not Node.Sequence) return item.Read(node, subject, reading) is { } one ? new([one], node) : null;
        if (node is not Node.Sequence sequence)
        {
            Shapes.Refuse(node, subject, Title, reading);
            return null;
        }

        if (sequence.Items.Count < least) Shapes.TooShort(node, subject, least, reading);
        var items = sequence.Items.Select(i => item.Read(i, subject, reading)).OfType<Found<T>>();
        return new([.. items], node);
    }
}

/// <summary>A name of the user's own with its value.</summary>
internal sealed record Named<T>(string Name, Node.Scalar Key, T Value, Node Node);

/// <summary>Fields whose names the user chooses.</summary>
internal sealed class MapKind<T>(Kind<string> key, Kind<T> value, int least = 0) : Kind<IReadOnlyList<Named<T>>>($"{value.Title} by {key.Title}")
{
    public override IReadOnlyList<SectionSpec> Sections => value.Sections;

    public override JsonObject ToSchema(SchemaDefinitions definitions)
    {
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = value.ToSchema(definitions) };
        if (least > 0) schema["minProperties"] = least;
        return schema;
    }

    public override Found<IReadOnlyList<Named<T>>>? Read(Node node, string subject, Reading reading)
    {
        if (node is not Node.Mapping mapping)
        {
            Shapes.Refuse(node, subject, Title, reading);
            return null;
        }

        if (mapping.Entries.Count < least) Shapes.TooShort(node, subject, least, reading);
        return new([.. mapping.Entries.Select(e => ReadEntry(e, subject, reading)).OfType<Named<T>>()], node);
    }

    private Named<T>? ReadEntry(Node.Entry entry, string subject, Reading reading)
    {
        var name = key.Read(entry.Key, subject, reading);
        var found = value.Read(entry.Value, entry.Key.Text, reading);
        return name is null || found is null ? null : new Named<T>(name.Value, entry.Key, found.Value, found.Node);
    }
}

/// <summary>A section of fields with fixed names.</summary>
/// <param name="shortForm">A field that may be written alone, in place of the section: <c>date: spent_date</c> is <c>date: { path: spent_date }</c>.</param>
internal sealed class SectionKind(SectionSpec spec, FieldSpec? shortForm = null)
    : Kind<Section>(shortForm is null ? "section" : $"{shortForm.Name}, or a section")
{
    public override IReadOnlyList<SectionSpec> Sections => [spec];

    public override JsonObject ToSchema(SchemaDefinitions definitions) => shortForm is null
        ? definitions.ReferenceTo(spec)
        : new JsonObject { ["anyOf"] = new JsonArray(shortForm.Kind.ToSchema(definitions), definitions.ReferenceTo(spec)) };

    public override Found<Section>? Read(Node node, string subject, Reading reading)
    {
        if (shortForm is not null && node is Node.Scalar { IsNothing: false }) return ReadShort(node, reading);
        if (node is Node.Mapping mapping) return new(Section.Read(spec, mapping, reading), node);
        Shapes.Refuse(node, subject, $"{Title} with the fields {string.Join(", ", spec.Fields.Select(f => f.Name))}", reading);
        return null;
    }

    private Found<Section> ReadShort(Node node, Reading reading)
    {
        var name = new Node.Scalar(node.Span, shortForm!.Name, IsPlain: true);
        return new(Section.Read(spec, new Node.Mapping(node.Span, [new Node.Entry(name, node)]), reading), node);
    }
}
