using System.Text.RegularExpressions;
using System.Xml.Linq;
using System.Xml.Schema;
using BatchSync.Cli;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Scheduling;

/// <summary>What docs/scheduling.md gives to systemd, cron and Windows is what they take.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class SchedulingFileTests
{
    private const string Folder = "docs/scheduling";

    private static readonly XNamespace Tasks = "http://schemas.microsoft.com/windows/2004/02/mit/task";

    private static IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(Repository.Root, Folder)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);

    [Test]
    public async Task Units_VerifiedBySystemd_AreAccepted() => Assert.That(await VerifyAsync(text => text), Is.Empty);

    [Test]
    public async Task Units_WithAMistake_AreNot() => Assert.That(await VerifyAsync(text => text.Replace("Type=notify", "Type=notfy", StringComparison.Ordinal)), Does.Contain("notfy"));

    [Test]
    public void Task_AgainstTheSchemaOfWindowsTasks_IsValid() => Assert.That(Faults(TaskFile()), Is.Empty);

    [Test]
    public void Task_WithItsElementsInAnotherOrder_IsNot()
    {
        var task = TaskFile();
        var start = task.Descendants(Tasks + "StartBoundary").Single();
        start.Remove();
        task.Descendants(Tasks + "CalendarTrigger").Single().Add(start);
        Assert.That(Faults(task), Is.Not.Empty);
    }

    [TestCaseSource(nameof(Files))]
    public void File_WithACommand_GivesOneThatTheProgramUnderstands(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, Folder, file)).Replace("%i", "harvest-to-ledger", StringComparison.Ordinal).Replace("</Command>\n      <Arguments>", " ", StringComparison.Ordinal);
        foreach (Match command in Command().Matches(text))
        {
            var arguments = Argument().Matches(command.Groups["arguments"].Value).Select(m => m.Value.Trim('"')).ToArray();
            Assert.That(CommandLine.Parse(arguments, TimeProvider.System, new Terminal(TextWriter.Null, TextWriter.Null, false, false, null)).Errors.Select(e => e.Message), Is.Empty, command.Value);
        }
    }

    [Test]
    public void Page_NamesEveryFileAndHoldsTheCrontabLine()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/scheduling.md"));
        var line = File.ReadAllLines(Path.Combine(Repository.Root, Folder, "crontab")).Single(l => !l.StartsWith('#'));
        Assert.Multiple(() =>
        {
            Assert.That(Files.Where(f => !page.Contains($"(scheduling/{f})", StringComparison.Ordinal)), Is.Empty);
            Assert.That(page, Does.Contain(line));
            Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "README.md")), Does.Contain(line));
        });
    }

    // The program and the instances of the templates are put where systemd looks for them; all else is as it stands.
    private static async Task<string> VerifyAsync(Func<string, string> change)
    {
        Requires.Program("systemd-analyze");
        using var folder = new TemporaryFolder();
        foreach (var file in Files.Where(f => f.EndsWith(".service", StringComparison.Ordinal) || f.EndsWith(".timer", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(Path.Combine(Repository.Root, Folder, file)).Replace("/opt/batchsync/batchsync", Environment.ProcessPath, StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder.Path, file.Replace("@", "@harvest-to-ledger", StringComparison.Ordinal)), change(text));
        }

        var (_, output, errors) = await Requires.RunAsync("systemd-analyze", ["verify", .. Directory.GetFiles(folder.Path)]);
        return output + errors;
    }

    private static XDocument TaskFile() => XDocument.Load(Path.Combine(Repository.Root, Folder, "batchsync-task.xml"));

    private static List<string> Faults(XDocument task)
    {
        var schemas = new XmlSchemaSet();
        schemas.Add(null, Path.Combine(Repository.Root, "tests/BatchSync.Tests/Scheduling/task.xsd"));
        var faults = new List<string>();
        task.Validate(schemas, (_, e) => faults.Add(e.Message));
        return faults;
    }

    [GeneratedRegex(@"batchsync(?:\.exe)? (?<arguments>(?:run|serve)[^\n<>|&;]*?)(?= >>|</|\n)")]
    private static partial Regex Command();

    [GeneratedRegex("\"[^\"]*\"|[^\\s\"]+")]
    private static partial Regex Argument();
}
