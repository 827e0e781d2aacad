using System.Globalization;
using NUnit.Framework;

namespace BatchSync.Tests.Samples;

/// <summary>A line of a sample's <c>expected/steps.txt</c>.</summary>
internal abstract record SampleStep
{
    private SampleStep()
    {
    }

    /// <summary><c>run JOB INSTANT</c>: one run as of the instant, which is also what the clock says.</summary>
    internal sealed record Run(string Job, DateTimeOffset AsOf) : SampleStep;

    /// <summary><c>load FOLDER</c>: the sandbox gets the rows of a folder of the sample.</summary>
    internal sealed record Load(string Folder) : SampleStep;

    /// <summary><c>copy FOLDER TO</c>: files of the sample take their place in another of its folders.</summary>
    internal sealed record Copy(string Folder, string To) : SampleStep;

    /// <summary>The steps in order; lines that begin with <c>#</c> say why.</summary>
    public static IReadOnlyList<SampleStep> Read(string file)
    {
        Assert.That(file, Does.Exist, "A sample says in expected/steps.txt what is to be done with it.");
        return [.. File.ReadAllLines(file).Where(l => l.Length > 0 && l[0] != '#').Select(Of)];
    }

    private static SampleStep Of(string line) => line.Split(' ') switch
    {
        ["run", var job, var asOf] => new Run(job, DateTimeOffset.ParseExact(asOf, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)),
        ["load", var folder] => new Load(folder),
        ["copy", var folder, var to] => new Copy(folder, to),
        _ => throw new FormatException($"'{line}' is no step of a sample: run JOB 2026-11-05T12:00:00Z, load FOLDER, copy FOLDER TO."),
    };
}
