using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Configuration;

/// <summary>A configuration folder of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public const string Mapping = """
        mapping: m
        version: 1.0.0
        entities: { us: { baseCurrency: USD, timeZone: America/New_York } }
        defaults: { entity: us, currency: USD }
        clients:
          - { code: ACME, source: "1001" }

        """;

    public string Path { get; } = Directory.CreateTempSubdirectory("batchsync-").FullName;

    /// <summary>The example of the documentation, from the repository.</summary>
    public static string Example => System.IO.Path.Combine(Repository.Root, "tests/BatchSync.Tests/Configuration/Example");

    /// <summary>A folder with one mapping.</summary>
    public static TemporaryFolder WithMapping(string text) => new TemporaryFolder().Write("mapping.yaml", text);

    public TemporaryFolder Write(string file, string text) => Write(file, System.Text.Encoding.UTF8.GetBytes(text));

    public TemporaryFolder Write(string file, byte[] content)
    {
        var full = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return this;
    }

    public TemporaryFolder CopyExample()
    {
        foreach (var file in Directory.GetFiles(Example, "*.yaml", SearchOption.AllDirectories)) Write(System.IO.Path.GetRelativePath(Example, file), File.ReadAllBytes(file));
        return this;
    }

    public ConfigurationResult Load() => ConfigurationLoader.Load(Path);

    /// <summary>The errors as text, without those of other folders.</summary>
    public string Errors() => ConfigurationErrorText.Render(Load().Errors);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
