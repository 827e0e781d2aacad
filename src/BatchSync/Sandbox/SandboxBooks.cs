using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Sandbox;

/// <summary>Whether a call was carried out now, answered as it was before, or refused because its key stands for another body.</summary>
internal enum CreateResult
{
    CarriedOut,
    Replayed,
    KeyConflict,
}

/// <param name="Outcomes">One an item; empty with a key conflict.</param>
internal sealed record CreateAnswer(CreateResult Result, IReadOnlyList<ItemOutcome> Outcomes);

/// <summary>
/// The documents of the sandbox's company and the answers that idempotency keys replay. Every change is on the disk before it shows, where a
/// state file is given. Calls are carried out one at a time.
/// </summary>
internal sealed class SandboxBooks : IDisposable
{
    private readonly Lock _gate = new();
    private readonly bool _uniqueReferences;
    private readonly StateFile? _state;
    private readonly List<BookedDocument> _documents = [];
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _byReference = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BooksEntry.Create> _answers = new(StringComparer.Ordinal);
    private HashSet<string>? _customers;

    /// <param name="stateFile">Null: the books are gone with the process.</param>
    /// <exception cref="SandboxSetupException">The state file cannot be used.</exception>
    public SandboxBooks(string? stateFile, bool uniqueReferences)
    {
        _uniqueReferences = uniqueReferences;
        if (stateFile is null) return;
        _state = StateFile.Open(stateFile, out var entries);
        Recall(stateFile, entries);
    }

    /// <summary>From now on only these and those allowed before are customers; until the first call any id is.</summary>
    public void AllowCustomers(IEnumerable<string> ids)
    {
        lock (_gate) (_customers ??= new(StringComparer.Ordinal)).UnionWith(ids);
    }

    /// <summary>Books the items that pass and says of each what became of it, last item first: the order of an answer means nothing.</summary>
    /// <param name="key">Idempotency key; null: none.</param>
    /// <param name="bodyHash">Tells whether a key comes with the body it came with before.</param>
    /// <param name="refused">Positions, from 1, of items that a fault refuses.</param>
    /// <exception cref="IOException">The state file could not be written; nothing was booked.</exception>
    public CreateAnswer Create(IReadOnlyList<JsonElement> items, string? key, string bodyHash, IReadOnlySet<int> refused)
    {
        lock (_gate)
        {
            if (key is not null && _answers.TryGetValue(key, out var before))
            {
                return before.BodyHash == bodyHash ? new(CreateResult.Replayed, before.Outcomes) : new(CreateResult.KeyConflict, []);
            }

            var created = new List<BookedDocument>();
            var outcomes = items.Select((item, index) => Outcome(item, refused.Contains(index + 1), created)).Reverse().ToList();
            var entry = new BooksEntry.Create(key, bodyHash, created, outcomes);
            if (created.Count > 0 || key is not null) Commit(entry);
            return new(CreateResult.CarriedOut, outcomes);
        }
    }

    /// <summary>Makes documents final; one that is final already stays so.</summary>
    /// <exception cref="IOException">The state file could not be written; nothing was changed.</exception>
    public IReadOnlyList<ItemOutcome> Finalize(IReadOnlyList<string> ids, IReadOnlySet<int> refused)
    {
        lock (_gate)
        {
            var outcomes = ids.Select((id, index) => FinalOutcome(id, refused.Contains(index + 1))).ToList();
            var changed = outcomes.Where(o => o.Error is null && !_documents[_byId[o.Id!]].IsFinal).Select(o => o.Id!).Distinct().ToList();
            if (changed.Count > 0) Commit(new BooksEntry.Finalize(changed));
            return outcomes;
        }
    }

    /// <summary>Every document that bears one of the references, in the order in which they were booked.</summary>
    public IReadOnlyList<BookedDocument> Find(IEnumerable<string> references)
    {
        lock (_gate) return [.. references.Distinct().SelectMany(r => _byReference.GetValueOrDefault(r, [])).Order().Select(i => _documents[i])];
    }

    public IReadOnlyList<BookedDocument> Documents()
    {
        lock (_gate) return [.. _documents];
    }

    public LedgerTotals Ledger() => LedgerTotals.Of(Documents());

    public void Dispose() => _state?.Dispose();

    private void Recall(string path, IReadOnlyList<BooksEntry> entries)
    {
        var line = 0;
        try
        {
            foreach (var entry in entries)
            {
                line++;
                Apply(entry);
            }
        }
        catch (Exception failure) when (failure is ArgumentException or KeyNotFoundException)
        {
            _state?.Dispose();
            throw new SandboxSetupException($"{path}:{line}: a document that is there twice or not at all. Name a file that a sandbox wrote, or one that does not exist.", failure);
        }
    }

    private ItemOutcome Outcome(JsonElement item, bool isRefused, List<BookedDocument> created)
    {
        var reference = InvoiceReader.ReferenceOf(item);
        if (isRefused) return Rejected(reference, "refused_by_fault", "The fault script refuses this item.");
        var (invoice, error) = InvoiceReader.Read(item);
        if (invoice is null) return Rejected(reference, error!.Code, error.Message);
        if (_customers?.Contains(invoice.Customer) == false) return Rejected(reference, "unknown_customer", $"There is no customer '{invoice.Customer}'.");
        if (_uniqueReferences && IdOf(reference, created) is { } id) return new(reference, id, "duplicate", null);
        var document = new BookedDocument($"doc-{_documents.Count + created.Count + 1}", invoice, !invoice.IsDraft);
        created.Add(document);
        return new(reference, document.Id, "created", null);
    }

    private ItemOutcome FinalOutcome(string id, bool isRefused)
    {
        if (isRefused) return new("", id, "rejected", new ItemError("refused_by_fault", "The fault script refuses this item."));
        return _byId.ContainsKey(id) ? new("", id, "final", null) : new("", id, "rejected", new ItemError("unknown_id", $"There is no document '{id}'."));
    }

    private string? IdOf(string reference, List<BookedDocument> created) =>
        _byReference.TryGetValue(reference, out var held) ? _documents[held[0]].Id : created.Find(d => d.Invoice.Reference == reference)?.Id;

    private static ItemOutcome Rejected(string reference, string code, string message) => new(reference, null, "rejected", new ItemError(code, message));

    private void Commit(BooksEntry entry)
    {
        _state?.Append(entry);
        Apply(entry);
    }

    private void Apply(BooksEntry entry)
    {
        if (entry is BooksEntry.Finalize finalize)
        {
            foreach (var id in finalize.Ids) _documents[_byId[id]] = _documents[_byId[id]] with { IsFinal = true };
            return;
        }

        var create = (BooksEntry.Create)entry;
        foreach (var document in create.Created) Add(document);
        if (create.Key is not null) _answers[create.Key] = create;
    }

    private void Add(BookedDocument document)
    {
        var invoice = document.Invoice;
        Invariant.Holds(Money.Sum(invoice.Postings.Select(p => p.Amount), invoice.Currency).Sign == 0, "A booking's debits are its credits.");
        _byId.Add(document.Id, _documents.Count);
        if (!_byReference.TryGetValue(invoice.Reference, out var held)) _byReference[invoice.Reference] = held = [];
        held.Add(_documents.Count);
        _documents.Add(document);
    }
}
