using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Fx;
using BatchSync.Tests.Cli;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class FxFileTests
{
    private const string Text = "Date,USD\n2025-04-17,1.1360\n";

    [Test]
    public async Task Read_OfACsv_GivesItsTextAndTheHashOfItsBytes()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)];
        var (file, fault) = await ReadAsync("hist.csv", bytes);
        Assert.That(fault, Is.Null);
        Assert.That((file!.Name, file.Hash, file.Text), Is.EqualTo(("hist.csv", Convert.ToHexStringLower(SHA256.HashData(bytes)), Text)));
    }

    [Test]
    public async Task Read_OfAnArchiveWithOneCsv_GivesThatAndTheHashOfTheArchive()
    {
        var bytes = Zip(("eurofxref-hist.csv", Text));
        var (file, _) = await ReadAsync("eurofxref-hist.zip", bytes);
        Assert.That((file!.Text, file.Hash), Is.EqualTo((Text, Convert.ToHexStringLower(SHA256.HashData(bytes)))));
    }

    [Test]
    public async Task Read_OfWhatIsNoListOfRates_SaysWhatToGive()
    {
        var two = await ReadAsync("two.zip", Zip(("a.csv", Text), ("b.csv", Text)));
        var none = await ReadAsync("none.zip", Zip(("readme.txt", Text)));
        var damaged = await ReadAsync("damaged.zip", Zip(("a.csv", Text))[..40]);
        var latin = await ReadAsync("latin.csv", Encoding.Latin1.GetBytes("Währung,USD\n"));
        using var folder = new TemporaryFolder();
        var missing = await FxFile.ReadAsync(Path.Combine(folder.Path, "gone.csv"), CancellationToken.None);
        var directory = await FxFile.ReadAsync(folder.Path, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(two.Fault!.In("two.zip"), Does.StartWith("two.zip: the archive holds 2 CSV files ('a.csv', 'b.csv')"));
            Assert.That(none.Fault!.Message, Does.Contain("holds 0 CSV files ('readme.txt')"));
            Assert.That(damaged.Fault!.Message, Does.Contain("the archive is damaged"));
            Assert.That(latin.Fault!.Message, Does.Contain("not UTF-8"));
            Assert.That(missing.Fault!.Message, Does.Contain("there is no such file"));
            Assert.That(directory.Fault!.Message, Does.Contain("cannot be read"));
        });
    }

    [Test]
    public async Task Read_OfAnArchiveThatUnpacksWithoutEnd_StopsAtTheLimit()
    {
        var bytes = Zip(("large.csv", new string('1', FxFile.Limit + 1)));
        var (file, fault) = await ReadAsync("large.zip", bytes);
        Assert.That(file, Is.Null);
        Assert.That(fault!.Message, Does.Contain("more than 64 MB of text"));
    }

    private static async Task<(FxFile? File, FxFault? Fault)> ReadAsync(string name, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, name);
        await File.WriteAllBytesAsync(path, bytes);
        return await FxFile.ReadAsync(path, CancellationToken.None);
    }

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                using var content = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }
}
