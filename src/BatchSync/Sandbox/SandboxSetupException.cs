namespace BatchSync.Sandbox;

/// <summary>The sandbox was given something that it cannot use: a row file, a fault script, a state file, a port. The fault of the user (exit code 2).</summary>
/// <param name="problems">All of them, one a line, each with its place, what is wrong, what is allowed.</param>
internal sealed class SandboxSetupException(IReadOnlyList<string> problems, Exception? inner = null) : Exception(string.Join('\n', problems), inner)
{
    public SandboxSetupException(string problem, Exception? inner = null)
        : this([problem], inner)
    {
    }

    public IReadOnlyList<string> Problems { get; } = problems;
}
