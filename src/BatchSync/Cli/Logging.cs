using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace BatchSync.Cli;

/// <summary>The log is for people and may be lost; it goes to standard error, so that standard output stays the command's answer, and to a file where one is named.</summary>
internal static class Logging
{
    /// <param name="level">From which level on the screen shows it; a file takes information in any case.</param>
    public static Logger To(LogEventLevel level, Screen screen, LogFile? file)
    {
        var least = file is null || level < LogEventLevel.Information ? level : LogEventLevel.Information;
        var log = new LoggerConfiguration().MinimumLevel.Is(least).Enrich.FromLogContext().WriteTo.Sink(new ScreenSink(screen), level);
        return (file is null ? log : log.WriteTo.Sink(file)).CreateLogger();
    }

    /// <summary>Events in one line each, through the screen, which alone knows whether bars are in the way.</summary>
    private sealed class ScreenSink(Screen screen) : ILogEventSink
    {
        private readonly MessageTemplateTextFormatter _format = new("{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", CultureInfo.InvariantCulture);

        public void Emit(LogEvent logEvent)
        {
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            _format.Format(logEvent, text);
            screen.Interrupt(text.ToString().TrimEnd());
        }
    }
}
