using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BatchSync.Configuration.Yaml;

/// <summary>Texts as YAML writes them.</summary>
internal static partial class YamlText
{
    /// <summary>A text that is read back as it is, wherever it stands: plain where it needs no quotes and could not be taken for a number or one of YAML's words.</summary>
    public static string Of(string text) => Plain().IsMatch(text) && !Word().IsMatch(text) ? text : Quoted(text);

    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff') quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^\p{L}([\p{L}\p{N}._@/ -]*[\p{L}\p{N}.])?\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^(?i:true|false|yes|no|on|off|y|n|null|nan|inf)\z")]
    private static partial Regex Word();
}
