using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Sources;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;

namespace BatchSync.Running;

/// <summary>
/// Rebuilds records and documents from raw pages alone, in a store of its own that is thrown away, and compares them with what the store holds.
/// Pages are staged in the order in which they came, by the same code that staged them first; the store itself is only read, no API is asked.
/// </summary>
/// <param name="mapping">The rules that bill the records again.</param>
/// <param name="from">First service date, inclusive; its whole period counts.</param>
/// <param name="to">Last service date, inclusive; its whole period counts.</param>
/// <param name="quantityDecimals">Decimals of a quantity at an entity's destination.</param>
internal sealed class ReplayStep(IStore store, JobDefinition job, MappingRules mapping, DateOnly from, DateOnly to, Func<string, int> quantityDecimals, PageArchive archive, TimeProvider time)
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromDays(7);

    private readonly PageTally _tally = new();

    /// <param name="folder">An empty folder for the store that is thrown away.</param>
    public async Task<Replay> ExecuteAsync(string folder, CancellationToken cancel)
    {
        var asOf = await AsOfAsync(cancel);
        await using var scratch = SqlStore.Open(new SqliteDialect(Path.Combine(folder, "replay.db"), time), time);
        await scratch.MigrateAsync(cancel);
        await StageAsync(scratch, asOf, cancel);
        var records = await CompareAsync(scratch, cancel);
        var books = await BillAsync(scratch, asOf, cancel);
        return new Replay(new MappingName(mapping.Name, mapping.Version, mapping.ContentHash), asOf, _tally.Pages([.. archive.RunsReadByNow]), records, books);
    }

    // A period that closed since would be billed here and by no run yet: what is compared is what the newest run saw.
    private async Task<DateTimeOffset> AsOfAsync(CancellationToken cancel)
    {
        var done = (await store.ListRunsAsync(job.Name, int.MaxValue, cancel)).FirstOrDefault(r => r is { Kind: RunKind.Run, Status: RunStatus.Succeeded or RunStatus.Differences });
        return done?.AsOf ?? time.GetUtcNow();
    }

    private async Task StageAsync(IStore scratch, DateTimeOffset asOf, CancellationToken cancel)
    {
        var lease = (await scratch.AcquireLeaseAsync(job.Series, LongEnough, cancel))!;
        var runNo = await scratch.OpenRunAsync(lease, new RunStart(RunKind.Run, job.Name, job.Series, Environment.MachineName, asOf, null, null, []), cancel);
        (long SetNo, PageSet Set)? open = null;
        await foreach (var page in store.ReadPagesAsync(job.Series, cancel))
        {
            if (open?.SetNo != page.SetNo) open = (page.SetNo, await scratch.BeginPageSetAsync(lease, page.Start with { RunNo = runNo }, cancel));
            if (await ReadAsync(page, cancel) is not { } parsed) continue;

            // A set that lacks a page does not end: what is not on it may have been on that page.
            var ends = page.IsLast && !_tally.LacksPages(page.SetNo);
            await scratch.StagePageAsync(lease, open.Value.Set, new StagedPage(new PackedPage(page.Body), page.Location, HashedRecord.Of(await StagedAsync(scratch, page, parsed, cancel)), null, ends, parsed.StatedTotal, parsed.LeftOut), cancel);
        }
    }

    // What a page says of records that are gone means something only beside the records that came before it.
    private async Task<IReadOnlyList<SourceRecord>> StagedAsync(IStore scratch, StoredPage page, ParsedPage parsed, CancellationToken cancel)
    {
        if (page.Start.Purpose is not (PageSetPurpose.Deletions or PageSetPurpose.Absence)) return parsed.Records;
        var tombstones = new Tombstones(scratch, job.Series);
        var gone = new List<SourceRecord>();
        foreach (var named in parsed.Records)
        {
            if (page.Start.Purpose == PageSetPurpose.Deletions) gone.AddRange(await tombstones.OfAsync(named, cancel) is { } found ? [found.Record] : []);
            else if (await scratch.FindRecordAsync(job.Series, named.Stream, named.Id, cancel) is { } stored) gone.Add(AbsencePage.Gone(stored.Record));
        }

        return gone;
    }

    private async Task<ParsedPage?> ReadAsync(StoredPage page, CancellationToken cancel)
    {
        if (page.Body is null)
        {
            _tally.NotKept(page);
            return null;
        }

        try
        {
            var parsed = page.Start.Purpose == PageSetPurpose.Absence ? new ParsedPage([.. AbsencePage.Read(page.Body).Select(id => new SourceRecord { Stream = page.Start.Stream, Id = id })], 0, null, null, null) : await archive.ReadAsync(page, cancel);
            _tally.Read(page);
            return parsed;
        }
        catch (UnreadablePageException e)
        {
            _tally.Unreadable(page, e.Message);
            return null;
        }
    }

    // Both come in the same order, so that memory does not grow with their number.
    private async Task<ReplayedRecords> CompareAsync(IStore scratch, CancellationToken cancel)
    {
        var comparison = new RecordComparison();
        await using var stored = Grouped(store.ReadVersionsAsync(job.Series, cancel)).GetAsyncEnumerator(cancel);
        await using var again = Grouped(scratch.ReadVersionsAsync(job.Series, cancel)).GetAsyncEnumerator(cancel);
        var (hasStored, hasAgain) = (await stored.MoveNextAsync(), await again.MoveNextAsync());
        while (hasStored || hasAgain)
        {
            var order = !hasStored ? 1 : !hasAgain ? -1 : Compare(stored.Current[0].Name, again.Current[0].Name);
            comparison.Add(order <= 0 ? stored.Current : [], order >= 0 ? again.Current : []);
            if (order <= 0) hasStored = await stored.MoveNextAsync();
            if (order >= 0) hasAgain = await again.MoveNextAsync();
        }

        return comparison.Result;
    }

    private static int Compare(RecordName a, RecordName b)
    {
        var stream = string.CompareOrdinal(a.Stream.Name(), b.Stream.Name());
        return stream != 0 ? stream : CodePoints(a.SourceId, b.SourceId);
    }

    // The order of the store is that of UTF-8 bytes, which is that of code points; UTF-16 has surrogates before U+E000.
    private static int CodePoints(string a, string b) =>
        System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b));

    private static async IAsyncEnumerable<IReadOnlyList<RecordVersion>> Grouped(IAsyncEnumerable<RecordVersion> versions)
    {
        var group = new List<RecordVersion>();
        await foreach (var version in versions)
        {
            if (group.Count > 0 && group[0].Name != version.Name)
            {
                yield return group;
                group = [];
            }

            group.Add(version);
        }

        if (group.Count > 0) yield return group;
    }

    private async Task<ReplayedBooks> BillAsync(IStore scratch, DateTimeOffset asOf, CancellationToken cancel)
    {
        var trial = await new MappingTrialStep(store, job, mapping, from, to, asOf, quantityDecimals, scratch).ExecuteAsync(cancel);
        var posted = new List<(DocumentKey Key, RecordName Record, BookedMoney Money)>();
        foreach (var row in trial.Posted) posted.AddRange(Held(await store.LoadWithSharesAsync(row.DocumentNo, cancel)));
        var (old, now) = (posted.ToLookup(h => (h.Key, h.Record), h => h.Money), trial.Built.SelectMany(Held).ToLookup(h => (h.Key, h.Record), h => h.Money));
        var compared = old.Select(g => g.Key).Concat(now.Select(g => g.Key)).Distinct().OrderBy(k => k.Key).ThenBy(k => k.Record.Stream).ThenBy(k => k.Record.SourceId, StringComparer.Ordinal)
            .Select(k => new RecordMoney(k.Key, k.Record, BookedMoney.Sum(old[k], k.Key.Currency), BookedMoney.Sum(now[k], k.Key.Currency))).ToList();
        var (differences, notRebuilt) = (new List<RecordMoney>(), new List<RecordMoney>());
        foreach (var money in compared.Where(m => !m.Difference.IsNothing))
        {
            var isRebuilt = await scratch.FindRecordAsync(job.Series, money.Record.Stream, money.Record.SourceId, cancel) is not null;
            (isRebuilt ? differences : notRebuilt).Add(money);
        }

        return new ReplayedBooks(compared.Count - notRebuilt.Count, differences, notRebuilt);
    }

    private static IEnumerable<(DocumentKey Key, RecordName Record, BookedMoney Money)> Held(Document document) =>
        from line in document.Lines
        from share in line.Shares
        select (document.Identity.Key, new RecordName(share.Stream, share.RecordId), BookedMoney.Of(document.Type, share.Net, share.Tax));
}

