using System.Globalization;
using System.Text;

namespace BatchSync.Benchmarks.Macro;

/// <summary>All entries as they are sent, rendered once: a page is a slice of memory, so that no client waits for the server.</summary>
internal sealed class EntryPages
{
    /// <summary>Entries a page, as the largest that Harvest gives.</summary>
    public const int PageSize = 2_000;

    /// <summary>Of a night with changes: one entry in so many was changed.</summary>
    public const int EditedOf = 100;

    private readonly byte[][] _pages;

    /// <param name="pageSize">Entries a page.</param>
    public EntryPages(int entries, int pageSize = PageSize)
    {
        Entries = entries;
        _pages = [.. Enumerable.Range(0, (entries + pageSize - 1) / pageSize).Select(p => Render(Enumerable.Range(p * pageSize, Math.Min(pageSize, entries - (p * pageSize))).Select(i => Entry.Of(i, entries, edited: false)), CursorAfter(p), entries))];

        string? CursorAfter(int page) => (page + 1) * pageSize < entries ? (page + 1).ToString(CultureInfo.InvariantCulture) : null;
    }

    public int Entries { get; }

    /// <summary>What whoever asks for changes gets, in one page.</summary>
    public Edits Edited { get; set; } = Edits.None;

    /// <summary>Every hundredth entry: some of each day of the year.</summary>
    public Edits OfTheYear() => EditsOf(Enumerable.Range(0, Entries).Where(i => i % EditedOf == 0));

    /// <summary>As many, all of the last days: every second entry of the newest of them.</summary>
    public Edits OfTheLastDays() => EditsOf(Enumerable.Range(0, Entries).TakeLast(2 * (Entries / EditedOf)).Where(i => i % 2 == 1));

    private Edits EditsOf(IEnumerable<int> numbers)
    {
        var edited = numbers.ToList();
        return new Edits(edited.Count, Render(edited.Select(i => Entry.Of(i, Entries, edited: true)), null, edited.Count));
    }

    /// <param name="cursor">Null: the first page.</param>
    /// <param name="since">Whether only what has changed is wanted.</param>
    public byte[] Page(string? cursor, bool since)
    {
        if (since) return Edited.Page;
        return _pages[cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture)];
    }

    internal static byte[] Render(IEnumerable<Entry> entries, string? next, int total)
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

/// <summary>Entries that were changed since they were first read.</summary>
/// <param name="Page">As the time tracker shows them.</param>
internal sealed record Edits(int Entries, byte[] Page)
{
    public static Edits None { get; } = new(0, EntryPages.Render([], null, 0));
}
