using System.Diagnostics;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>What a shell is told may come next.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CompletionTests
{
    [TestCase("batchsync ru", "run", "runs")]
    [TestCase("batchsync runs --sta", "--status")]
    [TestCase("batchsync runs --status f", "failed")]
    [TestCase("batchsync completion z", "zsh")]
    [TestCase("/opt/batchsync/batchsync store ba", "backup")]
    public async Task Suggest_OfWhatIsTyped_NamesWhatMayCome(string typed, params string[] expected)
    {
        var run = await CommandRun.OfAsync($"[suggest:{typed.Length}]", typed);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Error);
        Assert.That(Lines(run.Output), Is.SupersetOf(expected));
    }

    [TestCase("run w")]
    [TestCase("plan w")]
    [TestCase("replay w")]
    [TestCase("pause w")]
    [TestCase("runs --job w")]
    [TestCase("mapping suggest w")]
    public async Task Suggest_WhereAJobIsNamed_GivesTheJobsOfTheFolder(string typed)
    {
        using var folder = ExpensesFolder.Create();
        var line = $"batchsync --config {folder.Path} {typed}";
        Assert.That(Lines((await CommandRun.OfAsync($"[suggest:{line.Length}]", line)).Output), Does.Contain("weekly-expenses"));
    }

    [Test]
    public async Task Suggest_WhereTheConfigurationHasErrors_GivesNoJobsAndNoFault()
    {
        using var folder = ExpensesFolder.Create();
        await File.AppendAllTextAsync(Path.Combine(folder.Path, "job.yaml"), "roundng: up\n");
        var line = $"batchsync --config {folder.Path} run w";
        var run = await CommandRun.OfAsync($"[suggest:{line.Length}]", line);
        Assert.That((run.Exit, run.Error), Is.EqualTo((ExitCodes.Done, "")));
        Assert.That(Lines(run.Output), Does.Not.Contain("weekly-expenses"));
    }

    [TestCase("bash", "complete -o default -F _batchsync batchsync")]
    [TestCase("zsh", "compdef _batchsync batchsync")]
    [TestCase("pwsh", "Register-ArgumentCompleter -Native -CommandName batchsync")]
    public async Task Completion_OfAShell_IsAScript(string shell, string line)
    {
        var run = await CommandRun.OfAsync("completion", shell);
        Assert.That(run.Output, Does.StartWith($"# Completion of batchsync for ").And.Contain(line).And.Contain("[suggest:"));
    }

    // The script in a real bash, with the program as it was built.
    [Test]
    public async Task Script_InBash_CompletesThroughTheProgram()
    {
        var bash = Requires.Program("bash");
        using var folder = ExpensesFolder.Create();
        var script = Path.Combine(folder.Path, "completion.sh");
        await File.WriteAllTextAsync(script, (await CommandRun.OfAsync("completion", "bash")).Output);
        var program = Path.Combine(TestContext.CurrentContext.TestDirectory, OperatingSystem.IsWindows() ? "batchsync.exe" : "batchsync");
        const string Ask = """source "$1"; COMP_WORDS=("$2" run --config "$3" w); COMP_CWORD=4; COMP_LINE="$2 run --config $3 w"; COMP_POINT=${#COMP_LINE}; _batchsync; printf '%s\n' "${COMPREPLY[@]}" """;
        var start = new ProcessStartInfo(bash, ["-c", Ask, "bash", script, program, folder.Path]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var answers = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(Lines(answers), Is.EqualTo(new[] { "weekly-expenses" }), await process.StandardError.ReadToEndAsync());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
