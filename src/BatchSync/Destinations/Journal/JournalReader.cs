using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Http;

namespace BatchSync.Destinations.Journal;

/// <summary>
/// Reads a file of ours back. Every transaction is read, rendered again and compared, so that a line that BatchSync did not
/// write, or that somebody changed, is named and refused: rewriting the file would lose it.
/// </summary>
internal sealed class JournalReader(string path)
{
    private readonly List<JournalEntry> _entries = [];
    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private readonly HashSet<Currency> _currencies = [];
    private readonly HashSet<string> _dimensions = new(StringComparer.Ordinal);

    /// <exception cref="OutsideException">Permanent: a line is not ours; the message names it.</exception>
    public JournalBook Read(string text)
    {
        if (text.Length == 0) return JournalBook.Empty;
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        if (lines[0] != JournalBook.Header) throw Foreign(0, lines[0], "the first line of a file that BatchSync owns is: " + JournalBook.Header);
        var start = lines.Length > 1 && lines[1].StartsWith(JournalBook.DimensionsStart, StringComparison.Ordinal) ? 2 : 1;
        if (start == 2) _dimensions.UnionWith(lines[1][JournalBook.DimensionsStart.Length..].Split(' '));
        for (var i = start; i < lines.Length;)
        {
            if (lines[i].Length == 0) i++;
            else if (char.IsAsciiDigit(lines[i][0])) i = ReadEntry(lines, i);
            else i = ReadDeclaration(lines, i);
        }

        return new JournalBook(_entries, _accounts, _currencies, _dimensions);
    }

    private int ReadDeclaration(string[] lines, int start)
    {
        var line = lines[start];
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (word, name) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
        switch (word)
        {
            case "account" when JournalText.IsAccount(name):
                _accounts.Add(name);
                return start + 1;
            case "tag" when JournalBook.Tags.Contains(name) || JournalBook.RareTags.Contains(name) || _dimensions.Contains(name):
                return start + 1;
            case "commodity" when Currency.TryOf(name, out var currency):
                _currencies.Add(currency);
                return HasFormat(lines, start + 1, currency) ? start + 2 : start + 1;
            default:
                throw Foreign(start, line, "only transactions and declarations that BatchSync wrote may stand here");
        }
    }

    private static bool HasFormat(string[] lines, int index, Currency currency) =>
        index < lines.Length && currency.Decimals > 0 && lines[index] + "\n" == JournalBook.FormatOf(currency);

    private int ReadEntry(string[] lines, int start)
    {
        var end = Array.IndexOf(lines, "", start);
        if (end < 0) end = lines.Length;
        var written = lines[start..end];
        var entry = EntryOf(written);
        if (entry is null) throw Foreign(start, lines[start], "the transaction that starts here lacks lines that BatchSync writes, or has others");
        var rendered = entry.Render().TrimEnd('\n').Split('\n');
        for (var i = 0; i < Math.Max(written.Length, rendered.Length); i++)
        {
            if (i >= rendered.Length) throw Foreign(start + i, written[i], "BatchSync would write no such line");
            if (i >= written.Length) throw Foreign(start, lines[start], "the transaction lacks the line: " + rendered[i].Trim());
            if (written[i] != rendered[i]) throw Foreign(start + i, written[i], "BatchSync would write: " + rendered[i].Trim());
        }

        _entries.Add(entry);
        return end;
    }

    // Takes what it needs and no more: all that it leaves aside is found by rendering.
    private JournalEntry? EntryOf(string[] lines)
    {
        var first = lines[0];
        var (open, close) = (first.IndexOf('(', StringComparison.Ordinal), first.IndexOf(')', StringComparison.Ordinal));
        var body = lines.AsSpan(1);
        var postings = PostingsOf(lines);
        if (open != 13 || close < open || close + 2 > first.Length || postings is not { Count: > 0 }) return null;
        if (!TryDate(first[..10], out var date) || !TryDate(TagIn(body, "due"), out var due)) return null;
        if (JournalText.FromTagValue(TagIn(body, "client") ?? "%") is not { } client || JournalText.FromTagValue(TagIn(body, "corrects") ?? "") is not { } corrects) return null;
        return new JournalEntry
        {
            Date = date,
            IsDraft = first[11] == '!',
            Reference = first[(open + 1)..close],
            Payee = first[(close + 2)..],
            Client = client,
            Type = TagIn(body, "type") == JournalEntry.CreditNoteName ? DocumentType.CreditNote : DocumentType.Invoice,
            Due = due,
            Postings = postings,
            Corrects = corrects,
            Price = PriceOf(lines.First(line => PostingOf(line) is not null)),
        };
    }

    // Null where a line is no posting, or not of the currency of the first.
    private List<JournalPosting>? PostingsOf(string[] lines)
    {
        var postings = new List<JournalPosting>();
        for (var i = 1; i < lines.Length; i++)
        {
            if (IsComment(lines[i])) continue;
            if (PostingOf(lines[i]) is not { } posting || (postings.Count > 0 && posting.Amount.Currency != postings[0].Amount.Currency)) return null;
            var next = Array.FindIndex(lines, i + 1, line => !IsComment(line));
            var tags = lines.AsSpan((i + 1)..(next < 0 ? lines.Length : next));
            postings.Add(posting with { Rate = TagIn(tags, "rate"), Text = TagIn(tags, "text"), Deduction = TagIn(tags, "deduction"), Dimensions = DimensionsIn(tags) });
        }

        return postings;
    }

    // Only tags that the file names as dimensions: any other line is not ours.
    private List<JournalTag> DimensionsIn(ReadOnlySpan<string> lines)
    {
        var found = new List<JournalTag>();
        foreach (var line in lines)
        {
            if (line.TrimStart(' ', ';').Split(": ", 2) is [var name, var value] && _dimensions.Contains(name) && JournalText.FromTagValue(value) is { } text) found.Add(new(name, text));
        }

        return found;
    }

    private static bool IsComment(string line) => line.TrimStart().StartsWith(';');

    private static JournalPosting? PostingOf(string line)
    {
        if (PartsOf(line) is not var (account, amount, code, _) || !Currency.TryOf(code, out var currency)) return null;
        var digits = amount.Replace(".", "", StringComparison.Ordinal);
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var units)) return null;
        return JournalText.IsAccount(account) ? new JournalPosting(account, Money.OfMinorUnits(units, currency)) : null;
    }

    private static JournalPrice? PriceOf(string line) =>
        PartsOf(line)?.Price is ["@", var rate, var code] && Currency.TryOf(code, out var currency) ? new JournalPrice(rate, currency) : null;

    private static (string Account, string Amount, string Currency, string[] Price)? PartsOf(string line)
    {
        var text = line.TrimStart();
        var gap = text.IndexOf("  ", StringComparison.Ordinal);
        return gap > 0 && text[gap..].Trim().Split(' ') is [var amount, var code, .. var price] && price.Length is 0 or 3 ? (text[..gap], amount, code, price) : null;
    }

    private static string? TagIn(ReadOnlySpan<string> lines, string name)
    {
        var start = $"    ; {name}: ";
        foreach (var line in lines)
        {
            if (line.StartsWith(start, StringComparison.Ordinal)) return line[start.Length..];
        }

        return null;
    }

    private static bool TryDate(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private OutsideException Foreign(int index, string line, string why)
    {
        var shown = line.Length > 120 ? line[..120] + "..." : line;
        return new OutsideException(OutsideFault.Permanent,
            $"{path}:{index + 1}: '{shown}' was not written by BatchSync, which owns this file and would lose the line: {why}. "
            + "Undo the change, or move your own text to another file that includes this one.");
    }
}
