namespace BatchSync.Core.Mapping;

/// <summary>
/// Which records a rule is for: every field named must have one of its values. A value that ends in <c>*</c> matches what begins so.
/// No fields: every record. Comparison is ordinal.
/// </summary>
public sealed record Condition(IReadOnlyDictionary<string, IReadOnlyList<string>> Fields)
{
    public static Condition Always { get; } = new(new Dictionary<string, IReadOnlyList<string>>());

    public bool Matches(RecordFacts facts) => Fields.All(field => field.Value.Any(value => Takes(value, facts.Field(field.Key) ?? "")));

    /// <summary>Whether this condition matches every record that the other one matches.</summary>
    public bool Covers(Condition other) => Fields.All(field =>
        other.Fields.TryGetValue(field.Key, out var theirs) && theirs.All(their => field.Value.Any(mine => CoversValue(mine, their))));

    private static bool Takes(string pattern, string value) =>
        pattern.EndsWith('*') ? value.StartsWith(pattern[..^1], StringComparison.Ordinal) : string.Equals(pattern, value, StringComparison.Ordinal);

    private static bool CoversValue(string mine, string theirs) =>
        theirs.EndsWith('*') ? mine.EndsWith('*') && theirs.StartsWith(mine[..^1], StringComparison.Ordinal) : Takes(mine, theirs);
}
