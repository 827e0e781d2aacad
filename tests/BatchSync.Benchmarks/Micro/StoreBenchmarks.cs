using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BenchmarkDotNet.Attributes;

namespace BatchSync.Benchmarks.Micro;

/// <summary>A page of 2,000 entries into a store on SQLite, with its raw bytes and its commit.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private static readonly DateTimeOffset Start = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private BilledPage _page = null!;
    private string _folder = null!;
    private SqlStore _store = null!;
    private Lease _lease = null!;
    private long _runNo;
    private int _stagings;

    [GlobalSetup]
    public async Task Open()
    {
        _page = BilledPage.Load();
        _folder = Directory.CreateTempSubdirectory("batchsync-micro-").FullName;
        _store = SqlStore.Open(new SqliteDialect(Path.Combine(_folder, "store.db"), TimeProvider.System), TimeProvider.System);
        await _store.MigrateAsync(CancellationToken.None);
        _lease = (await _store.AcquireLeaseAsync("B", TimeSpan.FromHours(1), CancellationToken.None))!;
        _runNo = await _store.OpenRunAsync(_lease, new RunStart(RunKind.Run, "bench", "B", "host", Start, null, null, []), CancellationToken.None);
    }

    // Each time other records, since what is known already costs less.
    [Benchmark]
    public async Task<int> StagePage()
    {
        var prefix = FormattableString.Invariant($"{_stagings++}-");
        IReadOnlyList<SourceRecord> records = [.. _page.Records.Select(r => r with { Id = prefix + r.Id })];
        var set = await _store.BeginPageSetAsync(_lease, new PageSetStart("B", StreamKind.TimeEntries, _runNo, null, null, null, Start), CancellationToken.None);
        return (await _store.StagePageAsync(_lease, set, new StagedPage(new PackedPage(_page.Body), "memory", HashedRecord.Of(records), null, true, null, 0), CancellationToken.None)).Added;
    }

    [GlobalCleanup]
    public async Task Close()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
