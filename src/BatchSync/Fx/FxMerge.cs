using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Storage;

namespace BatchSync.Fx;

/// <summary>
/// What becomes of a file's rates beside the stored ones of the same provider and kind. Without leave to replace, nothing may change
/// what a date has found before: a run of March that is repeated in June uses March's rates.
/// </summary>
internal sealed class FxMerge
{
    private readonly List<NewFxRate> _added = [];
    private readonly List<(NewFxRate New, StoredFxRate Old)> _replaced = [];
    private readonly List<FxConflict> _gaps = [];
    private readonly List<FxConflict> _conflicts = [];
    private readonly Dictionary<(Currency From, Currency To), StoredFxRate[]> _stored;

    private FxMerge(IEnumerable<StoredFxRate> stored) =>
        _stored = stored.GroupBy(s => (s.From, s.To)).ToDictionary(g => g.Key, g => g.OrderBy(s => s.ValidFrom).ToArray());

    /// <summary>Rates to store that take the place of none, those that fill gaps among them.</summary>
    public IReadOnlyList<NewFxRate> Added => _added;
    public IReadOnlyList<(NewFxRate New, StoredFxRate Old)> Replaced => _replaced;

    /// <summary>Those of the added rates that stand between stored days, each with the rate that has held there so far.</summary>
    public IReadOnlyList<FxConflict> FilledGaps => _gaps;

    /// <summary>Where there is one, nothing of the file may be stored.</summary>
    public IReadOnlyList<FxConflict> Conflicts => _conflicts;
    public int Unchanged { get; private set; }

    /// <param name="stored">All rates of the provider and kind that hold.</param>
    /// <param name="rates">Of a file without faults: no two of one pair and day, no contracts that overlap.</param>
    /// <param name="replaces">Whether differing rates take the place of stored ones, and gaps are filled.</param>
    public static FxMerge Of(FxRateKind kind, IReadOnlyList<StoredFxRate> stored, IReadOnlyList<NewFxRate> rates, bool replaces)
    {
        var merge = new FxMerge(stored);
        if (kind != FxRateKind.Contract && stored.Count > 0 && rates.Count > 0 && stored[0].From != rates[0].From)
        {
            merge._conflicts.Add(new FxConflict(FxConflictKind.OtherUnit, rates[0], stored[0]));
            return merge;
        }

        DateOnly? newest = kind == FxRateKind.Spot && stored.Count > 0 ? stored.Max(s => s.ValidFrom) : null;
        foreach (var rate in rates) merge.Place(rate, newest, replaces);
        if (kind == FxRateKind.Contract) merge.FindOverlaps();
        return merge;
    }

    private void Place(NewFxRate rate, DateOnly? newest, bool replaces)
    {
        var (same, older) = Neighbours(rate);
        if (same is not null)
        {
            if (same.Rate == rate.Rate && same.ValidUntil == rate.ValidUntil) Unchanged++;
            else if (replaces) _replaced.Add((rate, same));
            else _conflicts.Add(new FxConflict(FxConflictKind.Differs, rate, same));
            return;
        }

        // Before the newest stored day and after an older quote: dates from here on have found that older quote.
        if (older is not null && rate.ValidFrom <= newest) (replaces ? _gaps : _conflicts).Add(new FxConflict(FxConflictKind.FillsGap, rate, older));
        _added.Add(rate);
    }

    private (StoredFxRate? Same, StoredFxRate? Older) Neighbours(NewFxRate rate)
    {
        if (!_stored.TryGetValue((rate.From, rate.To), out var stored)) return default;
        var (low, high) = (0, stored.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (stored[middle].ValidFrom <= rate.ValidFrom) low = middle + 1;
            else high = middle;
        }

        if (low == 0) return default;
        return stored[low - 1].ValidFrom == rate.ValidFrom ? (stored[low - 1], null) : (null, stored[low - 1]);
    }

    private void FindOverlaps()
    {
        var gone = _replaced.Select(r => r.Old.RateNo).ToHashSet();
        foreach (var rate in _added.Concat(_replaced.Select(r => r.New)))
        {
            var met = _stored.GetValueOrDefault((rate.From, rate.To), []).FirstOrDefault(s => !gone.Contains(s.RateNo) && Overlap(rate, s));
            if (met is not null) _conflicts.Add(new FxConflict(FxConflictKind.Overlaps, rate, met));
        }
    }

    private static bool Overlap(NewFxRate a, StoredFxRate b) => a.ValidFrom < (b.ValidUntil ?? DateOnly.MaxValue) && b.ValidFrom < (a.ValidUntil ?? DateOnly.MaxValue);
}
