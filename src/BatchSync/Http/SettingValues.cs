using System.Collections.Concurrent;
using BatchSync.Configuration;

namespace BatchSync.Http;

/// <summary>A setting is missing or cannot be read: the fault of the configuration (exit code 2). The message names it, never its value.</summary>
internal sealed class SettingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Turns references of a connector into their values, as late as possible: a literal, <c>setting:NAME</c>, <c>env:NAME</c> or
/// <c>file:PATH</c>. What came from the environment or a file is remembered, so that <see cref="Redact"/> can take it out of texts.
/// </summary>
/// <param name="settings">The job's settings for this connector; each is a literal, env or file, never another setting.</param>
/// <param name="configFolder">Relative paths start here.</param>
/// <param name="environment">The environment variables; null: those of the process.</param>
internal sealed class SettingValues(
    IReadOnlyDictionary<string, ValueReference> settings, string configFolder, Func<string, string?>? environment = null)
{
    private const string Setting = "setting:";
    private const string Env = "env:";
    private const string File = "file:";

    // Short values stand in texts by chance (a "1"), and taking them out would only garble the text.
    private const int ShortestSecret = 4;

    private readonly Func<string, string?> _environment = environment ?? Environment.GetEnvironmentVariable;
    private readonly ConcurrentDictionary<string, bool> _secrets = new(StringComparer.Ordinal);

    /// <summary>The value of a reference. The content of a file comes without the line end after it.</summary>
    /// <exception cref="SettingException">The setting, variable or file is not there or is empty.</exception>
    public string Resolve(ValueReference reference) => ResolveDirect(Target(reference).Text);

    /// <summary>The value of a reference as the full path of a file or folder.</summary>
    /// <exception cref="SettingException">The setting, variable or file is not there or is empty.</exception>
    public string ResolvePath(ValueReference reference) => Path.GetFullPath(Path.Combine(configFolder, Resolve(reference)));

    /// <summary>Where a value comes from, without the value: <c>setting:token (env:HARVEST_TOKEN)</c>; a literal is <c>a literal</c>.</summary>
    public string Describe(ValueReference reference)
    {
        if (!reference.Text.StartsWith(Setting, StringComparison.Ordinal)) return Source(reference.Text);
        return settings.TryGetValue(reference.Text[Setting.Length..], out var target) ? $"{reference.Text} ({Source(target.Text)})" : reference.Text;
    }

    /// <summary>The text with every value that came from the environment or a file replaced by <c>***</c>.</summary>
    public string Redact(string text)
    {
        foreach (var secret in _secrets.Keys.OrderByDescending(s => s.Length)) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }

    private static string Source(string text) =>
        text.StartsWith(Env, StringComparison.Ordinal) || text.StartsWith(File, StringComparison.Ordinal) ? text : "a literal";

    private ValueReference Target(ValueReference reference)
    {
        if (!reference.Text.StartsWith(Setting, StringComparison.Ordinal)) return reference;
        var name = reference.Text[Setting.Length..];
        if (!settings.TryGetValue(name, out var target))
            throw new SettingException($"The connector needs the setting '{name}', which the job does not give. Add '{name}' under 'settings' of the job.");
        return target.Text.StartsWith(Setting, StringComparison.Ordinal)
            ? throw new SettingException($"The setting '{name}' points to another setting ('{target.Text}'). Give a literal, env:NAME or file:PATH.")
            : target;
    }

    private string ResolveDirect(string text)
    {
        if (text.StartsWith(Env, StringComparison.Ordinal)) return Secret(FromEnvironment(text[Env.Length..]));
        return text.StartsWith(File, StringComparison.Ordinal) ? Secret(FromFile(text[File.Length..])) : text;
    }

    private string FromEnvironment(string name) =>
        _environment(name) is { Length: > 0 } value ? value
            : throw new SettingException($"The environment variable '{name}' is not set or empty. Set it before the run.");

    private string FromFile(string path)
    {
        try
        {
            var value = System.IO.File.ReadAllText(Path.Combine(configFolder, path)).TrimEnd('\r', '\n');
            return value.Length > 0 ? value : throw new SettingException($"The file '{path}' that a setting names is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SettingException($"The file '{path}' that a setting names cannot be read: {error.Message}", error);
        }
    }

    private string Secret(string value)
    {
        if (value.Length >= ShortestSecret) _secrets.TryAdd(value, true);
        return value;
    }
}
