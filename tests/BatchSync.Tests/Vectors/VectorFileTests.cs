using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Vectors;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class VectorFileTests
{
    [Test]
    public void Files_BesideTheTests_HaveCasesOfEveryTopic() =>
        Assert.That(VectorFile.Topics.Where(topic => VectorFile.Read(VectorFile.OwnFolder, topic).Count == 0), Is.Empty);

    [Test]
    public void Files_InUse_AreOfKnownTopics() =>
        Assert.That(VectorFile.FilesOf(VectorFile.Folder).Select(f => f.Topic).Except([.. VectorFile.Topics, .. VectorFile.TopicsWithoutTests]), Is.Empty);

    [Test]
    public void Read_TopicCutIntoFiles_GivesTheCasesOfAllInTheirOrder()
    {
        using var folder = new Folder(("fx-02.json", "fx-s2"), ("fx-01.json", "fx-s1"), ("rate.json", "rate-s1"), ("tax-line-01.json", "tax-s1"));
        Assert.Multiple(() =>
        {
            Assert.That(VectorFile.Read(folder.Path, "fx").Select(c => c.Id), Is.EqualTo(new[] { "fx-s1", "fx-s2" }));
            Assert.That(VectorFile.Read(folder.Path, "rate").Select(c => (c.Id, c.Why, Given: c.Given.Text("value"))), Is.EqualTo(new[] { ("rate-s1", "cut", "1.50") }));
            Assert.That(VectorFile.Read(folder.Path, "tax-line").Select(c => c.Id), Is.EqualTo(new[] { "tax-s1" }));
        });
    }

    [Test]
    public void Read_TopicThatIsNotThere_HasNoCases()
    {
        using var folder = new Folder(("fx-01.json", "fx-s1"));
        Assert.That(VectorFile.Read(folder.Path, "document"), Is.Empty);
    }

    [Test]
    public void FilesOf_UnknownTopic_NamesIt()
    {
        using var folder = new Folder(("tax-linear-01.json", "x"));
        Assert.That(VectorFile.FilesOf(folder.Path).Select(f => f.Topic), Is.EqualTo(new[] { "tax-linear" }));
    }

    [Test]
    public void Read_UnknownTopic_IsRefused() =>
        Assert.That(() => VectorFile.Read(VectorFile.OwnFolder, "taxes"), Throws.ArgumentException.With.Message.Contains("'taxes' is no topic"));

    [Test]
    public void Read_FolderThatIsNotThere_SaysWhichVariableNamesIt()
    {
        var missing = Path.Combine(VectorFile.OwnFolder, "nowhere");
        Assert.That(() => VectorFile.Read(missing, "fx"), Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains(VectorFile.FolderVariable));
    }

    private sealed class Folder : IDisposable
    {
        public Folder(params (string File, string Id)[] files)
        {
            foreach (var (file, id) in files)
            {
                File.WriteAllText(System.IO.Path.Combine(Path, file), $$$"""[{"id": "{{{id}}}", "why": "cut", "given": {"value": "1.50"}, "expected": {}}]""");
            }
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("batchsync-vectors-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
