using System.Diagnostics.CodeAnalysis;

namespace BatchSync.Sandbox;

/// <summary>
/// The books of all companies of one sandbox. Each has its own API, ledger, lock and state file: <c>books.jsonl</c> is that of the default
/// company, <c>books.de.jsonl</c> that of company <c>de</c>.
/// </summary>
internal sealed class SandboxCompanies : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string? _stateFile;
    private readonly bool _uniqueReferences;
    private readonly SortedDictionary<string, SandboxBooks> _others = new(StringComparer.Ordinal);
    private readonly List<string> _customers = [];

    /// <exception cref="SandboxSetupException">The state file cannot be used.</exception>
    public SandboxCompanies(string? stateFile, bool uniqueReferences)
    {
        (_stateFile, _uniqueReferences) = (stateFile, uniqueReferences);
        Default = new SandboxBooks(stateFile, uniqueReferences);
    }

    public SandboxBooks Default { get; }

    /// <summary>The default company first, the others by id.</summary>
    public IReadOnlyList<SandboxBooks> All
    {
        get
        {
            lock (_gate) return [Default, .. _others.Values];
        }
    }

    public bool TryGet(string id, [NotNullWhen(true)] out SandboxBooks? books)
    {
        lock (_gate)
        {
            if (id != Default.Company.Id) return _others.TryGetValue(id, out books);
            books = Default;
            return true;
        }
    }

    /// <summary>Opens the books of companies that are new, and changes what is said of the others.</summary>
    /// <exception cref="SandboxSetupException">A state file cannot be used.</exception>
    public void Load(IReadOnlyList<CompanyRow> rows)
    {
        lock (_gate)
        {
            foreach (var row in rows) Load(row);
        }
    }

    /// <summary>From now on only these and those allowed before are customers, of every company.</summary>
    public void AllowCustomers(IReadOnlyList<string> ids)
    {
        lock (_gate)
        {
            _customers.AddRange(ids);
            Default.AllowCustomers(ids);
            foreach (var books in _others.Values) books.AllowCustomers(ids);
        }
    }

    public void Dispose()
    {
        foreach (var books in All) books.Dispose();
    }

    private void Load(CompanyRow row)
    {
        var books = row.Company.Id == Default.Company.Id ? Default : _others.GetValueOrDefault(row.Company.Id);
        if (books is null)
        {
            _others.Add(row.Company.Id, books = new SandboxBooks(StateFileOf(row.Company.Id), _uniqueReferences));
            if (_customers.Count > 0) books.AllowCustomers(_customers);
        }

        books.Company = row.Company;
        if (row.SetsLock) books.LockThrough(row.LockedThrough);
    }

    private string? StateFileOf(string id) =>
        _stateFile is null ? null : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_stateFile))!, $"{Path.GetFileNameWithoutExtension(_stateFile)}.{id}{Path.GetExtension(_stateFile)}");
}
