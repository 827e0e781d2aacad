namespace BatchSync.Core.Mapping;

/// <summary>The lists of a mapping, each of which gives its own codes to what a source names.</summary>
public enum MappingList
{
    Clients,
    Projects,
    Tasks,
    Categories,
    People,
}

/// <summary>An entry of one of a mapping's lists, whatever the list.</summary>
/// <param name="Name">What documents call it.</param>
public sealed record ListedThing(string Code, SourceNames Source, string Name)
{
    /// <summary>The entries of a list in the mapping's order.</summary>
    public static IReadOnlyList<ListedThing> Of(MappingRules mapping, MappingList list) => list switch
    {
        MappingList.Clients => [.. mapping.Clients.Select(c => new ListedThing(c.Code, c.Source, c.Name))],
        MappingList.Projects => [.. mapping.Projects.Select(p => new ListedThing(p.Code, p.Source, p.Name))],
        MappingList.Tasks => [.. mapping.Tasks.Select(t => new ListedThing(t.Code, t.Source, t.Name))],
        MappingList.Categories => [.. mapping.Categories.Select(c => new ListedThing(c.Code, c.Source, c.Name))],
        _ => [.. mapping.People.Select(p => new ListedThing(p.Code, p.Source, p.Name))],
    };
}
