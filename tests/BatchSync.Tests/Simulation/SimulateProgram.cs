using System.Diagnostics;
using System.Globalization;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// Plays any number of seeds: <c>simulate --seeds N --from S</c>. Every failing seed is printed with its history; the exit code is 1 where there is one.
/// </summary>
internal static class SimulateProgram
{
    private const string Usage = "usage: simulate [--seeds N] [--from S] [--bug NAME]";

    public static async Task<int> Main(string[] args)
    {
        if (args is not ["simulate", .. var options] || Read(options) is not var (seeds, from, bug)) return Refuse();
        var (failed, clock) = (0, Stopwatch.StartNew());
        await Parallel.ForAsync(from, from + seeds, async (seed, _) =>
        {
            var result = await Simulator.PlayAsync(seed, bug);
            if (result.IsGood) return;
            Interlocked.Increment(ref failed);
            await Console.Out.WriteLineAsync(result.ToString());
        });
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{seeds} seeds from {from}: {failed} failed, {clock.Elapsed.TotalSeconds:0} s, {Environment.CpuUsage.TotalTime.TotalSeconds:0} s of CPU"));
        return failed == 0 ? 0 : 1;
    }

    private static (int Seeds, int From, PlantedBug Bug)? Read(string[] options)
    {
        var (seeds, from, bug) = (2000, 1, PlantedBug.None);
        foreach (var option in options.Chunk(2))
        {
            var isRead = option switch
            {
                ["--seeds", var text] => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seeds),
                ["--from", var text] => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out from),
                ["--bug", var text] => Enum.TryParse(text, out bug),
                _ => false,
            };
            if (!isRead) return null;
        }

        return (seeds, from, bug);
    }

    private static int Refuse()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
}
