using BatchSync.Cli;
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
