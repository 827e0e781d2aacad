using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A record that changed after it was posted, as the proof shows it and as a person accepts it.</summary>
internal static class ChangedDifference
{
    public static Difference Of(VarianceRow row)
    {
        var v = row.Variance;
        var correct = $"net {v.CorrectNet.ToAmountString()}, tax {v.CorrectTax.ToAmountString()} {row.Key.Currency}" + (v.Correct.Length > 0 ? $" ({v.Correct})" : "");
        var posted = $"net {v.PostedNet.ToAmountString()}, tax {v.PostedTax.ToAmountString()} {row.Key.Currency} on {row.Reference}";
        var gap = (v.PostedNet + v.PostedTax) - (v.CorrectNet + v.CorrectTax);
        return new Difference(
            DifferenceCodes.ChangedAfterPosting, $"{v.Stream.Name()}/{v.SourceId}", row.Key.Period, row.Key.Client, row.Key.Currency.Code, correct, posted, gap.Amount,
            $"{char.ToUpperInvariant(v.Reason[0])}{v.Reason[1..]} after its document was posted. {(v.Hold.Length > 0 ? $"{char.ToUpperInvariant(v.Hold[0])}{v.Hold[1..]}." : "Correct it at the destination, or accept it with a reason: batchsync differences accept NUMBER --reason TEXT.")}");
    }

    /// <summary>Of changes those that stand as a person let them stand: whatever the policy, they are not corrected until they change again.</summary>
    public static async Task<IReadOnlySet<RecordName>> LetStandAsync(ActiveRun run, IReadOnlyList<JudgedChange> changes, CancellationToken cancel)
    {
        var accepted = (await run.Store.ListDifferencesAsync(run.Request.Job.Name, cancel))
            .Where(d => !d.Judged.IsOpen && d.Judged.Difference.Code == DifferenceCodes.ChangedAfterPosting)
            .Select(d => (d.Judged.Difference.Key, d.Judged.Difference.Signature)).ToHashSet();
        return changes.Where(c => Of(c.AsRow) is var now && accepted.Contains((now.Key, now.Signature))).Select(c => c.Record.Name).ToHashSet();
    }
}
