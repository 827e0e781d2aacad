using System.Globalization;

namespace BatchSync.Benchmarks.Macro;

/// <summary>How long the product takes to start: its help, and a run in which nothing is new, each as a process of its own and many times.</summary>
internal sealed class StartRun(int times, ProductProgram product, TextWriter to)
{
    /// <summary>One page and a few documents: next to nothing is done beside starting.</summary>
    private const int Entries = 1_000;

    public Task<int> ExecuteAsync() => ScratchFolder.UseAsync(RunAsync);

    private async Task<int> RunAsync(string folder)
    {
        await using var rig = await RigServer.StartAsync(new EntryPages(Entries));
        ProductFolder.Write(folder, Entries);
        var first = await product.RunAsync(folder, rig.Address);
        to.WriteLine(FormattableString.Invariant($"{times} times each; {Environment.ProcessorCount} processors, {Environment.OSVersion}, .NET {Environment.Version}"));
        return IsWell("first run", first) && await MeasureAsync("--help", product.HelpAsync) && await MeasureAsync("run, nothing new", () => product.RunAsync(folder, rig.Address)) ? 0 : 1;
    }

    private async Task<bool> MeasureAsync(string name, Func<Task<Measured>> startAsync)
    {
        var runs = new List<Measured>();
        for (var at = 0; at < times; at++)
        {
            var before = ProcessorTime.OfEndedChildren();
            var run = await startAsync();
            if (!IsWell(name, run)) return false;

            // The looks of a measured run come every 20 ms, which is too coarse here.
            runs.Add(run with { Cpu = ProcessorTime.OfEndedChildren() is { } after && before is { } then ? after - then : run.Cpu });
        }

        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {Text(runs.Select(r => r.Wall))}; CPU {Text(runs.Select(r => r.Cpu))}; {runs.Max(r => r.PeakBytes) / 1e6:F0} MB"));
        return true;
    }

    private bool IsWell(string name, Measured run)
    {
        if (run.ExitCode == 0) return true;
        to.WriteLine(FormattableString.Invariant($"{name} ended with {run.ExitCode}. It wrote:\n{run.Output}"));
        return false;
    }

    private static string Text(IEnumerable<TimeSpan> spans)
    {
        var ordered = spans.Order().ToList();
        return FormattableString.Invariant($"least {ordered[0].TotalMilliseconds:F0} ms, median {ordered[ordered.Count / 2].TotalMilliseconds:F0} ms");
    }
}
