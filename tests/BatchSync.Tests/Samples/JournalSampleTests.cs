using System.Globalization;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Samples;

/// <summary>The ledger file that the Redmine sample keeps, as two other programs read it.</summary>
public sealed class JournalSampleTests
{
    private static readonly string[] Currencies = ["EUR", "GBP", "JPY", "USD"];

    private static string Journal => Path.Combine(SampleRunner.Expected("redmine"), "redmine.journal");

    [Test]
    public async Task Journal_CheckedStrictlyByHledger_IsAccepted()
    {
        var (exit, _, errors) = await Requires.RunAsync("hledger", "-f", Journal, "check", "--strict");
        Assert.That((exit, errors), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task Journal_BalancedByHledger_HasTheTotalsOfTheReconciliation()
    {
        var (exit, output, errors) = await Requires.RunAsync("hledger", "-f", Journal, "balance", "-O", "csv", "--layout=bare", "-N", "--flat");
        Assert.That((exit, errors), Is.EqualTo((0, "")));
        var rows = CsvTable.Of(System.Text.Encoding.UTF8.GetBytes(output)).Rows;
        var balances = rows.ToDictionary(r => (r["account"], r["commodity"]), r => r.Number("balance"));
        Assert.That(balances, Is.EquivalentTo(await ReconciledAsync()));
    }

    [Test]
    public async Task Journal_BalancedByLedger_HasTheTotalsOfTheReconciliation()
    {
        var balances = new Dictionary<(string Account, string Currency), decimal>();
        foreach (var currency in Currencies)
        {
            var (exit, output, errors) = await Requires.RunAsync(
                "ledger", "-f", Journal, "--pedantic", "bal", "--flat", "--no-total", "--limit", $"commodity == \"{currency}\"", "--balance-format", "%(account)|%(quantity(display_total))\n");
            Assert.That((exit, errors), Is.EqualTo((0, "")));
            foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries)) balances.Add((line.Split('|')[0], currency), Number(line.Split('|')[1]));
        }

        Assert.That(balances, Is.EquivalentTo(await ReconciledAsync()));
    }

    /// <summary>What the run's proof says should stand on each account: the clients owe the totals, against revenue and tax.</summary>
    private static async Task<Dictionary<(string Account, string Currency), decimal>> ReconciledAsync()
    {
        var rows = (await SampleRunner.OutcomeOfAsync("redmine")).Runs[1].Summary.Rows.Where(r => r["step"] == "amount").ToList();
        var balances = rows.Where(r => r["item"] == "total").GroupBy(r => ("Assets:Receivable:" + r["client"], r["currency"])).ToDictionary(g => g.Key, g => g.Sum(r => r.Number("amount")));
        foreach (var currency in Currencies)
        {
            balances.Add(("Income:4000", currency), -Sum(rows, "net", currency));
            if (Sum(rows, "tax", currency) is var tax and not 0) balances.Add(("Liabilities:Tax:UK-VAT:vat", currency), -tax);
        }

        return balances;
    }

    private static decimal Sum(IEnumerable<CsvCellsByName> rows, string item, string currency) => rows.Where(r => r["item"] == item && r["currency"] == currency).Sum(r => r.Number("amount"));

    private static decimal Number(string text) => decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
