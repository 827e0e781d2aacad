using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class StoreDocumentTests(string kind)
{
    private static readonly TimeSpan SendWithin = TimeSpan.FromSeconds(5);

    [Test]
    public async Task CreateDocument_OfRecordsThatAreReady_BillsThemAndWaitsInTheOutbox()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry("1"), Some.TimeEntry("2", hours: 0.5m), Some.Expense("3", amount: -7.77m));
        var row = await bench.OutboxAsync();
        var loaded = (await bench.Store.LoadDocumentsAsync([row.DocumentNo], CancellationToken.None)).Single();
        Assert.Multiple(() =>
        {
            Assert.That(bench.Buckets(), Is.EquivalentTo(new[] { "1 v1 billed", "2 v1 billed", "3 v1 billed" }));
            Assert.That((row.Reference, row.State, row.Attempts), Is.EqualTo((document.Reference, OutboxState.Ready, 0)));
            Assert.That(Shown(loaded), Is.EqualTo(Shown(document)));
        });
    }

    // The read-back is compared with what the outbox and the proof hold of a document: both must know what lowers its amount due.
    [Test]
    public async Task Expected_OfADocumentWithDeductions_HasThemInTheOutboxAndInTheProof()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.StageAsync(Some.TimeEntry("1"));
        await bench.AssessAsync();
        var document = Some.Document(Some.TimeEntry("1")) with { Withholding = Some.Money("20.00"), Retainer = Some.Money("30.00") };
        await bench.CreateAsync(document);
        var expected = ExpectedDocument.Of(document);
        Assert.That((await bench.OutboxAsync()).Expected, Is.EqualTo(expected));
        Assert.That((await bench.Store.ListDocumentsAsync(Some.Series, Some.October, CancellationToken.None)).Single().Expected, Is.EqualTo(expected));
    }

    [Test]
    public async Task SumPeriod_OfSoundBooks_FindsNoWrongShare()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"), Some.TimeEntry("2", hours: 0.5m));
        var totals = await bench.Store.SumPeriodAsync(Some.Series, Some.October, CancellationToken.None);
        Assert.That((totals.UnsharedLines, totals.RecordsOnSeveralDocuments.Count), Is.EqualTo((0L, 0)));
    }

    [TestCase("UPDATE line_shares SET net = net + 1 WHERE source_id = '1'")]
    [TestCase("UPDATE line_shares SET billed_seconds = billed_seconds - 1 WHERE source_id = '1'")]
    [TestCase("DELETE FROM line_shares")]
    public async Task SumPeriod_WhereSharesAreNotTheirLine_CountsTheLine(string damage)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        bench.File.Execute(damage);
        Assert.That((await bench.Store.SumPeriodAsync(Some.Series, Some.October, CancellationToken.None)).UnsharedLines, Is.EqualTo(1));
    }

    [Test]
    public async Task SumPeriod_WhereTwoLinesHoldARecord_NamesIt()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        bench.File.Execute("INSERT INTO line_shares (document_no, line_no, series, stream, source_id, record_no, version, billed_seconds, net, tax, inputs_hash, discount, document_discount, taxes) SELECT document_no, line_no + 1, series, stream, source_id, record_no, version, billed_seconds, net, tax, inputs_hash, discount, document_discount, taxes FROM line_shares");
        var totals = await bench.Store.SumPeriodAsync(Some.Series, Some.October, CancellationToken.None);
        Assert.That(totals.RecordsOnSeveralDocuments, Is.EqualTo(new[] { "time_entries/1" }));
    }

    [Test]
    public async Task CreateDocument_OfACreditNote_LoadsAsOne()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.Expense("3", amount: -7.77m));
        var loaded = (await bench.Store.LoadDocumentsAsync([(await bench.OutboxAsync()).DocumentNo], CancellationToken.None)).Single();
        Assert.That(Shown(loaded), Is.EqualTo(Shown(document)).And.StartWith("CreditNote"));
    }

    [Test]
    public async Task CreateDocument_WithAnIdentityOrReferenceThatExists_IsRefused([Values("identity", "reference")] string what)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var first = await bench.BillAsync(Some.TimeEntry("1"));
        await bench.StageAsync(Some.TimeEntry("2"));
        await bench.AssessAsync();
        var records = Some.Assessed(Some.Mapping(), [Some.TimeEntry("2")]);
        var second = what == "identity"
            ? Some.Document(Some.Mapping(), records) with { Reference = "ANOTHERREFERENCE" }
            : Some.Document(Some.Mapping(), records, revision: 2) with { Reference = first.Reference };
        var before = bench.Everything();
        await Assert.ThrowsAsync<StoreException>(() => bench.CreateAsync(second));
        Assert.That(bench.Everything(), Is.EqualTo(before));
    }

    [TestCase("billed before")]
    [TestCase("not ready")]
    [TestCase("an older version")]
    [TestCase("not there")]
    public async Task CreateDocument_OfARecordThatIsNotReady_IsRefusedWhole(string why)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        await bench.StageAsync(Some.TimeEntry("2"), Some.TimeEntry("3") with { Approved = false }, Some.TimeEntry("4"));
        await bench.AssessAsync();
        await bench.StageAsync(Some.TimeEntry("4", hours: 9m));
        var other = why switch { "billed before" => "1", "not ready" => "3", "an older version" => "4", _ => "5" };
        var document = Some.Document(Some.Mapping(), Some.Assessed(Some.Mapping(), [Some.TimeEntry("2"), Some.TimeEntry(other)]), purpose: DocumentPurpose.Supplement);
        var before = bench.Everything();
        await Assert.ThrowsAsync<InvariantException>(() => bench.CreateAsync(document));
        Assert.That(bench.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task CountRevisions_OfAKey_CountsItsOwnPurposeAlone()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry("1"));
        var key = document.Identity.Key;
        Task<int> Count(string tenant, DocumentKey of, DocumentPurpose purpose) => bench.Store.CountRevisionsAsync(tenant, Some.Series, of, purpose, CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await Count("company-1", key, DocumentPurpose.Original), Is.EqualTo(1));
            Assert.That(await Count("company-1", key, DocumentPurpose.Supplement), Is.Zero);
            Assert.That(await Count("company-2", key, DocumentPurpose.Original), Is.Zero);
            Assert.That(await Count("company-1", key with { Client = "OTHER" }, DocumentPurpose.Original), Is.Zero);
            Assert.That(await Count("company-1", key with { Split = "PO-1" }, DocumentPurpose.Original), Is.Zero);
        });
    }

    [TestCase(OutboxState.Ready, true)]
    [TestCase(OutboxState.Rejected, true)]
    [TestCase(OutboxState.Sending, false)]
    [TestCase(OutboxState.Unknown, false)]
    [TestCase(OutboxState.Created, false)]
    [TestCase(OutboxState.Finalizing, false)]
    [TestCase(OutboxState.Posted, false)]
    public async Task UnformDocuments_InAState_TakesApartOnlyWhatNoDestinationCanHave(OutboxState state, bool isUnformed)
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry("1"), Some.Expense("2"));
        await bench.Store.SaveOutboxAsync(bench.Lease, [new OutboxChange((await bench.OutboxAsync()).DocumentNo, document.Reference, state, "", "")], CancellationToken.None);
        Assert.That(await bench.Store.UnformDocumentsAsync(bench.Lease, [(await bench.OutboxAsync()).DocumentNo], CancellationToken.None), Is.EqualTo(isUnformed ? 1 : 0));
        Assert.That(bench.Buckets(), Is.All.EndsWith(isUnformed ? " ready" : " billed"));
        if (!isUnformed) return;
        foreach (var table in new[] { "documents", "document_lines", "line_taxes", "document_taxes", "line_shares", "outbox" }) Assert.That(bench.File.Rows($"SELECT * FROM {table}"), Is.Empty, table);
        await bench.CreateAsync(document);
        Assert.That(bench.Buckets(), Is.All.EndsWith(" billed"), "formed anew under the same identity");
    }

    [Test]
    public async Task UnformDocuments_OfARecordThatWasEditedSince_FreesTheNewVersion()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        await bench.StageAsync(Some.TimeEntry("1", hours: 2m));
        var edited = Some.Assessed(Some.Mapping(), [Some.TimeEntry("1", hours: 2m)])[0].Assessment;
        await bench.Store.SaveBucketsAsync(bench.Lease, [new BucketRow(2, Some.Series, edited, Bucket.Billed, "rules")], [], CancellationToken.None);
        await bench.Store.UnformDocumentsAsync(bench.Lease, [(await bench.OutboxAsync()).DocumentNo], CancellationToken.None);
        Assert.That(bench.Buckets(), Is.EqualTo(new[] { "1 v1 superseded", "1 v2 ready" }));
    }

    [Test]
    public async Task Attempts_OfARow_FollowItThroughItsStates()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        var row = await bench.OutboxAsync();
        var start = new AttemptStart(bench.Run.RunNo, "all", "create", "key-1", SendWithin);

        var first = await bench.Store.BeginAttemptAsync(bench.Lease, start, [row], CancellationToken.None);
        var sending = await bench.OutboxAsync();
        Assert.That((sending.State, sending.Attempts, sending.IdempotencyKey, sending.SendBy), Is.EqualTo((OutboxState.Sending, 1, "key-1", (DateTimeOffset?)(bench.Time.GetUtcNow() + SendWithin))));

        await bench.Store.EndAttemptAsync(bench.Lease, first.AttemptNo, "asked", "said", [new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Unknown, "Unknown", "time-out")], CancellationToken.None);
        await bench.Store.SaveOutboxAsync(bench.Lease, [new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Unknown, "Missed", "", Misses: 2, MissedAt: bench.Time.GetUtcNow())], CancellationToken.None);
        var missed = await bench.OutboxAsync();
        Assert.That((missed.State, missed.Misses, missed.MissedAt), Is.EqualTo((OutboxState.Unknown, 2, (DateTimeOffset?)bench.Time.GetUtcNow())));

        var second = await bench.Store.BeginAttemptAsync(bench.Lease, start with { IdempotencyKey = "key-2" }, [missed], CancellationToken.None);
        await bench.Store.EndAttemptAsync(bench.Lease, second.AttemptNo, "asked", "said", [new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Created, "Posted", "", "doc-1")], CancellationToken.None);
        await bench.Store.SaveOutboxAsync(bench.Lease, [new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Posted, "Posted", "")], CancellationToken.None);
        var posted = await bench.OutboxAsync();
        Assert.Multiple(() =>
        {
            Assert.That((posted.State, posted.Attempts, posted.Misses, posted.DestinationId), Is.EqualTo((OutboxState.Posted, 2, 0, "doc-1")), "a change without an id keeps the one that is there");
            Assert.That(bench.File.Rows("SELECT idempotency_key, request, response FROM posting_attempts ORDER BY attempt_no"), Is.EqualTo(new[] { "key-1|asked|said", "key-2|asked|said" }));
            Assert.That(bench.File.Rows("SELECT outcome, message FROM attempt_items ORDER BY attempt_no"), Is.EqualTo(new[] { "Unknown|time-out", "Posted|" }));
        });
    }

    [Test]
    public async Task BeginAttempt_OfARowInAnotherStateThanWasRead_IsRefused()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        var row = await bench.OutboxAsync();
        await bench.Store.BeginAttemptAsync(bench.Lease, new AttemptStart(bench.Run.RunNo, "all", "create", "key", SendWithin), [row], CancellationToken.None);
        var before = bench.Everything();
        await Assert.ThrowsAsync<InvariantException>(() => bench.Store.BeginAttemptAsync(bench.Lease, new AttemptStart(bench.Run.RunNo, "all", "create", "key", SendWithin), [row], CancellationToken.None));
        Assert.That(bench.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task CreateDocument_FormedAnew_HasAnotherNumber()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var document = await bench.BillAsync(Some.TimeEntry("1"));
        var first = (await bench.OutboxAsync()).DocumentNo;
        await bench.Store.UnformDocumentsAsync(bench.Lease, [first], CancellationToken.None);
        await bench.CreateAsync(document);
        Assert.That((await bench.OutboxAsync()).DocumentNo, Is.GreaterThan(first), "the key of its call is made of the number");
    }

    [Test]
    public async Task UnformDocuments_OfOthers_LeavesThisOneAlone()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1"));
        var before = bench.Everything();
        Assert.That(await bench.Store.UnformDocumentsAsync(bench.Lease, [99], CancellationToken.None), Is.Zero);
        Assert.That(bench.Everything(), Is.EqualTo(before));
    }

    [Test]
    public async Task ListOutbox_ByStateAndDestination_GivesThoseInDocumentOrder()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        SourceRecord[] records = [Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003")];
        await bench.StageAsync(records);
        await bench.AssessAsync();
        foreach (var record in records) await bench.CreateAsync(Some.Mapping(), Some.Assessed(Some.Mapping(), [record]));
        var rows = await bench.Store.ListOutboxAsync(Some.Series, "all", [OutboxState.Ready], StoreBench.All, CancellationToken.None);
        await bench.Store.SaveOutboxAsync(bench.Lease, [new OutboxChange(rows[1].DocumentNo, rows[1].Reference, OutboxState.Created, "", "")], CancellationToken.None);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((await bench.Store.ListOutboxAsync(Some.Series, "all", [OutboxState.Ready], StoreBench.All, CancellationToken.None)).Select(r => r.Key.Client), Is.EqualTo(new[] { "ACME", "SAKURA" }));
            Assert.That((await bench.Store.ListOutboxAsync(Some.Series, "all", [OutboxState.Ready, OutboxState.Created], StoreBench.All, CancellationToken.None)).Select(r => r.Key.Client), Is.EqualTo(new[] { "ACME", "NORDWIND", "SAKURA" }));
            Assert.That((await bench.Store.ListOutboxAsync(Some.Series, "all", [OutboxState.Ready, OutboxState.Created], new DocumentPortion(0, 2), CancellationToken.None)).Select(r => r.Key.Client), Is.EqualTo(new[] { "ACME", "NORDWIND" }));
            Assert.That((await bench.Store.ListOutboxAsync(Some.Series, "all", [OutboxState.Ready, OutboxState.Created], new DocumentPortion(rows[0].DocumentNo, 1), CancellationToken.None)).Select(r => r.Key.Client), Is.EqualTo(new[] { "NORDWIND" }));
            Assert.That((await bench.Store.ListSendableAsync(Some.Series, "all", new DocumentPortion(rows[0].DocumentNo, 2), CancellationToken.None)).Select(r => r.Key.Client), Is.EqualTo(new[] { "SAKURA" }));
            Assert.That(await bench.Store.CountOutboxAsync(Some.Series, "all", [OutboxState.Ready, OutboxState.Rejected], CancellationToken.None), Is.EqualTo(new Dictionary<string, int> { ["us"] = 2 }));
            Assert.That(await bench.Store.CountOutboxAsync(Some.Series, "all", [OutboxState.Rejected], CancellationToken.None), Is.Empty);
            Assert.That(await bench.Store.ListOutboxAsync(Some.Series, "eu", [OutboxState.Ready], StoreBench.All, CancellationToken.None), Is.Empty);
            Assert.That(await bench.Store.ListOutboxAsync("other", "all", [OutboxState.Ready], StoreBench.All, CancellationToken.None), Is.Empty);
        });
    }

    [Test]
    public async Task ListDocuments_InPortions_AreThoseOfThePeriodBehindTheLast()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        foreach (var record in new[] { Some.TimeEntry("1"), Some.TimeEntry("2", date: "2026-09-01"), Some.TimeEntry("3", client: "1002"), Some.TimeEntry("4", client: "1003") }) await bench.BillAsync(record);
        var first = await bench.Store.ListDocumentsAsync(Some.Series, Some.October, new DocumentPortion(0, 2), CancellationToken.None);
        var second = await bench.Store.ListDocumentsAsync(Some.Series, Some.October, new DocumentPortion(first[^1].DocumentNo, 2), CancellationToken.None);
        Assert.That(first.Concat(second).Select(d => d.Key.Client), Is.EqualTo(new[] { "ACME", "NORDWIND", "SAKURA" }));
        Assert.That((first.Count, second.Count), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task ListPostedShares_OfARecord_HaveTheSignOfTheBooks()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.BillAsync(Some.TimeEntry("1", hours: 0.25m), Some.Expense("2", amount: -100m));
        var time = (await bench.Store.ListPostedSharesOfRecordAsync(Some.Series, StreamKind.TimeEntries, "1", CancellationToken.None)).Single();
        var refund = (await bench.Store.ListPostedSharesOfRecordAsync(Some.Series, StreamKind.Expenses, "2", CancellationToken.None)).Single();
        await Assert.MultipleAsync(async () =>
        {
            Assert.That((time.Net, time.Tax, time.BilledSeconds, time.Account), Is.EqualTo((Some.Money("25.00"), Some.Money("2.50"), 900L, "4000")));
            Assert.That((refund.Net, refund.Tax), Is.EqualTo((Some.Money("-100.00"), Some.Money("-10.00"))), "on a credit note");
            Assert.That(await bench.Store.ListPostedSharesAsync(Some.Series, time.Key, CancellationToken.None), Has.Count.EqualTo(2));
            Assert.That(await bench.Store.ListPostedSharesAsync(Some.Series, time.Key with { Client = "X" }, CancellationToken.None), Is.Empty);
        });
    }

    // More than one statement asks for, of two streams, one of them taken off a document and billed again, and some that no document holds or nobody knows.
    [Test]
    public async Task ListPostedSharesAndRecords_OfMany_AreThoseOfEach()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        List<SourceRecord> billed = [.. Enumerable.Range(1, 230).Select(i => Some.TimeEntry($"{i}", notes: $"entry {i}")), Some.Expense("1"), Some.Expense("2", amount: 20m)];
        await bench.BillAsync([.. billed]);
        await bench.StageAsync(Some.TimeEntry("7", hours: 3m), Some.TimeEntry("late"));
        await bench.AssessAsync();
        var longer = Some.Document(Some.Mapping(), [.. Some.Assessed(Some.Mapping(), [Some.TimeEntry("7", hours: 3m)]).Select(r => r with { Version = 2 })], purpose: DocumentPurpose.Supplement);
        await bench.CreateAsync(longer with { Lines = [.. longer.Lines.Select(l => l with { Type = DocumentLine.Adjustment })] });
        RecordName[] names = [.. billed.Select(r => new RecordName(r.Stream, r.Id)).Reverse(), new(StreamKind.TimeEntries, "late"), new(StreamKind.TimeEntries, "unknown"), new(StreamKind.Expenses, "7")];

        var found = await bench.Store.ListRecordsAsync(Some.Series, names, CancellationToken.None);
        var shares = await bench.Store.ListPostedSharesOfRecordsAsync(Some.Series, found, CancellationToken.None);
        var records = found.ToDictionary(r => r.Name);
        Assert.That(records.Keys, Is.EqualTo(names[..^2]));
        foreach (var name in names)
        {
            var one = await bench.Store.ListPostedSharesOfRecordAsync(Some.Series, name.Stream, name.SourceId, CancellationToken.None);
            Assert.That(shares[name].Select(ShownShare), Is.EqualTo(one.Select(ShownShare)), name.ToString());
            Assert.That(ShownRecord(records.GetValueOrDefault(name)), Is.EqualTo(ShownRecord(await bench.Store.FindRecordAsync(Some.Series, name.Stream, name.SourceId, CancellationToken.None))), name.ToString());
        }

        Assert.That(shares[new RecordName(StreamKind.TimeEntries, "7")].Select(s => s.BilledSeconds), Is.EqualTo(new[] { 3600L, 3 * 3600L }), "the older document first");
        Assert.That(await bench.Store.ListPostedSharesOfRecordsAsync("other", found, CancellationToken.None), Is.Empty);
        Assert.That(await bench.Store.ListRecordsAsync(Some.Series, [], CancellationToken.None), Is.Empty);

        static string ShownShare(PostedShare s) => $"{s.DocumentNo} {s.Record.RecordNo} {s.Record.Version} {s.Record.Record.Notes} {s.BilledSeconds} {s.Net} {s.Tax} {s.InputsHash} {s.Key}";
        static string ShownRecord(StoredRecord? r) => $"{r?.RecordNo} {r?.Version} {r?.Record.Notes} {r?.Bucket} {r?.RulesHash} {r?.IsPosted} {r?.WasPosted} {r?.IsUnposted}";
    }

    internal static string Shown(Document d) => string.Join(
        '\n',
        [
            $"{d.Type} {d.Reference} {d.Identity} {d.Date:O} {d.Due:O} {d.DestinationClient} {d.ClientName} {d.MappingHash} {d.Net} {d.Tax} {d.Total}",
            .. d.Taxes.Select(t => t.ToString()),
            .. d.Lines.Select(l => $"{l.Number} {l.Type} {string.Join('/', l.Group)} {l.Description} {l.Account} {l.Item} {l.TaxCode.Code} {l.TaxCode.DestinationCode} {l.TaxCode.Treatment} {l.TaxCode.Reason} "
                + $"{l.BilledSeconds} {l.Quantity} {l.UnitPrice} {l.Net} {l.Tax} {StoreText.Of(l.Variance)} {string.Join(',', l.Taxes)}"),
        ]);
}
