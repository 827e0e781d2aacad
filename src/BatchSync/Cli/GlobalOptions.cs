using System.CommandLine;
using System.CommandLine.Parsing;
using Serilog.Core;
using Serilog.Events;

namespace BatchSync.Cli;

/// <summary>The options that every command takes, and the screen that they set up.</summary>
internal sealed class GlobalOptions(Terminal terminal)
{
    private static readonly string[] Levels = ["verbose", "debug", "information", "warning", "error", "fatal"];

    private readonly Option<string?> _config = new("--config") { Description = "Folder with jobs/ and mapping-config/ (or BATCHSYNC_CONFIG; default: this folder)", Recursive = true, HelpName = "folder" };
    private readonly Option<string?> _store = new("--store") { Description = "SQLite file of the store, or connection string of SQL Server (or BATCHSYNC_STORE; default: batchsync.db in the configuration folder)", Recursive = true, HelpName = "store" };
    private readonly Option<string?> _logLevel = new("--log-level") { Description = "Least level that is logged to standard error: verbose, debug, information, warning (default), error or fatal", Recursive = true, HelpName = "level", CustomParser = Level };
    private readonly Option<string?> _logFile = new("--log-file") { Description = "Log to this file as well, from information on, one file a day (or BATCHSYNC_LOG_FILE)", Recursive = true, HelpName = "file" };
    private readonly Option<bool> _noColor = new("--no-color") { Description = "No colours (or NO_COLOR)", Recursive = true };

    private Screen? _screen;

    public void AddTo(RootCommand root)
    {
        root.Options.Add(_config);
        root.Options.Add(_store);
        root.Options.Add(_logLevel);
        root.Options.Add(_logFile);
        root.Options.Add(_noColor);
    }

    public string ConfigFolder(ParseResult parsed)
    {
        var folder = parsed.GetValue(_config) ?? Variable("BATCHSYNC_CONFIG") ?? ".";
        return Directory.Exists(folder) ? Path.GetFullPath(folder) : throw new UsageException($"The configuration folder '{folder}' does not exist. Name one with --config, or make one with: batchsync init");
    }

    /// <summary>Where the store is; its schema on SQL Server is <c>BATCHSYNC_STORE_SCHEMA</c>.</summary>
    public StorePlace Store(ParseResult parsed, string configFolder) => (parsed.GetValue(_store) ?? Variable("BATCHSYNC_STORE")) is { } named
        ? StorePlace.Of(named, Variable("BATCHSYNC_STORE_SCHEMA"), configFolder)
        : StorePlace.OfFile(Path.Combine(configFolder, "batchsync.db"));

    /// <summary>The log of the command: on the screen, and in the file that was named.</summary>
    /// <param name="leastShown">From which level on the screen shows it, where the command line does not say.</param>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public Logger Log(ParseResult parsed, LogEventLevel leastShown = LogEventLevel.Warning)
    {
        var level = parsed.GetValue(_logLevel) is { } given ? Enum.Parse<LogEventLevel>(given, ignoreCase: true) : leastShown;
        return Logging.To(level, Screen(parsed), (parsed.GetValue(_logFile) ?? Variable("BATCHSYNC_LOG_FILE")) is { } file ? LogFile.Open(file, TimeProvider.System) : null);
    }

    /// <summary>One for the whole command: whoever writes beside it would draw into its bars.</summary>
    public Screen Screen(ParseResult parsed) => _screen ??= new Screen(terminal, parsed.GetValue(_noColor) || Variable("NO_COLOR") is not null);

    /// <summary>A line of the standard input.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public string ReadLine() => terminal.Input.ReadLine()?.Trim() is { Length: > 0 } line ? line : throw new UsageException("Nothing came on standard input. Give it one line: batchsync ... < FILE");

    /// <summary>Whether somebody sits there who can answer.</summary>
    public bool CanAsk => terminal.CanAsk;

    /// <summary>A question, and what was answered; empty: nothing.</summary>
    /// <exception cref="UsageException">The input has ended.</exception>
    public string Ask(string question)
    {
        terminal.Output.Write(question);
        terminal.Output.Flush();
        return terminal.Input.ReadLine()?.Trim() ?? throw new UsageException("Nothing was answered, and nothing was written. Give the answers as options: batchsync init --help");
    }

    private static string? Level(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Levels.Contains(text, StringComparer.OrdinalIgnoreCase)) return text;
        result.AddError($"'{text}' is no level of --log-level. Levels: {string.Join(", ", Levels)}.");
        return null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
