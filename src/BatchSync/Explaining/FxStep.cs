using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;

namespace BatchSync.Explaining;

/// <summary>Exchange rates in explanations.</summary>
internal static class FxStep
{
    /// <summary>A rate with the quotes that it is made of, held against what the stored rates give for the date by now.</summary>
    public static Step Rate(FxRate rate, PastDocument past, DateOnly date)
    {
        var step = new Step("exchange rate", $"{rate.From}/{rate.To}") { Result = Shown.Rate(rate), Rule = $"for {Shown.Iso(date)}", Place = past.Rules.Places?.Fx ?? "" };
        if (past.Mapping is null) return step with { NotChecked = past.Rules.Missing };
        var now = past.Fx.Find(rate.From, rate.To, date);
        if (now is null) return step with { NotChecked = "the stored rates have none for the date any more" };
        if (now.Rate != rate.Rate || now.RateDate != rate.RateDate) return step with { NotChecked = $"the stored rates give {Shown.Rate(now)} by now; what was posted is not valued anew" };
        return now.Cross is { } cross && rate.From != cross.PerUnitOf && rate.To != cross.PerUnitOf ? step with { Rule = $"{step.Rule}, of {Quotes(cross, rate)}" } : step;
    }

    private static string Quotes(FxCross cross, FxRate rate) =>
        $"1 {cross.PerUnitOf} = {NumberText.Canonical(cross.FromQuote)} {rate.From} and {NumberText.Canonical(cross.ToQuote)} {rate.To}";
}
