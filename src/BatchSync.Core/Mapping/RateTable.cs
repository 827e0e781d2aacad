using BatchSync.Core.Amounts;

namespace BatchSync.Core.Mapping;

/// <summary>A price for time.</summary>
/// <param name="Hourly">Major units per hour; 0 is a rate.</param>
/// <param name="Currency">Null: the client's.</param>
/// <param name="Billable">The part of the time that is billed, 0 to 1.</param>
/// <param name="From">First local date; null: always.</param>
/// <param name="Until">First local date after; null: for ever.</param>
/// <param name="Line">Where the rule stands in its file, from 1; 0 where it stands in none.</param>
public sealed record Rate(Condition When, decimal Hourly, Currency? Currency, Fraction Billable, DateOnly? From, DateOnly? Until, int Line)
{
    public bool Covers(DateOnly date) => (From is null || date >= From) && (Until is null || date < Until);

    /// <summary>Whether this rate takes every record and date that the other one could.</summary>
    public bool Covers(Rate other) =>
        When.Covers(other.When)
        && (From is null || (other.From is not null && From <= other.From))
        && (Until is null || (other.Until is not null && Until >= other.Until));
}

/// <summary>Two places in a rate list, from 0: the later can never match because the earlier takes all of it.</summary>
public readonly record struct ShadowedRate(int Later, int Earlier);

/// <summary>The rates in the order of their file. Precedence is that order and nothing else.</summary>
public sealed record RateTable(IReadOnlyList<Rate> Rates)
{
    private readonly FirstMatch<Rate> _first = new(Rates, rate => rate.When);

    public IReadOnlyList<Rate> Rates { get; } = Rates;

    /// <summary>The first rate that matches on the date, or null: a missing rate is never zero.</summary>
    public Rate? Find(RecordFacts facts, DateOnly date) => _first.Find(facts, rate => rate.Covers(date));

    /// <summary>Rates that one earlier rate shadows wholly, with the first such earlier rate.</summary>
    public IEnumerable<ShadowedRate> Shadowed() =>
        from later in Enumerable.Range(0, Rates.Count)
        let earlier = Enumerable.Range(0, later).Where(i => Rates[i].Covers(Rates[later])).Select(i => (int?)i).FirstOrDefault()
        where earlier is not null
        select new ShadowedRate(later, earlier.Value);
}
