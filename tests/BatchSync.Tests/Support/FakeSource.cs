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
    private int _pages;

    public int PageSize { get; set; } = 100;

    /// <summary>Whether it knows changed-since; a folder of exports does not.</summary>
    public bool KnowsChanges { get; set; } = true;

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
        var copy = new FakeSource(clock) { PageSize = PageSize, StatedTotal = StatedTotal };
        copy._rows.AddRange(_rows);
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

    /// <summary>Puts an edited copy of a time entry.</summary>
    public void Edit(string id, Func<SourceRecord, SourceRecord> edit) => Put(edit(_rows.Single(r => r.Record.Stream == StreamKind.TimeEntries && r.Record.Id == id).Record));

    public bool ReadsOnlyChanges(StreamKind stream) => KnowsChanges;

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

    private List<SourceRecord> Wanted(PageSetRequest request) =>
        [.. _rows
            .Where(r => r.Record.Stream == request.Stream && (request.ModifiedSince is not { } since || r.ChangedAt >= since))
            .Where(r => (request.FromDate is not { } from || r.Record.Date >= from) && (request.ToDate is not { } to || r.Record.Date <= to))
            .Select(r => r.Record)];

    private static byte[] Body(StreamKind stream, IEnumerable<SourceRecord> page) =>
        Encoding.UTF8.GetBytes(stream.Name() + "\n" + string.Join('\n', page.Select(RecordContent.Hash)));
}
