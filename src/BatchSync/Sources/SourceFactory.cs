using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Sources.Csv;
using BatchSync.Sources.Rest;
using Serilog;

namespace BatchSync.Sources;

/// <summary>Makes the source of a connector: an API, or a folder of files.</summary>
internal static class SourceFactory
{
    /// <param name="settings">Of the job, for this connector.</param>
    /// <param name="handler">The network that APIs are reached through; null: the real one.</param>
    /// <param name="gate">What holds calls to an API back; null: one of its own, which is not kept.</param>
    /// <returns>One that is <see cref="IDisposable"/> where it holds connections.</returns>
    /// <exception cref="SettingException">The connector is neither, or has a path that cannot be read.</exception>
    public static ISource Create(SourceConnector connector, SettingValues settings, Limits limits, HttpMessageHandler? handler, FindGate? gate, TimeProvider time, ILogger log) =>
        connector.Csv is { } csv
            ? new CsvSource(connector, csv, settings, limits)
            : new RestSource(connector, settings, limits, handler, gate, time, log);
}
