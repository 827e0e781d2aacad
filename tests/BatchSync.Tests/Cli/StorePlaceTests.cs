using System.Net;
using System.Net.Sockets;
using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Storage.Sqlite;
using BatchSync.Storage.SqlServer;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

[Parallelizable(ParallelScope.All)]
public sealed class StorePlaceTests
{
    [TestCase("Server=db.example.com;Database=books;Integrated Security=True", null, "SQL Server db.example.com, database books, schema dbo")]
    [TestCase("data source=db,1433;User ID=sa;Password=hunter22", "batchsync", "SQL Server db,1433, database of the login, schema batchsync")]
    public void StorePlace_OfAConnectionString_IsSqlServerAndTellsNoSecret(string text, string? schema, string name)
    {
        var place = StorePlace.Of(text, schema, ".");
        var dialect = place.Dialect(TimeProvider.System);
        Assert.That(dialect, Is.InstanceOf<SqlServerDialect>());
        Assert.That(dialect.Name, Is.EqualTo(name));
        Assert.That(place.IsThere, Is.True, "only opening it says");
    }

    // The driver itself, and a port on which nobody listens.
    [Test]
    public async Task Command_WhereNoSqlServerAnswers_SaysWhichOneAndWhatToDo()
    {
        using var folder = new TemporaryFolder();
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var run = await CommandRun.OfAsync("runs", "--config", folder.Path, "--store", FormattableString.Invariant($"Server=127.0.0.1,{port};User ID=sa;Password=hunter22;Connect Timeout=5"));
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Error, Does.Contain("the server cannot be reached").And.Contain(FormattableString.Invariant($"SQL Server 127.0.0.1,{port}")).And.Not.Contain("hunter22"));
    }

    [Test]
    public void StorePlace_OfAPath_IsAFileThatMayNotBeThereYet()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "books.db");
        var place = StorePlace.Of(path, "batchsync", ".");
        Assert.That(place.Dialect(TimeProvider.System), Is.InstanceOf<SqliteDialect>());
        Assert.That(place.Dialect(TimeProvider.System).Name, Is.EqualTo(path));
        Assert.That(place.IsThere, Is.False);
        File.WriteAllText(path, "");
        Assert.That(place.IsThere, Is.True);
    }
}
