using BatchSync.Configuration.Fields;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>All documents of a configuration by name.</summary>
internal sealed class ConfigurationCatalog
{
    private readonly List<ConfigurationDocument> _documents = [];
    private readonly Dictionary<(DocumentKind Kind, string Name), ConfigurationDocument> _byName = [];

    /// <summary>Names of files that exist but cannot be read as YAML.</summary>
    public HashSet<string> Broken { get; } = new(StringComparer.Ordinal);

    public IEnumerable<ConfigurationDocument> Documents => _documents;

    public IEnumerable<ConfigurationDocument> Of(DocumentKind kind) => _documents.Where(d => d.Kind == kind);

    public void Add(ConfigurationDocument document)
    {
        _documents.Add(document);
        if (document.Name is not { } name) return;
        if (_byName.TryAdd((document.Kind, name.Value), document)) return;
        var first = _byName[(document.Kind, name.Value)];
        document.Reading.Report(
            ErrorCodes.DuplicateName, name.Node.Span, $"the {Word(document.Kind)} '{name.Value}' exists already: {first.Where}", Advice.Next("Rename one of them."));
    }

    public ConfigurationDocument? Find(DocumentKind kind, string name) => _byName.GetValueOrDefault((kind, name));

    /// <summary>The document that a field names; null where there is none, with an error unless a file of that name is broken.</summary>
    public ConfigurationDocument? Resolve(DocumentKind kind, Found<string> name, Reading reading, IEnumerable<string> furtherNames)
    {
        if (Find(kind, name.Value) is { } document) return document;
        if (Broken.Contains(name.Value)) return null;
        var names = _byName.Keys.Where(k => k.Kind == kind).Select(k => k.Name).Union(furtherNames).Order(StringComparer.Ordinal).ToList();
        var advice = names.Count == 0 ? Advice.Next($"There is no {Word(kind)} in this configuration; add its file.") : Advice.Names($"Known {Word(kind)}s", names, name.Value);
        reading.Report(ErrorCodes.UnknownName, name.Node.Span, $"there is no {Word(kind)} '{name.Value}'", advice);
        return null;
    }

    private static string Word(DocumentKind kind) => kind.ToString().ToLowerInvariant();
}
