using BatchSync.Http;
using BatchSync.Http.OAuth;
using BatchSync.Tests.Cli;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

public sealed class SealingKeyTests
{
    [Test]
    public void Seal_OfOneTextTwice_OpensBothAndLooksDifferent()
    {
        using var folder = new TemporaryFolder();
        using var key = Load(folder, "a key of more than thirty-two bytes");
        var (first, second) = (key.Seal("the token", "books"), key.Seal("the token", "books"));
        Assert.That(first, Is.Not.EqualTo(second));
        Assert.That((key.Open(first, "books"), key.Open(second, "books")), Is.EqualTo(("the token", "the token")));
    }

    [Test]
    public void Open_OfWhatWasSealedForSomethingElseOrChanged_GivesNothing()
    {
        using var folder = new TemporaryFolder();
        using var key = Load(folder, "a key of more than thirty-two bytes");
        var box = key.Seal("the token", "books");
        var bytes = Convert.FromBase64String(box);
        bytes[^1] ^= 1;
        Assert.Multiple(() =>
        {
            Assert.That(key.Open(box, "time"), Is.Null);
            Assert.That(key.Open(Convert.ToBase64String(bytes), "books"), Is.Null);
            Assert.That(key.Open("", "books"), Is.Null);
        });
    }

    [Test]
    public void Open_WithAnotherKey_GivesNothingAndTheKeysHaveOtherNames()
    {
        using var folder = new TemporaryFolder();
        using var key = Load(folder, "a key of more than thirty-two bytes");
        using var other = Load(folder, "another key of more than thirty-two bytes");
        Assert.That((other.Open(key.Seal("the token", "books"), "books"), other.Id == key.Id), Is.EqualTo(((string?)null, false)));
    }

    [TestCase(31, "has 31 bytes; it needs 32 or more")]
    [TestCase(0, "has 0 bytes; it needs 32 or more")]
    public void Load_OfAShortFile_SaysHowLongItMustBe(int bytes, string said)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Assert.Throws<SettingException>(() => Load(folder, new string('k', bytes)))!.Message, Does.Contain(said));
    }

    [Test]
    public void Load_OfNoFile_SaysWhichVariableNamesIt()
    {
        using var folder = new TemporaryFolder();
        Assert.Multiple(() =>
        {
            Assert.That(Assert.Throws<SettingException>(() => SealingKey.Load(_ => null))!.Message, Does.StartWith("The environment variable 'BATCHSYNC_KEY_FILE' is not set."));
            Assert.That(Assert.Throws<SettingException>(() => SealingKey.Load(_ => Path.Combine(folder.Path, "none")))!.Message, Does.Contain("that BATCHSYNC_KEY_FILE names cannot be read"));
        });
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void Load_OfAFileThatOthersMayRead_IsRefused([Values(UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.OtherWrite)] UnixFileMode mode)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Assert.Throws<SettingException>(() => Load(folder, "a key of more than thirty-two bytes", mode))!.Message, Does.Contain("chmod 600"));
    }

    private static SealingKey Load(TemporaryFolder folder, string content, UnixFileMode others = UnixFileMode.None)
    {
        var file = Path.Combine(folder.Path, "batchsync.key");
        File.WriteAllText(file, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        return SealingKey.Load(name => name == SealingKey.Variable ? file : null);
    }
}
