using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>Approvals of plans. Every kind of store runs these.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StorePlanTests(string kind)
{
    [Test]
    public async Task Approve_Twice_KeepsTheFirstAndIsAuditedOnce()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var first = await bench.Store.ApprovePlanAsync("hash", Some.Series, "ada", "seen", CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromHours(1));
        var again = await bench.Store.ApprovePlanAsync("hash", Some.Series, "eve", "me too", CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((first.Author, first.Reason, first.Series), Is.EqualTo(("ada", "seen", Some.Series)));
            Assert.That(again, Is.EqualTo(first));
            Assert.That(bench.File.Rows("SELECT author, action, subject, reason FROM audit_events"), Is.EqualTo(new[] { $"ada|approve plan|{Some.Series} hash|seen" }));
        });
    }

    [Test]
    public async Task FindApproval_OfAnotherPlan_IsNone()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ApprovePlanAsync("hash", Some.Series, "ada", "seen", CancellationToken.None);
        Assert.That(await bench.Store.FindPlanApprovalAsync("other", CancellationToken.None), Is.Null);
        Assert.That((await bench.Store.FindPlanApprovalAsync("hash", CancellationToken.None))!.Author, Is.EqualTo("ada"));
    }
}
