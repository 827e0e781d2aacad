using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>What <c>init</c> asks, and that options say the same.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class InitTests
{
    private static readonly string[] Flags = ["--source", "harvest", "--destination", "journal", "--currency", "EUR", "--time-zone", "Europe/Berlin", "--bill-from", "2026-09-01"];

    [Test]
    public async Task Init_AtATerminal_AsksAndWritesWhatOptionsWould()
    {
        using var asked = new TemporaryFolder();
        using var told = new TemporaryFolder();
        var (exit, output) = await AtTerminalAsync("harvest\njournal\nEUR\nEurope/Berlin\n2026-09-01\n", "init", asked.Path);
        await CommandRun.OfAsync(["init", told.Path, .. Flags]);
        Assert.Multiple(() =>
        {
            Assert.That(exit, Is.EqualTo(ExitCodes.Done), output);
            Assert.That(output, Does.StartWith("Where time comes from [sandbox-time]: Where documents go [sandbox-books]: The currency that you bill in [USD]: "));
            Assert.That(Files(asked.Path), Is.EqualTo(Files(told.Path)));
        });
    }

    [Test]
    public async Task Init_WithEmptyAnswers_WritesWhatAPipeWouldGet()
    {
        using var asked = new TemporaryFolder();
        using var piped = new TemporaryFolder();
        await AtTerminalAsync("\n\n\n\n\n", "init", asked.Path);
        await CommandRun.OfAsync("init", piped.Path);
        Assert.That(Files(asked.Path), Is.EqualTo(Files(piped.Path)));
    }

    [Test]
    public async Task Init_WithAnAnswerThatCannotBe_SaysSoAndAsksAgain()
    {
        using var folder = new TemporaryFolder();
        var (exit, output) = await AtTerminalAsync("quickbooks\nredmine\n\nEURO\nEUR\n\n\n", "init", folder.Path);
        Assert.That(exit, Is.EqualTo(ExitCodes.Done));
        Assert.That(output, Does.Contain("'quickbooks' is none of: sandbox-time, harvest, redmine.").And.Contain("'EURO' is no currency"));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(folder.Path, "jobs", "first-job.yaml")), Does.Contain("connector: redmine"));
    }

    [Test]
    public async Task Init_WithSomeOptions_AsksForTheRest()
    {
        using var folder = new TemporaryFolder();
        var (_, output) = await AtTerminalAsync("\n\n", ["init", folder.Path, .. Flags[..6]]);
        Assert.That(output, Does.StartWith("The zone of your books").And.Contain("The first day that is billed").And.Not.Contain("currency"));
    }

    [Test]
    public async Task Init_WhoseInputEnds_WritesNothing()
    {
        using var folder = new TemporaryFolder();
        var (exit, _) = await AtTerminalAsync("harvest\n", "init", folder.Path);
        Assert.That((exit, Directory.EnumerateFileSystemEntries(folder.Path).Count()), Is.EqualTo((ExitCodes.Configuration, 0)));
    }

    [Test]
    public async Task Init_OfEveryConnector_PassesCheck(
        [Values("sandbox-time", "harvest", "redmine")] string source, [Values("sandbox-books", "journal")] string destination, [Values("USD", "JPY", "KWD")] string currency)
    {
        using var folder = new TemporaryFolder();
        await CommandRun.OfAsync("init", folder.Path, "--source", source, "--destination", destination, "--currency", currency);
        var check = await CommandRun.OfAsync("check", "--config", folder.Path);
        Assert.That(check.Exit, Is.EqualTo(ExitCodes.Done), check.Output + check.Error);
        Assert.That(check.Output, Does.EndWith("1 mapping test: no errors\n"));
    }

    [TestCase("--currency", "EURO", "'EURO' is no currency")]
    [TestCase("--source", "quickbooks", "'quickbooks' is none of: sandbox-time, harvest, redmine.")]
    [TestCase("--destination", "harvest", "'harvest' is none of: sandbox-books, journal.")]
    [TestCase("--time-zone", "Berlin", "'Berlin' is no time zone")]
    [TestCase("--bill-from", "1.10.2026", "'1.10.2026' is no date")]
    public async Task Init_WithAnOptionThatCannotBe_IsRefused(string option, string value, string message)
    {
        using var folder = new TemporaryFolder();
        var run = await CommandRun.OfAsync("init", folder.Path, option, value);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain(message));
    }

    private static async Task<(int Exit, string Output)> AtTerminalAsync(string typed, params string[] arguments)
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, output, IsInteractive: true, ErrorIsSame: true, 200) { Input = new StringReader(typed), CanAsk = true };
        var exit = await CommandLine.RunAsync(arguments, new ManualTime(), terminal, CancellationToken.None);
        return (exit, output.ToString().ReplaceLineEndings("\n"));
    }

    private static Dictionary<string, string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllText);
}
