using BatchSync.Configuration.Yaml;

namespace BatchSync.Configuration.Schemas;

/// <summary>Fields of a file by their path through its sections. Nodes are values: what changes is a copy.</summary>
internal static class NodePath
{
    /// <summary>The entry at a path, or null where there is none.</summary>
    public static Node.Entry? Find(Node.Mapping section, IReadOnlyList<string> path)
    {
        var entry = section.Entries.FirstOrDefault(e => e.Key.Text == path[0]);
        if (entry is null || path.Count == 1) return entry;
        return entry.Value is Node.Mapping inner ? Find(inner, [.. path.Skip(1)]) : null;
    }

    /// <summary>The section without the entry at a path, and the entry. Sections on the way that held nothing else are gone with it.</summary>
    public static (Node.Mapping Remaining, Node.Entry? Taken) Take(Node.Mapping section, IReadOnlyList<string> path)
    {
        var entry = section.Entries.FirstOrDefault(e => e.Key.Text == path[0]);
        if (entry is null) return (section, null);
        if (path.Count == 1) return (Without(section, entry), entry);
        if (entry.Value is not Node.Mapping inner) return (section, null);
        var (rest, taken) = Take(inner, [.. path.Skip(1)]);
        if (taken is null) return (section, null);
        return (rest.Entries.Count == 0 ? Without(section, entry) : Replaced(section, entry, rest), taken);
    }

    /// <summary>The section with the value of an entry at a path, behind the others there; sections on the way are made. Where something else stands in the way, nothing changes.</summary>
    public static Node.Mapping Put(Node.Mapping section, IReadOnlyList<string> path, Node.Entry entry)
    {
        var key = entry.Key with { Text = path[0] };
        if (path.Count == 1) return new(section.Span, [.. section.Entries, new(key, entry.Value)]);
        var rest = path.Skip(1).ToList();
        return section.Entries.FirstOrDefault(e => e.Key.Text == path[0]) switch
        {
            null => new(section.Span, [.. section.Entries, new(key, Put(new Node.Mapping(entry.Key.Span, []), rest, entry))]),
            { Value: Node.Mapping inner } there => Replaced(section, there, Put(inner, rest, entry)),
            _ => section,
        };
    }

    private static Node.Mapping Without(Node.Mapping section, Node.Entry entry) => new(section.Span, [.. section.Entries.Where(e => !ReferenceEquals(e, entry))]);

    private static Node.Mapping Replaced(Node.Mapping section, Node.Entry entry, Node.Mapping value) =>
        new(section.Span, [.. section.Entries.Select(e => ReferenceEquals(e, entry) ? e with { Value = value } : e)]);
}
