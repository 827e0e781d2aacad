using System.Text;
using BatchSync.Running;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>What a pipe gets of a run: one line where all is well, everything that a person has to know where it is not.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class QuietRunTests
{
    private const string Job = "weekly-expenses";

    [Test]
    public async Task Run_PipedAndWell_IsOneLine()
    {
        using var folder = Well();
        Assert.That(await CommandRun.OfAsync("run", Job, "--config", folder.Path), Is.EqualTo(new CommandRun(ExitCodes.Done, "run 1: 1 document posted; the reconciliation balances.\n", "")));
    }

    [Test]
    public async Task Run_QuietAndWell_SaysNothing()
    {
        using var folder = Well();
        Assert.That(await CommandRun.OfAsync("run", Job, "--config", folder.Path, "--quiet"), Is.EqualTo(new CommandRun(ExitCodes.Done, "", "")));
    }

    [Test]
    public async Task Run_PipedAndVerbose_ShowsStepsAndProof()
    {
        using var folder = Well();
        var run = await CommandRun.OfAsync("run", Job, "--config", folder.Path, "--verbose");
        Assert.That(run.Output, Does.StartWith("resolve: ").And.Contain("\nreconcile: ").And.Contain("\nperiod "));
    }

    [TestCase("--log-level", "warning")]
    [TestCase("--quiet", "--no-color")]
    public async Task Run_PipedWithSomethingToLookAt_ShowsAllOfItButNoSteps(params string[] more)
    {
        using var folder = ExpensesFolder.Create();
        var run = await CommandRun.OfAsync(["run", Job, "--config", folder.Path, .. more]);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Differences), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("\nperiod ").And.Contain("listed in exceptions.csv").And.Contain("to be looked at").And.Not.Contain("resolve: "));
    }

    [Test]
    public async Task Run_QuietThatFails_SaysWhy()
    {
        using var folder = Well();
        Directory.Delete(Path.Combine(folder.Path, "exports"), recursive: true);
        var run = await CommandRun.OfAsync("run", Job, "--config", folder.Path, "--quiet");
        Assert.That((run.Exit, run.Output), Is.Not.EqualTo((ExitCodes.Done, "")));
        Assert.That(run.Error, Does.Contain("exports"));
    }

    [Test]
    public async Task Plan_Piped_ShowsThePlanWithoutSteps()
    {
        using var folder = Well();
        var plan = await CommandRun.OfAsync("plan", Job, "--config", folder.Path);
        Assert.That(plan.Output, Does.StartWith("+ ").And.Not.Contain("extract: "));
    }

    // The sample has rows that cannot be billed; of these two all can.
    private static TemporaryFolder Well()
    {
        var folder = ExpensesFolder.Create();
        var files = Directory.GetFiles(Path.Combine(folder.Path, "exports")).Order(StringComparer.Ordinal).ToList();
        File.WriteAllLines(files[0], File.ReadLines(files[0], Encoding.Latin1).Take(3).ToList(), Encoding.Latin1);
        files[1..].ForEach(File.Delete);
        return folder;
    }
}
