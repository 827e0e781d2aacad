using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Reconciliation;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>The proof of a run on the screen: what each client was billed, and what a person must look at.</summary>
internal static class ProofView
{
    public static void Show(Screen screen, RunProof proof)
    {
        var billed = Billed(proof).ToList();
        if (billed.Count > 0)
        {
            screen.Line();
            screen.Table(
                [
                    Column.Name("period"), Column.Name("entity"), Column.Name("client"), Column.Name("currency"), Column.Number("records"), Column.Number("hours billed"),
                    Column.Number("net"), Column.Number("tax"), Column.Number("total"), Column.Number("documents"), Column.Number("at destination"),
                ],
                billed);
        }

        ShowRejections(screen, proof);
        if (proof.Differences.Count == 0) return;
        screen.Line();
        ShowDifferences(screen, proof.Differences);
    }

    public static void ShowDifferences(Screen screen, IReadOnlyList<StoredDifference> differences)
    {
        screen.Table(
            [Column.Name("no"), Column.Name("difference"), "about", "period", "client", "expected", "actual", "state"],
            differences.Select(d => (IReadOnlyList<string>)
            [
                d.DifferenceNo.ToString(CultureInfo.InvariantCulture), d.Judged.Difference.Code, d.Judged.Difference.Subject, d.Judged.Difference.Period?.ToString() ?? "", d.Judged.Difference.Client,
                d.Judged.Difference.Expected, d.Judged.Difference.Actual, d.Judged.IsOpen ? "open" : $"accepted by {d.Judged.AcceptedBy}: {d.Judged.Reason}",
            ]));
        foreach (var explanation in differences.Where(d => d.Judged.IsOpen).Select(d => d.Judged.Difference.Explanation).Distinct()) screen.Say(explanation);
    }

    private static void ShowRejections(Screen screen, RunProof proof)
    {
        foreach (var rejection in proof.Rejections)
            screen.Line($"{rejection.Bucket}: {Counted.Of(rejection.Records, "record")}, listed in exceptions.csv");
    }

    private static IEnumerable<IReadOnlyList<string>> Billed(RunProof proof) => proof.Rows
        .Where(r => r.Period is not null && r.Client.Length > 0)
        .GroupBy(r => (r.Period, r.Entity, r.Client, r.Currency))
        .Where(g => Amount(g, ReconciliationItems.Total) is not null)
        .Select(g => (IReadOnlyList<string>)
        [
            g.Key.Period!.Value.ToString(), g.Key.Entity, g.Key.Client, g.Key.Currency, Number(g.Where(r => r.Step == ReconciliationStep.Records).Sum(r => r.Records)),
            Hours(g.FirstOrDefault(r => r.Step == ReconciliationStep.Time && r.Item == ReconciliationItems.Billed)?.Seconds), Amount(g, ReconciliationItems.Net)!, Amount(g, ReconciliationItems.Tax)!, Amount(g, ReconciliationItems.Total)!,
            Posted(g, ReconciliationItems.Documents), Posted(g, ReconciliationItems.ReadBack),
        ]);

    private static string? Amount(IEnumerable<ReconciliationRow> rows, string item) =>
        rows.FirstOrDefault(r => r.Step == ReconciliationStep.Amount && r.Item == item) is { Amount: { } amount } row ? Money(amount, row.Currency) : null;

    private static string Posted(IEnumerable<ReconciliationRow> rows, string item) =>
        rows.FirstOrDefault(r => r.Step == ReconciliationStep.Posting && r.Item == item) is { Amount: { } amount } row ? $"{Number(row.Records)} / {Money(amount, row.Currency)}" : "";

    private static string Money(decimal amount, string currency) => Core.Amounts.Money.Round(amount, Currency.Of(currency), RoundingMode.HalfUp).ToAmountString();

    private static string Hours(long? seconds) => seconds is { } s ? new Rational(s, 3600).Round(2, RoundingMode.HalfUp).ToString("F2", CultureInfo.InvariantCulture) : "";

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
