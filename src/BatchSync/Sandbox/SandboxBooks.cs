using System.Globalization;
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
/// The documents of one company of the sandbox and the answers that idempotency keys replay. Every change is on the disk before it shows, where a
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
    private volatile Company _company = Company.Default;
    private DateOnly? _lockedThrough;

    /// <param name="stateFile">Null: the books are gone with the process.</param>
    /// <exception cref="SandboxSetupException">The state file cannot be used.</exception>
    public SandboxBooks(string? stateFile, bool uniqueReferences)
    {
        _uniqueReferences = uniqueReferences;
        if (stateFile is null) return;
        _state = StateFile.Open(stateFile, out var entries);
        Recall(stateFile, entries);
    }

    public Company Company
    {
        get => _company;
        set => _company = value;
    }

    /// <summary>The last day on which the books take nothing more; null: no day is locked.</summary>
    public DateOnly? LockedThrough
    {
        get
        {
            lock (_gate) return _lockedThrough;
        }
    }

    /// <summary>Locks the books up to a day, inclusive, or takes the lock away.</summary>
    /// <exception cref="IOException">The state file could not be written; nothing was changed.</exception>
    public void LockThrough(DateOnly? day)
    {
        lock (_gate)
        {
            if (day != _lockedThrough) Commit(new BooksEntry.LockThrough(day));
        }
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
            var changed = outcomes.Where(o => o.Error is null && _documents[_byId[o.Id!]].Status == BookStatus.Draft).Select(o => o.Id!).Distinct().ToList();
            if (changed.Count > 0) Commit(new BooksEntry.Finalize(changed));
            return outcomes;
        }
    }

    /// <summary>Deletes drafts; one that is gone already stays so.</summary>
    /// <exception cref="IOException">The state file could not be written; nothing was changed.</exception>
    public IReadOnlyList<ItemOutcome> Delete(IReadOnlyList<string> ids, IReadOnlySet<int> refused)
    {
        lock (_gate)
        {
            var outcomes = ids.Select((id, index) => DeleteOutcome(id, refused.Contains(index + 1))).ToList();
            var changed = outcomes.Where(o => o.Status == "deleted").Select(o => o.Id!).Distinct().ToList();
            if (changed.Count > 0) Commit(new BooksEntry.Delete(changed));
            return outcomes;
        }
    }

    /// <summary>A person does something with a document: <see cref="ClerkActions"/>.</summary>
    /// <param name="document">An id, or a reference: then the first document that bears it.</param>
    /// <exception cref="IOException">The state file could not be written; nothing was changed.</exception>
    public (BookedDocument? Document, ItemError? Error) Act(string document, Func<BookedDocument, (BookedDocument? Document, ItemError? Error)> action)
    {
        lock (_gate)
        {
            var held = _byId.TryGetValue(document, out var index) && IsThere(_documents[index]) ? _documents[index]
                : _byReference.GetValueOrDefault(document, []).Select(i => _documents[i]).FirstOrDefault(IsThere);
            if (held is null) return (null, new ItemError("unknown_document", $"There is no document '{document}'. Name the id or the reference of one that the books hold."));
            var result = action(held);
            if (result.Document is { } changed) Commit(BooksEntry.Set.Of(changed));
            return result;
        }
    }

    /// <summary>Every document that bears one of the references, in the order in which they were booked.</summary>
    public IReadOnlyList<BookedDocument> Find(IEnumerable<string> references)
    {
        lock (_gate) return [.. references.Distinct().SelectMany(r => _byReference.GetValueOrDefault(r, [])).Order().Select(i => _documents[i]).Where(IsThere)];
    }

    /// <summary>All that are not deleted, in the order in which they were booked.</summary>
    public IReadOnlyList<BookedDocument> Documents()
    {
        lock (_gate) return [.. _documents.Where(IsThere)];
    }

    public LedgerTotals Ledger() => LedgerTotals.Of(Documents(), Company.BaseCurrency);

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
        if (IsLocked(invoice)) return Rejected(reference, "period_locked", LockText(invoice));
        if (_company.BaseCurrency is { } wanted && invoice.Currency != wanted && invoice.ExchangeRate is null)
            return Rejected(reference, "missing_rate", $"The document is in {invoice.Currency} and the books are in {wanted}; send exchange_rate, in {wanted} for 1 {invoice.Currency}.");
        if (_uniqueReferences && IdOf(reference, created) is { } id) return new(reference, id, "duplicate", null);
        var document = new BookedDocument($"doc-{_documents.Count + created.Count + 1}", invoice, invoice.IsDraft ? BookStatus.Draft : BookStatus.Final, Money.Zero(invoice.Currency));
        created.Add(document);
        return new(reference, document.Id, "created", null);
    }

    private ItemOutcome FinalOutcome(string id, bool isRefused)
    {
        if (isRefused) return RefusedId(id, "refused_by_fault", "The fault script refuses this item.");
        if (Held(id) is not { } document) return RefusedId(id, "unknown_id", $"There is no document '{id}'.");
        if (document.Status == BookStatus.Void) return RefusedId(id, "void", $"Document '{id}' is void.");
        if (document.Status == BookStatus.Draft && IsLocked(document.Invoice)) return RefusedId(id, "period_locked", LockText(document.Invoice));
        return new("", id, "final", null);
    }

    private ItemOutcome DeleteOutcome(string id, bool isRefused)
    {
        if (isRefused) return RefusedId(id, "refused_by_fault", "The fault script refuses this item.");
        if (!_byId.TryGetValue(id, out var index)) return RefusedId(id, "unknown_id", $"There was never a document '{id}'.");
        return _documents[index].Status switch
        {
            BookStatus.Draft => new("", id, "deleted", null),
            BookStatus.Deleted => new("", id, "gone", null),
            _ => RefusedId(id, "not_draft", $"Document '{id}' is {_documents[index].StatusName}; only drafts are deleted. Credit it instead."),
        };
    }

    private bool IsLocked(Invoice invoice) => _lockedThrough is { } day && invoice.Date <= day;

    private string LockText(Invoice invoice) => string.Create(
        CultureInfo.InvariantCulture, $"The date is {invoice.Date:yyyy-MM-dd}, and the books are locked through {_lockedThrough:yyyy-MM-dd}. Date it later, or move the lock.");

    private static bool IsThere(BookedDocument document) => document.Status != BookStatus.Deleted;

    private BookedDocument? Held(string id) => _byId.TryGetValue(id, out var index) && IsThere(_documents[index]) ? _documents[index] : null;

    private static ItemOutcome RefusedId(string id, string code, string message) => new("", id, "rejected", new ItemError(code, message));

    private string? IdOf(string reference, List<BookedDocument> created) =>
        (_byReference.GetValueOrDefault(reference, []).Select(i => _documents[i]).FirstOrDefault(IsThere) ?? created.Find(d => d.Invoice.Reference == reference))?.Id;

    private static ItemOutcome Rejected(string reference, string code, string message) => new(reference, null, "rejected", new ItemError(code, message));

    private void Commit(BooksEntry entry)
    {
        _state?.Append(entry);
        Apply(entry);
    }

    private void Apply(BooksEntry entry)
    {
        switch (entry)
        {
            case BooksEntry.Create create:
                foreach (var document in create.Created) Add(document);
                if (create.Key is not null) _answers[create.Key] = create;
                break;
            case BooksEntry.Finalize finalize:
                foreach (var id in finalize.Ids) _documents[_byId[id]] = _documents[_byId[id]] with { Status = BookStatus.Final };
                break;
            case BooksEntry.Delete delete:
                foreach (var id in delete.Ids) _documents[_byId[id]] = _documents[_byId[id]] with { Status = BookStatus.Deleted };
                break;
            case BooksEntry.Set set:
                _documents[_byId[set.Id]] = set.Apply(_documents[_byId[set.Id]]);
                break;
            case BooksEntry.LockThrough @lock:
                _lockedThrough = @lock.Day;
                break;
            default:
                throw new InvariantException("An entry outside the family.");
        }
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
