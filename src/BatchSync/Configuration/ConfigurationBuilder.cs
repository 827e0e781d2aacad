namespace BatchSync.Configuration;

/// <summary>Makes the typed configuration of documents that have passed every check.</summary>
internal static class ConfigurationBuilder
{
    public static ConfigurationSet Build(ConfigurationCatalog catalog)
    {
        var mappings = catalog.Of(DocumentKind.Mapping).ToList();
        var connectors = catalog.Of(DocumentKind.Connector).ToList();
        return new(
            [.. catalog.Of(DocumentKind.Job).Select(j => JobBuilder.Build(j, catalog)).OrderBy(j => j.Name, StringComparer.Ordinal)],
            mappings.ToDictionary(m => m.Name!.Value, MappingBuilder.Build, StringComparer.Ordinal),
            mappings.ToDictionary(m => m.Name!.Value, MappingBuilder.Tests, StringComparer.Ordinal),
            connectors.Where(c => c.Variant!.IsSource).ToDictionary(c => c.Name!.Value, ConnectorBuilder.Source, StringComparer.Ordinal),
            connectors.Where(c => !c.Variant!.IsSource).ToDictionary(c => c.Name!.Value, ConnectorBuilder.Destination, StringComparer.Ordinal),
            [.. catalog.Documents.Select(d => d.File).OrderBy(f => f.Path, StringComparer.Ordinal)]);
    }
}
