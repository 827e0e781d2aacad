using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Mapping;

namespace BatchSync.Configuration;

/// <summary>A file as it was read.</summary>
/// <param name="Path">Relative to the configuration folder, with <c>/</c>; <c>shipped/connectors/...</c> for connectors that come with the program.</param>
/// <param name="ContentHash">SHA-256 of the bytes, hexadecimal in lower case.</param>
internal sealed record ConfigurationFile(string Path, string ContentHash, byte[] Content)
{
    /// <summary>One hash for all files of a configuration, with their paths.</summary>
    public static string HashOf(IEnumerable<ConfigurationFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', files.Select(f => $"{f.Path}\t{f.ContentHash}").Order(StringComparer.Ordinal)))));
}

/// <summary>A whole configuration that has passed every check: every name in it exists.</summary>
/// <param name="Mappings">By name.</param>
/// <param name="Tests">The mappings' tests, by the mapping's name; an entry for every mapping.</param>
/// <param name="Sources">By name; those of the folder, and those shipped ones that a job uses.</param>
/// <param name="Destinations">By name, likewise.</param>
/// <param name="Files">Every file read, in ordinal order of their paths.</param>
internal sealed record ConfigurationSet(
    IReadOnlyList<JobDefinition> Jobs,
    IReadOnlyDictionary<string, MappingRules> Mappings,
    IReadOnlyDictionary<string, IReadOnlyList<MappingTest>> Tests,
    IReadOnlyDictionary<string, SourceConnector> Sources,
    IReadOnlyDictionary<string, DestinationConnector> Destinations,
    IReadOnlyList<ConfigurationFile> Files);

/// <summary>What came of reading a configuration.</summary>
/// <param name="Set">Null where there are errors.</param>
/// <param name="Errors">In the order of file, line and column.</param>
/// <param name="Warnings">What holds today and should be changed, in the same order.</param>
internal sealed record ConfigurationResult(ConfigurationSet? Set, IReadOnlyList<ConfigurationError> Errors, IReadOnlyList<ConfigurationError> Warnings);
