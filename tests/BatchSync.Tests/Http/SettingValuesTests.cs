using BatchSync.Configuration;
using BatchSync.Http;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

public sealed class SettingValuesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("batchsync-settings-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("plain", "plain")]
    [TestCase("env:TOKEN", "from-environment")]
    [TestCase("setting:token", "from-environment")]
    [TestCase("setting:account", "1234567")]
    [TestCase("file:token.txt", "from-file")]
    public void Resolve_FollowsEveryKindOfReference(string reference, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "token.txt"), "from-file\r\n");
        Assert.That(Settings().Resolve(new ValueReference(reference)), Is.EqualTo(expected));
    }

    [TestCase("setting:absent", "'absent'")]
    [TestCase("env:ABSENT", "'ABSENT'")]
    [TestCase("env:EMPTY", "'EMPTY'")]
    [TestCase("file:absent.txt", "'absent.txt'")]
    [TestCase("setting:chain", "points to another setting")]
    public void Resolve_WithNothingThere_NamesTheSetting(string reference, string expected) =>
        Assert.That(() => Settings().Resolve(new ValueReference(reference)), Throws.TypeOf<SettingException>().With.Message.Contains(expected));

    [TestCase("setting:token", "setting:token (env:TOKEN)")]
    [TestCase("setting:account", "setting:account (a literal)")]
    [TestCase("secret-in-the-open", "a literal")]
    [TestCase("file:token.txt", "file:token.txt")]
    public void Describe_TellsTheOriginAndNeverTheValue(string reference, string expected) =>
        Assert.That(Settings().Describe(new ValueReference(reference)), Is.EqualTo(expected));

    [Test]
    public void Redact_TakesOutWhatCameFromOutside()
    {
        var settings = Settings();
        settings.Resolve(new ValueReference("setting:token"));
        Assert.That(settings.Redact("token from-environment of 1234567"), Is.EqualTo("token *** of 1234567"));
    }

    [Test]
    public void ResolvePath_StartsAtTheConfigFolder() =>
        Assert.That(Settings().ResolvePath(new ValueReference("exports")), Is.EqualTo(Path.Combine(_folder, "exports")));

    private SettingValues Settings() => new(
        new Dictionary<string, ValueReference> { ["token"] = new("env:TOKEN"), ["account"] = new("1234567"), ["chain"] = new("setting:token") },
        _folder,
        name => name switch { "TOKEN" => "from-environment", "EMPTY" => "", _ => null });
}
