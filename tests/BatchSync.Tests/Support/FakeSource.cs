using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Storage;

namespace BatchSync.Tests.Support;

/// <summary>A page that is about to be given out.</summary>
/// <param name="Number">From 1, counted over all readings of all streams.</param>
/// <param name="Cancel">The reader's.</param>
internal sealed record PageCall(StreamKind Stream, int Number, string? Cursor, CancellationToken Cancel);

/// <summary>A time tracker in memory: pages with cursors, changed-since, service dates, and a stated total.</summary>
internal sealed class FakeSource(TimeProvider time) : ISource
{
    private readonly List<(SourceRecord Record, DateTimeOffset ChangedAt)> _rows = [];
    private readonly List<SourceRecord> _deletions = [];
    private int _pages;

    public int PageSize { get; set; } = 100;

    /// <summary>Whether it knows changed-since; a folder of exports does not.</summary>
    public bool KnowsChanges { get; set; } = true;

    /// <summary>Whether it can be asked for one record.</summary>
    public bool FindsById { get; set; }

    /// <summary>Whether it lists deletions.</summary>
    public bool TellsDeletions { get; set; }

    /// <summary>Whether its readings leave nothing out.</summary>
    public bool ShowsAll { get; set; } = true;

    /// <summary>Records that it has and does not list.</summary>
    public HashSet<string> Hidden { get; } = new(StringComparer.Ordinal);

    /// <summary>Called before a record is asked for by its id; what it throws, the caller gets.</summary>
    public Action<string>? OnHas { get; set; }

    /// <summary>Whether it denies whatever it is asked for by its id.</summary>
    public bool IsBlind { get; set; }

    /// <summary>The ids that were asked for.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>What the source says that a set holds, where that is not the truth.</summary>
    public long? StatedTotal { get; set; }

    /// <summary>Called before each page; what it throws, the reader throws.</summary>
    public Action<PageCall>? OnPage { get; set; }

    public Action? OnProbe { get; set; }

    public List<PageSetRequest> Requests { get; } = [];

    /// <summary>As they are now.</summary>
    public IEnumerable<SourceRecord> Records => _rows.Select(r => r.Record);

    /// <summary>A source of its own with the same rows.</summary>
    public FakeSource Copy(TimeProvider clock)
    {
        var copy = new FakeSource(clock) { PageSize = PageSize, StatedTotal = StatedTotal, KnowsChanges = KnowsChanges, FindsById = FindsById, TellsDeletions = TellsDeletions, ShowsAll = ShowsAll };
        copy._rows.AddRange(_rows);
        copy._deletions.AddRange(_deletions);
        copy.Hidden.UnionWith(Hidden);
        return copy;
    }

    /// <summary>Adds rows or replaces those of the same stream and id; they count as changed now.</summary>
    public void Put(params IEnumerable<SourceRecord> records)
    {
        foreach (var record in records)
        {
            var at = _rows.FindIndex(r => r.Record.Stream == record.Stream && r.Record.Id == record.Id);
            if (at < 0) _rows.Add((record, time.GetUtcNow()));
            else _rows[at] = (record, time.GetUtcNow());
        }
    }

    /// <summary>Adds a row that counts as changed at some instant, by the source's own clock.</summary>
    public void PutAsOf(DateTimeOffset changedAt, SourceRecord record) => _rows.Add((record, changedAt));

    /// <summary>Puts an edited copy of a time entry.</summary>
    public void Edit(string id, Func<SourceRecord, SourceRecord> edit) => Put(edit(_rows.Single(r => r.Record.Stream == StreamKind.TimeEntries && r.Record.Id == id).Record));

    /// <summary>Takes time entries away; the list of deletions dates that now.</summary>
    public void Delete(params IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            _rows.RemoveAll(r => r.Record.Stream == StreamKind.TimeEntries && r.Record.Id == id);
            TellDeletion(id, time.GetUtcNow());
        }
    }

    /// <summary>Lists a deletion, whatever rows there are.</summary>
    public void TellDeletion(string id, DateTimeOffset at) => _deletions.Add(new SourceRecord { Stream = StreamKind.TimeEntries, Id = id, Deleted = true, ModifiedAt = at });

    /// <summary>Lists a deletion as it was read.</summary>
    public void TellUnreadable(SourceRecord deletion) => _deletions.Add(deletion);

    public StreamTraits TraitsOf(StreamKind stream) => new(KnowsChanges) { ShowsAll = ShowsAll, FindsById = FindsById, TellsDeletions = TellsDeletions };

    public Task<bool> HasAsync(StreamKind stream, string id, CancellationToken cancel)
    {
        OnHas?.Invoke(id);
        Asked.Add(id);
        return Task.FromResult(!IsBlind && _rows.Exists(r => r.Record.Stream == stream && r.Record.Id == id));
    }

    public Task ProbeAsync(CancellationToken cancel)
    {
        OnProbe?.Invoke();
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, [EnumeratorCancellation] CancellationToken cancel)
    {
        Requests.Add(request);
        await Task.CompletedTask;
        var rows = Wanted(request);
        var start = request.ResumeCursor is { } cursor ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        for (var number = 1; ; number++)
        {
            OnPage?.Invoke(new PageCall(request.Stream, ++_pages, start == 0 ? null : start.ToString(CultureInfo.InvariantCulture), cancel));
            cancel.ThrowIfCancellationRequested();
            var page = rows.Skip(start).Take(PageSize).ToList();
            start += page.Count;
            var isLast = start >= rows.Count;
            yield return new SourcePage(
                number, "memory", Body(request.Stream, page), page, isLast ? null : start.ToString(CultureInfo.InvariantCulture), isLast, StatedTotal ?? rows.Count, 0);
            if (isLast) yield break;
        }
    }

    /// <summary>A fault as the reader of an API throws it.</summary>
    public static OutsideException Fault(OutsideFault fault = OutsideFault.Permanent, string message = "GET /time answered 401.") => new(fault, message);

    private List<SourceRecord> Wanted(PageSetRequest request) => request.OfDeletions
        ? [.. _deletions.Where(d => d.Stream == request.Stream && !(d.ModifiedAt < request.ModifiedSince))]
        : [.. _rows
            .Where(r => r.Record.Stream == request.Stream && !Hidden.Contains(r.Record.Id) && (request.ModifiedSince is not { } since || r.ChangedAt >= since))
            .Where(r => (request.FromDate is not { } from || r.Record.Date >= from) && (request.ToDate is not { } to || r.Record.Date <= to))
            .Select(r => r.Record)];

    private static byte[] Body(StreamKind stream, IEnumerable<SourceRecord> page) =>
        Encoding.UTF8.GetBytes(stream.Name() + "\n" + string.Join('\n', page.Select(RecordContent.Hash)));
}
