using System.Text.RegularExpressions;
using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>docs/screens.md shows what a terminal of 80 and of 160 columns shows. BATCHSYNC_ACCEPT=1 rewrites it.</summary>
[Parallelizable(ParallelScope.Fixtures)]
public sealed partial class ScreensPageTests
{
    private const string Page = "docs/screens.md";
    private static readonly int[] Widths = [80, 160];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<(string Command, int Width), string> _shown = [];

    // The plan is made before anything is posted; everything else looks back at the run.
    [OneTimeSetUp]
    public async Task ShowAsync()
    {
        var sample = Path.Combine(Repository.Root, "samples/consulting");
        await using var sandbox = await RunningSandbox.StartAsync(new SandboxOptions(Path.Combine(sample, "pages"), 0, null, null, SandboxOptions.DefaultToken, new ManualTime(Now)));
        Copy(sample, sandbox.Server.Address.ToString().TrimEnd('/'));
        Assert.That(await OfAsync(TextWriter.Null, null, "plan", "consulting"), Is.EqualTo(ExitCodes.Done), "what follows reads nothing new");
        await ShowAsync("plan", "plan", "consulting");
        Assert.That(await OfAsync(TextWriter.Null, null, "run", "consulting"), Is.EqualTo(ExitCodes.Done));
        Rename();
        await ShowAsync("status", "status");
        await ShowAsync("runs show", "runs", "show", "4");
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Screens_OfThePage_AreThoseOfATerminal()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, Page));
        foreach (var ((command, width), shown) in _shown)
        {
            var section = new Regex($"(?<=\n## {command}\n.*?\n### {width} columns\n\n```\n).*?(?=```\n)", RegexOptions.Singleline);
            Assert.That(section.IsMatch(text), $"{command} at {width}");
            text = section.Replace(text, shown.Replace("$", "$$", StringComparison.Ordinal), 1);
        }

        Repository.Compare(Page, text);
    }

    [Test]
    public void Screens_OfAnyCommand_KeepWithinTheirWidthAndLoseNoNumber()
    {
        foreach (var ((command, width), shown) in _shown) Assert.That(shown.Split('\n').Where(line => TableText.Width(line) > width), Is.Empty, $"{command} at {width}");
        foreach (var command in new[] { "plan", "runs show", "status" }) Assert.That(Numbers(_shown[(command, 80)]), Is.EquivalentTo(Numbers(_shown[(command, 160)])), command);
    }

    private static DateTimeOffset Now { get; } = new(2026, 11, 5, 12, 0, 0, TimeSpan.Zero);

    private static IEnumerable<string> Numbers(string shown) => Number().Matches(shown).Select(m => m.Value).Distinct();

    private async Task ShowAsync(string name, params string[] arguments)
    {
        foreach (var width in Widths)
        {
            using var output = new StringWriter();
            Assert.That(await OfAsync(output, width, arguments), Is.EqualTo(ExitCodes.Done), output.ToString());
            _shown.Add((name, width), string.Join('\n', output.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())));
        }
    }

    private Task<int> OfAsync(TextWriter output, int? width, params string[] arguments) =>
        CommandLine.RunAsync([.. arguments, "--config", _folder.Path, "--no-color"], new ManualTime(Now), new Terminal(output, output, IsInteractive: width is not null, ErrorIsSame: true, width), CancellationToken.None);

    private void Copy(string sample, string address)
    {
        foreach (var file in Directory.EnumerateFiles(sample, "*.yaml", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder.Path, Path.GetRelativePath(sample, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllText(copy, File.ReadAllText(file).Replace("env:BATCHSYNC_SANDBOX_URL", address, StringComparison.Ordinal).Replace("env:BATCHSYNC_SANDBOX_TOKEN", "file:token.txt", StringComparison.Ordinal));
        }

        File.WriteAllText(Path.Combine(_folder.Path, "token.txt"), SandboxOptions.DefaultToken);
    }

    // Where it ran is another place on each machine.
    private void Rename()
    {
        using var store = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "batchsync.db")}");
        store.Open();
        using var rename = store.CreateCommand();
        rename.CommandText = "UPDATE runs SET host = 'books-1'; UPDATE run_steps SET message = REPLACE(message, @folder, '/srv/books')";
        rename.Parameters.AddWithValue("@folder", _folder.Path);
        rename.ExecuteNonQuery();
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();
}
