using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace BatchSync.Cli;

/// <summary>The log is for people and may be lost; it goes to standard error, so that standard output stays the command's answer.</summary>
internal static class Logging
{
    public static Logger To(LogEventLevel level) => new LoggerConfiguration()
        .MinimumLevel.Is(level)
        .WriteTo.Console(formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose)
        .CreateLogger();
}
