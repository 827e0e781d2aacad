using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace BatchSync.Storage;

/// <summary>The process that holds a lease. One of this host that has ended holds nothing, so a crash never blocks the next run.</summary>
/// <param name="Started">When the process started, in UTC: tells a later process with the same number apart.</param>
internal sealed record LeaseHolder(string Host, int ProcessId, DateTimeOffset Started)
{
    // The start time is worked out from the machine's uptime and may differ by a moment between two readings.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(2);

    /// <summary>The machine, and on Linux also the set of processes that this one can see: containers of one name are different hosts.</summary>
    private static string ThisHost { get; } = File.Exists("/proc/self/ns/pid") ? $"{Environment.MachineName} {new FileInfo("/proc/self/ns/pid").LinkTarget}" : Environment.MachineName;

    public static LeaseHolder ThisProcess { get; } = OfThisProcess();

    /// <summary>Whether it certainly has ended; a process of another host never certainly has.</summary>
    public bool IsGone
    {
        get
        {
            if (!string.Equals(Host, ThisHost, StringComparison.Ordinal)) return false;
            try
            {
                using var process = Process.GetProcessById(ProcessId);
                return process.HasExited || (process.StartTime.ToUniversalTime() - Started.UtcDateTime).Duration() > StartTolerance;
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                return true;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName} (process {ProcessId})");

    private static LeaseHolder OfThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        return new LeaseHolder(ThisHost, process.Id, new DateTimeOffset(process.StartTime.ToUniversalTime()));
    }
}
