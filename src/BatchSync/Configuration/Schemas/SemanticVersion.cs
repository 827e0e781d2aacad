using System.Text.RegularExpressions;

namespace BatchSync.Configuration.Schemas;

/// <summary>Versions of three numbers, <c>MAJOR.MINOR.PATCH</c>, without leading zeros. Files of schema 1 may have others.</summary>
internal static partial class SemanticVersion
{
    public static bool Is(string version) => Pattern().IsMatch(version);

    [GeneratedRegex(@"^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}\z")]
    private static partial Regex Pattern();
}
