using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Reports;
using BatchSync.Running;
using BatchSync.Sources;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using Serilog;
using Serilog.Core;

namespace BatchSync.Cli;

/// <summary>The composition root: the configuration that was checked, the store, and the parts of a job wired together.</summary>
/// <param name="storeFile">Full path of the store's file.</param>
/// <param name="environment">Environment variables for settings; null: those of the process.</param>
internal sealed class Workspace(string configFolder, string storeFile, Logger log, TimeProvider time, Func<string, string?>? environment = null) : IAsyncDisposable
{
    private SqlStore? _store;

    public string ConfigFolder => configFolder;

    public static Workspace Of(GlobalOptions options, ParseResult parsed, TimeProvider time)
    {
        var folder = options.ConfigFolder(parsed);
        return new Workspace(folder, options.StoreFile(parsed, folder), Logging.To(options.LogLevel(parsed), options.Screen(parsed)), time);
    }

    /// <summary>The configuration, all of it checked; what should be changed in it is logged.</summary>
    /// <exception cref="ConfigurationException">It has errors.</exception>
    public ConfigurationSet Load()
    {
        var result = ConfigurationCheck.Of([configFolder]);
        foreach (var warning in result.Warnings) log.Warning("{File}:{Line}: {Message}. {Advice}", warning.Place.File, warning.Place.Line, warning.Message, ConfigurationErrorText.Advice(warning));
        return result.Set ?? throw new ConfigurationException(result.Errors);
    }

    /// <summary>Whether there is any configuration file, with or without errors.</summary>
    public bool HasConfiguration => ConfigurationPaths.Of(configFolder, "", isNamed: false, []).Count > 0;

    public static JobDefinition Job(ConfigurationSet set, string name) =>
        set.Jobs.FirstOrDefault(j => string.Equals(j.Name, name, StringComparison.Ordinal))
        ?? throw new UsageException($"There is no job '{name}'. Jobs: {(set.Jobs.Count == 0 ? "none" : string.Join(", ", set.Jobs.Select(j => j.Name)))}");

    /// <summary>The store for a command that only reads: it makes none where none is.</summary>
    /// <exception cref="UsageException">There is no store yet.</exception>
    public Task<IStore> ExistingStoreAsync(CancellationToken cancel) => HasStore
        ? StoreAsync(cancel)
        : throw new UsageException($"There is no store {storeFile}: the first plan or run makes it. Another configuration folder is named with --config, another store with --store.");

    public bool HasStore => File.Exists(storeFile);

    /// <summary>The store, its schema up to date.</summary>
    public async Task<IStore> StoreAsync(CancellationToken cancel)
    {
        if (_store is not null) return _store;
        _store = SqlStore.Open(new SqliteDialect(storeFile, time), time);
        await _store.MigrateAsync(cancel);
        return _store;
    }

    public async Task<RunPorts> PortsAsync(ConfigurationSet set, JobDefinition job, RunProgress progress, CancellationToken cancel)
    {
        SettingValues Settings(IReadOnlyDictionary<string, ValueReference> settings) => new(settings, configFolder, environment);
        var store = await StoreAsync(cancel);
        var source = SourceFactory.Create(set.Sources[job.Source.Connector], Settings(job.Source.Settings), job.Limits, null, time, log);
        var destinations = job.Destinations.ToDictionary(
            d => d.Key,
            d => DestinationFactory.Create(set.Destinations[d.Value.Connector], Settings(d.Value.Settings), null, time, log),
            StringComparer.Ordinal);
        var reporter = new RunReporter(store, configFolder, Settings(new Dictionary<string, ValueReference>()), time);
        return new RunPorts(store, source, destinations, reporter, time, log, progress);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        await log.DisposeAsync();
    }
}
