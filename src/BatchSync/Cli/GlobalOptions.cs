using System.CommandLine;
using System.CommandLine.Parsing;
using Serilog.Events;

namespace BatchSync.Cli;

/// <summary>The options that every command takes, and the screen that they set up.</summary>
internal sealed class GlobalOptions(Terminal terminal)
{
    private static readonly string[] Levels = ["verbose", "debug", "information", "warning", "error", "fatal"];

    private readonly Option<string?> _config = new("--config") { Description = "Folder with jobs/ and mapping-config/ (or BATCHSYNC_CONFIG; default: this folder)", Recursive = true, HelpName = "folder" };
    private readonly Option<string?> _store = new("--store") { Description = "SQLite file of the store, or connection string of SQL Server (or BATCHSYNC_STORE; default: batchsync.db in the configuration folder)", Recursive = true, HelpName = "store" };
    private readonly Option<string?> _logLevel = new("--log-level") { Description = "Least level that is logged to standard error: verbose, debug, information, warning (default), error or fatal", Recursive = true, HelpName = "level", CustomParser = Level };
    private readonly Option<bool> _noColor = new("--no-color") { Description = "No colours (or NO_COLOR)", Recursive = true };

    private Screen? _screen;

    public void AddTo(RootCommand root)
    {
        root.Options.Add(_config);
        root.Options.Add(_store);
        root.Options.Add(_logLevel);
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

    public LogEventLevel LogLevel(ParseResult parsed, LogEventLevel byDefault = LogEventLevel.Warning) => parsed.GetValue(_logLevel) is { } level ? Enum.Parse<LogEventLevel>(level, ignoreCase: true) : byDefault;

    /// <summary>One for the whole command: whoever writes beside it would draw into its bars.</summary>
    public Screen Screen(ParseResult parsed) => _screen ??= new Screen(terminal, parsed.GetValue(_noColor) || Variable("NO_COLOR") is not null);

    /// <summary>A line of the standard input.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public string ReadLine() => terminal.Input.ReadLine()?.Trim() is { Length: > 0 } line ? line : throw new UsageException("Nothing came on standard input. Give it one line: batchsync ... < FILE");

    private static string? Level(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Levels.Contains(text, StringComparer.OrdinalIgnoreCase)) return text;
        result.AddError($"'{text}' is no level of --log-level. Levels: {string.Join(", ", Levels)}.");
        return null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
