using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Storage;

/// <summary>A migrated store with its lease taken and a run open: what most tests of a store begin with.</summary>
internal sealed class StoreBench : IAsyncDisposable
{
    public static readonly TimeSpan LeaseLength = TimeSpan.FromMinutes(2);

    private StoreBench(TestStore file, IStore store, ManualTime time) => (File, Store, Time) = (file, store, time);

    public TestStore File { get; }
    public IStore Store { get; }
    public ManualTime Time { get; }
    public Lease Lease { get; private set; } = null!;
    public RunRow Run { get; private set; } = null!;

    public static async Task<StoreBench> OpenAsync(string kind)
    {
        var time = new ManualTime();
        var file = TestStore.Of(kind);
        var bench = new StoreBench(file, await file.OpenMigratedAsync(time), time);
        bench.Lease = (await bench.Store.AcquireLeaseAsync(Some.Series, LeaseLength, CancellationToken.None))!;
        bench.Run = await bench.OpenRunAsync();
        return bench;
    }

    public async Task<RunRow> OpenRunAsync()
    {
        var runNo = await Store.OpenRunAsync(Lease, Start(), CancellationToken.None);
        return (await Store.FindRunAsync(runNo, CancellationToken.None))!;
    }

    public RunStart Start() => new(RunKind.Run, "nightly", Some.Series, "host", Time.GetUtcNow(), null, null, []);

    public PageSetStart SetStart(StreamKind stream = StreamKind.TimeEntries, DateOnly? from = null) => new(Some.Series, stream, Run.RunNo, null, from, null, Time.GetUtcNow());

    public Task<PageSet> BeginAsync(StreamKind stream = StreamKind.TimeEntries, DateOnly? from = null) => Store.BeginPageSetAsync(Lease, SetStart(stream, from), CancellationToken.None);

    public static StagedPage Page(IReadOnlyList<SourceRecord> records, string? cursor = null, bool isLast = true, string body = "page", long? stated = null) =>
        new(new PackedPage(System.Text.Encoding.UTF8.GetBytes(body)), "memory", HashedRecord.Of(records), cursor, isLast, stated, 0);

    /// <summary>Stages records as one whole set.</summary>
    public async Task<StageCounts> StageAsync(params SourceRecord[] records)
    {
        var counts = default(StageCounts);
        foreach (var stream in records.GroupBy(r => r.Stream))
            counts += await Store.StagePageAsync(Lease, await BeginAsync(stream.Key), Page([.. stream], body: $"{stream.Key} {Time.GetUtcNow().Ticks} {records.Length}"), CancellationToken.None);
        return counts;
    }

    /// <summary>Puts every record that has no settled bucket into the one that the rules give, and returns the current ones.</summary>
    public async Task<IReadOnlyList<(StoredRecord Stored, Assessment Found)>> AssessAsync(MappingRules? mapping = null, string rulesHash = "rules")
    {
        var records = await Store.ListRecordsToAssessAsync(Some.Series, rulesHash, 0, 10_000, CancellationToken.None);
        var found = Some.Assessed(mapping ?? Some.Mapping(), records.Select(r => r.Record));
        var rows = records.Zip(found, (r, f) => new BucketRow(r.RecordNo, Some.Series, f.Assessment, f.Assessment.Bucket, rulesHash)).ToList();
        await Store.SaveBucketsAsync(Lease, rows, [], CancellationToken.None);
        return [.. records.Zip(found, (r, f) => (r, f.Assessment))];
    }

    /// <summary>Forms a document of records that are ready and stores it.</summary>
    public async Task<Document> CreateAsync(MappingRules mapping, IReadOnlyList<AssessedRecord> records, DocumentPurpose purpose = DocumentPurpose.Original, int revision = 1)
    {
        var document = Some.Document(mapping, records, purpose: purpose, revision: revision);
        await CreateAsync(document);
        return document;
    }

    public Task CreateAsync(Document document) => Store.CreateDocumentsAsync(Lease, [new NewDocument(new DocumentEntry(Run.RunNo, "all", DocumentContent.Hash(document)), document)], CancellationToken.None);

    /// <summary>Stages, assesses and bills records of one key.</summary>
    public async Task<Document> BillAsync(params SourceRecord[] records)
    {
        await StageAsync(records);
        await AssessAsync();
        return await CreateAsync(Some.Mapping(), Some.Assessed(Some.Mapping(), records));
    }

    /// <summary>More documents than any test has.</summary>
    public static readonly DocumentPortion All = new(0, 1_000);

    public async Task<OutboxRow> OutboxAsync() => (await Store.ListOutboxAsync(Some.Series, "all", Enum.GetValues<OutboxState>(), All, CancellationToken.None)).Single();

    public IReadOnlyList<string> Buckets() => File.Rows(
        """
        SELECT CONCAT(r.source_id, ' v', r.version, ' ', b.bucket, CASE WHEN b.reason = '' THEN '' ELSE CONCAT(': ', b.reason) END)
        FROM records r JOIN buckets b ON b.record_no = r.record_no ORDER BY r.stream, r.source_id, r.version
        """);

    /// <summary>Everything in every table, for showing that something changed nothing.</summary>
    public IReadOnlyList<string> Everything() =>
        [.. Tables.SelectMany(table => File.Rows($"SELECT * FROM {table}").Select(row => $"{table} {row}"))];

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await File.DisposeAsync();
    }

    private static readonly string[] Tables =
    [
        "leases", "missing_records", "sign_ins", "paces", "runs", "run_steps", "configuration_files", "run_files", "destinations", "raw_pages", "page_sets", "pages", "watermarks", "records", "buckets", "assessments", "touched_periods", "documents", "document_lines",
        "line_taxes", "document_taxes", "line_shares", "outbox", "posting_attempts", "attempt_items", "record_variances", "reconciliation_rows", "differences", "audit_events", "deliveries", "run_reports", "fx_imports", "fx_rates", "pauses", "adopted_documents", "record_marks", "alerts", "alert_deliveries",
    ];
}
