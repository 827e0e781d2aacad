using BatchSync.Configuration;
using BatchSync.Destinations.Journal;
using BatchSync.Destinations.Rest;
using BatchSync.Http;
using Serilog;

namespace BatchSync.Destinations;

/// <summary>Makes the destination that a connector describes.</summary>
internal static class DestinationFactory
{
    /// <summary>Decimals of a quantity that the destination of a connector stores; known without its settings.</summary>
    public static int QuantityDecimals(DestinationConnector connector) => connector switch
    {
        DestinationConnector.Rest rest => rest.Documents.QuantityDecimals,
        DestinationConnector.Journal => JournalDestination.StoredQuantityDecimals,
        _ => throw new InvalidOperationException("A connector outside the family."),
    };

    /// <param name="handler">Null: the network.</param>
    /// <param name="gate">Null: one of its own, which is not kept; files need none.</param>
    /// <exception cref="SettingException">A setting is missing, or the connector contradicts itself.</exception>
    public static IDestination Create(DestinationConnector connector, SettingValues settings, HttpMessageHandler? handler, FindGate? gate, TimeProvider time, ILogger log) => connector switch
    {
        DestinationConnector.Rest rest => new RestDestination(rest, settings, handler, gate, time, log),
        DestinationConnector.Journal journal => new JournalDestination(journal.Definition, settings.ResolvePath(journal.Definition.File), time),
        _ => throw new InvalidOperationException("A connector outside the family."),
    };
}
