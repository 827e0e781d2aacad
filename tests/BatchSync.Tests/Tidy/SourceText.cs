using System.Text.RegularExpressions;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Tidy;

/// <summary>What a text of the repository must not hold.</summary>
internal static partial class SourceText
{
    private static readonly string[] Made = ["bin", "obj", ".git", ".vs", ".idea", "TestResults", "demo"];
    private static readonly string[] Texts = [".cs", ".csproj", ".props", ".sln", ".md", ".yaml", ".yml", ".json", ".sql", ".sh", ".txt", ".editorconfig", ".gitattributes", ".gitignore"];

    /// <summary>Files that keep the bytes of the outside world: answers of APIs, exports, mails, approved outputs.</summary>
    private static readonly Regex Foreign = new(@"(^|/)(pages|expected|Approved|Errors|late)(/|$)", RegexOptions.CultureInvariant);

    /// <summary>All files that people write, by their path from the root, with <c>/</c>.</summary>
    public static IEnumerable<string> Files() => Below(Repository.Root)
        .Where(f => Texts.Contains(Path.GetExtension(f)) || f.StartsWith(".ci/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Each fault of a file with its line, as <c>path:line: fault</c>.</summary>
    public static IEnumerable<string> Faults(string path, string text)
    {
        if (!Foreign.IsMatch(path))
        {
            if (text.Contains('\r', StringComparison.Ordinal)) yield return $"{path}: lines end in CR LF; they end in LF";
            if (text.Length > 0 && !text.EndsWith('\n')) yield return $"{path}: the last line has no end";
        }

        if (!path.EndsWith(".cs", StringComparison.Ordinal)) yield break;
        foreach (var (pattern, fault) in Forbidden)
        {
            foreach (Match hit in pattern.Matches(text)) yield return $"{path}:{text.AsSpan(0, hit.Index).Count('\n') + 1}: {fault}";
        }
    }

    private static (Regex Pattern, string Fault)[] Forbidden { get; } =
    [
        (OpenEnd(), "a promise instead of the work"),
        (Sleep(), "a thread that sleeps: wait for what happens"),
        (UnexplainedSkip(), "a test that is skipped without a reason"),
        (Region(), "a region: make a type of it"),
        (Banner(), "a banner comment"),
        (Blocking(), "a wait that blocks its thread: await"),
    ];

    private static IEnumerable<string> Below(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) yield return Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
        foreach (var inner in Directory.EnumerateDirectories(folder).Where(d => !Made.Contains(Path.GetFileName(d))))
        {
            foreach (var file in Below(inner)) yield return file;
        }
    }

    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K)\b")]
    private static partial Regex OpenEnd();

    [GeneratedRegex(@"\bThread\s*\.\s*Sleep\s*\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"Assert\.Ignore\(\s*(""""\s*)?\)|\[Ignore(\(\s*(""""\s*)?\))?\]")]
    private static partial Regex UnexplainedSkip();

    [GeneratedRegex(@"^[ \t]*#(end)?region\b", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^[ \t]*//[ \t]*[-=*#/]{4,}", RegexOptions.Multiline)]
    private static partial Regex Banner();

    [GeneratedRegex(@"\.GetAwaiter\(\)\s*\.GetResult\(\)|\w\.Wait\(\)")]
    private static partial Regex Blocking();
}
