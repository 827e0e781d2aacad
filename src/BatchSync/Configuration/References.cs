using System.Text.RegularExpressions;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>The kinds of values that may point elsewhere, and the rule that secrets must.</summary>
internal static partial class References
{
    public const string Setting = "setting:";
    private const string Environment = "env:";
    private const string File = "file:";

    /// <summary>In a connector: a text or any reference.</summary>
    public static Kind<ValueReference> OfConnector { get; } = KindOf("text or reference", allowSetting: true, mustPoint: false);

    /// <summary>In a connector: a reference, never a text.</summary>
    public static Kind<ValueReference> SecretOfConnector { get; } = KindOf("reference", allowSetting: true, mustPoint: true);

    /// <summary>In a job: a text, <c>env:NAME</c> or <c>file:PATH</c>.</summary>
    public static Kind<ValueReference> OfJob { get; } = KindOf("text or reference", allowSetting: false, mustPoint: false);

    /// <summary>In a job: <c>env:NAME</c> or <c>file:PATH</c>, never a text.</summary>
    public static Kind<ValueReference> SecretOfJob { get; } = KindOf("reference", allowSetting: false, mustPoint: true);

    /// <summary>Whether the value points elsewhere.</summary>
    public static bool IsReference(this ValueReference value) => Prefixes(allowSetting: true).Any(p => value.Text.StartsWith(p, StringComparison.Ordinal));

    /// <summary>The setting that the text points at, or null.</summary>
    public static string? SettingOf(string text) => text.StartsWith(Setting, StringComparison.Ordinal) ? text[Setting.Length..] : null;

    /// <summary>Whether a name says that its value is a secret: it has the word token, password, secret, key, credential or authorization.</summary>
    public static bool NamesSecret(string name) =>
        SecretPart().IsMatch(name) || WordPattern().Matches(name).Any(w => w.Value.Equals("key", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reports a text that stands where its name says that a secret is.</summary>
    public static void CheckSecret(Named<ValueReference> value, bool allowSetting, Reading reading)
    {
        if (NamesSecret(value.Name) && !value.Value.IsReference()) reading.Report(ErrorCodes.SecretLiteral, value.Node.Span, $"'{value.Name}' is a secret, and it is written out", SecretAdvice(allowSetting));
    }

    private static Advice SecretAdvice(bool allowSetting) =>
        Advice.Next("Refer to it: env:NAME, file:PATH" + (allowSetting ? ", or setting:NAME from the job." : "."));

    private static ScalarKind<ValueReference> KindOf(string title, bool allowSetting, bool mustPoint) => new(
        $"{title} ({string.Join(", ", Prefixes(allowSetting).Select(p => p + (p == File ? "PATH" : "NAME")))})",
        (text, subject) => Parse(text, subject, allowSetting, mustPoint),
        () => Kinds.Texts(mustPoint ? $"^({string.Join('|', Prefixes(allowSetting))})" : null));

    private static IEnumerable<string> Prefixes(bool allowSetting) => allowSetting ? [Setting, Environment, File] : [Environment, File];

    private static Parsed<ValueReference> Parse(string text, string subject, bool allowSetting, bool mustPoint)
    {
        if (text.StartsWith(Setting, StringComparison.Ordinal) && !allowSetting)
        {
            return new Fault(ErrorCodes.UnreadableValue, $"'{subject}' refers to a setting, and this is where settings are given", Advice.Next("Write the value, env:NAME or file:PATH."));
        }

        if (mustPoint && !new ValueReference(text).IsReference()) return new Fault(ErrorCodes.SecretLiteral, $"'{subject}' is a secret, and it is written out", SecretAdvice(allowSetting));
        return NameFault(text, subject) is { } fault ? fault : new ValueReference(text);
    }

    private static Fault? NameFault(string text, string subject)
    {
        var (prefix, isGood) = text switch
        {
            _ when text.StartsWith(Environment, StringComparison.Ordinal) => (Environment, VariablePattern().IsMatch(text[Environment.Length..])),
            _ when text.StartsWith(Setting, StringComparison.Ordinal) => (Setting, SettingPattern().IsMatch(text[Setting.Length..])),
            _ when text.StartsWith(File, StringComparison.Ordinal) => (File, text.Length > File.Length),
            _ => ("", text.Length > 0 && !text.Any(char.IsControl)),
        };
        if (isGood) return null;
        var message = prefix.Length == 0 ? $"'{subject}' is empty, or has line breaks" : $"'{subject}' is '{Kinds.Cut(text)}', and no name that can be stands after '{prefix}'";
        return new Fault(ErrorCodes.UnreadableValue, message, Advice.Next("Write a text, or a reference such as env:HARVEST_TOKEN, file:token.txt, setting:token."));
    }

    [GeneratedRegex("token|passw|secret|credential|authorization", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretPart();

    // The words of camelCase, kebab-case and snake_case names.
    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex SettingPattern();
}
