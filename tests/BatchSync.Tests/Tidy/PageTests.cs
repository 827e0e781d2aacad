using System.Text.RegularExpressions;
using System.Xml.Linq;
using BatchSync.Cli;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Tidy;

/// <summary>What the pages say is still so.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class PageTests
{
    private static IEnumerable<string> Pages => Page.All();
    private static IEnumerable<string> Decisions => Page.All().Where(p => p.StartsWith("docs/decisions/", StringComparison.Ordinal));

    [TestCaseSource(nameof(Pages))]
    public void Links_OfAPage_LeadSomewhere(string path) => Assert.That(Page.Of(path).BrokenLinks(), Is.Empty);

    [TestCaseSource(nameof(Pages))]
    public void Commands_OfAPage_AreUnderstood(string path) => Assert.That(Page.Of(path).Commands().SelectMany(Misunderstood), Is.Empty);

    [Test]
    public void Commands_OfTheReadme_StandAtItsTop()
    {
        var readme = Page.Of("README.md");
        Assert.That(readme.Commands().First(), Is.EqualTo(new[] { "demo" }));
        Assert.That(readme.Text[..800], Does.Contain("dotnet run --project src/BatchSync -- demo").And.Contain("dotnet test"));
        Assert.That(readme.Commands().Select(c => c[0]).Distinct(), Is.SupersetOf(new[] { "demo", "init", "check", "plan", "run", "status", "runs", "differences", "sandbox" }));
    }

    [Test]
    public void Readme_ShowsTheDemoAsItReads()
    {
        var approved = File.ReadAllText(Path.Combine(Repository.Root, "tests/BatchSync.Tests/Cli/Approved/demo.txt")).Split("\n(exit", 2)[0].Split('\n')[1..];
        Assert.That(Page.Of("README.md").Text, Does.Contain(string.Join('\n', approved).Replace("FOLDER", "/srv/demo", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Readme_ShowsTheFilesThatInitWrites()
    {
        using var folder = new Cli.TemporaryFolder();
        await Cli.CommandRun.OfAsync("init", folder.Path);
        var readme = Page.Of("README.md").Text;
        foreach (var file in Directory.EnumerateFiles(folder.Path, "*.yaml", SearchOption.AllDirectories)) Assert.That(readme, Does.Contain($"```yaml\n{File.ReadAllText(file).TrimEnd('\n')}\n```"), file);
    }

    [TestCase("[a](docs/nowhere.md)\n", 1)]
    [TestCase("[a](README.md#no-such-heading)\n", 1)]
    [TestCase("[a](README.md#every-night) and [b](https://example.com/x)\n", 0)]
    [TestCase("`[a](docs/nowhere.md)`\n", 0)]
    public void BrokenLinks_OfAText_AreThoseThatLeadNowhere(string text, int broken) => Assert.That(new Page("new.md", text).BrokenLinks().Count(), Is.EqualTo(broken));

    [TestCase("```\nbatchsync demo\n```\n", "")]
    [TestCase("```\n30 2 * * 2-6 books cd /srv/books && /opt/batchsync/batchsync run my-job >>run.log 2>&1\n```\n", "")]
    [TestCase("```\ndotnet run --project src/BatchSync -- runs shwo 1\n```\n", "shwo")]
    [TestCase("```\nbatchsync plan my-job --as-off 2026-11-05\n```\n", "--as-off")]
    [TestCase("The word batchsync alone is no command.\n", "")]
    public void Misunderstood_OfAText_NamesWhatTheProgramDoesNotKnow(string text, string named) =>
        Assert.That(string.Join(' ', new Page("new.md", text).Commands().SelectMany(Misunderstood)), named.Length == 0 ? Is.Empty : Does.Contain(named));

    [TestCaseSource(nameof(Decisions))]
    public void Decision_HasItsFourParts(string path)
    {
        var text = Page.Of(path).Text;
        var number = int.Parse(Path.GetFileName(path)[..4], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(text, Does.StartWith($"# {number}. "));
        Assert.That(text, Does.Contain("**Context.**").And.Contain("**Choice.**").And.Contain("**Refused.**").And.Contain("**Consequence.**"));
    }

    [Test]
    public void Decisions_EachNumber_IsGivenOnce() => Assert.That(Decisions.Select(p => Path.GetFileName(p)[..4]), Is.Unique);

    [Test]
    public void Dependencies_EachPackage_HasItsReason()
    {
        var packages = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").Select(p => p.Attribute("Include")!.Value);
        var page = Page.Of("docs/decisions/0002-dependencies.md").Text;
        Assert.That(packages.Where(p => !page.Contains(p, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Glossary_HasEveryBucketStateAndCode()
    {
        var codes = typeof(DifferenceCodes).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
        var buckets = typeof(Bucket).GetProperties().Where(p => p.PropertyType == typeof(Bucket)).Select(p => p.GetValue(null)!.ToString()!);
        var glossary = Page.Of("docs/glossary.md").Text;
        var words = codes.Concat(buckets).Concat(Enum.GetNames<OutboxState>()).Concat(Enum.GetNames<BatchSync.Storage.RunStatus>().Select(s => s.ToLowerInvariant()));
        Assert.That(words.Where(w => !glossary.Contains($"`{w}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Architecture_HasEveryTableOfTheStore()
    {
        var schema = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/BatchSync/Storage/Sqlite/Migrations"), "*.sql").Select(File.ReadAllText);
        var text = string.Concat(schema);
        var tables = Table().Matches(text).Select(m => m.Groups["name"].Value).Where(t => !text.Contains($"ALTER TABLE {t} RENAME TO", StringComparison.Ordinal)).ToList();
        var page = Page.Of("docs/architecture.md").Text;
        Assert.That(tables, Has.Count.GreaterThan(20));
        Assert.That(tables.Where(t => !page.Contains($"`{t}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Readme_HasEveryExitCode()
    {
        var codes = typeof(ExitCodes).GetFields().Where(f => f.IsLiteral).Select(f => f.GetRawConstantValue());
        var readme = Page.Of("README.md").Text;
        Assert.That(codes.Where(c => !readme.Contains($"| {c} |", StringComparison.Ordinal)), Is.Empty);
    }

    private static IEnumerable<string> Misunderstood(string[] arguments)
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, ErrorIsSame: false, null);
        return CommandLine.Parse(arguments, TimeProvider.System, terminal).Errors.Select(e => $"{string.Join(' ', arguments)}: {e.Message}");
    }

    [GeneratedRegex(@"CREATE TABLE (?<name>\w+)")]
    private static partial Regex Table();
}
