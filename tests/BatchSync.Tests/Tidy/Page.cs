using System.Text.RegularExpressions;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Tidy;

/// <summary>A Markdown page of the repository.</summary>
/// <param name="Path">From the root, with <c>/</c>.</param>
internal sealed partial record Page(string Path, string Text)
{
    private const string DotnetRun = "dotnet run --project src/BatchSync -- ";

    public static Page Of(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Repository.Root, path)));

    public static IEnumerable<string> All() => SourceText.Files().Where(f => f.EndsWith(".md", StringComparison.Ordinal));

    /// <summary>Links to files and places of the repository that are not there.</summary>
    public IEnumerable<string> BrokenLinks()
    {
        foreach (var target in Link().Matches(WithoutCode()).Select(m => m.Groups["target"].Value).Where(t => !t.Contains("://", StringComparison.Ordinal) && !t.StartsWith("mailto:", StringComparison.Ordinal)))
        {
            var (file, place) = target.Split('#', 2) is [var f, var p] ? (f, p) : (target, "");
            var folder = System.IO.Path.GetDirectoryName(Path) ?? "";
            var full = file.Length == 0 ? Path : System.IO.Path.GetRelativePath(Repository.Root, System.IO.Path.Combine(Repository.Root, folder, file)).Replace('\\', '/');
            var onDisk = System.IO.Path.Combine(Repository.Root, full);
            if (!File.Exists(onDisk) && !Directory.Exists(onDisk)) yield return $"{Path}: {target}: no such file";
            else if (place.Length > 0 && !(full == Path ? this : Of(full)).Anchors().Contains(place)) yield return $"{Path}: {target}: no such heading";
        }
    }

    /// <summary>The arguments of each BatchSync command that stands in a block of code, in cron lines and scripts as well.</summary>
    public IEnumerable<string[]> Commands() =>
        from Match block in Block().Matches(Text)
        from line in block.Groups["code"].Value.Split('\n')
        where !line.TrimStart().StartsWith('#')
        from arguments in CommandsOf(line)
        select arguments;

    private static IEnumerable<string[]> CommandsOf(string line)
    {
        var plain = line.Replace(DotnetRun, "batchsync ", StringComparison.Ordinal);
        foreach (Match command in Command().Matches(plain)) yield return [.. Argument().Matches(command.Groups["arguments"].Value).Select(m => m.Value.Trim('"', '\''))];
    }

    private IEnumerable<string> Anchors() => Heading().Matches(Text).Select(m => NotInAnchors().Replace(m.Groups["title"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private string WithoutCode() => InlineCode().Replace(Block().Replace(Text, ""), "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^(?<indent> *)```[^\n]*\n(?<code>.*?)^\k<indent>```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"^#+ (?<title>[^\n]+)", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();

    // At the start of a line, after a prompt or another command, or as a path within a line; never the word in a sentence.
    [GeneratedRegex(@"(^[ \t]*(\$ )?|&& |/)batchsync\s+(?<arguments>[a-z-][^&|>;#]*)")]
    private static partial Regex Command();

    [GeneratedRegex("""[^\s"']+|"[^"]*"|'[^']*'""")]
    private static partial Regex Argument();
}
