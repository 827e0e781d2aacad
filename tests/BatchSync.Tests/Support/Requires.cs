using System.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Support;

/// <summary>What a test needs from the machine. Without it the test is skipped and says why; with BATCHSYNC_REQUIRE_LEDGERS=1, as in CI, it fails.</summary>
internal static class Requires
{
    private const string Switch = "BATCHSYNC_REQUIRE_LEDGERS";

    /// <summary>The full path of a program on the PATH.</summary>
    public static string Program(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        if (folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists) is { } path) return path;
        var why = $"The program '{name}' is not on the PATH; install it to run this test.";
        if (Environment.GetEnvironmentVariable(Switch) == "1") Assert.Fail(why + $" {Switch}=1 does not let it be skipped.");
        Assert.Ignore(why);
        return "";
    }

    /// <summary>Runs a program to its end: exit code, and what it wrote to both outputs.</summary>
    public static async Task<(int Exit, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program(program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
