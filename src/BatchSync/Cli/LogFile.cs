using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace BatchSync.Cli;

/// <summary>
/// The log in a file of each local day: <c>log/batchsync.log</c> is <c>log/batchsync-20261105.log</c> on that day. Any number of processes write the same one: each line is appended by
/// whoever has the file to itself for that moment.
/// <code>
/// 2026-11-05 02:30:04.117 -05:00 INF [harvest-to-ledger 12 H-12] Run 12 step extract: 2 pages: 78 records new, 0 changed, 0 unchanged
/// </code>
/// </summary>
internal sealed class LogFile : ILogEventSink
{
    /// <summary>Files that are kept; older ones are deleted when a new one is begun.</summary>
    public const int Kept = 31;

    private const string DayFormat = "yyyyMMdd";

    /// <summary>How long a line waits for its turn; then it is lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly MessageTemplateTextFormatter _format = new("{Message:lj}{NewLine}{Exception}", CultureInfo.InvariantCulture);
    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly string _stem;
    private readonly string _extension;

    private LogFile(string path)
    {
        var full = Path.GetFullPath(path);
        (_folder, _stem, _extension) = (Path.GetDirectoryName(full)!, Path.GetFileNameWithoutExtension(full), Path.GetExtension(full));
    }

    /// <summary>A log that can be written: a folder that is missing is made.</summary>
    /// <param name="path">Relative to the current folder.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static LogFile Open(string path, TimeProvider time)
    {
        if (Path.GetFileName(path).Length == 0) throw new UsageException($"The log file '{path}' has no name. Name a file, such as log/batchsync.log.");
        var file = new LogFile(path);
        TargetFolder.Fill(file._folder, () =>
        {
            Directory.CreateDirectory(file._folder);
            file.Append(time.GetLocalNow(), []);
        });
        return file;
    }

    // What is thrown here ends in Serilog: a line that cannot be written is lost, and the run goes on.
    public void Emit(LogEvent logEvent)
    {
        var line = Encoding.UTF8.GetBytes(Line(logEvent));
        lock (_gate) Append(logEvent.Timestamp, line);
    }

    private string Line(LogEvent e)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        text.Write(e.Timestamp.ToString("yyyy-MM-dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture));
        text.Write($" {Word(e.Level)} [{Named(e, "Job")} {Named(e, "RunNo")} {Named(e, "CorrelationId")}] ");
        _format.Format(e, text);
        return text.ToString();
    }

    private static string Word(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => "VRB",
        LogEventLevel.Debug => "DBG",
        LogEventLevel.Information => "INF",
        LogEventLevel.Warning => "WRN",
        LogEventLevel.Error => "ERR",
        _ => "FTL",
    };

    private static string Named(LogEvent e, string property) => e.Properties.GetValueOrDefault(property) is ScalarValue { Value: { } value } ? Convert.ToString(value, CultureInfo.InvariantCulture)! : "-";

    private void Append(DateTimeOffset at, byte[] line)
    {
        var path = Path.Combine(_folder, $"{_stem}-{at.ToString(DayFormat, CultureInfo.InvariantCulture)}{_extension}");
        var isNew = !File.Exists(path);
        if (!SpinWait.SpinUntil(() => TryAppend(path, line), Patience)) throw new IOException($"{path} is being written by somebody else.");
        if (isNew) DeleteOld();
    }

    private static bool TryAppend(string path, byte[] line)
    {
        using var file = OpenAlone(path);
        file?.Write(line);
        return file is not null;
    }

    // For itself alone: where two processes share a file, each writes at the end that it knows, and so over the other's lines.
    private static FileStream? OpenAlone(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    // Names have the date in them, so their order is that of the days.
    private void DeleteOld()
    {
        foreach (var old in Directory.GetFiles(_folder, $"{_stem}-*{_extension}").Where(IsOfADay).OrderDescending(StringComparer.Ordinal).Skip(Kept)) File.Delete(old);
    }

    private bool IsOfADay(string path) => DateOnly.TryParseExact(Path.GetFileNameWithoutExtension(path)[(_stem.Length + 1)..], DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
