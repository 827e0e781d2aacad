using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Mapping;
using BatchSync.Core.Matching;

namespace BatchSync.Matching;

/// <summary>What is proposed for one unknown thing.</summary>
/// <param name="Code">The entry's code.</param>
/// <param name="IsNew">Whether the entry is to be made; else it gets what the source calls the thing.</param>
internal sealed record Proposal(Suggestion Suggestion, string Code, bool IsNew);

/// <summary>
/// Writes proposals into the text of a mapping file: at the marks of what stands there, so that comments and layout stay. The result
/// is shown, not saved: whether two things are one is for a person to say.
/// </summary>
internal sealed class MappingPaste
{
    private readonly SourceText _text;
    private readonly Node.Mapping _root;
    private readonly List<TextEdit> _edits = [];

    private MappingPaste(SourceText text, Node.Mapping root) => (_text, _root) = (text, root);

    /// <summary>What to do about each suggestion: the likeliest entry that can take it, or a new one with a code of its own.</summary>
    public static IReadOnlyList<Proposal> Propose(MappingRules mapping, IReadOnlyList<Suggestion> suggestions)
    {
        var taken = Enum.GetValues<MappingList>().ToDictionary(l => l, l => ListedThing.Of(mapping, l).Select(e => e.Code).ToHashSet(StringComparer.OrdinalIgnoreCase));
        var proposals = new List<Proposal>();
        foreach (var suggestion in suggestions)
        {
            var thing = suggestion.Thing;
            var entries = ListedThing.Of(mapping, thing.List);
            var entry = suggestion.Candidates.FirstOrDefault(c => CanTake(entries.First(e => e.Code == c.Code), thing));
            proposals.Add(entry is null ? new(suggestion, NewCode.Of(thing, taken[thing.List], isFirst: entries.Count == 0), IsNew: true) : new(suggestion, entry.Code, IsNew: false));
        }

        return proposals;
    }

    /// <summary>The text of the mapping file with all proposals in it.</summary>
    public static string Apply(string text, IReadOnlyList<Proposal> proposals)
    {
        var source = new SourceText("mapping", text);
        var paste = new MappingPaste(source, RootOf(source));
        foreach (var entry in proposals.Where(p => !p.IsNew).GroupBy(p => (p.Suggestion.Thing.List, p.Code))) paste.AddNames(entry.Key.List, entry.Key.Code, [.. entry]);
        foreach (var list in proposals.Where(p => p.IsNew).GroupBy(p => p.Suggestion.Thing.List)) paste.AddEntries(list.Key, [.. list.Select(EntryOf)]);
        var result = TextEdit.Apply(text, paste._edits);
        RootOf(new SourceText("mapping", result));
        return result;
    }

    // An entry with ids is known by them alone, one without by its names alone: what the source does not have cannot be added.
    private static bool CanTake(ListedThing entry, UnknownThing thing) => entry.Source.Ids.Count > 0 ? thing.Id.Length > 0 : thing.Name.Length > 0 && thing.Id.Length == 0;

    private static Node.Mapping RootOf(SourceText text)
    {
        var errors = new List<ConfigurationError>();
        var root = YamlReader.Read(text, errors) as Node.Mapping;
        Invariant.Holds(root is not null && errors.Count == 0, "A mapping that passed its check is readable, with and without new entries.");
        return root!;
    }

    private static string FieldOf(MappingList list) => list.ToString().ToLowerInvariant();

    private void AddNames(MappingList list, string code, IReadOnlyList<Proposal> proposals)
    {
        var items = (Node.Sequence)_root.Entries.First(e => e.Key.Text == FieldOf(list)).Value;
        var entry = items.Items.OfType<Node.Mapping>().First(i => ValueOf(i, "code") is Node.Scalar scalar && scalar.Text == code);
        var ids = ValueOf(entry, "source");
        var values = proposals.Select(p => YamlText.Quoted(ids is null ? p.Suggestion.Thing.Name : p.Suggestion.Thing.Id)).ToList();
        Extend((ids ?? ValueOf(entry, "name"))!, values);
    }

    private void Extend(Node list, IReadOnlyList<string> values)
    {
        if (list is Node.Scalar only)
        {
            var start = _text.OffsetOf(only.Span.Line, only.Span.Column);
            var end = OffsetOf(only.End);
            var written = only.IsPlain ? YamlText.Of(only.Text) : _text.Text[start..end];
            _edits.Add(new(start, end - start, $"[{string.Join(", ", values.Prepend(written))}]"));
            return;
        }

        var last = ((Node.Sequence)list).Items[^1];
        if (((Node.Sequence)list).IsFlow) _edits.Add(new(OffsetOf(last.End), 0, string.Concat(values.Select(v => ", " + v))));
        else AddLines(last.End.Line, values.Select(v => Dash(last) + v));
    }

    private void AddEntries(MappingList list, IReadOnlyList<string> entries)
    {
        var field = _root.Entries.FirstOrDefault(e => e.Key.Text == FieldOf(list));
        if (field?.Value is not Node.Sequence there) AddList(FieldOf(list), entries);
        else if (there.Items.Count == 0) _edits.Add(new(OffsetOf(there.End) - 1, 0, " " + string.Join(", ", entries) + " "));
        else if (there.IsFlow) _edits.Add(new(OffsetOf(there.Items[^1].End), 0, string.Concat(entries.Select(e => ", " + e))));
        else AddLines(there.Items[^1].End.Line, entries.Select(e => Dash(there.Items[^1]) + e));
    }

    // A list that the mapping does not have stands behind everything else.
    private void AddList(string field, IReadOnlyList<string> entries)
    {
        if (_root.IsFlow) _edits.Add(new(OffsetOf(_root.Entries[^1].Value.End), 0, $", {field}: [ {string.Join(", ", entries)} ]"));
        else AddLines(_root.Entries[^1].Value.End.Line, entries.Select(e => "  - " + e).Prepend(field + ":"));
    }

    private void AddLines(int below, IEnumerable<string> lines)
    {
        var text = string.Concat(lines.Select(l => l + "\n"));
        var at = _text.OffsetOf(below + 1, 1);
        var isOpen = at == _text.Text.Length && at > 0 && _text.Text[at - 1] != '\n';
        _edits.Add(new(at, 0, isOpen ? "\n" + text : text));
    }

    // The dash of an item, with what stands before it; an item may begin on a line below its dash.
    private string Dash(Node item)
    {
        var before = _text.Line(item.Span.Line)[..(item.Span.Column - 1)].TrimEnd();
        for (var line = item.Span.Line - 1; line > 0 && !before.EndsWith('-'); line--) before = _text.Line(line).TrimEnd();
        return before + " ";
    }

    private static string EntryOf(Proposal proposal)
    {
        var thing = proposal.Suggestion.Thing;
        var fields = new List<string> { "code: " + YamlText.Of(proposal.Code) };
        if (thing.Id.Length > 0) fields.Add($"source: [{YamlText.Quoted(thing.Id)}]");
        if (thing.Name.Length > 0) fields.Add("name: " + YamlText.Of(OneLine(thing.Name)));
        if (thing.Client.Length > 0) fields.Add("client: " + YamlText.Of(thing.Client));
        return "{ " + string.Join(", ", fields) + " }";
    }

    private static string OneLine(string name) => string.Concat(name.Select(c => char.IsControl(c) ? ' ' : c));

    private static Node? ValueOf(Node.Mapping entry, string field) => entry.Entries.FirstOrDefault(e => e.Key.Text == field)?.Value;

    private int OffsetOf(Position place) => _text.OffsetOf(place.Line, place.Column);
}
