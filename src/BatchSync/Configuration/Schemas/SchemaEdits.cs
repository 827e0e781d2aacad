using System.Globalization;
using BatchSync.Configuration.Yaml;

namespace BatchSync.Configuration.Schemas;

/// <summary>
/// The edits that bring one file to the current schema. Fields that move into one new section move together: they stand there on one
/// line, or, where one of them has a comment, each on its own with that comment.
/// </summary>
internal sealed class SchemaEdits(SourceText text, Node.Mapping file)
{
    private readonly string _newLine = text.Text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
    private readonly List<TextEdit> _edits = [];

    /// <summary>A field on its way.</summary>
    /// <param name="Value">As it is written.</param>
    /// <param name="Comment">What stands behind the value on its line, from the <c>#</c> on; empty where nothing does.</param>
    /// <param name="CommentColumn">Where that begins, from 1.</param>
    private sealed record MovedField(string Name, string Value, string Comment, int CommentColumn);

    /// <summary>The text with every move made and the version written. Whether it is what it should be is for the caller to check.</summary>
    public string Upgrade(IEnumerable<FieldMove> moves)
    {
        var present = moves.Where(m => NodePath.Find(file, m.From)?.Value is Node.Scalar).ToList();
        foreach (var block in present.GroupBy(m => string.Join(": ", m.To.SkipLast(1)))) MoveBlock([.. block]);
        WriteVersion();
        return TextEdit.Apply(text.Text, _edits);
    }

    private void WriteVersion()
    {
        var version = SchemaVersion.Current.ToString(CultureInfo.InvariantCulture);
        var first = file.Entries[0];
        if (NodePath.Find(file, [SchemaVersion.Field.Name]) is { } written) Replace(Start(written.Value), Offset(written.Value.End), version);
        else if (file.IsFlow) Insert(Offset(first.Value.End), $", {SchemaVersion.Field.Name}: {version}");
        else InsertLines(first.Value.End.Line, [$"{Indent(first.Key)}{SchemaVersion.Field.Name}: {version}"]);
    }

    private void MoveBlock(IReadOnlyList<FieldMove> moves)
    {
        var from = moves[0].From.SkipLast(1).ToList();
        var section = SectionAt(from);
        var entries = moves.Select(m => NodePath.Find(file, m.From)!).ToList();
        var fields = moves.Select(m => Field(m.To[^1], NodePath.Find(file, m.From)!, section)).ToList();
        var to = moves[0].To.SkipLast(1).ToList();
        if (NodePath.Find(file, to)?.Value is Node.Mapping there) Join(there, fields);
        else if (from.SequenceEqual(to.SkipLast(1)))
        {
            ReplaceFirst(section, entries, to[^1], fields);
            return;
        }
        else AddBelow(from[0], to[^1], fields, section, entries.Count);

        Remove(from, section, entries);
    }

    private Node.Mapping SectionAt(IReadOnlyList<string> path) => path.Count == 0 ? file : (Node.Mapping)NodePath.Find(file, path)!.Value;

    // The new section takes the place of the first of its fields, and the others go.
    private void ReplaceFirst(Node.Mapping section, IReadOnlyList<Node.Entry> entries, string name, IReadOnlyList<MovedField> fields)
    {
        var first = section.Entries.First(entries.Contains);
        if (section.IsFlow) Replace(Start(first.Key), Offset(first.Value.End), Flow(name, fields));
        else ReplaceLine(first, Block(Indent(first.Key), name, fields));
        RemoveEntries(section, [.. entries.Where(e => !ReferenceEquals(e, first))], kept: first);
    }

    // Into a section that is there already, behind its last field.
    private void Join(Node.Mapping section, IReadOnlyList<MovedField> fields)
    {
        if (section.Entries.Count == 0)
        {
            Insert(Offset(section.End) - 1, $" {string.Join(", ", fields.Select(f => $"{f.Name}: {f.Value}"))} ");
            return;
        }

        var last = section.Entries[^1];
        if (section.IsFlow) Insert(Offset(last.Value.End), string.Concat(fields.Select(f => $", {f.Name}: {f.Value}")));
        else InsertLines(last.Value.End.Line, fields.Select(f => Line(Indent(last.Key), f)));
    }

