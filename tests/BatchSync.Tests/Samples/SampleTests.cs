using System.Text;
using BatchSync.Tests.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Samples;

/// <summary>Every sample is run by its steps, and all that it gives is compared with its <c>expected</c> folder.</summary>
public sealed class SampleTests
{
    private const string StepsFile = "steps.txt";

    private static IEnumerable<string> Samples => Directory.EnumerateDirectories(SampleRunner.SamplesFolder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Samples))]
    public async Task Sample_RunByItsSteps_GivesWhatIsExpected(string sample)
    {
        var given = (await SampleRunner.OutcomeOfAsync(sample)).Files();
        var folder = SampleRunner.Expected(sample);
        if (Approved.IsAccepting) Accept(folder, given);
        var expected = Existing(folder);
        Assert.That(expected, Is.Not.Empty, $"{folder} holds nothing to compare with: run with BATCHSYNC_ACCEPT=1 and review what it writes.");
        Assert.That(given.Keys, Is.EquivalentTo(expected.Keys));
        Assert.Multiple(() =>
        {
            foreach (var (name, bytes) in given) Assert.That(Encoding.UTF8.GetString(bytes), Is.EqualTo(Encoding.UTF8.GetString(File.ReadAllBytes(expected[name]))), name);
        });
    }

    private static Dictionary<string, string> Existing(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => (Name: Path.GetRelativePath(folder, f).Replace('\\', '/'), Path: f))
        .Where(f => f.Name != StepsFile)
        .ToDictionary(f => f.Name, f => f.Path, StringComparer.Ordinal);

    private static void Accept(string folder, IReadOnlyDictionary<string, byte[]> given)
    {
        foreach (var (_, path) in Existing(folder).Where(f => !given.ContainsKey(f.Key))) File.Delete(path);
        foreach (var (name, bytes) in given)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }
}
