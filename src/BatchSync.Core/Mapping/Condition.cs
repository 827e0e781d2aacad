namespace BatchSync.Core.Mapping;

/// <summary>
/// Which records a rule is for: every field named must have one of its values. A value that ends in <c>*</c> matches what begins so,
/// and <c>*</c> alone every value, also an empty one; a <c>*</c> elsewhere is a character. No fields: every record. Comparison is ordinal.
/// </summary>
public sealed record Condition(IReadOnlyDictionary<string, IReadOnlyList<string>> Fields)
{
    // Every rule asks its condition about every record: an array is read without the enumerators of a dictionary.
    private readonly (string Field, string[] Patterns)[] _clauses = [.. Fields.Select(field => (field.Key, field.Value.ToArray()))];

    public static Condition Always { get; } = new(new Dictionary<string, IReadOnlyList<string>>());

    /// <summary>By field name, the values of which one must match.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Fields { get; } = Fields;

    public bool Matches(RecordFacts facts)
    {
        foreach (var (field, patterns) in _clauses)
        {
            if (!TakesOne(patterns, facts.Field(field) ?? "")) return false;
        }

        return true;
    }

    /// <summary>Whether it matches something that is no record, such as a line, by the values of its fields; null: it has no such field.</summary>
    public bool Matches(Func<string, string?> fieldOf) => _clauses.All(clause => TakesOne(clause.Patterns, fieldOf(clause.Field) ?? ""));

    /// <summary>Whether this condition matches every record that the other one matches. No single value of the other may need two of these.</summary>
    public bool Covers(Condition other) => _clauses.All(mine =>
        mine.Patterns.Contains("*", StringComparer.Ordinal)
        || (other.Fields.TryGetValue(mine.Field, out var theirs) && theirs.All(their => mine.Patterns.Any(pattern => CoversValue(pattern, their)))));

    /// <summary>Whether it names a field by whole values alone.</summary>
    internal bool IsExact(string field) => Fields.TryGetValue(field, out var patterns) && patterns.All(pattern => !pattern.EndsWith('*'));

    private static bool TakesOne(string[] patterns, string value)
    {
        foreach (var pattern in patterns)
        {
            if (Takes(pattern, value)) return true;
        }

        return false;
    }

    private static bool Takes(string pattern, string value) =>
        pattern.EndsWith('*') ? value.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : string.Equals(pattern, value, StringComparison.Ordinal);

    private static bool CoversValue(string mine, string theirs) =>
        theirs.EndsWith('*') ? mine.EndsWith('*') && Takes(mine, theirs[..^1]) : Takes(mine, theirs);
}
