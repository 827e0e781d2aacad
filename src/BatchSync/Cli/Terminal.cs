namespace BatchSync.Cli;

/// <summary>Where a command writes: the process's own console, or a test's writers.</summary>
/// <param name="Output">The command's answer.</param>
/// <param name="Error">Everything else: what went wrong, and the log.</param>
/// <param name="IsInteractive">A person reads the output on a screen; false: a pipe or a file takes it, plain and never wrapped.</param>
/// <param name="ErrorIsSame">The error output is that same screen, so that lines of both must take turns.</param>
/// <param name="Width">Characters in a line of the screen; null: ask the screen.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive, bool ErrorIsSame, int? Width)
{
    /// <summary>What is typed or piped in.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Whether a person both reads the output and types the input.</summary>
    public bool CanAsk { get; init; }

    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsOutputRedirected && !Console.IsErrorRedirected, null) { Input = Console.In, CanAsk = !Console.IsOutputRedirected && !Console.IsInputRedirected };
}
