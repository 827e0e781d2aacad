using NUnit.Framework;

namespace BatchSync.Tests.Samples;

/// <summary>The real Redmine export: what the runs say against sums of the raw files.</summary>
public sealed class RedmineSampleTests
{
    [Test]
    public void Export_AsCsv_HasTheEntriesAndHoursOfTheJson()
    {
        Assert.That(RedmineExport.Csv.Rows, Has.Count.EqualTo(RedmineExport.Entries.Count));
        Assert.That(RedmineExport.Csv.Rows.Sum(r => r.Number("Hours")), Is.EqualTo(RedmineExport.Entries.Sum(RedmineExport.Hours)));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Redmine_Records_AreTheEntriesOfTheExport(int run)
    {
        var detail = (await SampleRunner.OutcomeOfAsync("redmine")).Runs[run].Detail;
        var ids = RedmineExport.Entries.Select(e => e.GetProperty("id").GetRawText());
        Assert.That(detail.Rows.Select(r => r["record_id"]), Is.EquivalentTo(ids));
        Assert.That(detail.Rows, Has.Count.EqualTo(2000));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Redmine_Hours_AreTheExportsRepairedToMinutes(int run)
    {
        var outcome = (await SampleRunner.OutcomeOfAsync("redmine")).Runs[run];
        var summary = outcome.Summary.Rows.Where(r => r["period"].Length > 0 && r["step"] == "records").ToList();
        var minutes = RedmineExport.Entries.Sum(RedmineExport.Minutes);
        Assert.Multiple(() =>
        {
            Assert.That(summary.Sum(r => r.Number("records")), Is.EqualTo(RedmineExport.Entries.Count));
            Assert.That(summary.Sum(r => r.Number("seconds")), Is.EqualTo(minutes * 60));
            Assert.That(outcome.Detail.Rows.Sum(r => r.Number("seconds")), Is.EqualTo(minutes * 60));
        });
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Redmine_BilledHours_AreThoseOfBillableEntries(int run)
    {
        var summary = (await SampleRunner.OutcomeOfAsync("redmine")).Runs[run].Summary;
        var billed = ByClientAndCurrency(summary.Rows.Where(r => r["step"] == "time" && r["item"] == "billed"), "seconds");
        var billable = RedmineExport.Entries.Where(RedmineExport.IsBillable).GroupBy(RedmineExport.Of).ToDictionary(g => g.Key, g => g.Sum(RedmineExport.Minutes) * 60);
        Assert.That(billed, Is.EquivalentTo(billable));
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Redmine_Nets_AreThoseOfTheExport(int run)
    {
        var outcome = (await SampleRunner.OutcomeOfAsync("redmine")).Runs[run];
        var nets = RedmineExport.Nets();
        Assert.Multiple(() =>
        {
            Assert.That(nets, Has.Count.EqualTo(12));
            Assert.That(ByClientAndCurrency(outcome.Summary.Rows.Where(r => r["step"] == "amount" && r["item"] == "net"), "amount"), Is.EquivalentTo(nets));
            Assert.That(ByClientAndCurrency(outcome.Detail.Rows.Where(r => r["bucket"] == "billed"), "net"), Is.EquivalentTo(nets));
        });
    }

    [Test]
    public async Task Redmine_BooksOfTheDestination_HoldTheNetsOfTheExport()
    {
        var books = (await SampleRunner.OutcomeOfAsync("redmine")).Runs[0].Books;
        Assert.That(books.Final.Totals.ToDictionary(t => (t.Customer, t.Currency.Code), t => t.Net.Amount), Is.EquivalentTo(RedmineExport.Nets()));
        Assert.That(books.Draft.Totals, Is.Empty);
    }

    [Test]
    public async Task Redmine_RunAgain_LeavesTheJournalAsItIs()
    {
        var outcome = await SampleRunner.OutcomeOfAsync("redmine");
        Assert.That(outcome.Runs[2].Output, Does.Contain("Nothing new to post"));
        Assert.That(outcome.Runs.Select(r => r.ExitCode), Is.All.Zero);
    }

    private static Dictionary<(string Client, string Currency), decimal> ByClientAndCurrency(IEnumerable<CsvCellsByName> rows, string column) =>
        rows.GroupBy(r => (r["client"], r["currency"])).ToDictionary(g => g.Key, g => g.Sum(r => r.Number(column)));
}
