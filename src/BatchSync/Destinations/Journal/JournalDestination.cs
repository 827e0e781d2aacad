using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Http;

namespace BatchSync.Destinations.Journal;

/// <summary>
/// A plain-text ledger file that ledger and hledger read. The file belongs to BatchSync; its owner includes it from a ledger of their own.
/// A document's id there is its reference.
/// </summary>
internal sealed class JournalDestination(JournalDefinition definition, string path, TimeProvider time) : IDestination
{
    private const int DocumentsInOneCall = 1000;
    private const int ReferencesInOneLookUp = 500;
    private const int ReferenceCharacters = 26;
    internal const int StoredQuantityDecimals = 10;
    private const int WrittenRateDecimals = 10;

    private readonly JournalFile _file = new(path, time);
    private readonly JournalAccounts _accounts = new(definition);

    public DestinationTraits Traits { get; } = new(
        DocumentsInOneCall, ReferenceCharacters, StoredQuantityDecimals, HasDrafts: true, Settle: TimeSpan.Zero, CallTimeout: 2 * JournalFile.LongestWait)
    {
        LookUpSize = ReferencesInOneLookUp,
        DeletesDrafts = true,
        RateDecimals = definition.Prices ? WrittenRateDecimals : null,
        Deductions = new(InAccount(definition.Withholding), InAccount(definition.Retainer)),
    };

    public Task<CallSlot> ReadyAsync(CancellationToken cancel) => Task.FromResult(CallSlot.Free);

    /// <summary>The tenant is the file's name without its folder: moving the books to another folder or machine leaves them the same books.</summary>
    public Task<DestinationTenant> ProbeAsync(CancellationToken cancel)
    {
        _file.Read();
        return Task.FromResult(new DestinationTenant("journal:" + Path.GetFileName(_file.Path), "file"));
    }

    public Task<IReadOnlyList<DestinationDocument>> LookUpAsync(IReadOnlyList<string> references, CancellationToken cancel)
    {
        var asked = references.ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<DestinationDocument> found = [.. _file.Read().Entries.Where(e => asked.Contains(e.Reference)).Select(e => e.AsRead())];
        return Task.FromResult(found);
    }

    public Task<DestinationAnswer> CreateAsync(CreateBatch batch, CancellationToken cancel)
    {
        var refused = batch.Documents.Select(FaultOf).OfType<PostingOutcome>().ToList();
        var entries = batch.Documents.Where(d => FaultOf(d) is null).Select(EntryOf).ToList();
        var request = string.Join('\n', entries.Select(e => e.Render()));
        return ChangeAsync(request, [.. entries.Select(e => e.Reference)], refused, book => Add(book, entries), cancel);

        JournalEntry EntryOf(Document document)
        {
            Invariant.Holds(document.Reference.Length > 0 && document.Reference.All(char.IsAsciiLetterOrDigit), $"'{document.Reference}' is no reference.");
            return JournalEntry.Of(PostedForm.Of(document, Traits.Deductions), _accounts, PriceOf(document), batch.AsDraft);
        }
    }

