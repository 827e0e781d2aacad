using BatchSync.Tests.Reports;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Samples;

/// <summary>The sample with two entities, foreign currencies, taxes inside the prices, and changes after posting.</summary>
public sealed class AgencySampleTests
{
    private const string Sample = "agency";

    private static async Task<IReadOnlyList<SampleRunOutcome>> RunsAsync(string job) => [.. (await SampleRunner.OutcomeOfAsync(Sample)).Runs.Where(r => r.Job == job)];

    /// <summary>A second implementation of the rules, in another language, works the same records out and finds nothing to object to.</summary>
    [Test]
    public async Task Agency_RecomputedFromThePages_HasTheAmountsOfTheBooksAndOfTheProof()
    {
        var (exit, output, errors) = await Requires.RunAsync("python3", Path.Combine(SampleRunner.SamplesFolder, Sample, "recompute.py"));
        Assert.That((exit, errors), Is.EqualTo((0, "")), output);
        Assert.That(output, Does.EndWith("0 gaps\n"));
    }

    /// <summary>The same program must find a cent that is not there: else its silence would say nothing.</summary>
    [Test]
    public async Task Agency_RecomputedAgainstBooksWithAWrongCent_ShowsTheGap()
    {
        using var temporary = new TemporaryFolder();
        CopyTo(temporary.Path, "pages", "changes", "rates", "expected");
        var documents = Directory.EnumerateFiles(Path.Combine(temporary.Path, "expected"), "documents-de.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var text = await File.ReadAllTextAsync(documents, CancellationToken.None);
        Assert.That(text, Does.Contain("\"tax\": 184.317"));
        await File.WriteAllTextAsync(documents, text.Replace("\"tax\": 184.317", "\"tax\": 184.318", StringComparison.Ordinal), CancellationToken.None);
        var (exit, output, _) = await Requires.RunAsync("python3", Path.Combine(SampleRunner.SamplesFolder, Sample, "recompute.py"), temporary.Path);
        Assert.That(exit, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("GAP"));
    }

    [Test]
    public async Task Agency_AtItsEnd_HasNothingOpen()
    {
        foreach (var job in new[] { Sample, "studio" })
        {
            var last = (await RunsAsync(job))[^1];
            Assert.That(last.ExitCode, Is.Zero, job);
            Assert.That(last.Output, Does.Contain("0 open differences, 0 rejected records"), job);
            Assert.That(last.Output, Does.Contain("Nothing new to post"), job);
        }
    }

    [Test]
    public async Task Agency_InvoiceThatAPersonEdited_HoldsItsCorrectionUntilItIsMended()
    {
        var runs = await RunsAsync(Sample);
        Assert.That(runs.Select(r => r.ExitCode), Is.EqualTo([0, 3, 0, 0]));
        Assert.That(runs[1].Output, Does.Contain("changed at destination"));
        Assert.That(runs[2].Output, Does.Contain("1 record changed after posting, 1 corrected, 0 left open"));
    }

    [TestCase("5101", "2026-09-30", "excluded: before start")]
    [TestCase("5102", "2026-10-01", "billed")]
    [TestCase("5103", "2026-10-31", "billed")]
    [TestCase("5104", "2026-11-01", "held: period open")]
    public async Task Agency_EntryNearMidnight_IsDatedInTheZoneOfItsEntity(string record, string date, string bucket)
    {
        var row = (await RunsAsync(Sample))[0];
        var found = row.Detail.Rows.Concat(row.Exceptions.Rows).First(r => r["record_id"] == record);
        Assert.That((found["date"], found["bucket"]), Is.EqualTo((date, bucket)));
    }

    private static void CopyTo(string target, params string[] folders)
    {
        foreach (var file in folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(SampleRunner.SamplesFolder, Sample, f), "*", SearchOption.AllDirectories)))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(Path.Combine(SampleRunner.SamplesFolder, Sample), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
