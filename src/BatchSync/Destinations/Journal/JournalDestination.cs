using System.Text;
using BatchSync.Configuration;
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
    private const int ReferenceCharacters = 26;
    private const int StoredQuantityDecimals = 10;

    private readonly JournalFile _file = new(path, time);
    private readonly JournalAccounts _accounts = new(definition.Receivable, definition.Income, definition.TaxPayable);

    public DestinationTraits Traits { get; } = new(
        DocumentsInOneCall, ReferenceCharacters, StoredQuantityDecimals, HasDrafts: true, Settle: TimeSpan.Zero, CallTimeout: 2 * JournalFile.LongestWait);

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
        var refused = batch.Documents.Where(d => d.DestinationClient.Length == 0).Select(NoClient).ToList();
        var entries = batch.Documents.Where(d => d.DestinationClient.Length > 0).Select(EntryOf).ToList();
        var request = string.Join('\n', entries.Select(e => e.Render()));
        return ChangeAsync(request, [.. entries.Select(e => e.Reference)], refused, book => Add(book, entries), cancel);

        JournalEntry EntryOf(Document document)
        {
            Invariant.Holds(document.Reference.Length > 0 && document.Reference.All(char.IsAsciiLetterOrDigit), $"'{document.Reference}' is no reference.");
            return JournalEntry.Of(document, _accounts, batch.AsDraft);
        }
    }

    public Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch, CancellationToken cancel) =>
        throw new InvariantException("Drafts are deleted only where the destination can.");

    public Task<DestinationAnswer> FinalizeAsync(FinalizeBatch batch, CancellationToken cancel)
    {
        var request = string.Join('\n', batch.Items.Select(i => $"finalize {i.DestinationId}"));
        return ChangeAsync(request, [.. batch.Items.Select(i => i.Reference)], [], book => MakeFinal(book, batch.Items), cancel);
    }

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
