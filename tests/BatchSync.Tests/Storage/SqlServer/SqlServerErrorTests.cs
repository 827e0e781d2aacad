using System.Net;
using System.Net.Sockets;
using System.Reflection;
using BatchSync.Storage.SqlServer;
using BatchSync.Tests.Support;
using Microsoft.Data.SqlClient;
using NUnit.Framework;

namespace BatchSync.Tests.Storage.SqlServer;

/// <summary>What an administrator reads of SQL Server's errors.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SqlServerErrorTests
{
    private static readonly string Documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs/sql-server.md"));

    private static IEnumerable<int> Numbers() => typeof(SqlServerErrors).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (int)f.GetRawConstantValue()!);

    // Those of Azure SQL pass by themselves, and are told in the service's own words.
    private static readonly int[] OfTheService = [4221, 10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920];

    [TestCaseSource(nameof(Numbers))]
    public void SqlServerError_ByItsNumber_SaysWhatToDoAndStandsInTheDocs(int number)
    {
        var text = SqlServerErrors.Text(number, "its own words.");
        if (OfTheService.Contains(number)) Assert.That(text, Does.Contain($"({number})"));
        else if (text.Contains("its own words", StringComparison.Ordinal)) Assert.That(text, Is.Not.EqualTo($"the server said ({number}): its own words."));
        else Assert.That(Documentation, Does.Contain($"| {text} |"));
    }

    [Test]
    public void SqlServerError_OfANumberWithoutAName_IsToldInTheServersWords() => Assert.That(SqlServerErrors.Text(4711, "Odd."), Is.EqualTo("the server said (4711): Odd."));

    // Outside Windows the driver gives neither of them a number.
    [TestCase(true, "the connection ended.")]
    [TestCase(false, "the server cannot be reached.")]
    public async Task SqlServerError_OfAServerThatHangsUpOrIsNotThere_PassesAndIsToldAsThat(bool answers, string text)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (answers) server.Listen();
        var hangsUp = answers ? HangUpAsync(server) : Task.CompletedTask;
        var port = ((IPEndPoint)server.LocalEndPoint!).Port;
        await using var connection = new SqlConnection($"Server=127.0.0.1,{port};User ID=nobody;Password=none;Encrypt=Optional;Connect Timeout=30;ConnectRetryCount=0;Pooling=False");
        var failure = await Assert.ThrowsAsync<SqlException>(() => connection.OpenAsync());
        await hangsUp;
        Assert.That(SqlServerErrors.IsPassing(failure!), Is.True);
        Assert.That(SqlServerErrors.Explained("the store", failure!).Message, Does.StartWith($"the store: {text}"));
    }

    private static async Task HangUpAsync(Socket server)
    {
        using var client = await server.AcceptAsync();
        await client.ReceiveAsync(new byte[1]);
    }

    [Test]
    public void SqlServerNumbers_AreNamedOnce() => Assert.That(Numbers(), Is.Unique);
}
