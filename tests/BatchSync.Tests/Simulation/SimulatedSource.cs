using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <param name="Stamp">When the source says that it was changed last.</param>
internal sealed record SourceRow(SourceRecord Record, DateTimeOffset Stamp);

/// <summary>
/// A time tracker whose rows change while they are read. It gives rows in the order of their stamps, either after a key, so that a row that is
/// changed meanwhile comes again, or from an offset, so that rows shift and one may be left out. Where rows can be left out it states how many there are.
/// </summary>
internal sealed class SimulatedSource(Stage stage, Adversary adversary)
{
    private const int PageSize = 4;

    private readonly Dictionary<(StreamKind Stream, string Id), SourceRow> _rows = [];
    private readonly Dictionary<(StreamKind Stream, string Id), List<SourceRecord>> _gone = [];
    private readonly Dictionary<(StreamKind Stream, string Id), List<SourceRecord>> _versions = [];
    private readonly HashSet<(StreamKind Stream, string Id)> _onceUnseen = [];

    /// <summary>Whether a cursor is a number of rows; else it is the last row that was given.</summary>
    private readonly bool _pagesByOffset = adversary.Random.Next(2) == 0;

    public bool StatesTotal { get; } = adversary.Random.Next(2) == 0;

    /// <summary>What people do when they work while pages are read.</summary>
    public Action Edits { get; set; } = () => { };

    public IEnumerable<SourceRow> Rows => _rows.Values;

    public IEnumerable<SourceRecord> Records => _rows.Values.Select(r => r.Record);

    /// <summary>The records that were taken away, each in all its versions, the last one last.</summary>
    public IEnumerable<List<SourceRecord>> Gone => _gone.Values;

    /// <summary>All that a record ever was.</summary>
    public IReadOnlyList<SourceRecord> VersionsOf(StreamKind stream, string id) => _versions[(stream, id)];

    /// <summary>Whether one record can be asked for by its id.</summary>
    public bool FindsById { get; } = adversary.Random.Next(2) == 0;

    private Adversary Adversary => adversary;

    private bool PagesByOffset => _pagesByOffset && StatesTotal;

    public void Put(SourceRecord record)
    {
        var stamp = stage.Now;
        if (adversary.Strikes(Fault.ClockSkew)) stamp += TimeSpan.FromMinutes(adversary.Random.Next(-36 * 60, 5));
        _rows[(record.Stream, record.Id)] = new SourceRow(record, stamp);
        if (!_versions.TryGetValue((record.Stream, record.Id), out var versions)) _versions.Add((record.Stream, record.Id), versions = []);
        versions.Add(record);
    }

    /// <summary>Takes a record away for good; its id is never given again.</summary>
    public void Remove(SourceRecord record)
    {
        _rows.Remove((record.Stream, record.Id));
        _gone.Add((record.Stream, record.Id), _versions[(record.Stream, record.Id)]);
    }

    public bool Has(StreamKind stream, string id) => _rows.ContainsKey((stream, id));

    public ISource For(SimulatedProcess process) => new Border(this, process);

    private bool MayHide(IEnumerable<(StreamKind Stream, string Id)> rows) => !rows.Any(_onceUnseen.Contains);

    private List<SourceRow> Wanted(PageSetRequest request) =>
        [.. _rows.Values
            .Where(r => r.Record.Stream == request.Stream && (request.ModifiedSince is not { } since || r.Stamp >= since))
            .Where(r => (request.FromDate is not { } from || r.Record.Date >= from) && (request.ToDate is not { } to || r.Record.Date <= to))
            .OrderBy(r => r.Stamp).ThenBy(r => r.Record.Id, StringComparer.Ordinal)];

    private static string KeyOf(SourceRow row) => row.Stamp.UtcTicks.ToString("D20", CultureInfo.InvariantCulture) + "/" + row.Record.Id;

    private int PlaceOf(List<SourceRow> rows, string? cursor)
    {
        if (cursor is null) return 0;
        if (PagesByOffset) return int.Parse(cursor, CultureInfo.InvariantCulture);
        var next = rows.FindIndex(r => string.CompareOrdinal(KeyOf(r), cursor) > 0);
        return next < 0 ? rows.Count : next;
    }

    private string CursorAfter(List<SourceRow> rows, int place) => PagesByOffset ? place.ToString(CultureInfo.InvariantCulture) : KeyOf(rows[place - 1]);

