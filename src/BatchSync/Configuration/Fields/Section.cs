using System.Diagnostics.CodeAnalysis;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Fields;

/// <summary>
/// A section as it was read: for each field its value and place. A field that is missing or cannot be read is reported once, when
/// the section is read; checks pass over it with <see cref="Find{T}"/>, and values are built only where there is no error at all.
/// </summary>
internal sealed class Section
{
    private readonly Dictionary<string, object?> _cells = new(StringComparer.Ordinal);

    private Section(SectionSpec spec, Node.Mapping node)
    {
        Spec = spec;
        Node = node;
    }

    public SectionSpec Spec { get; }
    public Node.Mapping Node { get; }

    /// <summary>Reads every field that is there and reports unknown, missing and contradicting ones.</summary>
    public static Section Read(SectionSpec spec, Node.Mapping node, Reading reading)
    {
        var section = new Section(spec, node);
        foreach (var entry in node.Entries) section.ReadEntry(entry, reading);
        foreach (var field in spec.Fields.Where(f => f.IsRequired && !section.Has(f))) section.ReportMissing(field, reading);
        foreach (var group in spec.ExactlyOne) section.CheckExactlyOne(group, reading);
        foreach (var group in spec.AtLeastOne) section.CheckAtLeastOne(group, reading);
        return section;
    }

    /// <summary>Whether the field is written, readable or not.</summary>
    public bool Has(FieldSpec field) => _cells.ContainsKey(field.Name);

    /// <summary>The value that holds, written or by default; null where it is missing or could not be read.</summary>
    public Found<T>? Find<T>(FieldSpec<T> field) => _cells.TryGetValue(field.Name, out var cell) ? (Found<T>?)cell : field.DefaultValue;

    public bool TryFind<T>(FieldSpec<T> field, [NotNullWhen(true)] out Found<T>? found) => (found = Find(field)) is not null;

    /// <summary>The value as it is written; null where it is left out or could not be read.</summary>
    public Found<T>? Written<T>(FieldSpec<T> field) => Has(field) ? Find(field) : null;

    /// <summary>The value that holds, in a section without errors.</summary>
    public T Get<T>(FieldSpec<T> field)
    {
        var found = Find(field);
        Invariant.Holds(found is not null, $"The field '{field.Name}' was used although it has no value.");
        return found!.Value;
    }

    /// <summary>The value of a reference type that may be left out.</summary>
    public T? GetOrNull<T>(FieldSpec<T> field)
        where T : class => Find(field)?.Value;

    /// <summary>The value of a value type that may be left out.</summary>
    public T? ValueOrNull<T>(FieldSpec<T> field)
        where T : struct => Find(field)?.Value;

    /// <summary>The values of a list, none where it is left out or could not be read.</summary>
    public IReadOnlyList<Found<T>> List<T>(FieldSpec<IReadOnlyList<Found<T>>> field) => Find(field)?.Value ?? [];

    /// <summary>The entries of a map, none where it is left out or could not be read.</summary>
    public IReadOnlyList<Named<T>> Map<T>(FieldSpec<IReadOnlyList<Named<T>>> field) => Find(field)?.Value ?? [];

    private void ReadEntry(Node.Entry entry, Reading reading)
    {
        var field = Spec.Fields.FirstOrDefault(f => f.Name == entry.Key.Text);
        if (field is null) ReportUnknown(entry.Key, reading);
        else _cells[field.Name] = field.Read(entry.Value, reading);
    }

    private void ReportUnknown(Node.Scalar key, Reading reading)
    {
        var names = Spec.Fields.Select(f => f.Name).ToList();
        reading.Report(ErrorCodes.UnknownField, key.Span, $"unknown field '{key.Text}'", Advice.Names("Fields allowed here", names, key.Text));
    }

    private void ReportMissing(FieldSpec field, Reading reading)
    {
        var example = field.Example.Length == 0 ? field.Kind.Title : field.Example;
        reading.Report(ErrorCodes.MissingField, Node.Span, $"{Spec.Name}: the field '{field.Name}' is missing", Advice.Next($"Add it, such as '{field.Name}: {example}'."));
    }

    private void CheckExactlyOne(IReadOnlyList<FieldSpec> group, Reading reading)
    {
        var written = group.Where(Has).ToList();
        if (written.Count == 1) return;
        var names = string.Join(", ", group.Select(f => f.Name));
        var message = written.Count == 0
            ? $"{Spec.Name}: none of the fields {names} is there"
            : $"{Spec.Name}: {string.Join(" and ", written.Select(f => $"'{f.Name}'"))} stand together";
        reading.Report(ErrorCodes.NotExactlyOne, SpanOf(written), message, Advice.Next($"Exactly one of these is needed: {names}."));
    }

    private void CheckAtLeastOne(IReadOnlyList<FieldSpec> group, Reading reading)
    {
        if (group.Any(Has)) return;
        var names = string.Join(" or ", group.Select(f => $"'{f.Name}'"));
        reading.Report(ErrorCodes.MissingField, Node.Span, $"{Spec.Name}: {names} is missing", Advice.Next("Add at least one of them: " + string.Join(", ", group.Select(f => $"'{f.Name}: {f.Example}'")) + "."));
    }

    private Span SpanOf(List<FieldSpec> written) =>
        written.Count == 0 ? Node.Span : Node.Entries.First(e => e.Key.Text == written[^1].Name).Key.Span;
}
