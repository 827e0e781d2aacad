using System.Globalization;

namespace BatchSync.Core.Mapping;

/// <summary>
/// What a line is analysed by beside its account: class, department, tracking category. One value a name; equal by content, in the
/// ordinal order of the names.
/// </summary>
public sealed class Dimensions : IEquatable<Dimensions>
{
    private readonly SortedDictionary<string, string> _values;

    private Dimensions(SortedDictionary<string, string> values) => _values = values;

    public static Dimensions None { get; } = new(new SortedDictionary<string, string>(StringComparer.Ordinal));

    /// <summary>By name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public bool IsEmpty => _values.Count == 0;

    public static Dimensions Of(IEnumerable<KeyValuePair<string, string>> values)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in values) sorted.Add(name, value);
        return sorted.Count == 0 ? None : new Dimensions(sorted);
    }

    /// <summary>These, with those of the other where both have a name.</summary>
    public Dimensions With(Dimensions other) =>
        other.IsEmpty ? this : IsEmpty ? other : Of(_values.Where(v => !other._values.ContainsKey(v.Key)).Concat(other._values));

    public bool Equals(Dimensions? other) => other is not null && _values.SequenceEqual(other._values);
    public override bool Equals(object? obj) => Equals(obj as Dimensions);
    public override int GetHashCode() => _values.Aggregate(0, (hash, v) => HashCode.Combine(hash, v.Key, v.Value));

    /// <summary>One text for all of them, parts told apart by their length; empty where there are none.</summary>
    public override string ToString() => string.Concat(_values.SelectMany(v => new[] { v.Key, v.Value })
        .Select(part => $"{part.Length.ToString(CultureInfo.InvariantCulture)}:{part}"));
}
