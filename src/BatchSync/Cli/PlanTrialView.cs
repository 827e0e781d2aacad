using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary>What other rules would have done, on the screen and as JSON.</summary>
internal static class TrialView
{
    /// <summary>More records of one move are counted only; the JSON has all.</summary>
    private const int RecordsShown = 10;

    public static void Show(Screen screen, JobDefinition job, string file, MappingTrial trial)
    {
        var changed = trial.Amounts.Where(a => !a.Difference.IsNothing).ToList();
        if (changed.Count > 0)
        {
            screen.Table(
                [Column.Name("period"), Column.Name("entity"), Column.Name("client"), Column.Name("currency"), Column.Name("amount"), Column.Number("posted"), Column.Number("other rules"), Column.Number("difference")],
                changed.SelectMany(Rows));
        }

        foreach (var move in trial.Moves.GroupBy(m => (From: m.From.ToString(), To: m.To.ToString())).OrderBy(g => g.Key.From, StringComparer.Ordinal).ThenBy(g => g.Key.To, StringComparer.Ordinal))
            screen.Say($"{move.Key.From} -> {move.Key.To}: {Counted.Of(move.Count(), "record")}: {Named([.. move])}");
        screen.Say(FormattableString.Invariant($"By {file} instead of what job {job.Name} has posted, {Counted.Of(trial.Records, "record")}: {changed.Count} of {trial.Amounts.Count} client totals differ, {Counted.Of(trial.Moves.Count, "record")} in another bucket. Nothing was stored."));
    }

    public static object Json(JobDefinition job, MappingRules mapping, DateOnly from, DateOnly to, MappingTrial trial) => new
    {
        Job = job.Name,
        Mapping = new { mapping.Name, mapping.Version, mapping.ContentHash },
        From = from,
        To = to,
        trial.Records,
        Amounts = trial.Amounts.Select(a => new
        {
            Period = a.Period.ToString(), a.Entity, a.Client, Currency = a.Currency.Code, Posted = PlanJson.Amounts(a.Posted), Other = PlanJson.Amounts(a.Other), Difference = PlanJson.Amounts(a.Difference),
        }),
        Moves = trial.Moves.Select(m => new { Record = m.Record.ToString(), m.Date, From = m.From.ToString(), To = m.To.ToString() }),
    };

    private static IEnumerable<IReadOnlyList<string>> Rows(TrialAmount a)
    {
        IReadOnlyList<string> Row(string name, Func<BookedMoney, Money> of) =>
            [a.Period.ToString(), a.Entity, a.Client, a.Currency.Code, name, of(a.Posted).ToAmountString(), of(a.Other).ToAmountString(), of(a.Difference).ToAmountString()];
        yield return Row("net", m => m.Net);
        yield return Row("tax", m => m.Tax);
        yield return Row("total", m => m.Total);
    }

    private static string Named(List<TrialMove> moves)
    {
        var names = string.Join(", ", moves.Take(RecordsShown).Select(m => m.Record.ToString()));
        return moves.Count <= RecordsShown ? names : string.Create(CultureInfo.InvariantCulture, $"{names} and {moves.Count - RecordsShown} more (--json names all)");
    }
}
