using BatchSync.Core.Billing;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Time that documents hold already, where it counts towards what is billed now: where time is summed over a day or a line.</summary>
internal sealed class PostedTimes(ActiveRun run)
{
    /// <summary>The posted time of the keys; where time is summed over a day also that of the client's other documents in their periods.</summary>
    /// <param name="except">A key that is left out; null: none.</param>
    public async Task<IReadOnlyList<PostedTime>> OfAsync(IReadOnlyList<DocumentKey> keys, DocumentKey? except, CancellationToken cancel)
    {
        if (run.Mapping.Time.Scope == RoundingScope.Entry) return [];
        var posted = new List<PostedTime>();
        foreach (var key in (await WithNeighboursAsync(keys, cancel)).Where(k => k != except)) posted.AddRange(await OfKeyAsync(key, cancel));
        return posted;
    }

    private async Task<IEnumerable<DocumentKey>> WithNeighboursAsync(IReadOnlyList<DocumentKey> keys, CancellationToken cancel)
    {
        if (run.Mapping.Time.Scope != RoundingScope.Day) return keys;
        var all = keys.ToHashSet();
        foreach (var (client, period) in keys.Select(k => (k.Client, k.Period)).Distinct())
        {
            all.UnionWith((await run.Store.ListDocumentsOfClientAsync(run.Series, client, period, cancel)).Select(d => d.Key));
        }

        return all.Order();
    }

    private async Task<List<PostedTime>> OfKeyAsync(DocumentKey key, CancellationToken cancel)
    {
        var posted = new List<PostedTime>();
        foreach (var shares in (await run.Store.ListPostedSharesAsync(run.Series, key, cancel)).GroupBy(s => s.Record.Name))
        {
            List<PostedShare> all = [.. shares];
            var last = all[^1];
            if (last.InputsHash.Length == 0) continue;
            var assessment = run.Eligibility.Assess(last.Record.Record, AssessmentView.Posted, JudgedRecord.PlaceOf(run, all));
            if (assessment.Pricing is not null) posted.Add(new PostedTime(new AssessedRecord(last.Record.Record, last.Record.Version, assessment), all.Sum(s => s.BilledSeconds)));
        }

        return posted;
    }
}
