using System.Text;
using BatchSync.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

internal sealed class ReportTextTests
{
    private static readonly ReportPaths Files = new("/var/reports/harvest-to-quickbooks/17");

    [Test]
    public void Of_AMonth_IsAsApproved() =>
        Approved.Check("report.txt", Encoding.UTF8.GetBytes(ReportText.Of(ReportSamples.Report(), ReportSamples.Comma, Files)));

    [Test]
    public void Of_RowsInReverse_IsTheSame()
    {
        var report = ReportSamples.Report();
        var reversed = report with { Rows = [.. report.Rows.Reverse()], Differences = [.. report.Differences.Reverse()] };
        Assert.That(ReportText.Of(reversed, ReportSamples.Comma, Files), Is.EqualTo(ReportText.Of(report, ReportSamples.Comma, Files)));
    }

    [Test]
    public void Of_AFailedRun_SaysWhy()
    {
        var text = ReportText.Of(ReportSamples.Balanced() with { Failure = "The destination answers 503. Run it again." }, ReportSamples.Comma, null);
        Assert.That(text, Does.StartWith("harvest-to-quickbooks 2026-10: failed\n").And.Contain("\nThe destination answers 503. Run it again.\n"));
    }

    [Test]
    public void Of_Buckets_AddsUpToTheRecords()
    {
        var text = ReportText.Of(ReportSamples.Balanced(), ReportSamples.Comma, null);
        Assert.That(text, Does.Match(@"all records +8 +1\.6117\n"));
    }

    [Test]
    public void Of_ASourceThatStatesNothing_SaysSo() =>
        Assert.That(ReportText.Of(ReportSamples.Balanced(), ReportSamples.Comma, null), Does.Contain("\nexpenses: no independent source total\n"));

    [Test]
    public void Of_NamesWithControlCharacters_ForgesNoLineAndNoColour()
    {
        var report = ReportSamples.Balanced() with { Job = "job\nBalanced: yes\u001b[31m", Rows = [ReportSamples.Row("held: a\r\nb\u2028c")] };
        var text = ReportText.Of(report, ReportSamples.Comma, null);
        Assert.That(text.Where(char.IsControl), Is.All.EqualTo('\n'));
        Assert.That(text, Does.StartWith("job Balanced: yes [31m 2026-10").And.Contain("held: a  b c"));
    }

    [Test]
    public void Of_ManyClients_PrintsTheFirstAndCountsTheRest()
    {
        var rows = Enumerable.Range(0, 250).Select(i => ReportSamples.Row("net", Core.Reconciliation.ReconciliationStep.Amount, client: $"C{i:D3}", amount: 1m));
        var text = ReportText.Of(ReportSamples.Balanced() with { Rows = [.. rows] }, ReportSamples.Comma, null);
        Assert.That(text, Does.Contain("C199 ").And.Not.Contain("C200 ").And.Contain("... and 50 more in summary.csv"));
        Assert.That(text, Does.Match(@"all clients +USD +0\.0000 +250\.00 "));
    }

    [Test]
    public void Of_WordsThatRunOn_WrapsAtWordEnds()
    {
        var text = ReportText.Of(ReportSamples.Report(), ReportSamples.Comma, null);
        Assert.That(text.Split('\n').Skip(1).Select(l => l.Length), Is.All.LessThanOrEqualTo(76));
    }
}
