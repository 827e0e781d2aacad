using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>A file that belongs to a configuration.</summary>
/// <param name="Root">Absolute path of the configuration folder; relative paths in the file start there.</param>
/// <param name="Path">As messages name it, with <c>/</c>.</param>
/// <param name="IsNamed">Whether the user named the file or its folder; else it is read because a named file may refer to it.</param>
/// <param name="IsShipped">Whether it comes with the program.</param>
internal sealed record ConfigurationPath(string Root, string FullPath, string Path, bool IsNamed, bool IsShipped = false);

/// <summary>Which files are configuration.</summary>
internal static class ConfigurationPaths
{
    private const string Jobs = "jobs";
    private const string Mappings = "mapping-config";
    private const string Connectors = "connectors";

    private static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, Connectors);

    /// <summary>The names of the connectors that come with the program.</summary>
    public static IEnumerable<string> ShippedConnectors() =>
        Directory.Exists(ShippedFolder) ? Yaml(ShippedFolder, SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal) : [];

    /// <summary>The shipped connector of that name, or null. Its file has the connector's name.</summary>
    public static ConfigurationPath? Shipped(string connector)
    {
        if (!Directory.Exists(ShippedFolder)) return null;
        var file = Yaml(ShippedFolder, SearchOption.AllDirectories).FirstOrDefault(f => Path.GetFileNameWithoutExtension(f) == connector);
        return file is null ? null : new(AppContext.BaseDirectory, file, "shipped/" + Slashes(Path.GetRelativePath(AppContext.BaseDirectory, file)), IsNamed: false, IsShipped: true);
    }

    /// <summary>The files of a configuration folder: below <c>jobs</c> and <c>mapping-config</c> where it has one of them, else those in it and in <c>connectors</c>.</summary>
    /// <param name="prefix">What messages put before the path within the folder; empty or ending in <c>/</c>.</param>
    public static IReadOnlyList<ConfigurationPath> Of(string folder, string prefix, bool isNamed, ICollection<ConfigurationError> errors)
    {
        var root = Path.GetFullPath(folder);
        try
        {
            var files = FilesOf(root).Distinct().Select(f => new ConfigurationPath(root, f, prefix + Slashes(Path.GetRelativePath(root, f)), isNamed)).ToList();
            if (files.Count > 0) return files;
            errors.Add(Missing(Slashes(folder), "no YAML file is in this folder"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            errors.Add(Missing(Slashes(folder), Directory.Exists(root) ? "the folder cannot be read" : "there is no such folder"));
        }

        return [];
    }

    /// <summary>The files of folders and single files. A single file brings the other files of its configuration folder, which it may refer to.</summary>
    public static IReadOnlyList<ConfigurationPath> Of(IEnumerable<string> paths, ICollection<ConfigurationError> errors)
    {
        var found = paths.SelectMany(p => Directory.Exists(p) ? Of(p, PrefixOf(p), isNamed: true, errors) : OfFile(p, errors));
        return [.. found.GroupBy(f => f.FullPath, StringComparer.Ordinal).Select(g => g.OrderByDescending(f => f.IsNamed).First())];
    }

    public static string Slashes(string path) => path.Replace('\\', '/');

    private static IEnumerable<ConfigurationPath> OfFile(string path, ICollection<ConfigurationError> errors)
    {
        if (!File.Exists(path))
        {
            errors.Add(Missing(Slashes(path), "there is no such file or folder"));
            return [];
        }

        var full = Path.GetFullPath(path);
        var root = RootOf(full);
        var prefix = Slashes(path).Length > Slashes(Path.GetRelativePath(root, full)).Length ? Slashes(path)[..^Slashes(Path.GetRelativePath(root, full)).Length] : "";
        var others = Of(root, prefix, isNamed: false, []).Where(f => f.FullPath != full);
        return others.Prepend(new(root, full, Slashes(path), IsNamed: true));
    }

    // The configuration folder of a file is the one that holds the 'jobs', 'mapping-config' or 'connectors' above it.
    private static string RootOf(string file)
    {
        var own = Path.GetDirectoryName(file)!;
        for (var folder = new DirectoryInfo(own); folder?.Parent is not null; folder = folder.Parent)
        {
            if (folder.Name is Jobs or Mappings) return folder.Parent.FullName;
        }

        return Path.GetFileName(own) == Connectors ? Path.GetDirectoryName(own)! : own;
    }

    private static string PrefixOf(string folder)
    {
        var prefix = Slashes(folder).TrimEnd('/');
        return prefix is "." ? "" : prefix + "/";
    }

    private static IEnumerable<string> FilesOf(string root)
    {
        var parts = new[] { Jobs, Mappings }.Select(p => Path.Combine(root, p)).Where(Directory.Exists).ToList();
        if (parts.Count > 0) return parts.SelectMany(p => Yaml(p, SearchOption.AllDirectories)).OrderBy(f => f, StringComparer.Ordinal);
        var connectors = Path.Combine(root, Connectors);
        return Yaml(root, SearchOption.TopDirectoryOnly)
            .Concat(Directory.Exists(connectors) ? Yaml(connectors, SearchOption.TopDirectoryOnly) : [])
            .OrderBy(f => f, StringComparer.Ordinal);
    }

    private static IEnumerable<string> Yaml(string folder, SearchOption depth) =>
        Directory.EnumerateFiles(folder, "*", depth).Where(f => Path.GetExtension(f) is ".yaml" or ".yml");

    private static ConfigurationError Missing(string path, string message) =>
        new(ErrorCodes.Unreadable, TextPlace.WholeFile(path), message) { NextStep = "Check the path and its permissions; --config names the configuration folder." };
}
