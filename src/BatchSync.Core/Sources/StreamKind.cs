namespace BatchSync.Core.Sources;

/// <summary>The kinds of record that a source is read for. Time entries and expenses are billed; the others name things.</summary>
public enum StreamKind
{
    TimeEntries,
    Expenses,
    Clients,
    Projects,
    Tasks,
    People,
}

/// <summary>The names of the streams as they stand in YAML, in the store and in reports.</summary>
public static class StreamNames
{
    private static readonly string[] Names = ["time_entries", "expenses", "clients", "projects", "tasks", "people"];

    public static IReadOnlyList<string> All => Names;

    public static string Name(this StreamKind stream) => Names[(int)stream];

    public static StreamKind Parse(string name) =>
        Array.IndexOf(Names, name) is var index and >= 0 ? (StreamKind)index : throw new ArgumentException($"'{name}' is no stream.", nameof(name));

    /// <summary>Whether records of this stream are billed and so counted in buckets.</summary>
    public static bool IsBilled(this StreamKind stream) => stream is StreamKind.TimeEntries or StreamKind.Expenses;
}
