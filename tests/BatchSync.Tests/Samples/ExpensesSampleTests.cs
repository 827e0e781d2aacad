using NUnit.Framework;

namespace BatchSync.Tests.Samples;

public sealed class ExpensesSampleTests
{
    // By hand: 1184.50 + 89.90 - 24.00; 57.60; 245.10 x 1.075 = 263.4825 and 132.35; -310.05 x 1.075 = -333.30375; 212.00.
    [TestCase("2026-W44", "MUELLER", "1250.40", "237.58")]
    [TestCase("2026-W44", "NORDLICHT", "57.60", "10.94")]
    [TestCase("2026-W44", "ALPINA", "395.83", "0.00")]
    [TestCase("2026-W45", "ALPINA", "-333.30", "0.00")]
    [TestCase("2026-W45", "NORDLICHT", "212.00", "40.28")]
    public async Task Expenses_OfAWeek_AreBilledToTheirClient(string week, string client, string net, string tax)
    {
        var summary = CsvTable.Of((await SampleRunner.OutcomeOfAsync("expenses-csv")).Runs[0].Reports["summary.csv"], ';');
        string Amount(string item) => summary.Rows.Single(r => r["period"] == week && r["client"] == client && r["step"] == "amount" && r["item"] == item)["amount"];
        Assert.That((Amount("net"), Amount("tax")), Is.EqualTo((net.Replace('.', ','), tax.Replace('.', ','))));
    }

    [TestCase("R-1006", "rejected: invalid", "amount", "98,5O")]
    [TestCase("spesen-2026-W44.csv:8", "rejected: invalid", "row", "R-1007;31.10.2026;Nordlicht eG;Audit;Lena Groß;Parken;12,00")]
    [TestCase("R-1012", "rejected: no FX rate", "currency", "USD")]
    [TestCase("R-1014", "rejected: no client", "client", "Südwind KG")]
    [TestCase("R-1011", "held: not approved", "", "")]
    [TestCase("R-1015", "held: period open", "", "")]
    public async Task Expenses_ThatCannotBeBilled_AreListedWithTheReason(string record, string bucket, string field, string value)
    {
        var run = (await SampleRunner.OutcomeOfAsync("expenses-csv")).Runs[0];
        var row = CsvTable.Of(run.Reports["exceptions.csv"], ';').Rows.Single(r => r["record_id"] == record);
        Assert.That((row["bucket"], row["field"], row["value"]), Is.EqualTo((bucket, field, value)));
        Assert.That(run.ExitCode, Is.EqualTo(3));
    }

    [Test]
    public async Task Expenses_InAForeignCurrency_StandInTheProofInTheirOwn()
    {
        var summary = CsvTable.Of((await SampleRunner.OutcomeOfAsync("expenses-csv")).Runs[0].Reports["summary.csv"], ';');
        var rows = summary.Rows.Where(r => r["period"] == "2026-W45" && r["client"] == "NORDLICHT" && r["step"] == "records");
        Assert.That(rows.Select(r => (r["currency"], r["amount"])), Is.EqualTo([("EUR", "212,00"), ("USD", "120,00")]));
    }

    [Test]
    public async Task Expenses_OfAMendedExport_GoToASupplementOfTheirWeek()
    {
        var detail = CsvTable.Of((await SampleRunner.OutcomeOfAsync("expenses-csv")).Runs[1].Reports["detail.csv"], ';').Rows;
        var mended = detail.Where(r => r["record_id"] is "R-1006" or "R-1007" && r["bucket"] != "superseded").ToList();
        var original = detail.Single(r => r["record_id"] == "R-1005");
        Assert.That(mended.Select(r => (r["bucket"], r["net"])), Is.EquivalentTo([("billed", "98,50"), ("billed", "12,00")]));
        Assert.That(mended.Select(r => r["reference"]).Distinct().Single(), Is.Not.EqualTo(original["reference"]));
    }
}
