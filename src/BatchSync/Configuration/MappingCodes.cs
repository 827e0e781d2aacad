using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>All codes that a mapping gives to things of the source, and what its conditions say of them.</summary>
internal sealed class MappingCodes(ConfigurationDocument mapping)
{
    private readonly Reading _reading = mapping.Reading;
    private readonly Dictionary<string, CodeList> _lists = new()
    {
        ["client"] = CodeList.Of("client", mapping.Section.List(MappingFields.Clients)),
        ["project"] = CodeList.Of("project", mapping.Section.List(MappingFields.Projects)),
        ["task"] = CodeList.Of("task", mapping.Section.List(MappingFields.Tasks)),
        ["category"] = CodeList.Of("category", mapping.Section.List(MappingFields.Categories)),
        ["person"] = CodeList.Of("person", mapping.Section.List(MappingFields.People)),
    };

    /// <summary>The codes of a list by the field that names them in conditions.</summary>
    public CodeList this[string field] => _lists[field];

    /// <summary>No code twice, and nothing of the source claimed by two.</summary>
    public void Check()
    {
        foreach (var list in _lists.Values) list.Check(_reading);
    }

    /// <summary>A condition names codes. Where the mapping lists things of a kind, a name that is not listed would never match.</summary>
    public void CheckCondition(Section when)
    {
        foreach (var field in ConditionFields.All)
        {
            if (!_lists.TryGetValue(field.Name, out var codes) || codes.Codes.Count == 0) continue;
            foreach (var value in when.List(field).Where(v => !codes.Matches(v.Value))) ReportCondition(codes, value);
        }
    }

    private void ReportCondition(CodeList codes, Found<string> value)
    {
        // A pattern may be there for things that the mapping leaves out on purpose; clients are never left out.
        if (value.Value.EndsWith('*') && codes.What != "client") return;
        var owner = codes.OwnerOf(value.Value);
        var advice = owner is null
            ? Advice.Names($"Known {codes.What} codes", [.. codes.Codes.Order(StringComparer.Ordinal)], value.Value)
            : new Advice("", owner, $"Conditions name the mapping's codes, and '{value.Value}' is what the source calls '{owner}'.");
        _reading.Report(ErrorCodes.UnknownName, value.Node.Span, $"there is no {codes.What} '{value.Value}', so this never matches", advice);
    }
}

/// <summary>The codes of one list of a mapping, and what the source calls them.</summary>
internal sealed class CodeList
{
    private readonly IReadOnlyList<Section> _things;
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    private CodeList(string what, IReadOnlyList<Section> things)
    {
        What = what;
        _things = things;
        foreach (var thing in things)
        {
            if (thing.Find(ThingFields.Code)?.Value is not { } code) continue;
            Codes.Add(code);
            foreach (var name in thing.List(ThingFields.Source).Concat(thing.List(ThingFields.Names))) _owners.TryAdd(name.Value, code);
        }
    }

    /// <summary><c>client</c>, <c>project</c>, ...</summary>
    public string What { get; }

    public HashSet<string> Codes { get; } = new(StringComparer.Ordinal);

    public static CodeList Of(string what, IReadOnlyList<Found<Section>> things) => new(what, [.. things.Select(t => t.Value)]);

    /// <summary>The code of what the source calls so, or null.</summary>
    public string? OwnerOf(string name) => _owners.GetValueOrDefault(name);

    /// <summary>Whether a value of a condition, with or without a wildcard, matches a code.</summary>
    public bool Matches(string value) =>
        value.EndsWith('*') ? Codes.Any(c => c.StartsWith(value[..^1], StringComparison.Ordinal)) : Codes.Contains(value);

    /// <summary>No code twice, and nothing of the source claimed by two.</summary>
    public void Check(Reading reading)
    {
        var (codes, ids, names) = (new Dictionary<string, Node>(), new Dictionary<string, Node>(), new Dictionary<string, Node>());
        foreach (var thing in _things)
        {
            if (thing.TryFind(ThingFields.Code, out var code)) Twice.Check($"{What} code", code, codes, reading);
            foreach (var id in thing.List(ThingFields.Source)) Claim("source id", id, ids, reading);
            if (thing.Has(ThingFields.Source)) continue;
            foreach (var name in thing.List(ThingFields.Names)) Claim("name", name, names, reading);
        }
    }

    private void Claim(string what, Found<string> value, Dictionary<string, Node> claimed, Reading reading)
    {
        if (claimed.TryAdd(value.Value, value.Node)) return;
        reading.Report(
            ErrorCodes.ClaimedTwice, value.Node.Span, FormattableString.Invariant($"the {What} {what} '{value.Value}' is claimed twice; first in line {claimed[value.Value].Span.Line}"),
            Advice.Next("Leave it with one of the two: a record can belong to one only."));
    }
}
