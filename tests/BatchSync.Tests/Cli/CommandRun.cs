using BatchSync.Cli;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Cli;

/// <summary>What a command answered.</summary>
internal sealed record CommandRun(int Exit, string Output, string Error)
{
    /// <summary>Carries a command out in this process, its output piped, at 2026-11-05 12:00 UTC by a clock that stands still.</summary>
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var clock = new ManualTime(new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero));
        var exit = await CommandLine.RunAsync(arguments, clock, new Terminal(output, error, IsInteractive: false, ErrorIsSame: false, Width: null), CancellationToken.None);
        return new CommandRun(exit, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>Both outputs and the exit code as one text, with what differs between machines taken out.</summary>
    public string Transcript(string command, string folder)
    {
        var text = $"$ batchsync {command}\n{Output}{(Error.Length > 0 ? "(error output)\n" + Error : "")}(exit {Exit})\n";
        return text.Replace(Path.GetFullPath(folder), "FOLDER", StringComparison.Ordinal).Replace('\\', '/').Replace($"on {Environment.MachineName}", "on HOST", StringComparison.Ordinal).Replace($"by {Environment.UserName}", "by USER", StringComparison.Ordinal);
    }
}
