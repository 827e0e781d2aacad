using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;

namespace BatchSync.Core.Matching;

/// <summary>Current records that name the same things, counted together.</summary>
/// <param name="Amount">Of one expense, in major units of <paramref name="Currency"/>; null for time.</param>
/// <param name="LacksClient">Whether they are <c>rejected: no client</c>.</param>
/// <param name="Seconds">Of all of them.</param>
public sealed record RecordGroup(
    Reference Client, Reference Project, Reference Task, Reference Person, Reference Category, string Currency, decimal? Amount, bool LacksClient, long Records, long Seconds);

/// <summary>What depends on a thing that a mapping does not know.</summary>
/// <param name="Rejected">How many of the records are rejected because of it.</param>
/// <param name="Amounts">Of expenses, in major units by currency as the source writes it; empty: the client's.</param>
public sealed record Stake(long Records, long Rejected, long Seconds, IReadOnlyDictionary<string, decimal> Amounts);

/// <summary>A thing that a source names and a mapping does not know.</summary>
/// <param name="Id">The source's id; empty where it has none, or where the mapping's list goes by names.</param>
/// <param name="Names">What the source calls it, the most used first.</param>
/// <param name="SourceCode">The source's own code or e-mail address of it; empty where it has none.</param>
/// <param name="Client">Of a project: the code of the client that the source gives it, where the mapping knows that one.</param>
public sealed record UnknownThing(MappingList List, string Id, IReadOnlyList<string> Names, string SourceCode, string Client, Stake Stake)
{
    public string Name => Names.Count > 0 ? Names[0] : "";
}

/// <summary>Finds what records and naming streams carry and a mapping does not know.</summary>
public sealed class UnknownThings
{
    private readonly MappingRules _mapping;
    private readonly FactFinder _facts;
    private readonly IReadOnlyList<RecordGroup> _groups;
    private readonly IReadOnlyList<SourceRecord> _named;

    /// <param name="named">Current records of the naming streams. Deleted and unreadable ones are passed over.</param>
    public UnknownThings(MappingRules mapping, IReadOnlyList<RecordGroup> groups, IReadOnlyList<SourceRecord> named)
    {
        (_mapping, _facts, _groups) = (mapping, new FactFinder(mapping), groups);
        _named = [.. named.Where(r => !r.Deleted && r.Faults.Count == 0)];
    }

    /// <summary>Of one list: those that hold up most records first, then those with most records; ties by id and name.</summary>
    public IReadOnlyList<UnknownThing> Of(MappingList list)
    {
        var byName = GoesByName(list);
        var found = new Dictionary<(string Id, string Name), Tally>();
        foreach (var group in _groups)
        {
            var reference = ReferenceOf(list, group);
            if (!IsKnown(list, group, reference) && KeyOf(reference, byName) is { } key) Add(found, key).Count(reference, group, IsRejected(list, group));
        }

        foreach (var row in _named.Where(r => r.Stream == StreamOf(list)))
        {
            var reference = new Reference(row.Id, row.Name);
            if (_facts.CodeOf(list, reference) is not null || KeyOf(reference, byName) is not { } key) continue;
            if (row.Active || found.ContainsKey(key)) Add(found, key).Name(row, _facts.ClientOf(row.Client, Reference.None));
        }

        return [.. found.Select(f => f.Value.ToThing(list, f.Key.Id))
            .OrderByDescending(t => t.Stake.Rejected).ThenByDescending(t => t.Stake.Records).ThenByDescending(t => t.Stake.Seconds)
            .ThenBy(t => t.Id, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <summary>What the source calls the entries of a list that the mapping knows, by code.</summary>
    public ILookup<string, string> NamesByCode(MappingList list) =>
        _groups.Select(g => ReferenceOf(list, g))
            .Concat(_named.Where(r => r.Stream == StreamOf(list)).Select(r => new Reference(r.Id, r.Name)))
            .Distinct()
            .Select(r => (Code: _facts.CodeOf(list, r), r.Name))
            .Where(r => r.Code is not null && r.Name.Length > 0)
            .OrderBy(r => r.Name, StringComparer.Ordinal)
            .ToLookup(r => r.Code!, r => r.Name);

    // Where no entry has ids, the list goes by names, and ids (a source may have several of one name) say nothing. An empty list of kinds of work or cost begins so.
    private bool GoesByName(MappingList list)
    {
        var entries = ListedThing.Of(_mapping, list);
        return entries.Count == 0 ? list is MappingList.Tasks or MappingList.Categories : entries.All(e => e.Source.Ids.Count == 0);
    }

    private bool IsKnown(MappingList list, RecordGroup group, Reference reference) =>
        list == MappingList.Clients ? _facts.ClientOf(group.Client, group.Project).Length > 0 : _facts.CodeOf(list, reference) is not null;

    // A record that names no client gets one through its project.
    private static bool IsRejected(MappingList list, RecordGroup group) =>
        group.LacksClient && (list == MappingList.Clients || (list == MappingList.Projects && group.Client.IsEmpty));

    private static (string Id, string Name)? KeyOf(Reference reference, bool byName)
    {
        if (reference.IsEmpty) return null;
        return reference.Id.Length == 0 || (byName && reference.Name.Length > 0) ? ("", reference.Name) : (reference.Id, "");
    }

    private static Reference ReferenceOf(MappingList list, RecordGroup group) => list switch
    {
        MappingList.Clients => group.Client,
        MappingList.Projects => group.Project,
        MappingList.Tasks => group.Task,
        MappingList.Categories => group.Category,
        _ => group.Person,
    };

    private static StreamKind? StreamOf(MappingList list) => list switch
    {
        MappingList.Clients => StreamKind.Clients,
        MappingList.Projects => StreamKind.Projects,
        MappingList.Tasks => StreamKind.Tasks,
        MappingList.People => StreamKind.People,
        _ => null,
    };

    private static Tally Add(Dictionary<(string Id, string Name), Tally> found, (string Id, string Name) key)
    {
        if (!found.TryGetValue(key, out var tally)) found.Add(key, tally = new Tally());
        return tally;
    }

    /// <summary>What is known of one thing so far.</summary>
    private sealed class Tally
    {
        private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, decimal> _amounts = new(StringComparer.Ordinal);
        private long _records;
        private long _rejected;
        private long _seconds;
        private string _code = "";
        private string _client = "";

        public void Count(Reference reference, RecordGroup group, bool rejected)
        {
            AddName(reference.Name, group.Records);
            _records += group.Records;
            _rejected += rejected ? group.Records : 0;
            _seconds += group.Seconds;
            if (group.Amount is { } amount) _amounts[group.Currency] = _amounts.GetValueOrDefault(group.Currency) + amount * group.Records;
        }

        public void Name(SourceRecord row, string client)
        {
            AddName(row.Name, 0);
            (_code, _client) = (row.Code, client);
        }

        public UnknownThing ToThing(MappingList list, string id) =>
            new(list, id, [.. _names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Key)], _code, _client, new Stake(_records, _rejected, _seconds, _amounts));

        private void AddName(string name, long records)
        {
            if (name.Length > 0) _names[name] = _names.GetValueOrDefault(name) + records;
        }
    }
}
