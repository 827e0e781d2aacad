using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A record that changed after it was posted, as the proof shows it and as a person accepts it.</summary>
internal static class ChangedDifference
{
    /// <param name="basis">Of the record that changed.</param>
    public static Difference Of(VarianceRow row, string basis)
    {
        var v = row.Variance;
        var correct = $"net {v.CorrectNet.ToAmountString()}, tax {v.CorrectTax.ToAmountString()} {row.Key.Currency}" + (v.Correct.Length > 0 ? $" ({v.Correct})" : "");
        var posted = $"net {v.PostedNet.ToAmountString()}, tax {v.PostedTax.ToAmountString()} {row.Key.Currency} on {row.Reference}";
        var gap = (v.PostedNet + v.PostedTax) - (v.CorrectNet + v.CorrectTax);
        return new Difference(
            DifferenceCodes.ChangedAfterPosting, $"{v.Stream.Name()}/{v.SourceId}", row.Key.Period, row.Key.Client, row.Key.Currency.Code, correct, posted, gap.Amount,
            $"{char.ToUpperInvariant(v.Reason[0])}{v.Reason[1..]} after its document was posted. {(v.Hold.Length > 0 ? $"{char.ToUpperInvariant(v.Hold[0])}{v.Hold[1..]}." : "Correct it at the destination, or accept it with a reason: batchsync differences accept NUMBER --reason TEXT.")}")
        {
            Basis = basis,
        };
    }

    /// <summary>
    /// By record what a person let stand of its change. While it is what it was then, no policy corrects it: it may have been settled by hand. That
    /// other records move its correct amount opens the difference again, and is no reason to correct it.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, string>> LetStandAsync(ActiveRun run, CancellationToken cancel) =>
        (await run.Store.ListDifferencesAsync(run.Request.Job.Name, cancel))
            .Where(d => d.Judged.Difference.Code == DifferenceCodes.ChangedAfterPosting && d.Judged.LetStandAs.Length > 0)
            .ToDictionary(d => d.Judged.Difference.Subject, d => d.Judged.LetStandAs, StringComparer.Ordinal);
}
