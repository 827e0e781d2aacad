using System.Diagnostics;
using System.Globalization;

namespace BatchSync.Benchmarks.Macro;

/// <summary>What a process took from its start to its end.</summary>
/// <param name="PeakBytes">The most memory that it had resident at once.</param>
internal sealed record Measured(int ExitCode, TimeSpan Wall, TimeSpan Cpu, long PeakBytes, string Output);

internal static class MeasuredRun
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <param name="enough">Once it is done the process is ended; null: it ends by itself.</param>
    public static async Task<Measured> OfAsync(ProcessStartInfo start, Task? enough = null)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var (cpu, peak) = (TimeSpan.Zero, 0L);
        var ended = process.WaitForExitAsync();
        while (!ended.IsCompleted)
        {
            // A process that has just ended shows nothing more: the last look stands.
            try
            {
                process.Refresh();
                if (!process.HasExited) (cpu, peak) = (process.TotalProcessorTime, Math.Max(peak, PeakOf(process)));
                if (enough is { IsCompleted: true }) process.Kill();
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
            {
                break;
            }

            await Task.WhenAny(ended, Task.Delay(LookEvery));
        }

        await ended;
        var wall = clock.Elapsed;
        return new Measured(process.ExitCode, wall, cpu, peak, string.Concat(await said));
    }

    // Linux keeps the peak itself; elsewhere it is what the looks saw.
    private static long PeakOf(Process process)
    {
        var status = FormattableString.Invariant($"/proc/{process.Id}/status");
        if (!File.Exists(status)) return process.WorkingSet64;
        var line = File.ReadLines(status).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 9), NumberStyles.Integer, CultureInfo.InvariantCulture) * 1024;
    }
}