/// <summary>Compares the versions of records, one record at a time.</summary>
internal sealed class RecordComparison
{
    private readonly List<RecordDifference> _differences = [];
    private long _same;
    private long _notRebuilt;

    public ReplayedRecords Result => new(_same, _notRebuilt, _differences);

    /// <param name="stored">All versions in the store, the first one first; empty where it has none.</param>
    /// <param name="again">All versions of the replay.</param>
    public void Add(IReadOnlyList<RecordVersion> stored, IReadOnlyList<RecordVersion> again)
    {
        var (known, made) = (stored.Select(v => v.ContentHash).ToHashSet(StringComparer.Ordinal), again.Select(v => v.ContentHash).ToHashSet(StringComparer.Ordinal));
        foreach (var version in stored)
        {
            if (made.Contains(version.ContentHash)) _same++;
            else if (!version.HasPage) _notRebuilt++;
            else Note(version, "is in the store, and its page does not say so");
        }

        foreach (var version in again.Where(v => !known.Contains(v.ContentHash))) Note(version, "is what a page says, and the store does not have it");
        if (stored.Count > 0 && again.Count > 0 && stored[^1].HasPage && stored[^1].ContentHash != again[^1].ContentHash && made.Contains(stored[^1].ContentHash) && known.Contains(again[^1].ContentHash))
            _differences.Add(new RecordDifference(stored[0].Name, "the store takes another version for the current one than the pages do"));
    }

