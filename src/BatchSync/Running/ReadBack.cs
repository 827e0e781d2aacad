using System.Runtime.CompilerServices;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What destinations say of the documents of a period.</summary>
/// <param name="There">Sums of what stands there, of the destinations that could be asked.</param>
/// <param name="Here">All documents of the period as they were posted.</param>
/// <param name="Differences">Of documents, the one from the other.</param>
/// <param name="IsUnread">Whether a destination could not be asked: the period is to be proven again.</param>
internal sealed record PeriodReadBack(Period Period, IReadOnlyList<ReadBackTotal> There, IReadOnlyList<PostedTotal> Here, IReadOnlyList<Difference> Differences, bool IsUnread);

/// <summary>Asks destinations once more for every document of a period, and compares it with ours.</summary>
/// <param name="known">Differences of earlier proofs, by the reference of their document.</param>
internal sealed class ReadBack(ActiveRun run, ILookup<string, Difference> known)
{
    /// <summary>What was found at one destination.</summary>
    private sealed record Found(OpenDestination Destination)
    {
        /// <summary>Documents that are asked for together, once they fill a call.</summary>
        public List<DocumentRow> Next { get; } = [];

        public List<ReadBackTotal> Totals { get; } = [];
        public List<Difference> Differences { get; } = [];
    }

    /// <summary>Reads periods back, one after the other.</summary>
    public async IAsyncEnumerable<PeriodReadBack> ReadAsync(IReadOnlyList<Period> periods, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var period in periods) yield return await ReadAsync(period, cancel);
    }

    private async Task<PeriodReadBack> ReadAsync(Period period, CancellationToken cancel)
    {
        var (here, found) = (new List<PostedTotal>(), new Dictionary<string, Found>(StringComparer.Ordinal));
        await foreach (var document in run.ReadDocumentsAsync(period, cancel))
        {
            here.Add(PostedTotalOf(document));
            if (!found.TryGetValue(document.Destination, out var there)) found.Add(document.Destination, there = new Found(run.Destinations[document.Destination]));
            there.Next.Add(document);
            if (there.Next.Count == there.Destination.Port.Traits.LookUpSize) await LookUpAsync(there, cancel);
        }

        foreach (var there in found.Values.Where(f => f.Next.Count > 0)) await LookUpAsync(there, cancel);
        var unread = found.Keys.Where(run.Stops.IsDown).ToHashSet(StringComparer.Ordinal);
        var read = found.Where(f => !unread.Contains(f.Key)).Select(f => f.Value).ToList();
        List<Difference> differences = [.. read.SelectMany(f => f.Differences)];
        if (unread.Count > 0) differences.AddRange(await UnreadAsync(period, unread, cancel));
        return new PeriodReadBack(period, [.. read.SelectMany(f => f.Totals)], here, differences, unread.Count > 0);
    }

    private PostedTotal PostedTotalOf(DocumentRow d)
    {
        var traits = run.Destinations[d.Destination].Port.Traits;
        return new PostedTotal(d.Key, d.Type, d.Total, d.Withholding, d.Retainer, d.Valuation, traits.Deductions, traits.RateDecimals);
    }

    private async Task LookUpAsync(Found at, CancellationToken cancel)
    {
        await run.AtAsync(at.Destination, async () =>
        {
            var there = (await at.Destination.Port.LookUpAsync([.. at.Next.Select(d => d.Reference)], cancel)).ToLookup(d => d.Reference, StringComparer.Ordinal);
            foreach (var document in at.Next) Compare(at, document, [.. there[document.Reference]]);
        });
        at.Next.Clear();
    }

    // Nothing is said of what a destination holds that could not be asked: what was known of its documents stands.
    private async Task<List<Difference>> UnreadAsync(Period period, IReadOnlySet<string> destinations, CancellationToken cancel)
    {
        var differences = new List<Difference>();
        await foreach (var document in run.ReadDocumentsAsync(period, cancel))
        {
            if (!destinations.Contains(document.Destination)) continue;
            if (document.State is OutboxState.Ready or OutboxState.Sending or OutboxState.Unknown) differences.Add(Pending(document));
            differences.AddRange(known[document.Reference].Where(d => d.Code is not (DifferenceCodes.Pending or DifferenceCodes.UnknownToStore)));
        }

        return differences;
    }

    private void Compare(Found at, DocumentRow document, IReadOnlyList<DestinationDocument> found)
    {
        if (document.State == OutboxState.Planned) return;
        var sameCurrency = found.Where(f => f.Total.Currency == document.Key.Currency);
        at.Totals.AddRange(sameCurrency.Select(f => Signed(document.Key, f)));
        if (document.State == OutboxState.Rejected)
        {
            at.Differences.Add(Of(document, DifferenceCodes.RejectedByDestination, "posted", document.Message, "The destination refused it for good. Mend what it names, then run again: it is formed and sent anew."));
            return;
        }

        if (document.State == OutboxState.Withdrawn)
        {
            if (found.Count > 0)
                at.Differences.Add(Of(document, DifferenceCodes.DuplicateAtDestination, "nothing: the draft was deleted", $"{found.Count} documents", "Somebody restored the draft. Delete it at the destination: its records are billed on another document."));
            return;
        }

        if (document.State is OutboxState.Ready or OutboxState.Sending or OutboxState.Unknown)
        {
            at.Differences.Add(Pending(document));
            return;
        }

        if (document.State == OutboxState.Finalizing) at.Differences.Add(Of(document, DifferenceCodes.Pending, "final", $"draft: {document.Message}", "Run again, or make it final at the destination."));
        at.Differences.AddRange(DocumentComparison.Differences(document.Expected.PostedBy(at.Destination.Port.Traits.Deductions), found));
    }

    private Difference Pending(DocumentRow document) => Of(document, DifferenceCodes.Pending, "posted", $"{document.State}: {document.Message}", HowToGoOn(document));

    private string HowToGoOn(DocumentRow document) =>
        run.Counts.Pauses.FirstOrDefault(p => p.Covers(run.Series, document.Key.Entity)) is { } pause ? PauseText.Sentence(pause, run.Request.Job.Name)
        : run.Stops.IsBehind(run.Destinations[document.Destination]) ? $"Nothing is posted beside documents that this store does not know: {StoreBehind.HowToAdopt(run)}"
        : "Run again: BatchSync first asks the destination whether it has the document.";

    private static Difference Of(DocumentRow document, string code, string expected, string actual, string explanation) =>
        new(code, document.Reference, document.Key.Period, document.Key.Client, document.Key.Currency.Code, expected, actual.TrimEnd(' ', ':'), document.Total.Amount, explanation);

    private static ReadBackTotal Signed(DocumentKey key, DestinationDocument found)
    {
        Money Amount(Money amount) => found.Type == DocumentType.CreditNote ? -amount : amount;
        return new ReadBackTotal(key.Entity, key.Client, key.Currency.Code, 1, Amount(found.Net), Amount(found.Tax), Amount(found.Total));
    }
}
