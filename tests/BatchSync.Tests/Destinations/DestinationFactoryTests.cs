using BatchSync.Configuration;
using BatchSync.Destinations;
using BatchSync.Destinations.Rest;
using BatchSync.Http;
using BatchSync.Tests.Http;
using NUnit.Framework;

namespace BatchSync.Tests.Destinations;

internal sealed class DestinationFactoryTests
{
    [Test]
    public void Create_RestConnector_TalksToTheApi()
    {
        var connector = new DestinationConnector.Rest("books", Api.Definition(), Books.Definition);
        Assert.That(DestinationFactory.Create(connector, Api.Settings(), null, null, TimeProvider.System, Serilog.Core.Logger.None), Is.TypeOf<RestDestination>());
    }

    [Test]
    public async Task Create_JournalConnector_FindsItsFileInTheConfigurationFolder()
    {
        var settings = new SettingValues(new Dictionary<string, ValueReference> { ["file"] = new("my-books.ledger") }, Path.GetTempPath());
        var connector = new DestinationConnector.Journal("ledger", new JournalDefinition(new ValueReference("setting:file"), "Assets:Receivable", "Income", "Liabilities:Tax"));
        var journal = DestinationFactory.Create(connector, settings, null, null, TimeProvider.System, Serilog.Core.Logger.None);
        Assert.That((await journal.ProbeAsync(default)).Tenant, Is.EqualTo("journal:my-books.ledger"));
    }
}
