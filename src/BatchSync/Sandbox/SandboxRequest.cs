using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BatchSync.Sandbox;

/// <summary>One call as the APIs of the sandbox see it.</summary>
/// <param name="Origin">Scheme, host and port as the client wrote them, so that a next link leads to the same host.</param>
/// <param name="Query">A parameter that is given twice has both values, with a comma between.</param>
/// <param name="Header">The value of a header; null where it is absent.</param>
internal sealed record SandboxRequest(
    string Method, string Origin, string Path, IReadOnlyDictionary<string, string> Query, Func<string, string?> Header, ReadOnlyMemory<byte> Body)
{
    /// <summary>Positions (from 1) of the items that a fault has refused in this call.</summary>
    public IReadOnlySet<int> RefusedItems { get; init; } = new HashSet<int>();

    /// <summary>Whether a parameter has a value: absent and empty are alike.</summary>
    public bool TryQuery(string name, [NotNullWhen(true)] out string? value) => Query.TryGetValue(name, out value) && value.Length > 0;

    /// <summary>This call's URL with some parameters replaced; null removes one.</summary>
    public string UrlWith(params (string Name, string? Value)[] changes)
    {
        var kept = Query.Where(q => !changes.Any(c => c.Name == q.Key)).Select(q => (Name: q.Key, Value: (string?)q.Value));
        var query = kept.Concat(changes).Where(q => q.Value is not null).Select(q => $"{Uri.EscapeDataString(q.Name)}={Uri.EscapeDataString(q.Value!)}");
        return $"{Origin}{Path}?{string.Join('&', query)}";
    }

    /// <summary>Reads an instant; one without an offset is UTC.</summary>
    public static bool TryInstant(string? text, out DateTimeOffset instant) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);

    public static bool TryDate(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
}
