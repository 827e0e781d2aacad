using System.Text.RegularExpressions;
using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Schemas;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

internal enum DocumentKind
{
    Job,
    Mapping,
    Connector,
}

/// <summary>A file whose kind is known and whose fields have been read, with or without errors in them.</summary>
/// <param name="Name">Null where it cannot be read.</param>
/// <param name="Variant">Of a connector; null where its kind or type is not known, and then its fields are not read.</param>
internal sealed record ConfigurationDocument(
    DocumentKind Kind, Found<string>? Name, Section Section, Reading Reading, ConfigurationPath Path, ConfigurationFile File, ConnectorVariant? Variant)
{
    /// <summary>Where the name stands, for messages about other places.</summary>
    public string Where => FormattableString.Invariant($"{File.Path}:{Section.Node.Span.Line}");
}

/// <summary>Reads one file into a document.</summary>
internal static partial class DocumentReader
{
    private static readonly string[] FirstFields = ["job", "mapping", "connector"];

    /// <summary>The document; null where the file is none, with an error added.</summary>
    /// <param name="broken">Gets the name of a file that cannot be read as YAML, so that nobody else is told that the name is unknown.</param>
    public static ConfigurationDocument? Read(ConfigurationPath path, ConfigurationFile file, ICollection<ConfigurationError> errors, ISet<string> broken)
    {
        if (SourceText.Decode(path.Path, file.Content, errors) is not { } text) return null;
        var reading = new Reading(text, errors);
        var node = YamlReader.Read(text, errors);
        if (node is null) NoteBroken(text.Text, broken);
        return node switch
        {
            null => null,
            Node.Mapping { Entries.Count: > 0 } mapping => ReadFile(mapping, reading, path, file, broken),
            _ => Unknown(node.Span, node.Shape, "", reading),
        };
    }

    private static ConfigurationDocument? ReadFile(Node.Mapping node, Reading reading, ConfigurationPath path, ConfigurationFile file, ISet<string> broken)
    {
        if (!FirstFields.Contains(node.Entries[0].Key.Text) || !SchemaVersion.IsNewer(node, reading)) return ReadKind(node, reading, path, file);
        NoteBroken(reading.Text.Text, broken);
        return null;
    }

    private static ConfigurationDocument? ReadKind(Node.Mapping node, Reading reading, ConfigurationPath path, ConfigurationFile file)
    {
        var first = node.Entries[0].Key;
        return first.Text switch
        {
            "job" => Document(DocumentKind.Job, JobFields.Name, Read(JobFields.Spec), null),
            "mapping" => Document(DocumentKind.Mapping, MappingFields.Name, Read(MappingFields.Spec), null),
            "connector" when VariantOf(node, reading) is { } variant => Document(DocumentKind.Connector, ConnectorFields.Name, Read(variant.Spec), variant),
            "connector" => Document(DocumentKind.Connector, ConnectorFields.Name, Section.Read(ConnectorFields.Head, HeadOf(node), reading), null),
            _ => Unknown(first.Span, $"the field '{first.Text}'", first.Text, reading),
        };

        Section Read(SectionSpec spec) => Section.Read(spec, new SchemaTranslation(first.Text, spec, reading).Translate(node), reading);

        ConfigurationDocument Document(DocumentKind kind, FieldSpec<string> name, Section section, ConnectorVariant? variant) =>
            new(kind, section.Find(name), section, reading, path, file, variant);
    }

    private static ConfigurationDocument? Unknown(Span span, string what, string written, Reading reading)
    {
        reading.Report(ErrorCodes.UnknownFile, span, $"the file begins with {what}", Advice.Names("The first field is one of", FirstFields, written));
        return null;
    }

    private static ConnectorVariant? VariantOf(Node.Mapping node, Reading reading)
    {
        var (kind, type) = (TextOf(node, ConnectorFields.Kind.Name), TextOf(node, ConnectorFields.Type.Name));
        var variant = ConnectorVariant.All.FirstOrDefault(v => v.Kind == kind?.Text && v.Type == type?.Text);
        var types = ConnectorVariant.All.Where(v => v.Kind == kind?.Text).Select(v => v.Type).ToList();
        var isKnownType = ConnectorVariant.All.Any(v => v.Type == type?.Text);
        if (variant is null && types.Count > 0 && isKnownType) reading.Report(ErrorCodes.NotAllowed, type!.Span, $"'type' of a {kind!.Text} is '{type.Text}'", Advice.Names("Allowed values", types, type.Text));
        return variant;
    }

    // Without kind and type nobody knows which other fields there may be, so only these are looked at.
    private static Node.Mapping HeadOf(Node.Mapping node) =>
        new(node.Span, [.. node.Entries.Where(e => ConnectorFields.Head.Fields.Any(f => f.Name == e.Key.Text))]);

    private static Node.Scalar? TextOf(Node.Mapping node, string field) => node.Entries.FirstOrDefault(e => e.Key.Text == field)?.Value as Node.Scalar;

    private static void NoteBroken(string text, ISet<string> broken)
    {
        if (FirstLine().Match(text) is { Success: true } match) broken.Add(match.Groups[1].Value);
    }

    [GeneratedRegex("""^(?:job|mapping|connector):[ \t]*["']?([A-Za-z0-9._-]+)""", RegexOptions.Multiline)]
    private static partial Regex FirstLine();
}
