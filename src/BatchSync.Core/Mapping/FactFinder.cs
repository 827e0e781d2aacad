using BatchSync.Core.Sources;

namespace BatchSync.Core.Mapping;

/// <summary>Finds what a mapping calls the things that a record names: by the source's id first, then by its name.</summary>
public sealed class FactFinder(MappingRules mapping)
{
    private readonly Index<Client> _clients = new(mapping.Clients, c => c.Code, c => c.Source);
    private readonly Index<Project> _projects = new(mapping.Projects, p => p.Code, p => p.Source);
    private readonly Index<Activity> _tasks = new(mapping.Tasks, t => t.Code, t => t.Source);
    private readonly Index<Activity> _categories = new(mapping.Categories, c => c.Code, c => c.Source);
    private readonly Index<Person> _people = new(mapping.People, p => p.Code, p => p.Source);

    /// <summary>The record's fields in the mapping's codes.</summary>
    public RecordFacts Of(SourceRecord record)
    {
        var project = _projects.Find(record.Project);
        return new RecordFacts(
            record.Stream == StreamKind.Expenses ? RecordFacts.Expense : RecordFacts.Time,
            ClientOf(record.Client, record.Project),
            project?.Code ?? IdOrName(record.Project),
            _tasks.Find(record.Task)?.Code ?? NameOrId(record.Task),
            _people.Find(record.Person)?.Code ?? IdOrName(record.Person),
            _categories.Find(record.Category)?.Code ?? NameOrId(record.Category),
            record.PurchaseOrder);
    }

    /// <summary>The code of the client that a record belongs to: its own where the mapping knows it, else its project's; empty where there is neither.</summary>
    public string ClientOf(Reference client, Reference project) => _clients.Find(client)?.Code ?? _projects.Find(project)?.Client ?? "";

    /// <summary>The mapping's code of what a source names, or null where the list does not know it.</summary>
    public string? CodeOf(MappingList list, Reference reference) => list switch
    {
        MappingList.Clients => _clients.Find(reference)?.Code,
        MappingList.Projects => _projects.Find(reference)?.Code,
        MappingList.Tasks => _tasks.Find(reference)?.Code,
        MappingList.Categories => _categories.Find(reference)?.Code,
        _ => _people.Find(reference)?.Code,
    };

    public Client? Client(string code) => _clients.ByCode(code);
    public Project? Project(string code) => _projects.ByCode(code);
    public Activity? Task(string code) => _tasks.ByCode(code);
    public Person? Person(string code) => _people.ByCode(code);
    public Activity? Category(string code) => _categories.ByCode(code);

    /// <summary>What a reader calls the value of a grouping key: the mapped name where there is one, else the value.</summary>
    public string Title(GroupKey key, string value) => FirstNonEmpty(
        key switch
        {
            GroupKey.Project => Project(value)?.Name,
            GroupKey.Task => Task(value)?.Name,
            GroupKey.Category => Category(value)?.Name,
            GroupKey.Person => _people.ByCode(value)?.Name,
            _ => null,
        },
        value);

    private static string FirstNonEmpty(string? first, string second) => string.IsNullOrEmpty(first) ? second : first;
    private static string IdOrName(Reference reference) => reference.Id.Length > 0 ? reference.Id : reference.Name;
    private static string NameOrId(Reference reference) => reference.Name.Length > 0 ? reference.Name : reference.Id;

    private sealed class Index<T>
        where T : class
    {
        private readonly Dictionary<string, T> _byCode = new(StringComparer.Ordinal);
        private readonly Dictionary<string, T> _byId = new(StringComparer.Ordinal);
        private readonly Dictionary<string, T> _byName = new(StringComparer.Ordinal);

        public Index(IEnumerable<T> items, Func<T, string> code, Func<T, SourceNames> source)
        {
            foreach (var item in items)
            {
                _byCode.Add(code(item), item);
                foreach (var id in source(item).Ids) _byId.Add(id, item);
                foreach (var name in source(item).Names) _byName.Add(name, item);
            }
        }

        public T? ByCode(string code) => _byCode.GetValueOrDefault(code);

        public T? Find(Reference reference) =>
            _byId.GetValueOrDefault(reference.Id) ?? _byName.GetValueOrDefault(reference.Name);
    }
}