    private void Note(RecordVersion version, string what) =>
        _differences.Add(new RecordDifference(version.Name, FormattableString.Invariant($"version {version.Version} (content {version.ContentHash}) {what}")));
}

/// <summary>Counts pages, and finds from when on they are all there.</summary>
internal sealed class PageTally
{
    private sealed record SetTally(PageSetStart Start, DateTimeOffset FirstReceived)
    {
        public bool LacksPages { get; set; }
        public bool IsComplete { get; set; }

        public bool IsFullReading => Start is { ModifiedSince: null, FromDate: null, ToDate: null };
    }

    private readonly Dictionary<long, SetTally> _sets = [];
    private readonly List<string> _unreadable = [];
    private DateTimeOffset? _first;
    private int _read;
    private int _notKept;

    public bool LacksPages(long setNo) => _sets[setNo].LacksPages;

    public void Read(StoredPage page)
    {
        SetOf(page).IsComplete |= page.IsLast;
        _first ??= page.ReceivedAt;
        _read++;
    }

    public void NotKept(StoredPage page)
    {
        Lack(page);
        _notKept++;
    }

    public void Unreadable(StoredPage page, string why)
    {
        Lack(page);
        _unreadable.Add(FormattableString.Invariant($"page {page.Number} of page set {page.SetNo} ({page.Location}): {why}"));
    }

    public ReplayedPages Pages(IReadOnlyList<long> runsReadByNow) => new(_sets.Count, _read, _notKept, _unreadable, _first, RebuildsFrom(), runsReadByNow);

    private void Lack(StoredPage page)
    {
        var set = SetOf(page);
        (set.LacksPages, set.IsComplete) = (true, set.IsComplete | page.IsLast);
    }

    private SetTally SetOf(StoredPage page)
    {
        if (!_sets.TryGetValue(page.SetNo, out var set)) _sets.Add(page.SetNo, set = new SetTally(page.Start, page.ReceivedAt));
        return set;
    }

    // Of each stream the first whole full reading after which no page is missing; of all streams the latest of these.
    private DateTimeOffset? RebuildsFrom()
    {
        var latest = (DateTimeOffset?)null;
        foreach (var stream in _sets.OrderBy(s => s.Key).Select(s => s.Value).GroupBy(s => s.Start.Stream))
        {
            var sets = stream.ToList();
            var whole = sets.Skip(sets.FindLastIndex(s => s.LacksPages) + 1).FirstOrDefault(s => s.IsFullReading && s.IsComplete);
            if (whole is null) return null;
            if (latest is null || whole.FirstReceived > latest) latest = whole.FirstReceived;
        }

        return latest;
    }
}
