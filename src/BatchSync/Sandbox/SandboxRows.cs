using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BatchSync.Sandbox;

/// <summary>The rows of one stream at one moment, by id.</summary>
internal sealed class StreamRows(SandboxRow[] rows)
{
    private Tuple<RowFilter, SandboxRow[]> _last = Tuple.Create(default(RowFilter), rows);

    public static StreamRows Empty { get; } = new([]);

    public IReadOnlyList<SandboxRow> All => rows;

    /// <summary>The rows that match, by id.</summary>
    public IReadOnlyList<SandboxRow> Matching(RowFilter filter)
    {
        if (filter == default) return rows;

        // A page set asks with one filter for all of its pages, so the last answer serves them all.
        var last = _last;
        if (last.Item1 != filter) _last = last = Tuple.Create(filter, Array.FindAll(rows, filter.Matches));
        return last.Item2;
    }
}

/// <summary>What the time-tracking side holds: the rows of all streams and what was taken from them.</summary>
internal sealed class SandboxRows(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<RowId, SandboxRow>> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Stream, RowId Id), RowDeletion> _deletions = [];
    private volatile ImmutableDictionary<string, StreamRows> _streams = ImmutableDictionary<string, StreamRows>.Empty;

    /// <summary>By name. A list that was handed out stays as it was while others load.</summary>
    public IReadOnlyDictionary<string, StreamRows> Streams => _streams;

    /// <summary>Adds rows and replaces or removes those of the same id, in order.</summary>
    public void Load(IReadOnlyList<FolderRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows) Put(row);
            var changed = rows.Select(r => r.Stream).Distinct().ToDictionary(s => s, s => new StreamRows(Sorted(_rows[s].Values)));
            _streams = _streams.SetItems(changed);
        }
    }

    /// <summary>Deletions since an instant, inclusive (null: all), by time, stream and id.</summary>
    public IReadOnlyList<RowDeletion> DeletionsSince(DateTimeOffset? since)
    {
        lock (_gate)
        {
            return [.. _deletions.Values.Where(d => since is null || d.DeletedAt >= since)
                .OrderBy(d => d.DeletedAt).ThenBy(d => d.Stream, StringComparer.Ordinal).ThenBy(d => d.Id)];
        }
    }

    private static SandboxRow[] Sorted(IEnumerable<SandboxRow> rows)
    {
        var sorted = rows.ToArray();
        Array.Sort(sorted, (a, b) => a.Id.CompareTo(b.Id));
        return sorted;
    }

    private void Put(FolderRow row)
    {
        ref var stream = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, row.Stream, out _);
        stream ??= [];
        var key = (row.Stream, row.Row.Id);
        if (row.IsDeleted)
        {
            stream.Remove(row.Row.Id);
            _deletions[key] = new(row.Stream, row.Row.Id, row.DeletedAt ?? time.GetUtcNow());
        }
        else
        {
            stream[row.Row.Id] = row.Row;
            _deletions.Remove(key);
        }
    }
}
