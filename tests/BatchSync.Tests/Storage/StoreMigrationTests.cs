using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreMigrationTests(string kind)
{
    private readonly ManualTime _time = new();

    [Test]
    public async Task Migrate_OfAFreshStore_AppliesAllAndASecondTimeNone()
    {
        await using var file = TestStore.Of(kind);
        await using var store = file.Open(_time);
        var first = await store.MigrateAsync(CancellationToken.None);
        var second = await store.MigrateAsync(CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(first, Is.Not.Empty.And.Ordered);
            Assert.That(first[0], Is.EqualTo("0001-first-schema"));
            Assert.That(second, Is.Empty);
            Assert.That(file.Rows("SELECT CONCAT(version, ' ', name) FROM schema_journal ORDER BY version")[0], Is.EqualTo("1 0001-first-schema"));
        });
    }

    [Test]
    public async Task Migrate_ByTwoAtOnce_AppliesEachOnce()
    {
        await using var file = TestStore.Of(kind);
        await using var one = file.Open(_time);
        await using var two = file.Open(_time);
        var applied = await Task.WhenAll(Task.Run(() => one.MigrateAsync(CancellationToken.None)), Task.Run(() => two.MigrateAsync(CancellationToken.None)));
        Assert.That(applied.SelectMany(a => a), Is.Unique.And.Not.Empty);
    }

    [Test]
    public async Task Migrate_OfANewerStore_IsRefusedWithBothVersions()
    {
        await using var file = TestStore.Of(kind);
        await using var store = await file.OpenMigratedAsync(_time);
        file.Execute("INSERT INTO schema_journal (version, name, content_hash, applied_at) VALUES (99, '0099-from-the-future', 'x', '2030-01-01')");
        var refusal = await Assert.ThrowsAsync<StoreException>(() => store.MigrateAsync(CancellationToken.None));
        Assert.That(refusal!.Message, Does.Contain("schema version 99 (0099-from-the-future)").And.Contain("newer BatchSync"));
    }

    [TestCase("UPDATE schema_journal SET content_hash = 'x' WHERE version = 1")]
    [TestCase("UPDATE schema_journal SET version = 0 WHERE version = 1")]
    public async Task Migrate_WhereAnAppliedMigrationIsAnother_IsRefused(string change)
    {
        await using var file = TestStore.Of(kind);
        await using var store = await file.OpenMigratedAsync(_time);
        file.Execute(change);
        var refusal = await Assert.ThrowsAsync<StoreException>(() => store.MigrateAsync(CancellationToken.None));
        Assert.That(refusal!.Message, Does.Contain("0001-first-schema"));
    }
}
