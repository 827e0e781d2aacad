using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Tidy;

[Parallelizable(ParallelScope.All)]
public sealed class SourceTextTests
{
    [Test]
    public void Files_OfTheRepository_HaveNoFaults() =>
        Assert.That(SourceText.Files().SelectMany(path => SourceText.Faults(path, File.ReadAllText(Path.Combine(Repository.Root, path)))), Is.Empty);

    [Test]
    public void Files_OfTheRepository_AreFound() =>
        Assert.That(SourceText.Files(), Does.Contain("README.md").And.Contain(".ci/run").And.Contain("src/BatchSync/Program.cs").And.Contain("tests/BatchSync.Tests/Tidy/SourceTextTests.cs"));

    [TestCase("a.cs", "// TO" + "DO later\n", "a.cs:1: a promise")]
    [TestCase("a.cs", "\n\nThread" + ".Sleep(5);\n", "a.cs:3: a thread that sleeps")]
    [TestCase("a.cs", "Assert" + ".Ignore();\n", "a.cs:1: a test that is skipped")]
    [TestCase("a.cs", "[Ign" + "ore(\"\")]\n", "a.cs:1: a test that is skipped")]
    [TestCase("a.cs", "#reg" + "ion Fields\n", "a.cs:1: a region")]
    [TestCase("a.cs", "    //" + " ------- Fields\n", "a.cs:1: a banner")]
    [TestCase("a.cs", "task.Get" + "Awaiter().GetResult();\n", "a.cs:1: a wait that blocks")]
    [TestCase("docs/a.md", "text\r\n", "docs/a.md: lines end in CR LF")]
    [TestCase("docs/a.md", "text", "docs/a.md: the last line has no end")]
    public void Faults_OfATextWithOne_NamesIt(string path, string text, string fault) => Assert.That(SourceText.Faults(path, text), Is.EqualTo(new[] { fault }).Using<string, string>((a, b) => a.StartsWith(b, StringComparison.Ordinal)));

    [TestCase("a.cs", "Assert" + ".Ignore(\"needs ledger\");\n")]
    [TestCase("a.cs", "// Explains why.\n")]
    [TestCase("samples/x/pages/1.json", "{}\r\n")]
    public void Faults_OfAGoodText_AreNone(string path, string text) => Assert.That(SourceText.Faults(path, text), Is.Empty);

    [Test]
    public void Gate_OnDisk_CanBeStarted()
    {
        var file = Path.Combine(Repository.Root, ".ci", "run");
        Assert.That(File.ReadLines(file).First(), Is.EqualTo("#!/usr/bin/env bash"));
        if (OperatingSystem.IsWindows()) Assert.Ignore("Windows keeps no right to execute.");
        else Assert.That(File.GetUnixFileMode(file) & UnixFileMode.UserExecute, Is.EqualTo(UnixFileMode.UserExecute));
    }
}
