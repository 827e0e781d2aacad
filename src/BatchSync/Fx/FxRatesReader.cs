using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Storage;

namespace BatchSync.Fx;

/// <summary>The rates of a file, or all its faults: with a fault no rate counts.</summary>
/// <param name="LeftOut">Headings of withdrawn currencies, whose quotes no document can use.</param>
internal sealed record FxReading(IReadOnlyList<NewFxRate> Rates, IReadOnlyList<string> LeftOut, IReadOnlyList<FxFault> Faults);

/// <summary>
/// Reads files of rates. A spot file has a column for each currency, per unit of the provider's base:
/// <code>
/// Date,USD,JPY,BGN,
/// 2025-04-17,1.1360,161.98,1.9558,
/// 2025-04-16,1.1355,N/A,1.9558,
/// </code>
/// is three rates, 1 EUR = 1.136 USD and 161.98 JPY on the first day, and one on the second; BGN is left out.
/// </summary>
internal static class FxRatesReader
{
    private static readonly string[] ContractHeadings = ["from_currency", "to_currency", "rate", "from", "until"];
    private static readonly string[] AverageHeadings = ["month", "currency", "rate"];

    /// <summary>Currencies that providers still list and ISO 4217 no longer does: those that the euro replaced, and earlier leus, levs and liras.</summary>
    private static readonly HashSet<string> Withdrawn =
    [
        "ATS", "BEF", "BGN", "CYP", "DEM", "EEK", "ESP", "FIM", "FRF", "GRD", "HRK", "IEP", "ITL", "LTL", "LUF", "LVL", "MTL", "NLG", "PTE", "ROL", "SIT", "SKK", "TRL",
    ];

    /// <param name="perUnitOf">The provider's base; of no effect on contracts.</param>
    public static FxReading Read(FxFile file, FxRateKind kind, Currency perUnitOf)
    {
        var faults = new List<FxFault>();
        if (FxSheet.Read(file.Text, faults) is not { } sheet) return new FxReading([], [], faults);
        var (rates, leftOut) = kind switch
        {
            FxRateKind.Spot => new QuotesByDay(sheet, perUnitOf, faults).Read(),
            FxRateKind.Contract => (Contracts(sheet, faults), []),
            FxRateKind.MonthAverage => (Averages(sheet, perUnitOf, faults), (List<string>)[]),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        if (rates.Count == 0 && faults.Count == 0) faults.Add(new FxFault(0, 0, "", "there is no rate in the file: it needs at least one"));
        return new FxReading(faults.Count == 0 ? rates : [], leftOut, [.. faults.OrderBy(f => f.Line).ThenBy(f => f.Column)]);
    }

    private sealed class QuotesByDay(FxSheet sheet, Currency perUnitOf, List<FxFault> faults)
    {
        public (List<NewFxRate> Rates, List<string> LeftOut) Read()
        {
            var (rates, leftOut) = (new List<NewFxRate>(), new List<string>());
            if (!IsDate(sheet.Headings[0]) || sheet.Headings.Length < 2)
            {
                faults.Add(new FxFault(sheet.HeadingLine, 1, sheet.Headings[0], $"the headings are '{Shown(string.Join(',', sheet.Headings))}': a list of spot rates has 'Date' and then a currency for each column, such as Date,USD,JPY"));
                return (rates, leftOut);
            }

            var columns = Columns(leftOut);
            var days = new Dictionary<DateOnly, int>();
            foreach (var row in sheet.Rows)
            {
                var day = Day(row, days);
                foreach (var (column, currency) in columns)
                {
                    if (row.Cells[column] is "N/A" or "" || RateIn(sheet, row, column, faults) is not { } value || day is not { } date) continue;
                    rates.Add(new NewFxRate(perUnitOf, currency, date, null, value, row.Line));
                }
            }

            return (rates, leftOut);
        }

        private static bool IsDate(string heading) => heading.Equals("Date", StringComparison.OrdinalIgnoreCase);

        private List<(int Column, Currency Currency)> Columns(List<string> leftOut)
        {
            var columns = new List<(int, Currency)>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 1; i < sheet.Headings.Length; i++)
            {
                var code = sheet.Headings[i];
                if (!seen.Add(code)) Refuse(i, $"'{code}' is the heading of an earlier column too: leave one of the two");
                else if (code == perUnitOf.Code) Refuse(i, $"rates are per unit of {code}, which itself is always 1: remove the column, or name another currency with --base");
                else if (Currency.TryOf(code, out var currency)) columns.Add((i, currency));
                else if (Withdrawn.Contains(code)) leftOut.Add(code);
                else Refuse(i, $"'{Shown(code)}' is no currency: {CurrencyRule}");
            }

            return columns;
        }

        private void Refuse(int column, string message) => faults.Add(new FxFault(sheet.HeadingLine, column + 1, "", message));

        private DateOnly? Day(FxSheetRow row, Dictionary<DateOnly, int> days)
        {
            if (DayIn(sheet, row, 0, faults) is not { } day) return null;
            if (days.TryAdd(day, row.Line)) return day;
            faults.Add(sheet.At(row, 0, FormattableString.Invariant($"'{row.Cells[0]}' stands in line {days[day]} too: a day has one line")));
            return null;
        }
    }

