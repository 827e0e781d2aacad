using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>What a document of a date would use to turn one currency into another, and each step to it.</summary>
/// <param name="Missed">The sources that were asked before and had none; all of them where there is no rate.</param>
/// <param name="Source">The source that gave the rate; null where none did or none was needed.</param>
/// <param name="Newest">The newest stored day of that source; null where there is none.</param>
internal sealed record FxAnswer(Currency From, Currency To, DateOnly Date, IReadOnlyList<FxSource> Missed, FxSource? Source, FxRate? Rate, DateOnly? Newest)
{
    public static FxAnswer Of(IReadOnlyList<FxSource> sources, FxContent content, IReadOnlyList<FxStock> stock, Currency from, Currency to, DateOnly date)
    {
        if (from == to) return new FxAnswer(from, to, date, [], null, FxRate.Same(from, date), null);
        for (var i = 0; i < sources.Count; i++)
        {
            var table = new FxTable(new FxRules([sources[i]]), content.Quotes, content.Contracts);
            if (table.Find(from, to, date) is not { } rate) continue;
            var newest = stock.FirstOrDefault(s => s.Provider == rate.Provider && s.Kind == rate.Kind)?.Last;
            return new FxAnswer(from, to, date, [.. sources.Take(i)], sources[i], rate, newest);
        }

        return new FxAnswer(from, to, date, sources, null, null, null);
    }

    /// <summary>Ten decimals, for reading: amounts are computed with the exact rate.</summary>
    private string Rounded => NumberText.Canonical(Rate!.Rate.Round(10, RoundingMode.HalfUp));

    private string Exact => Rate!.Cross is { } cross ? $"{NumberText.Canonical(cross.ToQuote)} / {NumberText.Canonical(cross.FromQuote)}" : Rounded;

    private int Age => Date.DayNumber - Rate!.RateDate.DayNumber;

    private string Before => Age == 0 ? ", the date itself" : $", {Counted.Of(Age, "day")} before";

    // A later day may have been published by now without being stored; only spot rates go on from day to day.
    private bool MayBeOld => Rate is { Kind: FxRateKind.Spot } && Newest < Date;

    public IEnumerable<string> Lines()
    {
        foreach (var missed in Missed) yield return $"{FxView.Of(missed)}: no rate for {From}/{To} on {FxView.Iso(Date)}";
        if (Rate is null)
        {
            yield return $"No FX rate: a document of {FxView.Iso(Date)} would be rejected. See what is stored: batchsync fx show";
            yield break;
        }

        yield return $"{From}/{To} on {FxView.Iso(Date)}: {Rounded}";
        if (Source is null)
        {
            yield return "A currency is always 1 of itself.";
            yield break;
        }

        yield return $"  source     {FxView.Of(Source)}";
        yield return $"  rate date  {FxView.DayOf(Rate.Kind, Rate.RateDate)}{(Rate.Kind == FxRateKind.Spot ? Before : "")}";
        yield return $"  retrieved  {RunsCommand.Minute(Rate.RetrievedAt)}";
        foreach (var step in Steps()) yield return $"  step       {step}";
        if (MayBeOld) yield return $"The newest day stored is {FxView.Iso(Newest!.Value)}: import what was published since, so that this is sure to stay the latest day.";
    }

    public object Json() => new
    {
        From = From.Code,
        To = To.Code,
        Date,
        Rate = Rate is null ? null : Rounded,
        Exact = Rate is null ? null : StoreText.Of(Rate.Rate),
        RateDate = Rate?.RateDate,
        AgeDays = Rate is null ? (int?)null : Age,
        Kind = Source is null ? null : StoreText.Of(Source.Kind),
        Provider = Source?.Provider,
        Rate?.RetrievedAt,
        Steps = Rate is null ? [] : Steps(),
        Missed = Missed.Select(FxView.Of),
        NewestStored = Newest,
    };

    private IEnumerable<string> Steps()
    {
        if (Rate!.Cross is not { } cross) return [];
        var quotes = new[] { (Currency: From, Value: cross.FromQuote), (Currency: To, Value: cross.ToQuote) }
            .Where(q => q.Currency != cross.PerUnitOf)
            .Select(q => $"1 {cross.PerUnitOf} = {NumberText.Canonical(q.Value)} {q.Currency}");
        return From == cross.PerUnitOf ? quotes : quotes.Append($"1 {From} = {Exact} {To} = {Rounded}{(IsRounded ? "..." : "")} {To}");
    }

    private bool IsRounded => (Rational)Rate!.Rate.Round(10, RoundingMode.HalfUp) != Rate.Rate;
}
