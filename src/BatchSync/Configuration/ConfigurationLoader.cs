using System.Security.Cryptography;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>
/// Reads configuration: finds the files, reads each with all its errors, checks what they say of each other, and, where there is no
/// error at all, builds the typed definitions. Nothing here touches the network or the environment.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>Larger files are refused: no mapping comes near it, and reading one is more likely a mistake.</summary>
    public const int MaxFileBytes = 16_000_000;

    /// <summary>A configuration folder. Messages name files relative to it.</summary>
    public static ConfigurationResult Load(string folder)
    {
        var errors = new List<ConfigurationError>();
        return Load(ConfigurationPaths.Of(folder, "", isNamed: true, errors), errors);
    }

    /// <summary>Folders and files as a user names them on the command line. A file is checked together with the configuration folder that it lies in.</summary>
    public static ConfigurationResult Load(IEnumerable<string> paths)
    {
        var errors = new List<ConfigurationError>();
        return Load(ConfigurationPaths.Of(paths, errors), errors);
    }

    /// <summary>One file without those that lie beside it: a mapping that another file has too, under the same name.</summary>
    public static ConfigurationResult LoadAlone(string file)
    {
        var full = Path.GetFullPath(file);
        return Load([new ConfigurationPath(Path.GetDirectoryName(full)!, full, ConfigurationPaths.Slashes(file), IsNamed: true)], []);
    }

    private static ConfigurationResult Load(IReadOnlyList<ConfigurationPath> paths, List<ConfigurationError> errors)
    {
        var catalog = new ConfigurationCatalog();
        foreach (var path in paths.OrderBy(p => p.Path, StringComparer.Ordinal)) Read(path, catalog, errors);
        ReadShipped(catalog, errors);
        foreach (var mapping in catalog.Of(DocumentKind.Mapping)) new MappingChecks(mapping).Check();
        foreach (var connector in catalog.Of(DocumentKind.Connector)) new ConnectorChecks(connector).Check();
        foreach (var job in catalog.Of(DocumentKind.Job)) new JobChecks(job, catalog).Check();
        JobChecks.CheckSeries(catalog);
        var found = InOrder(WithoutSecrets(errors)).ToLookup(e => e.Code.IsWarning);
        var (wrong, warnings) = (found[false].ToList(), found[true].ToList());
        return new(wrong.Count > 0 ? null : ConfigurationBuilder.Build(catalog), wrong, warnings);
    }

    private static void Read(ConfigurationPath path, ConfigurationCatalog catalog, List<ConfigurationError> errors)
    {
        if (ReadBytes(path, errors) is not { } file) return;
        var own = new List<ConfigurationError>();
        var document = DocumentReader.Read(path, file, own, catalog.Broken);

        // A file that was not asked for and is no configuration (a workflow beside a mapping) is none of our business.
        if (document is null && !path.IsNamed && own.TrueForAll(e => e.Code == ErrorCodes.UnknownFile || e.Code == ErrorCodes.EmptyFile)) return;
        errors.AddRange(own);
        if (document is not null) catalog.Add(document with { Reading = document.Reading with { Errors = errors } });
    }

    private static void ReadShipped(ConfigurationCatalog catalog, List<ConfigurationError> errors)
    {
        var wanted = catalog.Of(DocumentKind.Job).SelectMany(JobChecks.ConnectorsOf).Distinct(StringComparer.Ordinal);
        foreach (var name in wanted.Where(n => catalog.Find(DocumentKind.Connector, n) is null && !catalog.Broken.Contains(n)).ToList())
        {
            if (ConfigurationPaths.Shipped(name) is { } path) Read(path, catalog, errors);
        }
    }

    private static ConfigurationFile? ReadBytes(ConfigurationPath path, List<ConfigurationError> errors)
    {
        try
        {
            var length = new FileInfo(path.FullPath).Length;
            if (length > MaxFileBytes) return Refuse(FormattableString.Invariant($"the file has {length} bytes, and configuration files have at most {MaxFileBytes}"));
            var content = File.ReadAllBytes(path.FullPath);
            return new(path.Path, Convert.ToHexStringLower(SHA256.HashData(content)), content);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Refuse("the file cannot be read");
        }

        ConfigurationFile? Refuse(string message)
        {
            errors.Add(new(ErrorCodes.Unreadable, TextPlace.WholeFile(path.Path), message) { NextStep = "Check the file and its permissions." });
            return null;
        }
    }

    // What was found to be a secret is not printed, neither with its own error nor with another one of that line.
    private static IEnumerable<ConfigurationError> WithoutSecrets(List<ConfigurationError> errors)
    {
        var secrets = errors.Where(e => e.Code == ErrorCodes.SecretLiteral).Select(e => e.Place).ToLookup(p => (p.File, p.Line));
        return errors.Select(e => secrets[(e.Place.File, e.Place.Line)].Aggregate(e, (error, secret) => error with { Place = error.Place.Mask(secret) }));
    }

    private static IReadOnlyList<ConfigurationError> InOrder(IEnumerable<ConfigurationError> errors) =>
    [
        .. errors.Distinct()
            .OrderBy(e => e.Place.File, StringComparer.Ordinal)
            .ThenBy(e => e.Place.Line).ThenBy(e => e.Place.Column).ThenBy(e => e.Code.Code, StringComparer.Ordinal),
    ];
}