    private static List<NewFxRate> Averages(FxSheet sheet, Currency perUnitOf, List<FxFault> faults)
    {
        var rates = new List<NewFxRate>();
        if (Places(sheet, AverageHeadings, faults) is not [var month, var currency, var value]) return rates;
        var seen = new Dictionary<(DateOnly, Currency), int>();
        foreach (var row in sheet.Rows)
        {
            var (first, code, rate) = (MonthIn(sheet, row, month, faults), CurrencyIn(sheet, row, currency, faults), RateIn(sheet, row, value, faults));
            if (code == perUnitOf) faults.Add(sheet.At(row, currency, $"rates are per unit of {code}, which itself is always 1: remove the line, or name another currency with --base"));
            else if (first is { } day && code is { } to && !seen.TryAdd((day, to), row.Line)) faults.Add(sheet.At(row, month, FormattableString.Invariant($"'{row.Cells[month]}' of {to} stands in line {seen[(day, to)]} too: a month has one average of a currency")));
            else if (first is { } start && code is { } target && rate is { } average) rates.Add(new NewFxRate(perUnitOf, target, start, null, average, row.Line));
        }

        return rates;
    }

    private static List<NewFxRate> Contracts(FxSheet sheet, List<FxFault> faults)
    {
        var rates = new List<NewFxRate>();
        if (Places(sheet, ContractHeadings, faults) is not [var from, var to, var value, var first, var until]) return rates;
        foreach (var row in sheet.Rows)
        {
            var before = faults.Count;
            var (a, b, rate, start) = (CurrencyIn(sheet, row, from, faults), CurrencyIn(sheet, row, to, faults), RateIn(sheet, row, value, faults), DayIn(sheet, row, first, faults));
            var end = row.Cells[until].Length == 0 ? null : DayIn(sheet, row, until, faults);
            if (a is not null && a == b) faults.Add(sheet.At(row, to, $"'{b}' is the other currency too, and a currency is always 1 of itself: remove the line"));
            if (end <= start) faults.Add(sheet.At(row, until, $"'{row.Cells[until]}' is not after '{row.Cells[first]}': it is the first day on which the rate no longer holds; leave it empty where there is none"));
            if (faults.Count > before) continue;
            var contract = new NewFxRate(a!.Value, b!.Value, start!.Value, end, rate!.Value, row.Line);
            var met = rates.Find(r => Overlap(r, contract));
            if (met is not null) faults.Add(sheet.At(row, first, FormattableString.Invariant($"'{row.Cells[first]}' lies in the contract of line {met.Line}, or that begins before this one ends: end the earlier one with 'until' on the day on which the later one begins")));
            else rates.Add(contract);
        }

        return rates;
    }

    private static bool Overlap(NewFxRate a, NewFxRate b) =>
        a.From == b.From && a.To == b.To && a.ValidFrom < (b.ValidUntil ?? DateOnly.MaxValue) && b.ValidFrom < (a.ValidUntil ?? DateOnly.MaxValue);

    // Where each heading stands, in the order of the names; null where one is missing or unknown.
    private static int[]? Places(FxSheet sheet, string[] names, List<FxFault> faults)
    {
        var places = names.Select(n => Array.IndexOf(sheet.Headings, n)).ToArray();
        if (sheet.Headings.Length == names.Length && !places.Contains(-1)) return places;
        faults.Add(new FxFault(sheet.HeadingLine, 0, "", $"the headings are '{Shown(string.Join(',', sheet.Headings))}': they must be {string.Join(',', names)}, in any order"));
        return null;
    }

    private const string CurrencyRule = "write the ISO 4217 code in three capital letters, such as USD";

    private static decimal? RateIn(FxSheet sheet, FxSheetRow row, int column, List<FxFault> faults)
    {
        if (NumberText.TryParse(row.Cells[column], out var value) && value > 0) return value;
        faults.Add(sheet.At(row, column, $"'{Shown(row.Cells[column])}' is no rate: write a number above zero with a dot, at most 18 digits before it and 10 after, such as 1.1360"));
        return null;
    }

    private static Currency? CurrencyIn(FxSheet sheet, FxSheetRow row, int column, List<FxFault> faults)
    {
        if (Currency.TryOf(row.Cells[column], out var currency)) return currency;
        faults.Add(sheet.At(row, column, $"'{Shown(row.Cells[column])}' is no currency: {CurrencyRule}"));
        return null;
    }

    private static DateOnly? DayIn(FxSheet sheet, FxSheetRow row, int column, List<FxFault> faults)
    {
        if (DateOnly.TryParseExact(row.Cells[column], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        faults.Add(sheet.At(row, column, $"'{Shown(row.Cells[column])}' is no date: write year, month and day, such as 2025-04-17"));
        return null;
    }

    private static DateOnly? MonthIn(FxSheet sheet, FxSheetRow row, int column, List<FxFault> faults)
    {
        if (DateOnly.TryParseExact(row.Cells[column], "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month)) return month;
        faults.Add(sheet.At(row, column, $"'{Shown(row.Cells[column])}' is no month: write year and month, such as 2025-04"));
        return null;
    }

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
