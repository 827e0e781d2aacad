using BatchSync.Http;

namespace BatchSync.Running;

/// <summary>Which destinations a run leaves alone, and why: one that failed us, and one that knows more than the store.</summary>
internal sealed class DestinationStops
{
    private readonly SortedDictionary<string, OutsideException> _faults = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, UnknownDocument> _unknown = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _behind = new(StringComparer.Ordinal);
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);

    /// <summary>What failed, by the destination's name.</summary>
    public IReadOnlyDictionary<string, OutsideException> Faults => _faults;

    /// <summary>Documents that this store never sent, or not with their amounts, by reference; those that were adopted and tied out are known now and left out.</summary>
    public IReadOnlyDictionary<string, UnknownDocument> Unknown => _unknown;

    /// <summary>Companies that hold documents which this store does not know: nothing is posted for them.</summary>
    public IReadOnlySet<string> BehindTenants => _behind;

    public bool IsDown(string destination) => _faults.ContainsKey(destination);

    /// <summary>Whether nothing is posted because of documents that this store does not know.</summary>
    public bool IsBehind(OpenDestination destination) => _closed.Contains(destination.Tenant.Tenant);

    public void AddFault(string destination, OutsideException fault) => _faults.TryAdd(destination, fault);

    public void AddBehind(OpenDestination destination, IEnumerable<UnknownDocument> unknown)
    {
        _behind.Add(destination.Tenant.Tenant);
        Close(destination);
        AddHeld(unknown);
    }

    /// <summary>Posts nothing for a company because of what another one holds.</summary>
    public void Close(OpenDestination destination) => _closed.Add(destination.Tenant.Tenant);

    public void AddHeld(IEnumerable<UnknownDocument> unknown)
    {
        foreach (var document in unknown) _unknown[document.Reference] = document;
    }

    /// <summary>The only fault as it was, or one for all of them.</summary>
    public OutsideException Together() => _faults.Count == 1
        ? _faults.Values.First()
        : new OutsideException(_faults.Values.First().Fault, string.Join(" ", _faults.Select(f => $"Destination '{f.Key}': {f.Value.Message}")), _faults.Values.First());
}