    /// <summary>The source as one process reads it.</summary>
    private sealed class Border(SimulatedSource source, SimulatedProcess process) : ISource
    {
        private readonly bool _seesNothing = source.Adversary.Strikes(Fault.AccountSeesNothing);
        private readonly bool _findsNothing = source.Adversary.Strikes(Fault.NothingFoundById);

        private Adversary Adversary { get; } = source.Adversary;

        public StreamTraits TraitsOf(StreamKind stream) => new(ReadsOnlyChanges: true) { ShowsAll = true, FindsById = source.FindsById };

        public async Task<bool> HasAsync(StreamKind stream, string id, CancellationToken cancel)
        {
            await process.PassAsync($"before asking for {stream.Name()}/{id}");
            Fail($"{stream.Name()}/{id}");
            return !_seesNothing && !_findsNothing && source.Has(stream, id);
        }

        public async Task ProbeAsync(CancellationToken cancel)
        {
            await process.PassAsync("before the source's probe");
            Fail("probe");
        }

        public async IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, [EnumeratorCancellation] CancellationToken cancel)
        {
            var cursor = request.ResumeCursor;
            var unseen = Unseen(request);
            for (var number = 1; ; number++)
            {
                await process.PassAsync($"before a page of {request.Stream.Name()}");
                cancel.ThrowIfCancellationRequested();
                Fail($"page {number} of {request.Stream.Name()}");
                if (number == 1 && cursor is not null && Adversary.Strikes(Fault.CursorExpired)) cursor = Expired();
                var page = Page(request, number, cursor, unseen);
                process.Note(FormattableString.Invariant($"reads {request.Stream.Name()} since {request.ModifiedSince:MM-dd HH:mm} after {cursor ?? "start"}: {string.Join(' ', page.Records.Select(r => r.Id))}{(page.IsLast ? ", the last" : "")}"));
                if (Adversary.Strikes(Fault.PageRepeated)) yield return page with { IsLast = false };
                yield return page;
                if (page.IsLast) yield break;
                cursor = page.NextCursor;
                if (Adversary.Strikes(Fault.EditWhilePaging)) source.Edits();
            }
        }

        // A reading of changes that leaves something out without a word is beyond any program; of a window, it must not count as a deletion.
        private HashSet<string> Unseen(PageSetRequest request)
        {
            if (request.FromDate is null) return [];
            var rows = source.Wanted(request).ConvertAll(r => (r.Record.Stream, r.Record.Id));
            if (!_seesNothing) rows = rows.Count > 0 && Adversary.Strikes(Fault.RowsUnseen) ? [Adversary.Random.Pick(rows)] : [];
            if (!source.MayHide(rows)) return [];
            source._onceUnseen.UnionWith(rows);
            if (rows.Count > 0) process.Note($"the source does not show {string.Join(' ', rows.Select(r => r.Id))}");
            return [.. rows.Select(r => r.Id)];
        }

        private SourcePage Page(PageSetRequest request, int number, string? cursor, HashSet<string> unseen)
        {
            var rows = source.Wanted(request);
            rows.RemoveAll(r => unseen.Contains(r.Record.Id));
            var place = source.PlaceOf(rows, cursor);
            if (source.StatesTotal && place + PageSize < rows.Count && Adversary.Strikes(Fault.PageMissing)) place += PageSize;
            List<SourceRecord> page = [.. rows.Skip(place).Take(PageSize).Select(r => r.Record)];
            place = Math.Min(place + page.Count, rows.Count);
            if (page.Count > 0 && Adversary.Strikes(Fault.RowDoubled)) page.Add(page[0]);
            var isLast = place >= rows.Count;
            var body = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{request.Stream.Name()}\n{string.Join('\n', page.Select(RecordContent.Hash))}"));
            return new SourcePage(number, "memory", body, page, isLast ? null : source.CursorAfter(rows, place), isLast, source.StatesTotal ? rows.Count : null, 0);
        }

        private void Fail(string what)
        {
            if (Adversary.Strikes(Fault.SourceDown)) throw Failed(OutsideFault.Transient, $"{what} answered 503.");
            if (Adversary.Strikes(Fault.SourceRefuses)) throw Failed(OutsideFault.Permanent, $"{what} answered 401.");
        }

        // Some readers begin anew by themselves, some say that the set cannot be continued.
        private string? Expired()
        {
            if (Adversary.OneIn(2)) return null;
            throw Failed(OutsideFault.Permanent, "the cursor has expired: 410.");
        }

        private OutsideException Failed(OutsideFault fault, string message)
        {
            process.Note($"source: {message}");
            return new OutsideException(fault, message);
        }
    }
}
