using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;

namespace BatchSync.Configuration.Yaml;

/// <summary>The comments of a YAML text.</summary>
internal static class YamlComments
{
    /// <summary>Their texts in order, without the <c>#</c>. The text is valid YAML.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var scanner = new Scanner(new StringReader(text), skipComments: false);
        while (scanner.MoveNext())
        {
            if (scanner.Current is Comment comment) yield return comment.Value.Trim();
        }
    }
}
