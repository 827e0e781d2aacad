using BatchSync.Core.Diagnostics;
using BatchSync.Running;
using BatchSync.Tests.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Samples;

/// <summary>Every YAML file of <c>jobs</c>, <c>mapping-config</c> and <c>samples</c>.</summary>
public sealed class ShippedConfigurationTests
{
    private static string Root => Approved.RepositoryRoot;

    private static IEnumerable<string> Folders => Directory.EnumerateDirectories(SampleRunner.SamplesFolder).Select(Relative).Prepend("").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Files => new[] { "jobs", "mapping-config", "samples" }
        .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Root, f), "*.y*ml", SearchOption.AllDirectories)).Select(Relative).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Folders))]
    public void Folder_Checked_HasNoErrors(string folder)
    {
        var result = ConfigurationCheck.Of([Path.Combine(Root, folder)]);
        Assert.That(ConfigurationErrorText.Render(result.Errors), Is.Empty);
        Assert.That(result.Set!.Jobs, Is.Not.Empty);
        Assert.That(result.TestsPassed, Is.Positive);
    }

    [TestCaseSource(nameof(Files))]
    public void File_CheckedAlone_HasNoErrors(string file) => Assert.That(ConfigurationErrorText.Render(ConfigurationCheck.Of([Path.Combine(Root, file)]).Errors), Is.Empty);

    [TestCaseSource(nameof(Files))]
    public void File_FirstLine_NamesItsSchemaForEditors(string file)
    {
        const string Start = "# yaml-language-server: $schema=";
        var lines = File.ReadAllLines(Path.Combine(Root, file));
        Assert.That(lines[0], Does.StartWith(Start));
        var schema = Relative(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.Combine(Root, file))!, lines[0][Start.Length..])));
        var kind = new[] { "job", "mapping", "connector" }.Single(k => lines.Any(l => l.StartsWith(k + ": ", StringComparison.Ordinal) && !lines.TakeWhile(o => o != l).Any(IsField)));
        Assert.That(schema, Is.EqualTo($"schemas/{kind}.json"));
        Assert.That(Path.Combine(Root, schema), Does.Exist);
    }

    [Test]
    public async Task SandboxConsultingJob_OnTheSamplesRows_BillsWhatTheSampleDoes()
    {
        var run = await SampleRunner.RunOnceAsync("sandbox-consulting", new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero), rowsOf: "consulting");
        var sample = (await SampleRunner.OutcomeOfAsync("consulting")).Runs[0];
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Books.Draft.Totals, Is.EqualTo(sample.Books.Final.Totals));
        Assert.That(run.Books.Draft.Accounts, Is.EqualTo(sample.Books.Final.Accounts));
    }

    private static bool IsField(string line) => line.Length > 0 && line[0] is not ('#' or ' ');
    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');
}
