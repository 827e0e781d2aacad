using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>A transaction that fails in passing is done again as a whole: it was all or nothing.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class StoreRetryTests
{
    private const string Second = "INSERT INTO audit_events";

    [Test]
    public async Task Write_ThatFailsInPassingHalfWay_IsMadeOnce()
    {
        using var folder = new TemporaryFolder();
        var (dialect, store) = await OpenAsync(folder);
        await using var _ = store;
        for (var i = 0; i < 2; i++) dialect.Failures.Enqueue(new PassingException(Second));
        var approval = await store.ApprovePlanAsync("hash", "H", "ada", "seen", CancellationToken.None);
        Assert.That(dialect.Failures, Is.Empty, "it met both");
        Assert.That(approval.Author, Is.EqualTo("ada"));
        Assert.That(await store.FindPlanApprovalAsync("hash", CancellationToken.None), Is.EqualTo(approval));
    }

    [Test]
    public async Task Write_ThatFailsAgainAndAgain_IsToldAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var (dialect, store) = await OpenAsync(folder);
        await using var _ = store;
        for (var i = 0; i < 3; i++) dialect.Failures.Enqueue(new PassingException(Second));
        var told = await Assert.ThrowsAsync<StoreException>(() => store.ApprovePlanAsync("hash", "H", "ada", "seen", CancellationToken.None));
        Assert.That(told!.Message, Does.Contain("busy at " + Second));
        Assert.That(await store.FindPlanApprovalAsync("hash", CancellationToken.None), Is.Null, "the first half is not there either");
    }

    private static async Task<(ParsedDialect Dialect, SqlStore Store)> OpenAsync(TemporaryFolder folder)
    {
        var time = new ManualTime();
        var dialect = new ParsedDialect(new SqliteDialect(Path.Combine(folder.Path, "store.db"), time));
        var store = SqlStore.Open(dialect, time);
        await store.MigrateAsync(CancellationToken.None);
        return (dialect, store);
    }
}
