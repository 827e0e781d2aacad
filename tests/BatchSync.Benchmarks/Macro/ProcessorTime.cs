using System.Runtime.InteropServices;

namespace BatchSync.Benchmarks.Macro;

/// <summary>What processes have taken of processors, to the microsecond, which the runtime tells of those alone that still live.</summary>
internal static class ProcessorTime
{
    private const int Children = -1;
    private const int FieldsOfUsage = 18;

    /// <returns>Null: the operating system is asked another way.</returns>
    public static TimeSpan? OfEndedChildren()
    {
        // Two times, of the user and of the system, in seconds and microseconds; what follows them is not asked for.
        var usage = new long[FieldsOfUsage];
        return OperatingSystem.IsLinux() && getrusage(Children, usage) == 0 ? TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]) : null;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, [Out] long[] usage);
}
