using System.Globalization;
using System.Text;

namespace BatchSync.Benchmarks.Macro;

/// <summary>All entries as they are sent, rendered once: a page is a slice of memory, so that no client waits for the server.</summary>
internal sealed class EntryPages
{
    /// <summary>Entries a page, as the largest that Harvest gives.</summary>
    public const int PageSize = 2_000;

    private readonly byte[][] _pages;
    private readonly byte[] _edited;

    /// <param name="editedOf">Every so many-th entry was changed since; 0: none.</param>
    /// <param name="pageSize">Entries a page.</param>
    public EntryPages(int entries, int editedOf, int pageSize = PageSize)
    {
        Entries = entries;
        _pages = [.. Enumerable.Range(0, (entries + pageSize - 1) / pageSize).Select(p => Render(Enumerable.Range(p * pageSize, Math.Min(pageSize, entries - (p * pageSize))).Select(i => Entry.Of(i, entries, edited: false)), CursorAfter(p), entries))];
        var edited = editedOf == 0 ? [] : Enumerable.Range(0, entries).Where(i => i % editedOf == 0).ToList();
        EditedEntries = edited.Count;
        _edited = Render(edited.Select(i => Entry.Of(i, entries, edited: true)), null, edited.Count);

        string? CursorAfter(int page) => (page + 1) * pageSize < entries ? (page + 1).ToString(CultureInfo.InvariantCulture) : null;
    }

    public int Entries { get; }
    public int EditedEntries { get; }

    /// <summary>Whether whoever asks for changes gets the edited entries, all in one page.</summary>
    public bool ShowsEdits { get; set; }

    /// <param name="cursor">Null: the first page.</param>
    /// <param name="since">Whether only what has changed is wanted.</param>
    public byte[] Page(string? cursor, bool since)
    {
        if (since) return ShowsEdits ? _edited : Nothing;
        return _pages[cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture)];
    }

    private static readonly byte[] Nothing = Render([], null, 0);

    private static byte[] Render(IEnumerable<Entry> entries, string? next, int total)
    {
        var text = new StringBuilder("{\"time_entries\":[");
        var first = true;
        foreach (var entry in entries)
        {
            if (!first) text.Append(',');
            first = false;
            entry.Render(text);
        }

        text.Append(CultureInfo.InvariantCulture, $"],\"total_entries\":{total},\"next_cursor\":{(next is null ? "null" : $"\"{next}\"")}}}");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
