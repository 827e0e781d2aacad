using System.CommandLine;
using Serilog.Events;

namespace BatchSync.Cli;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<string?> _config = new("--config") { Description = "Folder with jobs/ and mapping-config/ (or BATCHSYNC_CONFIG; default: this folder)", Recursive = true, HelpName = "folder" };
    private readonly Option<string?> _store = new("--store") { Description = "SQLite file of the store (or BATCHSYNC_STORE; default: batchsync.db in the configuration folder)", Recursive = true, HelpName = "file" };
    private readonly Option<LogEventLevel> _logLevel = new("--log-level") { Description = "Least level that is logged to standard error", Recursive = true, DefaultValueFactory = _ => LogEventLevel.Warning };
    private readonly Option<bool> _noColor = new("--no-color") { Description = "No colours (also: NO_COLOR)", Recursive = true };

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

    /// <summary>The file of the store; SQL Server connection strings are recognised and refused until that store exists.</summary>
    public string StoreFile(ParseResult parsed, string configFolder)
    {
        var store = parsed.GetValue(_store) ?? Variable("BATCHSYNC_STORE") ?? Path.Combine(configFolder, "batchsync.db");
        if (store.Contains('=', StringComparison.Ordinal))
            throw new UsageException("--store takes the path of a SQLite file; connection strings are not supported in this version.");
        return Path.GetFullPath(store);
    }

    public LogEventLevel LogLevel(ParseResult parsed) => parsed.GetValue(_logLevel);

    public Screen Screen(ParseResult parsed) => new(parsed.GetValue(_noColor) || Variable("NO_COLOR") is not null);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
