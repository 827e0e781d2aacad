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

    /// <summary><c>at INSTANT batchsync ARGUMENT...</c>: another command of the program, at that time.</summary>
    /// <param name="Arguments">Without the sample's folder and store; one that names a file of the sample stands for that file.</param>
    internal sealed record Command(DateTimeOffset At, IReadOnlyList<string> Arguments) : SampleStep;

    /// <summary><c>clerk CALL</c>: what a person does at the accounting system, by a call of the sandbox's own such as <c>books/edit?company=us&amp;document=doc-1&amp;net=1.00</c>.</summary>
    internal sealed record Clerk(string Call) : SampleStep;

    /// <summary>The steps in order; lines that begin with <c>#</c> say why.</summary>
    public static IReadOnlyList<SampleStep> Read(string file)
    {
        Assert.That(file, Does.Exist, "A sample says in expected/steps.txt what is to be done with it.");
        return [.. File.ReadAllLines(file).Where(l => l.Length > 0 && l[0] != '#').Select(Of)];
    }

    private static SampleStep Of(string line) => line.Split(' ') switch
    {
        ["run", var job, var asOf] => new Run(job, Instant(asOf)),
        ["load", var folder] => new Load(folder),
        ["copy", var folder, var to] => new Copy(folder, to),
        ["at", var instant, "batchsync", .. var arguments] => new Command(Instant(instant), arguments),
        ["clerk", var call] => new Clerk(call),
        _ => throw new FormatException(
            $"'{line}' is no step of a sample: run JOB 2026-11-05T12:00:00Z, load FOLDER, copy FOLDER TO, at 2026-11-05T12:00:00Z batchsync ARGUMENT..., clerk CALL."),
    };

    private static DateTimeOffset Instant(string text) => DateTimeOffset.ParseExact(text, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
