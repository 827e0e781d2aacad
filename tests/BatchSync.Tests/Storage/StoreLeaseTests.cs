using BatchSync.Core.Alerting;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Scheduling;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreLeaseTests(string kind)
{
    [Test]
    public async Task Acquire_OfAHeldLease_GivesNothingToAnybody()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await using var other = bench.File.Open(bench.Time);
        Assert.That(await other.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None), Is.Null);
        Assert.That(await bench.Store.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None), Is.Null, "not even to its holder's process");
        Assert.That(await other.AcquireLeaseAsync("another series", StoreBench.LeaseLength, CancellationToken.None), Is.Not.Null);
    }

    // Held for two minutes: at 1:59 it still is, at 2:00 it is not.
    [TestCase(119, false)]
    [TestCase(120, true)]
    public async Task Acquire_OfALeaseWhoseTimeIsOver_Succeeds(int seconds, bool succeeds)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        bench.Time.Advance(TimeSpan.FromSeconds(seconds));
        var taken = await bench.Store.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None);
        Assert.That(taken is not null, Is.EqualTo(succeeds));
        if (succeeds) Assert.That(taken!.Token, Is.GreaterThan(bench.Lease.Token));
    }

    [Test]
    public async Task Renew_OfAHeldLease_MovesItsEnd()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        bench.Time.Advance(TimeSpan.FromSeconds(100));
        var renewed = await bench.Store.RenewLeaseAsync(bench.Lease, StoreBench.LeaseLength, CancellationToken.None);
        bench.Time.Advance(TimeSpan.FromSeconds(100));
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(renewed.Token, Is.EqualTo(bench.Lease.Token));
            Assert.That(await bench.Store.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None), Is.Null);
            Assert.That((await bench.Store.ListLeasesAsync(CancellationToken.None)).Select(l => (l.Name, l.ExpiresAt)), Is.EqualTo(new[] { (Some.Series, renewed.ExpiresAt) }));
        });
    }

    [Test]
    public async Task Release_OfALease_FreesItAndItsTokenIsNeverUsedAgain()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ReleaseLeaseAsync(bench.Lease, CancellationToken.None);
        Assert.That(await bench.Store.ListLeasesAsync(CancellationToken.None), Is.Empty);
        var next = await bench.Store.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None);
        Assert.That(next!.Token, Is.EqualTo(bench.Lease.Token + 1));
    }

    [TestCase("process_id = 2147483000", true, Description = "there is no such process")]
    [TestCase("process_started = '2001-01-01T00:00:00.0000000Z'", true, Description = "another process has its number now")]
    [TestCase("host = 'elsewhere', process_id = 2147483000", false, Description = "who can tell what runs on another host")]
    public async Task Acquire_WhereTheHolderMayBeGone_SucceedsOnlyWhenThatIsCertain(string change, bool succeeds)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        bench.File.Execute($"UPDATE leases SET {change}");
        Assert.That(await bench.Store.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None) is not null, Is.EqualTo(succeeds));
    }

    [Test]
    public async Task EveryWrite_WithALeaseThatIsLost_ThrowsAndWritesNothing()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry("1"));
        await bench.StageAsync(Some.TimeEntry("2"), Some.TimeEntry("3"));
        await bench.AssessAsync();
        var set = await bench.BeginAsync();
        var row = await bench.OutboxAsync();
        var late = Some.Document(Some.Mapping(), Some.Assessed(Some.Mapping(), [Some.TimeEntry("2")]), purpose: DocumentPurpose.Supplement);
        var attempt = await bench.Store.BeginAttemptAsync(bench.Lease, new AttemptStart(bench.Run.RunNo, "all", "create", "key", TimeSpan.FromSeconds(5)), [row], CancellationToken.None);

        bench.Time.Advance(TimeSpan.FromHours(1));
        await using var other = bench.File.Open(bench.Time);
        Assert.That(await other.AcquireLeaseAsync(Some.Series, StoreBench.LeaseLength, CancellationToken.None), Is.Not.Null);
        var before = bench.Everything();

        var (store, old, now) = (bench.Store, bench.Lease, bench.Time.GetUtcNow());
        var change = new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Posted, "Posted", "");
        var assessed = Some.Assessed(Some.Mapping(), [Some.TimeEntry("3") with { Deleted = true }])[0].Assessment;
        var writes = new Dictionary<string, Func<Task>>
        {
            [nameof(IStore.RenewLeaseAsync)] = () => store.RenewLeaseAsync(old, StoreBench.LeaseLength, CancellationToken.None),
            [nameof(IStore.ReleaseLeaseAsync)] = () => store.ReleaseLeaseAsync(old, CancellationToken.None),
            [nameof(IStore.OpenRunAsync)] = () => store.OpenRunAsync(old, bench.Start(), CancellationToken.None),
            [nameof(IStore.OpenOccurrenceAsync)] = () => store.OpenOccurrenceAsync(old, bench.Start(), new OccurrenceClaim(Fire, 0, [new SkippedOccurrence(EarlierFire, "holiday")]), CancellationToken.None),
            [nameof(IStore.SkipOccurrencesAsync)] = () => store.SkipOccurrencesAsync(old, "nightly", [new SkippedOccurrence(Fire, "holiday")], CancellationToken.None),
            [nameof(IStore.FailOccurrenceAsync)] = () => store.FailOccurrenceAsync(old, "nightly", Fire, 2, "no token", CancellationToken.None),
            [nameof(IStore.SaveStepAsync)] = () => store.SaveStepAsync(old, bench.Run.RunNo, new RunStep("map", now, now, ""), CancellationToken.None),
            [nameof(IStore.CloseRunAsync)] = () => store.CloseRunAsync(old, bench.Run.RunNo, RunStatus.Succeeded, 0, "", CancellationToken.None),
            [nameof(IStore.OfferPartitionsAsync)] = () => store.OfferPartitionsAsync(old, bench.Run.RunNo, ["us"], CancellationToken.None),
            [nameof(IStore.EndPartitionAsync)] = () => store.EndPartitionAsync(old, bench.Run.RunNo, new PartitionResult(0, 0, 0, null, ""), CancellationToken.None),
            [nameof(IStore.SaveTenantAsync)] = () => store.SaveTenantAsync(old, new TenantRow(Some.Series, "all", "books", "company-1", "test"), CancellationToken.None),
            [nameof(IStore.BeginPageSetAsync)] = () => store.BeginPageSetAsync(old, bench.SetStart(), CancellationToken.None),
            [nameof(IStore.AbandonPageSetAsync)] = () => store.AbandonPageSetAsync(old, set, CancellationToken.None),
            [nameof(IStore.StagePageAsync)] = () => store.StagePageAsync(old, set, StoreBench.Page([Some.TimeEntry("9")]), CancellationToken.None),
            [nameof(IStore.SaveMissingAsync)] = () => store.SaveMissingAsync(
                old, StreamKind.TimeEntries, bench.Run.RunNo, new CompleteReading(set.PageSetNo, new SourceCount(StreamKind.TimeEntries, 0, 0, 0)), [new MissingRecord(Some.TimeEntry("2"), MissedBefore: false)], CancellationToken.None),
            [nameof(IStore.SaveSignInAsync)] = () => store.SaveSignInAsync(old, new StoredSignIn(new SignInName("books 1", "books", ""), "key", "c2VhbGVk", "eve", now, now, null), CancellationToken.None),
            [nameof(IStore.PruneRawPagesAsync)] = () => store.PruneRawPagesAsync(old, now, CancellationToken.None),
            [nameof(IStore.AdoptAsync)] = () => store.AdoptAsync(old, ["REF"], "eve", "restored", CancellationToken.None),
            [nameof(IStore.RetryDeadLettersAsync)] = () => store.RetryDeadLettersAsync(old, [row.DocumentNo], "eve", "mended", CancellationToken.None),
            [nameof(IStore.DiscardDeadLettersAsync)] = () => store.DiscardDeadLettersAsync(old, [row.DocumentNo], "eve", "by hand", CancellationToken.None),
            [nameof(IStore.UnformDocumentsAsync)] = () => store.UnformDocumentsAsync(old, [row.DocumentNo], CancellationToken.None),
            [nameof(IStore.SaveUnpostedAsync)] = () => store.SaveUnpostedAsync(old, [new RecordName(StreamKind.TimeEntries, "1")], "eve", "wrong month", CancellationToken.None),
            [nameof(IStore.ReleaseAsync)] = () => store.ReleaseAsync(old, [new RecordName(StreamKind.TimeEntries, "1")], "eve", "looked at", CancellationToken.None),
            [nameof(IStore.SaveBucketsAsync)] = () => store.SaveBucketsAsync(old, [new BucketRow(3, Some.Series, assessed, assessed.Bucket, "rules")], [], CancellationToken.None),
            [nameof(IStore.SaveAssessmentAsync)] = () => store.SaveAssessmentAsync(old, "rules", CancellationToken.None),
            [nameof(IStore.CreateDocumentsAsync)] = () => store.CreateDocumentsAsync(old, [new NewDocument(new DocumentEntry(bench.Run.RunNo, "all", "hash"), late)], CancellationToken.None),
            [nameof(IStore.BeginAttemptAsync)] = () => store.BeginAttemptAsync(old, new AttemptStart(bench.Run.RunNo, "all", "create", "key", TimeSpan.FromSeconds(5)), [row with { State = OutboxState.Sending }], CancellationToken.None),
            [nameof(IStore.EndAttemptAsync)] = () => store.EndAttemptAsync(old, attempt.AttemptNo, "request", "response", [change], CancellationToken.None),
            [nameof(IStore.SaveOutboxAsync)] = () => store.SaveOutboxAsync(old, [change], CancellationToken.None),
            [nameof(IStore.SaveReconciliationAsync)] = () => store.SaveReconciliationAsync(old, bench.Run, [Some.October], [Row], [new Difference("pending", document.Reference, Some.October, "ACME", "USD", "a", "b", 1m, "c")], CancellationToken.None),
            [nameof(IStore.SaveAlertAsync)] = () => store.SaveAlertAsync(old, new AlertRow(0, Some.Series, "nightly", new Alert(AlertKind.Failure, 1, null, now, 1, now, null), new AlertWords("failed", ""), null), CancellationToken.None),
            [nameof(IStore.SaveAlertDeliveryAsync)] = () => store.SaveAlertDeliveryAsync(old, 1, "webhook env:HOOK", 1, CancellationToken.None),
            [nameof(IStore.ForgetTouchedPeriodsAsync)] = () => store.ForgetTouchedPeriodsAsync(old, [Some.October], CancellationToken.None),
        };
        var fenced = typeof(IStore).GetMethods().Where(m => m.GetParameters().Any(p => p.ParameterType == typeof(Lease))).Select(m => m.Name);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(writes.Keys, Is.EquivalentTo(fenced), "every method that takes a lease is tried");
            foreach (var (name, write) in writes)
            {
                await Assert.ThrowsAsync<LeaseLostException>(() => write(), name);
                Assert.That(bench.Everything(), Is.EqualTo(before), name);
            }
        });
    }

    private static FireTime Fire => new(Some.Day("2026-11-05"), new DateTimeOffset(2026, 11, 5, 7, 30, 0, TimeSpan.Zero));

    private static FireTime EarlierFire => new(Some.Day("2026-11-04"), new DateTimeOffset(2026, 11, 4, 7, 30, 0, TimeSpan.Zero));

    private static ReconciliationRow Row => new(Some.October, Purposes.Revenue, "us", "ACME", "USD", ReconciliationStep.Records, StreamKind.TimeEntries.Name(), 1, 3600, null);
}