    public Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch, CancellationToken cancel)
    {
        var request = string.Join('\n', batch.Items.Select(i => $"withdraw {i.DestinationId}"));
        return ChangeAsync(request, [.. batch.Items.Select(i => i.Reference)], [], book => RemoveDrafts(book, batch.Items), cancel);
    }

    public Task<DestinationAnswer> FinalizeAsync(FinalizeBatch batch, CancellationToken cancel)
    {
        var request = string.Join('\n', batch.Items.Select(i => $"finalize {i.DestinationId}"));
        return ChangeAsync(request, [.. batch.Items.Select(i => i.Reference)], [], book => MakeFinal(book, batch.Items), cancel);
    }

    private static DeductionPosting InAccount(string? account) => account is null ? DeductionPosting.NotPosted : DeductionPosting.Field;

    private JournalPrice? PriceOf(Document document) =>
        definition.Prices && document.Valuation is { } valuation && SentRate.Of(valuation.Rate, WrittenRateDecimals) is { } rate ? new JournalPrice(NumberText.Canonical(rate), valuation.Rate.To) : null;

    private PostingOutcome.Rejected? FaultOf(Document document) =>
        document.DestinationClient.Length == 0 ? NoClient(document)
        : definition.Prices && document.Valuation is { } valuation && PriceOf(document) is null ? NoRate(document, valuation)
        : null;

    private async Task<DestinationAnswer> ChangeAsync(
        string request, IReadOnlyList<string> references, IReadOnlyList<PostingOutcome> refused,
        Func<JournalBook, (JournalBook Book, IReadOnlyList<PostingOutcome> Outcomes)> change, CancellationToken cancel)
    {
        IReadOnlyList<PostingOutcome> outcomes = [];
        try
        {
            if (!await _file.TryChangeAsync(Apply, cancel))
            {
                var why = $"Another process held {_file.Path}.lock for {JournalFile.LongestWait.TotalSeconds:0} seconds.";
                outcomes = [.. references.Select(r => new PostingOutcome.NotTaken(r, why))];
            }
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Unknown)
        {
            outcomes = [.. references.Select(r => new PostingOutcome.Unknown(r, e.Message))];
        }

        IReadOnlyList<PostingOutcome> all = [.. refused, .. outcomes];
        return new DestinationAnswer(all, AttemptText.Cut($"{_file.Path}\n{request}"), AttemptText.Cut(string.Join('\n', all)));

        JournalBook Apply(JournalBook book)
        {
            (var changed, outcomes) = change(book);
            return changed;
        }
    }

    private static (JournalBook Book, IReadOnlyList<PostingOutcome> Outcomes) Add(JournalBook book, List<JournalEntry> entries)
    {
        var known = book.Entries.ToLookup(e => e.Reference, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        var added = new List<JournalEntry>();
        var outcomes = new List<PostingOutcome>();
        foreach (var entry in entries)
        {
            if (known.TryGetValue(entry.Reference, out var there))
            {
                outcomes.Add(there.Any(entry.SaysTheSameAs) ? new PostingOutcome.AlreadyPosted(entry.Reference, entry.Reference) : Taken(there[0], entry));
                continue;
            }

            known.Add(entry.Reference, [entry]);
            added.Add(entry);
            outcomes.Add(new PostingOutcome.Posted(entry.Reference, entry.Reference));
        }

        return (added.Count == 0 ? book : book with { Entries = [.. book.Entries, .. added] }, outcomes);
    }

    private static (JournalBook Book, IReadOnlyList<PostingOutcome> Outcomes) MakeFinal(JournalBook book, IReadOnlyList<(string Reference, string DestinationId)> items)
    {
        var known = book.Entries.ToLookup(e => e.Reference, StringComparer.Ordinal);
        var outcomes = items.Select(item => FinalOutcome(item.Reference, [.. known[item.DestinationId]])).ToList();
        var final = outcomes.OfType<PostingOutcome.Posted>().Select(o => o.DestinationId).ToHashSet(StringComparer.Ordinal);
        if (final.Count == 0) return (book, outcomes);
        return (book with { Entries = [.. book.Entries.Select(e => final.Contains(e.Reference) ? e with { IsDraft = false } : e)] }, outcomes);
    }

    private static (JournalBook Book, IReadOnlyList<PostingOutcome> Outcomes) RemoveDrafts(JournalBook book, IReadOnlyList<(string Reference, string DestinationId)> items)
    {
        var known = book.Entries.ToLookup(e => e.Reference, StringComparer.Ordinal);
        var outcomes = items.Select(item => RemovedOutcome(item.Reference, item.DestinationId, [.. known[item.DestinationId]])).ToList();
        var removed = outcomes.OfType<PostingOutcome.Posted>().Select(o => o.DestinationId).ToHashSet(StringComparer.Ordinal);
        if (removed.Count == 0) return (book, outcomes);

        // What was declared stays declared, so that a ledger which includes this file goes on to know the accounts.
        var (accounts, currencies) = (book.Entries.SelectMany(e => e.Postings).Select(p => p.Account), book.Entries.SelectMany(e => e.Postings).Select(p => p.Amount.Currency));
        var dimensions = book.Entries.SelectMany(e => e.Postings).SelectMany(p => p.Dimensions).Select(d => d.Name);
        return (new JournalBook([.. book.Entries.Where(e => !removed.Contains(e.Reference))], [.. book.Accounts.Union(accounts, StringComparer.Ordinal)], [.. book.Currencies.Union(currencies)], [.. book.Dimensions.Union(dimensions, StringComparer.Ordinal)]), outcomes);
    }

    private static PostingOutcome RemovedOutcome(string reference, string id, JournalEntry[] entries) => entries switch
    {
        [] => new PostingOutcome.AlreadyPosted(reference, id),
        [{ IsDraft: true } draft] => new PostingOutcome.Posted(reference, draft.Reference),
        [_] => new PostingOutcome.Rejected(reference, "not-a-draft", $"The journal holds {id} as a final transaction (*), and only drafts (!) are removed. Credit it instead."),
        _ => new PostingOutcome.Rejected(reference, "duplicate-reference", $"The journal holds {entries.Length} transactions {id}; at most one is right. Remove the others."),
    };

    private static PostingOutcome FinalOutcome(string reference, JournalEntry[] entries) => entries switch
    {
        [] => new PostingOutcome.Rejected(reference, "not-found", $"The journal holds no transaction {reference}; somebody removed it. Restore it from a backup or unpost the document."),
        [{ IsDraft: true } draft] => new PostingOutcome.Posted(reference, draft.Reference),
        [var final] => new PostingOutcome.AlreadyPosted(reference, final.Reference),
        _ => new PostingOutcome.Rejected(reference, "duplicate-reference", $"The journal holds {entries.Length} transactions {reference}; at most one is right. Remove the others."),
    };

    private static PostingOutcome.Rejected NoClient(Document document) => new(
        document.Reference, "no-destination-client",
        $"Client {document.Identity.Key.Client} has no id at the destination, which names its account. Give clients[].destination in the mapping, such as the client's name.");

    private static PostingOutcome.Rejected NoRate(Document document, Valuation valuation) => new(
        document.Reference, "rate-too-small",
        $"The exchange rate {valuation.Rate.Rate} from {valuation.Rate.From} to {valuation.Rate.To} is 0 with the {WrittenRateDecimals} decimals of the journal. Remove prices from the connector.");

    private static PostingOutcome.Rejected Taken(JournalEntry there, JournalEntry asked) => new(
        asked.Reference, "reference-taken",
        $"The journal holds {asked.Reference} with a total of {there.Total} and other content; asked for was {asked.Total}. {FirstDifference(there, asked)} Compare both and accept or correct one.");

    private static string FirstDifference(JournalEntry there, JournalEntry asked)
    {
        var (left, right) = (Lines(there), Lines(asked));
        var index = Enumerable.Range(0, Math.Max(left.Length, right.Length)).First(i => left.ElementAtOrDefault(i) != right.ElementAtOrDefault(i));
        return $"The first difference is '{Shown(left, index)}' there, '{Shown(right, index)}' asked for.";

        static string Shown(string[] lines, int index) => lines.ElementAtOrDefault(index)?.Trim() ?? "no more lines";
    }

    // Compared without the mark of a draft, which is no difference in content.
    private static string[] Lines(JournalEntry entry) => (entry with { IsDraft = false }).Render().TrimEnd('\n').Split('\n');
}
