using System.CommandLine;
using BatchSync.Alerts;
using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Http.OAuth;
using BatchSync.Reports;
using BatchSync.Running;
using BatchSync.Sources;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace BatchSync.Cli;

/// <summary>The composition root: the configuration that was checked, the store, and the parts of a job wired together. Runs of one process share it, and may ask at the same time.</summary>
/// <param name="environment">Environment variables for settings; null: those of the process.</param>
internal sealed class Workspace(string configFolder, StorePlace place, Logger log, TimeProvider time, Func<string, string?>? environment = null) : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly Lock _making = new();
    private SqlStore? _store;
    private bool _isReady;
    private SqlStore? _reading;
    private readonly SocketsHttpHandler _network = ApiClient.Network();
    private SignIns? _signIns;
    private CallGates? _gates;

    public string ConfigFolder => configFolder;

    public ILogger Log => log;

    /// <param name="leastLogged">Where the command line does not say.</param>
    public static Workspace Of(GlobalOptions options, ParseResult parsed, TimeProvider time, LogEventLevel leastLogged = LogEventLevel.Warning)
    {
        var folder = options.ConfigFolder(parsed);
        return new Workspace(folder, options.Store(parsed, folder), options.Log(parsed, leastLogged), time);
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
        : throw NoStore(place, time);

    public static UsageException NoStore(StorePlace place, TimeProvider time) =>
        new($"There is no store {place.Dialect(time).Name}: the first plan or run makes it. Another configuration folder is named with --config, another store with --store.");

    public bool HasStore => place.IsThere;

    /// <summary>The store, its schema up to date.</summary>
    /// <exception cref="StoreException">It cannot be opened, or its schema is for a person to bring up to date.</exception>
    public async Task<IStore> StoreAsync(CancellationToken cancel)
    {
        await _opening.WaitAsync(cancel);
        try
        {
            _store ??= SqlStore.Open(place.Dialect(time), time);
            if (!_isReady) await _store.MakeReadyAsync(cancel);
            _isReady = true;
            return _store;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<IStore?> ReadingAsync(CancellationToken cancel)
    {
        await StoreAsync(cancel);
        lock (_making) return _reading ??= place.Dialect(time).BesideWriting is { } dialect ? SqlStore.Open(dialect, time) : null;
    }

    /// <summary>Notes in the audit trail that the user of this process is about to see or take out financial data; nobody sees any unnoted.</summary>
    public async Task NoteViewAsync(string action, string subject, CancellationToken cancel) =>
        await (await ExistingStoreAsync(cancel)).SaveAuditAsync(AuditEntry.OfPerson(Environment.UserName, action, subject), cancel);

    public async Task<RunReporter> ReporterAsync(CancellationToken cancel) => new(await StoreAsync(cancel), configFolder, SettingsOf(new Dictionary<string, ValueReference>()), time);

    public async Task<AlertWatch> AlertsAsync(CancellationToken cancel) => new(await StoreAsync(cancel), new AlertPost(SettingsOf(new Dictionary<string, ValueReference>()), _network, time), time, log);

    public async Task<RunPorts> PortsAsync(ConfigurationSet set, JobDefinition job, RunProgress progress, CancellationToken cancel)
    {
        var calls = new CallBudget(job.Limits.Calls);
        var (connector, settings) = (set.Sources[job.Source.Connector], SettingsOf(job.Source.Settings));
        var (signIns, gates) = (await SignInsAsync(cancel), await GatesAsync(cancel));
        var (handler, gate) = LineTo(connector.Name, connector.Api, settings);
        var source = SourceFactory.Create(connector, settings, job.Limits, handler, gate, time, log);
        var destinations = job.Destinations.ToDictionary(d => d.Key, d => DestinationOf(set.Destinations[d.Value.Connector], SettingsOf(d.Value.Settings)), StringComparer.Ordinal);
        return new RunPorts(await StoreAsync(cancel), source, destinations, await ReporterAsync(cancel), time, log, progress)
        {
            Calls = calls, ReadsAhead = true, Reading = await ReadingAsync(cancel), Alerts = await AlertsAsync(cancel),
        };

        IDestination DestinationOf(DestinationConnector to, SettingValues with)
        {
            var (way, its) = LineTo(to.Name, (to as DestinationConnector.Rest)?.Api, with);
            return DestinationFactory.Create(to, with, way, its, time, log);
        }

        // Innermost what counts the calls that really go out: first those of the run's budget, then those that the API sees.
        (HttpMessageHandler? Handler, FindGate? Gate) LineTo(string name, ApiDefinition? api, SettingValues with) => api is null
            ? (null, null)
            : (signIns.HandlerOf(name, api, with, new BudgetHandler(calls, new PacedHandler(new MeasuredHandler(name, time, _network)))), token => gates.OfAsync(name, api, with, token));
    }

    /// <summary>Stores what was learnt of how APIs may be asked.</summary>
    public Task KeepPacesAsync() => _gates?.KeepAsync() ?? Task.CompletedTask;

    /// <summary>The values of what a job gives a connector.</summary>
    /// <summary>What the settings of a job point to and is not there, so that whoever runs it unattended learns of it at once.</summary>
    public IEnumerable<string> MissingSettings(JobDefinition job)
    {
        var settings = job.Destinations.Values.Select(d => d.Settings).Prepend(job.Source.Settings).SelectMany(s => s.Values).Concat(OfServer(job.Report.Email?.Smtp)).Concat(OfAlerts(job.Alerts)).Distinct();
        foreach (var reference in settings)
        {
            if (MissingOf(reference) is { } missing) yield return $"Job '{job.Name}': {missing}";
        }
    }

    private static IEnumerable<ValueReference> OfServer(SmtpDefinition? smtp) => smtp is null ? [] : new[] { smtp.Host, smtp.User, smtp.Password }.OfType<ValueReference>();

    private static IEnumerable<ValueReference> OfAlerts(AlertDefinition? alerts)
    {
        if (alerts is null) return [];
        var ofRoutes = alerts.Routes.SelectMany(route => route switch
        {
            AlertRoute.Email email => OfServer(email.Mail.Smtp),
            AlertRoute.Webhook webhook => webhook.Headers.Values.Prepend(webhook.Url),
            _ => [],
        });
        return alerts.Heartbeat is { } heartbeat ? ofRoutes.Append(heartbeat) : ofRoutes;
    }

    private string? MissingOf(ValueReference reference)
    {
        try
        {
            SettingsOf(new Dictionary<string, ValueReference>()).Resolve(reference);
            return null;
        }
        catch (SettingException e)
        {
            return e.Message;
        }
    }

    public SettingValues SettingsOf(IReadOnlyDictionary<string, ValueReference> settings) => new(settings, configFolder, environment);

    /// <summary>The sign-ins of this process.</summary>
    public async Task<SignIns> SignInsAsync(CancellationToken cancel)
    {
        var store = await StoreAsync(cancel);
        lock (_making) return _signIns ??= new SignIns(store, environment ?? Environment.GetEnvironmentVariable, time, _network);
    }

    private async Task<CallGates> GatesAsync(CancellationToken cancel)
    {
        var store = await StoreAsync(cancel);
        lock (_making) return _gates ??= new CallGates(store, time, log);
    }

    public async ValueTask DisposeAsync()
    {
        _signIns?.Dispose();
        _network.Dispose();
        if (_reading is not null) await _reading.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
        _opening.Dispose();
        await log.DisposeAsync();
    }
}
