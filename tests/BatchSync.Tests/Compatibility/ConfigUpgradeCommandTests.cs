using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Compatibility;

[Parallelizable(ParallelScope.All)]
public sealed class ConfigUpgradeCommandTests
{
    private const string Mapping = "\ufeffmapping: m\r\nversion: 1.0.0\r\nentities: { us: { baseCurrency: USD, timeZone: UTC } }\r\ndefaults: { entity: us, currency: USD }\r\nclients: [{ code: A, source: \"1\" }]\r\nrounding: { money: { mode: up, taxPer: document } }   # as agreed\r\n";

    [Test]
    public async Task Upgrade_OfAFolder_ShowsWritesAndHasNothingMoreToDo()
    {
        using var folder = Folder();
        string[] commands = ["check --config FOLDER", "config upgrade --check --config FOLDER", "config upgrade --config FOLDER", "config upgrade --config FOLDER", "check --config FOLDER"];
        var text = new List<string>();
        foreach (var command in commands) text.Add((await CommandRun.OfAsync([.. command.Split(' ').Select(w => w.Replace("FOLDER", folder.Path, StringComparison.Ordinal))])).Transcript(command, folder.Path));

        Repository.Compare("tests/BatchSync.Tests/Compatibility/Approved/config-upgrade.txt", string.Join('\n', text));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "m.yaml")), Is.EqualTo(Encode(Mapping
            .Replace("mapping: m\r\n", "mapping: m\r\nschema: 2\r\n", StringComparison.Ordinal)
            .Replace(", taxPer: document } }   # as agreed\r\n", " } }   # as agreed\r\ntax: { per: document }\r\n", StringComparison.Ordinal))), "Byte order mark and line ends stay.");
    }

    [Test]
    public async Task Check_OfFilesThatWouldChange_WritesNothing()
    {
        using var folder = Folder();
        var run = await CommandRun.OfAsync("config", "upgrade", "--check", folder.Path);

        Assert.That(run.Exit, Is.EqualTo(3));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "m.yaml")), Is.EqualTo(Encode(Mapping)));
        Assert.That(Directory.EnumerateFiles(folder.Path), Has.Exactly(1).Items);
    }

    [Test]
    public async Task File_ThatCannotBeUpgraded_IsLeftWhileTheOthersAreNot()
    {
        using var folder = Folder();
        var bad = Path.Combine(folder.Path, "bad.yaml");
        await File.WriteAllTextAsync(bad, "mapping: 'm\n");
        var run = await CommandRun.OfAsync("config", "upgrade", folder.Path);

        Assert.That((run.Exit, await File.ReadAllTextAsync(bad)), Is.EqualTo((2, "mapping: 'm\n")));
        Assert.That(run.Output, Does.Contain("bad.yaml: left as it is. It has errors (CFG003 in line 1): correct them first, see batchsync check.").And.Contain("1 file upgraded to schema 2, 1 left as it is."));
    }

    [Test]
    public async Task Path_ThatIsNotThere_IsRefused() =>
        Assert.That((await CommandRun.OfAsync("config", "upgrade", "nowhere.yaml")).Error, Does.Contain("'nowhere.yaml' does not exist."));

    private static TemporaryFolder Folder()
    {
        var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "m.yaml"), Encode(Mapping));
        return folder;
    }

    private static byte[] Encode(string text) => new System.Text.UTF8Encoding(false).GetBytes(text);
}
