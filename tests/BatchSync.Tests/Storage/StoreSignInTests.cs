using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreSignInTests(string kind)
{
    [Test]
    public async Task SaveSignIn_OfOneKeyTwice_KeepsTheNewerAndAuditsPeopleOnly()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var now = bench.Time.GetUtcNow();
        var first = new StoredSignIn(new SignInName("books 1", "books", "eu"), "key 1", "c2VhbGVk", "eve", now, now, SentAt: null);
        await SaveAsync(bench, first);
        bench.Time.Advance(TimeSpan.FromHours(1));
        var renewed = first with { KeyId = "key 2", Sealed = "YW5ldw==", RefreshedAt = bench.Time.GetUtcNow(), SentAt = bench.Time.GetUtcNow() };
        await SaveAsync(bench, renewed);
        await SaveAsync(bench, first with { Name = new SignInName("books 2", "books", "us") });
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await bench.Store.FindSignInAsync("books 1", CancellationToken.None), Is.EqualTo(renewed));
            Assert.That(await bench.Store.FindSignInAsync("books 3", CancellationToken.None), Is.Null);
            Assert.That((await bench.Store.ListSignInsAsync(CancellationToken.None)).Select(s => s.Name.Account), Is.EqualTo(new[] { "eu", "us" }));
            Assert.That(bench.File.Rows("SELECT author, action, subject FROM audit_events"), Is.EqualTo(new[] { "eve|sign in|books 1", "eve|sign in|books 2" }));
        });
    }

    private static Task SaveAsync(StoreBench bench, StoredSignIn signIn) => bench.Store.SaveSignInAsync(bench.Lease, signIn, CancellationToken.None);
}
