using NUnit.Framework;

namespace BatchSync.Tests.Samples;

public sealed class ConsultingSampleTests
{
    [Test]
    public async Task Consulting_FirstRun_KeepsEachClientsCurrency()
    {
        var run = (await SampleRunner.OutcomeOfAsync("consulting")).Runs[0];
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(
            run.Books.Final.Totals.Select(t => $"{t.Customer} {t.Documents} {t.Total}"),
            Is.EqualTo(["58 1 11966.92 USD", "61 1 6231.93 EUR", "64 1 1114479 JPY", "70 1 -226.18 USD"]));
    }

    [Test]
    public async Task Consulting_PartlyBillableTravel_IsHalfOfItsTime()
    {
        var detail = (await SampleRunner.OutcomeOfAsync("consulting")).Runs[0].Detail;
        var travel = detail.Rows.Where(r => r["client"] == "NORDWIND" && r["task"] == "TRAVEL").ToList();
        Assert.That(travel, Is.Not.Empty);
        Assert.That(travel.Sum(r => r.Number("net")), Is.EqualTo(travel.Sum(r => r.Number("billed_seconds")) / 3600 * 0.5m * 110));
    }

    [Test]
    public async Task Consulting_LateEntry_GoesToASupplementOfItsPeriod()
    {
        var runs = (await SampleRunner.OutcomeOfAsync("consulting")).Runs;
        var late = runs[1].Detail.Rows.Single(r => r["record_id"] == "9074");
        var others = runs[0].Detail.Rows.Select(r => r["reference"]).ToHashSet();
        Assert.Multiple(() =>
        {
            Assert.That(runs[1].ExitCode, Is.Zero);
            Assert.That(others, Does.Not.Contain(late["reference"]));
            Assert.That((late["bucket"], late["billed_hours"], late["net"], late["tax"]), Is.EqualTo(("billed", "1.7500", "315.00", "23.63")));
            Assert.That(runs[1].Books.Final.Totals[0].Documents, Is.EqualTo(2));
            Assert.That((runs[1].Books.Final.Totals[0].Total - runs[0].Books.Final.Totals[0].Total).ToString(), Is.EqualTo("338.63 USD"));
        });
    }

    [Test]
    public async Task Consulting_RunAgain_PostsNothingNew()
    {
        var runs = (await SampleRunner.OutcomeOfAsync("consulting")).Runs;
        Assert.That(runs[2].ExitCode, Is.Zero);
        Assert.That(runs[2].Output, Does.Contain("Nothing new to post"));
        Assert.That(runs[2].BooksJson, Is.EqualTo(runs[1].BooksJson));
    }
}
