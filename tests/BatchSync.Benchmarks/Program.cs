using System.Globalization;
using BatchSync.Benchmarks.Macro;
using BatchSync.Benchmarks.Micro;
using BatchSync.Benchmarks.Pacing;
using BenchmarkDotNet.Running;

return args switch
{
    ["macro", .. var words] => await Macro(words),
    ["floor", var server, var database] => await Floor(server, database),
    ["start", .. var words] => await Start(words),
    ["pace", .. var words] => await Pace(words),
    ["micro", .. var words] => Micro(words),
    _ => Usage(),
};

static int Micro(string[] words)
{
    BenchmarkSwitcher.FromAssembly(typeof(StepBenchmarks).Assembly).Run(words.Length == 0 ? ["--filter", "*"] : words);
    return 0;
}

static async Task<int> Floor(string server, string database)
{
    await FloorJob.RunAsync(new Uri(server), database);
    return 0;
}

static async Task<int> Macro(string[] words)
{
    var (entries, product, nightly) = (100_000, (string?)null, false);
    for (var at = 0; at < words.Length; at++)
    {
        switch (words[at])
        {
            case "--entries" when at + 1 < words.Length && int.TryParse(words[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out entries) && entries > 0: at++; break;
            case "--product" when at + 1 < words.Length: product = words[++at]; break;
            case "--nightly": nightly = true; break;
            default: return Usage();
        }
    }

    return await new MacroRun(entries, new ProductProgram(product), nightly, Console.Out).ExecuteAsync();
}

static async Task<int> Start(string[] words)
{
    var (times, product) = (20, (string?)null);
    for (var at = 0; at < words.Length; at++)
    {
        switch (words[at])
        {
            case "--times" when at + 1 < words.Length && int.TryParse(words[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out times) && times > 0: at++; break;
            case "--product" when at + 1 < words.Length: product = words[++at]; break;
            default: return Usage();
        }
    }

    return await new StartRun(times, new ProductProgram(product), Console.Out).ExecuteAsync();
}

static async Task<int> Pace(string[] words)
{
    var (shapes, product) = (ApiShape.All, (string?)null);
    for (var at = 0; at < words.Length; at++)
    {
        switch (words[at])
        {
            case "--only" when at + 1 < words.Length && ApiShape.All.SingleOrDefault(s => s.Name == words[at + 1]) is { } only: (shapes, at) = ([only], at + 1); break;
            case "--product" when at + 1 < words.Length: product = words[++at]; break;
            default: return Usage();
        }
    }

    return await new PaceRun(shapes, new ProductProgram(product), Console.Out).ExecuteAsync();
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        macro [--entries N] [--nightly] [--product FILE]   the whole job of N time entries (100000) by the floor and by the product; with --nightly
                                                           also a run with nothing new and one with every hundredth entry changed; FILE: another build
        start [--times N] [--product FILE]                 --help and a run with nothing new, N times each (20): least and median of wall and CPU
        pace [--only NAME] [--product FILE]                how much of what an API allows is used, and how much refused: harvest, xero and quickbooks at once (3.5 minutes)
        micro [BENCHMARKDOTNET OPTIONS]                    each step of a page of 2000 entries by itself
        """);
    return 2;
}
