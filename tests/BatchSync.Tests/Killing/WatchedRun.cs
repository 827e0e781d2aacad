using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace BatchSync.Tests.Killing;

/// <summary>When to kill a run; an event of null is the start of its process.</summary>
/// <param name="After">Between the event and the kill.</param>
internal sealed record KillOrder(string? Event, TimeSpan After, bool IsDelayed = false);

/// <param name="WasKilled">False where the process had come to its own end before the kill reached it.</param>
/// <param name="Events">What was seen of it, in order.</param>
internal sealed record RunEnd(bool WasKilled, int ExitCode, string Output, IReadOnlyList<string> Events, TimeSpan Took);

/// <summary>One run in a process of its own, watched by its step lines and its calls, and killed where the order says.</summary>
internal sealed class WatchedRun(KillOrder? order)
{
    /// <summary>What the system reports of a process that was killed: 128 + SIGKILL on Unix; on Windows what <see cref="Process.Kill()"/> gives it.</summary>
    private static readonly int KilledExit = OperatingSystem.IsWindows() ? -1 : 137;

    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _events = new();
    private readonly StringBuilder _output = new();
    private Process? _process;
    private int _killing;

    public bool IsDelayed => order is { IsDelayed: true };

    /// <summary>A call with its number among those of its path, from 1.</summary>
    public string NameOf(string call) => FormattableString.Invariant($"{call} #{_calls.AddOrUpdate(call, 1, (_, count) => count + 1)}");

    /// <summary>Notes an event, and kills the process and sees it gone where the order names this one.</summary>
    /// <returns>Whether this was the one.</returns>
    public async Task<bool> SeeAsync(string seen)
    {
        _events.Enqueue(seen);
        if (order?.Event != seen || Interlocked.Exchange(ref _killing, 1) == 1) return false;
        await KillAsync();
        return true;
    }

    public async Task<RunEnd> ExecuteAsync(ProcessStartInfo start)
    {
        using var watchdog = new CancellationTokenSource(LongestRun);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        _process = process;
        var killAtStart = order is { Event: null } ? KillAsync() : Task.CompletedTask;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await ReadStepsAsync(process.StandardOutput, watchdog.Token);
            await process.WaitForExitAsync(watchdog.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"A run took longer than {LongestRun.TotalMinutes} minutes. It wrote:\n{_output}");
        }

        await killAtStart;
        _output.Append(await errors);
        return new RunEnd(process.ExitCode == KilledExit, process.ExitCode, _output.ToString(), [.. _events], clock.Elapsed);
    }

    private async Task ReadStepsAsync(StreamReader output, CancellationToken cancel)
    {
        while (await output.ReadLineAsync(cancel) is { } line)
        {
            _output.AppendLine(line);
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).IndexOf(' ') < 0) await SeeAsync($"step {line[..colon]}");
        }
    }

    private async Task KillAsync()
    {
        if (order!.After > TimeSpan.Zero) await Task.Delay(order.After);
        _process!.Kill();
        await _process.WaitForExitAsync();
    }
}
