using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class ConfigurationLoaderTests
{
    [Test]
    public void Load_ByteOrderMarkAndCrlf_ReadsTheSame()
    {
        using var folder = new TemporaryFolder().Write("mapping.yaml", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(TemporaryFolder.Mapping.Replace("\n", "\r\n"))]);

        Assert.That(folder.Load().Set!.Mappings["m"].Clients[0].Source.Ids, Is.EqualTo(new[] { "1001" }));
    }

    [Test]
    public void Load_CrlfFile_ShowsLinesWithoutTheirEnd()
    {
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping.Replace("\n", "\r\n").Replace("\"1001\" }", "\"1001\", cap: 5 }"));

        Assert.That(folder.Errors(), Does.StartWith("mapping.yaml:6:35: error CFG004: unknown field 'cap'\n  6 |   - { code: ACME, source: \"1001\", cap: 5 }\n    |                                   ^^^\n"));
    }

    [Test]
    public void Load_ThousandsOfClients_KeepsAll()
    {
        var clients = string.Concat(Enumerable.Range(1, 20_000).Select(i => FormattableString.Invariant($"  - {{ code: C{i}, source: \"{i + 5000}\", name: Client number {i} }}\n")));
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping + clients);

        Assert.That(new FileInfo(Path.Combine(folder.Path, "mapping.yaml")).Length, Is.GreaterThan(1_000_000));
        Assert.That(folder.Load().Set!.Mappings["m"].Clients, Has.Count.EqualTo(20_001));
    }

    [Test]
    public void Load_FileBeyondTheLimit_IsRefused()
    {
        using var folder = new TemporaryFolder().Write("mapping.yaml", new byte[ConfigurationLoader.MaxFileBytes + 1]);

        Assert.That(folder.Errors(), Does.StartWith("mapping.yaml: error CFG001: the file has 16000001 bytes"));
    }

    [Test]
    public void Load_FolderThatIsNotThere_SaysSo()
    {
        var result = ConfigurationLoader.Load("/no/such/folder");

        Assert.That(result.Set, Is.Null);
        Assert.That(ConfigurationErrorText.Render(result.Errors), Does.StartWith("/no/such/folder: error CFG001: there is no such folder\n"));
    }

    [Test]
    public void Load_FolderWithJobs_IgnoresOtherYaml()
    {
        using var folder = new TemporaryFolder().CopyExample().Write("docker-compose.yaml", "services: {}\n").Write("mapping-config/de/other.yml", TemporaryFolder.Mapping);

        var set = folder.Load().Set!;

        Assert.That(set.Mappings.Keys, Is.EquivalentTo(new[] { "consulting", "m" }));
    }

    [Test]
    public void Load_FlatFolder_TakesItsConnectorsFolderToo()
    {
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping).Write("connectors/ledger.yaml", "connector: ledger\nkind: destination\ntype: journal\nfile: books.ledger\n");

        Assert.That(folder.Load().Set!.Files.Select(f => f.Path), Is.EqualTo(new[] { "connectors/ledger.yaml", "mapping.yaml" }));
    }

    [Test]
    public void Load_OneFile_TakesTheRestOfItsConfiguration()
    {
        using var folder = new TemporaryFolder().CopyExample();

        var result = ConfigurationLoader.Load([Path.Combine(folder.Path, "jobs/harvest-to-books.yaml")]);

        Assert.That(ConfigurationErrorText.Render(result.Errors), Is.Empty);
        Assert.That(result.Set!.Mappings.Keys, Is.EqualTo(new[] { "consulting" }));
    }

    [Test]
    public void Load_OneFileBesideUnrelatedYaml_IgnoresTheOther()
    {
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping).Write("workflow.yaml", "on: push\n");

        Assert.That(ConfigurationLoader.Load([Path.Combine(folder.Path, "mapping.yaml")]).Errors, Is.Empty);
        Assert.That(folder.Errors(), Does.Contain("workflow.yaml:1:1: error CFG007"), "In a folder that is named as a whole, it may be a misspelt file.");
    }

    [Test]
    public void Load_FoldersAndFiles_NamesThemAsTheUserDid()
    {
        using var folder = new TemporaryFolder().Write("a/m.yaml", "mapping: m\n").Write("b/n.yaml", "mapping: n\n");

        var errors = ConfigurationLoader.Load([folder.Path + "/a/", folder.Path + "/b/n.yaml", folder.Path + "/c"]).Errors;

        Assert.That(errors.Select(e => e.Place.File).Distinct(), Is.EqualTo(new[] { folder.Path + "/a/m.yaml", folder.Path + "/b/n.yaml", folder.Path + "/c" }));
    }

    [Test]
    public void Load_ConnectorOfTheFolder_WinsOverTheShippedOne()
    {
        using var folder = new TemporaryFolder().CopyExample().Write("mapping-config/connectors/harvest.yaml", """
            connector: harvest
            kind: source
            type: rest
            baseUrl: https://mine.example.com
            probe: { path: /me }
            headers: { A: setting:accountId, B: setting:token, C: setting:contact }
            streams:
              time_entries: { path: /t, paginator: { none: {} }, fields: { id: id, date: d, seconds: s, approved: a } }
              expenses: { path: /e, paginator: { none: {} }, fields: { id: id, date: d, amount: m, approved: a } }
            """);

        var set = folder.Load().Set!;

        Assert.That(set.Sources["harvest"].Api!.BaseUrl.Text, Is.EqualTo("https://mine.example.com"));
        Assert.That(set.Files.Select(f => f.Path), Does.Not.Contain("shipped/connectors/harvest.yaml"));
    }

    [Test]
    public void Load_MappingThatCannotBeRead_IsNotCalledUnknownByItsJob()
    {
        using var folder = new TemporaryFolder().CopyExample().Write("mapping-config/consulting.yaml", "mapping: consulting\nversion: [1\n");

        Assert.That(folder.Load().Errors.Select(e => e.Code.Code), Is.EqualTo(new[] { "CFG003" }));
    }

    [Test]
    public void Load_ErrorsInSeveralFiles_ComeInOrderAllAtOnce()
    {
        using var folder = new TemporaryFolder().CopyExample();
        Replace(folder, "mapping-config/consulting.yaml", "tax: NONE", "tax: NNE");
        Replace(folder, "mapping-config/consulting.yaml", "increment: 15m", "increment: 15x");
        Replace(folder, "jobs/harvest-to-books.yaml", "mapping: consulting", "mapping: consulting\nfoo: 1");

        var errors = folder.Load().Errors;

        Assert.That(errors.Select(e => (e.Place.File, e.Place.Line, e.Code.Code)), Is.EqualTo(new[]
        {
            ("jobs/harvest-to-books.yaml", 16, "CFG004"),
            ("mapping-config/consulting.yaml", 7, "CFG021"),
            ("mapping-config/consulting.yaml", 22, "CFG011"),
        }));
    }

    [Test]
    public void Load_SecretInTheFile_IsNotPrinted()
    {
        using var folder = new TemporaryFolder().CopyExample();
        Replace(folder, "jobs/harvest-to-books.yaml", "token: env:HARVEST_TOKEN", "token: s3cr3t-value, acount: 1");

        var text = folder.Errors();

        Assert.That(text, Does.Contain("error CFG014").And.Contain("error CFG023"));
        Assert.That(text, Does.Not.Contain("s3cr3t-value"));
    }

    [Test]
    public void Load_DamagedFiles_NeverFailOtherwiseThanWithErrors()
    {
        var random = new Random(20261122);
        var originals = Directory.GetFiles(TemporaryFolder.Example, "*.yaml", SearchOption.AllDirectories);
        using var folder = new TemporaryFolder().CopyExample();
        for (var i = 0; i < 400; i++)
        {
            var file = originals[random.Next(originals.Length)];
            var relative = Path.GetRelativePath(TemporaryFolder.Example, file);
            var text = Damage(File.ReadAllText(file), random);
            var result = folder.Write(relative, text).Load();

            Assert.That(result.Set is null, Is.EqualTo(result.Errors.Count > 0), text);
            Assert.That(ConfigurationErrorText.Render(result.Errors), Is.Not.Null);
            folder.Write(relative, File.ReadAllBytes(file));
        }
    }

    private static string Damage(string text, Random random)
    {
        const string Odd = "{}[]:,#&*!|>'\"%@`-?~\t\n \u0000é0";
        var damaged = new StringBuilder(text);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(damaged.Length);
            switch (random.Next(3))
            {
                case 0: damaged.Remove(at, Math.Min(random.Next(1, 30), damaged.Length - at)); break;
                case 1: damaged.Insert(at, Odd[random.Next(Odd.Length)]); break;
                default: damaged.Insert(at, damaged.ToString(at, Math.Min(random.Next(1, 60), damaged.Length - at))); break;
            }
        }

        return damaged.ToString();
    }

    private static void Replace(TemporaryFolder folder, string file, string old, string with)
    {
        var text = File.ReadAllText(Path.Combine(folder.Path, file));
        Assert.That(text, Does.Contain(old));
        folder.Write(file, text.Replace(old, with));
    }
}
