using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Fx;

/// <summary>An agreed rate: one unit of <paramref name="From"/> is <paramref name="Rate"/> units of <paramref name="To"/> on [ValidFrom, ValidUntil).</summary>
/// <param name="ValidUntil">The first day on which it no longer holds; null: open.</param>
/// <param name="RetrievedAt">When the agreement was read.</param>
public sealed record FxContract(Currency From, Currency To, decimal Rate, DateOnly ValidFrom, DateOnly? ValidUntil, DateTimeOffset RetrievedAt)
{
    public bool Overlaps(FxContract other) =>
        From == other.From && To == other.To && ValidFrom < (other.ValidUntil ?? DateOnly.MaxValue) && other.ValidFrom < (ValidUntil ?? DateOnly.MaxValue);
}

/// <summary>
/// The agreements of one provider. They hold in the direction in which they were written: whoever agreed on EUR to USD has agreed on
/// nothing about USD to EUR.
/// </summary>
public sealed class FxContracts
{
    private readonly Dictionary<(Currency From, Currency To), FxContract[]> _byPair;

    /// <param name="contracts">In any order; those of one pair do not overlap.</param>
    public FxContracts(string provider, IEnumerable<FxContract> contracts)
    {
        Provider = provider;
        _byPair = contracts.GroupBy(c => (c.From, c.To)).ToDictionary(g => g.Key, g => g.OrderBy(c => c.ValidFrom).ToArray());
        Invariant.Holds(_byPair.Values.All(Apart), "Agreements of one pair do not overlap.");
        Invariant.Holds(_byPair.Values.All(all => all.All(c => c.Rate > 0)), "A rate is above zero.");
    }

    public string Provider { get; }

    /// <summary>The rate agreed for the pair on the date, or null.</summary>
    public FxRate? Find(Currency from, Currency to, DateOnly date)
    {
        if (!_byPair.TryGetValue((from, to), out var contracts)) return null;
        var found = Array.FindLast(contracts, c => c.ValidFrom <= date);
        return found is null || found.ValidUntil <= date ? null : Agreed(found);
    }

    private FxRate Agreed(FxContract contract) => new()
    {
        From = contract.From,
        To = contract.To,
        Rate = contract.Rate,
        RateDate = contract.ValidFrom,
        Kind = FxRateKind.Contract,
        Provider = Provider,
        RetrievedAt = contract.RetrievedAt,
    };

    private static bool Apart(FxContract[] ordered)
    {
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i - 1].Overlaps(ordered[i])) return false;
        }

        return true;
    }
}
