using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>Exchange rates as a person reads them.</summary>
internal static class FxView
{
    /// <summary>What a rate of a file meets in the store, beginning with its line.</summary>
    public static string Of(FxSource source, FxConflict conflict)
    {
        var (rate, stored) = (conflict.New, conflict.Stored);
        var what = $"{rate.From}/{rate.To} on {DayOf(source.Kind, rate.ValidFrom)}";
        var met = $"{Value(stored.Rate, stored.ValidUntil)}, retrieved {RunsCommand.Minute(stored.RetrievedAt)}";
        return FormattableString.Invariant($"{rate.Line}: ") + conflict.Kind switch
        {
            FxConflictKind.Differs => $"{what} is {Value(rate.Rate, rate.ValidUntil)} in the file, and stored as {met}.",
            FxConflictKind.FillsGap => $"{what} is not stored, while newer days are: dates from it on have used {DayOf(source.Kind, stored.ValidFrom)} so far ({met}), and would use {Value(rate.Rate, rate.ValidUntil)}.",
            FxConflictKind.Overlaps => $"{what} lies in the stored contract that began on {Iso(stored.ValidFrom)} ({met}), or that begins before this one ends. Let the file hold that contract too, with an 'until' that ends it, and give --replace.",
            FxConflictKind.OtherUnit => $"rates of the file are per unit of {rate.From}, and those stored of {source.Provider} {StoreText.Of(source.Kind)} per unit of {stored.From}. Give --base {stored.From}, or another --provider.",
            _ => throw new ArgumentOutOfRangeException(nameof(conflict), conflict.Kind, null),
        };
    }

    public static void Show(Screen screen, IReadOnlyList<FxStock> stock) => screen.Table(
        [Column.Name("provider"), Column.Name("kind"), "per unit of", Column.Number("currencies"), Column.Number("rates"), "first", "last", "retrieved"],
        stock.Select(s => (IReadOnlyList<string>)
        [
            s.Provider, StoreText.Of(s.Kind), s.PerUnitOf, Number(s.Currencies), Number(s.Rates), DayOf(s.Kind, s.First), DayOf(s.Kind, s.Last), RunsCommand.Minute(s.RetrievedAt),
        ]));

    public static void Show(Screen screen, IReadOnlyList<FxRateRow> rates)
    {
        var withReplaced = rates.Any(r => r.ReplacedAt is not null);
        Column[] columns = [Column.Name("provider"), Column.Name("kind"), Column.Name("date"), "until", Column.Name("1"), Column.Number("is"), "of", "retrieved", "file"];
        screen.Table(withReplaced ? [.. columns, "replaced"] : columns, rates.Select(r =>
        {
            string[] cells = [r.Provider, StoreText.Of(r.Kind), DayOf(r.Kind, r.ValidFrom), r.ValidUntil is { } until ? Iso(until) : "", r.From, NumberText.Canonical(r.Rate), r.To, RunsCommand.Minute(r.RetrievedAt), r.FileName];
            return (IReadOnlyList<string>)(withReplaced ? [.. cells, RunsCommand.Minute(r.ReplacedAt)] : cells);
        }));
    }

    public static object Of(FxStock stock) => new
    {
        stock.Provider, Kind = StoreText.Of(stock.Kind), stock.PerUnitOf, stock.Currencies, stock.Rates, stock.First, stock.Last, stock.RetrievedAt,
    };

    public static object Of(FxRateRow rate) => new
    {
        rate.Provider, Kind = StoreText.Of(rate.Kind), rate.From, rate.To, rate.ValidFrom, rate.ValidUntil, Rate = NumberText.Canonical(rate.Rate), rate.RetrievedAt, rate.FileName, rate.FileHash, rate.ReplacedAt,
    };

    /// <summary>A source as a mapping would describe it: <c>ecb spot, at most 5 days old</c>.</summary>
    public static string Of(FxSource source) => $"{source.Provider} {StoreText.Of(source.Kind)}" + (source.Kind == FxRateKind.Spot ? $", at most {Running.Counted.Of(source.MaxAgeDays, "day")} old" : "");

    /// <summary>The day of a rate; of an average its month.</summary>
    public static string DayOf(FxRateKind kind, DateOnly date) => kind == FxRateKind.MonthAverage ? date.ToString("yyyy-MM", CultureInfo.InvariantCulture) : Iso(date);

    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Value(decimal rate, DateOnly? until) => NumberText.Canonical(rate) + (until is { } end ? $" until {Iso(end)}" : "");

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