    private void AddBelow(string neighbour, string name, IReadOnlyList<MovedField> fields, Node.Mapping section, int taken)
    {
        var entry = file.Entries.First(e => e.Key.Text == neighbour);
        var sole = entry.Value.End.Line == entry.Key.Span.Line && section.Entries.Count == taken ? CommentBehind(entry.Value.End) : ("", 0);
        if (file.IsFlow) Insert(Offset(entry.Value.End), ", " + Flow(name, fields));
        else if (sole.Item1.Length > 0 && fields.All(f => f.Comment.Length == 0)) InsertLines(entry.Value.End.Line, [Padded(Indent(entry.Key) + Flow(name, fields), sole.Item1, sole.Item2)]);
        else InsertLines(entry.Value.End.Line, Block(Indent(entry.Key), name, fields));
    }

    private void Remove(IReadOnlyList<string> path, Node.Mapping section, IReadOnlyList<Node.Entry> entries)
    {
        if (section.Entries.Count > entries.Count || path.Count == 0)
        {
            RemoveEntries(section, entries, kept: null);
            return;
        }

        // A section that held nothing else goes with its fields, and so does one that held nothing but that section.
        Remove([.. path.SkipLast(1)], SectionAt([.. path.SkipLast(1)]), [NodePath.Find(file, path)!]);
    }

    private void RemoveEntries(Node.Mapping section, IReadOnlyList<Node.Entry> entries, Node.Entry? kept)
    {
        if (!section.IsFlow)
        {
            foreach (var entry in entries) RemoveLines(entry);
            return;
        }

        var all = section.Entries;
        for (var i = 0; i < all.Count; i++)
        {
            if (!Goes(all[i])) continue;
            var first = i;
            while (i + 1 < all.Count && Goes(all[i + 1])) i++;
            if (i + 1 < all.Count) Replace(Start(all[first].Key), Start(all[i + 1].Key), "");
            else Replace(Offset(all[first - 1].Value.End), Offset(all[i].Value.End), "");
        }

        bool Goes(Node.Entry entry) => !ReferenceEquals(entry, kept) && entries.Any(e => ReferenceEquals(e, entry));
    }

    private MovedField Field(string name, Node.Entry entry, Node.Mapping section)
    {
        var value = text.Text[Start(entry.Value)..Offset(entry.Value.End)];
        var (comment, column) = section.IsFlow ? ("", 0) : CommentBehind(entry.Value.End);
        return new(name, value, comment, column);
    }

    private (string Comment, int Column) CommentBehind(Position end)
    {
        var line = text.Line(end.Line);
        var at = line.IndexOf('#', Math.Min(end.Column - 1, line.Length));
        return at < 0 ? ("", 0) : (line[at..].TrimEnd(), at + 1);
    }

    private static string Flow(string name, IReadOnlyList<MovedField> fields) => $"{name}: {{ {string.Join(", ", fields.Select(f => $"{f.Name}: {f.Value}"))} }}";

    private static IEnumerable<string> Block(string indent, string name, IReadOnlyList<MovedField> fields) => fields.All(f => f.Comment.Length == 0)
        ? [indent + Flow(name, fields)]
        : fields.Select(f => Line(indent + "  ", f)).Prepend($"{indent}{name}:");

    private static string Line(string indent, MovedField field) => Padded($"{indent}{field.Name}: {field.Value}", field.Comment, field.CommentColumn);

    // A comment stays in its column where there is room.
    private static string Padded(string line, string comment, int column) => comment.Length == 0 ? line : line.PadRight(Math.Max(column - 1, line.Length + 1)) + comment;

    private string Indent(Node key) => text.Line(key.Span.Line)[..(key.Span.Column - 1)];

    private void ReplaceLine(Node.Entry entry, IEnumerable<string> lines) =>
        Replace(text.OffsetOf(entry.Key.Span.Line, 1), text.OffsetOf(entry.Value.End.Line + 1, 1), string.Concat(lines.Select(l => l + _newLine)));

    private void RemoveLines(Node.Entry entry) => ReplaceLine(entry, []);

    private void InsertLines(int below, IEnumerable<string> lines)
    {
        var at = text.OffsetOf(below + 1, 1);
        var isOpen = at == text.Text.Length && !text.Text.EndsWith('\n');
        Insert(at, (isOpen ? _newLine : "") + string.Concat(lines.Select(l => l + _newLine)));
    }

    private void Insert(int at, string what) => Replace(at, at, what);

    private void Replace(int from, int to, string what) => _edits.Add(new(from, to - from, what));

    private int Start(Node node) => text.OffsetOf(node.Span.Line, node.Span.Column);

    private int Offset(Position place) => text.OffsetOf(place.Line, place.Column);
}
