using BatchSync.Configuration;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

/// <summary>The audit trail is written with what it tells of, only grows, and shows where somebody rewrote it.</summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class AuditTrailTests(string kind)
{
    [Test]
    public async Task Trail_OfPeopleAndRuns_IsAChainFromItsBeginning()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await WriteAsync(bench);
        var events = await bench.Store.ReadAuditAsync(null, null, CancellationToken.None).ToListAsync();
        var found = await VerifyAsync(bench, events[0].Hash);
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(e => (e.Entry.AuthorKind, e.Entry.Author, e.Entry.RunNo, e.Entry.Action)), Is.EqualTo(new[]
            {
                ("person", "eve", (long?)null, "explain"), ("run", "nightly", bench.Run.RunNo, "form document"), ("person", "ada", null, "approve plan"),
            }));
            Assert.That(events[0].PreviousHash, Is.EqualTo(AuditChain.Beginning));
            Assert.That((found.Holds, found.Broken, found.Head), Is.EqualTo((true, (AuditBreak?)null, new AuditHead(3, events[^1].Hash))));
        });
    }

    // The hash is a promise to auditors who compute it by another program.
    [Test]
    public void Hash_OfAnEvent_IsSha256OverItsFieldsAndTheHashBefore()
    {
        const string Text = "64:0000000000000000000000000000000000000000000000000000000000000000" + "28:2026-11-05T12:00:00.0000000Z" + "6:person" + "4:Zoë" + "0:" + "7:explain" + "3:T 1" + "0:";
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Text)));
        Assert.That(AuditChain.Hash(AuditChain.Beginning, "2026-11-05T12:00:00.0000000Z", AuditEntry.OfPerson("Zoë", "explain", "T 1")), Is.EqualTo(expected));
    }

    [TestCase("UPDATE audit_events SET subject = 'another' WHERE event_no = 2", 2, "it was changed")]
    [TestCase("UPDATE audit_events SET author_kind = 'person' WHERE event_no = 2", 2, "it was changed")]
    [TestCase("UPDATE audit_events SET run_no = NULL WHERE event_no = 2", 2, "it was changed")]
    [TestCase("UPDATE audit_events SET at = 'never' WHERE event_no = 3", 3, "it was changed")]
    [TestCase("DELETE FROM audit_events WHERE event_no = 1", 2, "it does not follow")]
    [TestCase("DELETE FROM audit_events WHERE event_no = 2", 3, "it does not follow")]
    [TestCase("UPDATE audit_events SET event_no = 9 WHERE event_no = 1", 2, "it does not follow")]
    [TestCase("INSERT INTO audit_events (at, author, action, subject, reason) VALUES ('2026', 'mallory', 'approve plan', 'x', 'y')", 4, "it does not follow")]
    public async Task Trail_ThatWasTamperedWith_IsBrokenAtThatEvent(string change, int eventNo, string why)
    {
        if (change.Contains("SET event_no", StringComparison.Ordinal)) SqliteOnly("SQL Server lets nobody change a number that it gave");
        await using var bench = await StoreBench.OpenAsync(kind);
        await WriteAsync(bench);
        bench.File.ExecuteUnguarded(change);
        var found = await VerifyAsync(bench);
        Assert.That((found.Holds, found.Broken?.EventNo), Is.EqualTo((false, (long?)eventNo)));
        Assert.That(found.Broken!.Why, Does.Contain(why));
    }

    // A chain that was cut at its end, or written anew as a whole, is a chain: only a head that somebody kept elsewhere tells.
    [Test]
    public async Task Trail_ThatWasCutAtItsEnd_LacksTheHeadThatAMailNamed()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await WriteAsync(bench);
        var mailed = (await bench.Store.FindAuditHeadAsync(CancellationToken.None)).Hash;
        bench.File.ExecuteUnguarded("DELETE FROM audit_events WHERE event_no = 3");
        var (unasked, asked) = (await VerifyAsync(bench), await VerifyAsync(bench, mailed));
        Assert.That((unasked.Holds, asked.Holds, asked.Broken, asked.HasKnownHead), Is.EqualTo((true, false, (AuditBreak?)null, false)));
    }

    [TestCase("UPDATE audit_events SET reason = 'better'")]
    [TestCase("DELETE FROM audit_events")]
    public async Task Events_ThatAreWritten_AreNeitherChangedNorDeleted(string change)
    {
        SqliteOnly("on SQL Server the roles say so");
        await using var bench = await StoreBench.OpenAsync(kind);
        await WriteAsync(bench);
        Assert.That(() => bench.File.Execute(change), Throws.Exception.With.Message.Contains("append-only"));
        Assert.That((await VerifyAsync(bench)).Head.Events, Is.EqualTo(3));
    }

    [Test]
    public async Task Event_OfWhatIsNotCommitted_IsNotThere()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"));
        await bench.AssessAsync();
        var document = Some.Document(Some.Mapping(), Some.Assessed(Some.Mapping(), [Some.TimeEntry("1"), Some.TimeEntry("2")]));
        Assert.That(() => bench.CreateAsync(document), Throws.Exception, "record 2 is not in the store");
        Assert.That((await VerifyAsync(bench)).Head, Is.EqualTo(new AuditHead(0, AuditChain.Beginning)));
    }

    [Test]
    public async Task Events_OfAStoreWithoutAChain_AreChainedByTheMigrationWhichSaysSo()
    {
        SqliteOnly("no store on SQL Server is as old as that");
        await using var file = TestStore.Of(kind);
        await using var store = await file.OpenMigratedAsync(new ManualTime());
        Unmigrate(file);
        file.Execute("INSERT INTO audit_events (at, author, action, subject, reason) VALUES ('2026-01-01', 'eve', 'accept difference', 'a', 'b'), ('2026-01-02', 'eve', 'accept difference', 'c', 'd')");
        await store.MigrateAsync(CancellationToken.None);
        await store.SaveAuditAsync(AuditEntry.OfPerson("ada", "explain", "T 1"), CancellationToken.None);
        var found = await AuditChain.VerifyAsync(store.ReadAuditAsync(null, null, CancellationToken.None), null, CancellationToken.None);
        Assert.That((found.Holds, found.Head.Events, found.ChainedLate?.EventNo, found.ChainedLate?.Entry.Subject), Is.EqualTo((true, 4L, (long?)3, "events 1 to 2")));
    }

    [Test]
    public async Task Configuration_OfARun_IsAuditedWhereItsContentIsNew()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        ConfigurationFile job = new("job.yaml", "aa", [1]), mapping = new("mapping.yaml", "bb", [2]);
        foreach (var files in new[] { new[] { job, mapping }, [job, mapping], [job, mapping with { ContentHash = "cc" }] }) await bench.Store.OpenRunAsync(bench.Lease, bench.Start() with { Files = files }, CancellationToken.None);
        Assert.That(bench.File.Rows("SELECT author_kind, run_no, action, subject FROM audit_events ORDER BY event_no"), Is.EqualTo(new[]
        {
            "run|2|use configuration|job.yaml content aa", "run|2|use configuration|mapping.yaml content bb", "run|4|use configuration|mapping.yaml content cc",
        }));
    }

    [Test]
    public async Task Events_OfDays_AreReadByTheirDayInUtc()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        foreach (var subject in new[] { "first", "second", "third" })
        {
            await bench.Store.SaveAuditAsync(AuditEntry.OfPerson("eve", "explain", subject), CancellationToken.None);
            bench.Time.Advance(TimeSpan.FromDays(1));
        }

        async Task<IEnumerable<string>> OfAsync(DateOnly? from, DateOnly? to) => (await bench.Store.ReadAuditAsync(from, to, CancellationToken.None).ToListAsync()).Select(e => e.Entry.Subject);
        Assert.That(await OfAsync(Some.Day("2026-11-03"), Some.Day("2026-11-03")), Is.EqualTo(new[] { "second" }));
        Assert.That(await OfAsync(Some.Day("2026-11-03"), null), Is.EqualTo(new[] { "second", "third" }));
        Assert.That(await OfAsync(null, Some.Day("2026-11-03")), Is.EqualTo(new[] { "first", "second" }));
    }

    private void SqliteOnly(string why)
    {
        if (kind != "sqlite") Assert.Ignore($"On SQLite only: {why}.");
    }

    private static async Task WriteAsync(StoreBench bench)
    {
        await bench.Store.SaveAuditAsync(AuditEntry.OfPerson("eve", "explain", $"{Some.Series} time_entries/1"), CancellationToken.None);
        await bench.BillAsync(Some.TimeEntry("1"));
        await bench.Store.ApprovePlanAsync("hash", Some.Series, "ada", "seen", CancellationToken.None);
    }

    private static Task<AuditVerification> VerifyAsync(StoreBench bench, string? known = null) =>
        AuditChain.VerifyAsync(bench.Store.ReadAuditAsync(null, null, CancellationToken.None), known, CancellationToken.None);

    // The schema as it was before there was a chain.
    private static void Unmigrate(TestStore file) => file.Execute(
        """
        DROP TABLE assessments; DROP TABLE alert_deliveries; DROP TABLE alerts; DROP TABLE hosts; DROP TABLE partitions; DROP TABLE occurrences; DROP TABLE schedules; ALTER TABLE runs DROP COLUMN occurrence;
        DROP TABLE former_places; DROP INDEX records_superseded;
        DROP VIEW reconciliation_summary; DROP VIEW open_differences; DROP VIEW posted_documents; DROP TABLE missing_records; DROP TABLE sign_ins; DROP TABLE paces; ALTER TABLE page_sets DROP COLUMN purpose;
        DROP TRIGGER audit_events_keep; DROP TRIGGER audit_events_stay; DROP TABLE run_reports; DROP INDEX raw_pages_by_age; DROP INDEX pages_by_content;
        ALTER TABLE audit_events DROP COLUMN author_kind; ALTER TABLE audit_events DROP COLUMN run_no; ALTER TABLE audit_events DROP COLUMN previous_hash; ALTER TABLE audit_events DROP COLUMN hash;
        ALTER TABLE records DROP COLUMN approved_by; ALTER TABLE records DROP COLUMN approved_at; ALTER TABLE raw_pages DROP COLUMN pruned_at;
        DELETE FROM schema_journal WHERE version >= 5;
        """);
}
